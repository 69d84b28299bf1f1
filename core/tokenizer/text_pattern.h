// What a pre-tokenizer or a normalizer looks for in text: a literal text, or a regular expression. The expressions of
// the families that people use have matchers written by hand; any other runs in Qt's PCRE2 with limits on its work.
// Thread: const after construction, safe from many threads.
#pragma once

#include "core/base/error.h"
#include "core/tokenizer/tokenizer.h"

#include <QJsonValue>
#include <QRegularExpression>

namespace athanor::tokenizer {

class TextPattern {
public:
    virtual ~TextPattern() = default;
    /// Appends the matches in `text`, from left to right; none is empty.
    virtual void find(QByteArrayView text, std::vector<TextSpan> &matches) const = 0;
};

/// From {"String": …} or {"Regex": …}. Errors: Corrupt, Unsupported with what Oniguruma and PCRE2 read differently.
Result<std::shared_ptr<const TextPattern>> makeTextPattern(const QJsonValue &json);
std::shared_ptr<const TextPattern> makeRegex(const QString &expression, QString &problem);

/// GPT-2's expression, which the ByteLevel pre-tokenizer uses by itself.
inline constexpr char kGpt2Expression[] = R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

}  // namespace athanor::tokenizer
