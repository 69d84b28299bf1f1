// A chat as text, and which bytes of it training learns. Role: the one place that asks a chat template for this; see
// record_encoder.h for the rules. Thread: pure functions.
#pragma once

#include "core/tokenizer/record_encoder.h"

namespace athanor::tokenizer {

struct LearnedText {
    QByteArray text;
    std::vector<TextSpan> trusted;
    std::vector<TextSpan> learned;
    /// What follows the last control token of a learned span and is the template's own is not learned: no model gets there.
    bool endsAtMark = false;
    /// Per learned span: the answer's own words end here (−1: not known), and the span ends with the next control token.
    std::vector<qsizetype> openEnds;
};

/// Errors: those of the template; InvalidInput where it leaves out or changes what is to be learned.
Result<LearnedText> renderToLearn(const ChatTemplate &chatTemplate, const ChatValue &messages, const ChatValue &tools, LearnFrom learnFrom);

/// Without a template: the messages one after another, a line break where two have no white space between them.
/// InvalidInput where there are tools.
Result<LearnedText> joinToLearn(const ChatValue &messages, const ChatValue &tools, LearnFrom learnFrom);

}  // namespace athanor::tokenizer
