// Messages as transformers hands them to a template. Thread: pure.
#pragma once

#include "core/text/jinja.h"

namespace athanor::tokenizer {

/// Parts that are null go, a model's reasoning stands under all its names, and a role that is a plain word counts as
/// the template's own (many templates write "<|" + role + "|>"). InvalidInput where a message is no mapping.
Result<text::jinja::Values> preparedMessages(const text::jinja::Value &messages);

/// The last message with a mark behind `field` at which the text is cut later.
Status markContinuation(text::jinja::Values &messages, const QByteArray &field, const text::jinja::Template &used,
                        QByteArray &finalMessage);
/// Cuts the text at the mark. InvalidInput where the template changed the message beyond recognition.
Result<text::jinja::Text> cutAtContinuation(const text::jinja::Text &text, const QByteArray &finalMessage);

}  // namespace athanor::tokenizer
