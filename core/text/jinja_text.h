// Text that knows where each byte came from. Role: strings of the template language carry, through every operation,
// which bytes the template itself wrote (trusted: only they may become control tokens) and which stand in a
// {% generation %} block. Bytes are UTF-8; positions are byte offsets unless a name says characters. Thread: values.
#pragma once

#include "core/base/export.h"

#include <QByteArray>

#include <vector>

namespace athanor::text::jinja {

/// Bytes [begin, end).
struct Span {
    qsizetype begin = 0;
    qsizetype end = 0;
    friend bool operator==(const Span &, const Span &) = default;
};

enum class Trust { Template, Input };

class ATHANOR_EXPORT Text {
public:
    Text() = default;
    Text(const QByteArray &bytes, Trust trust);

    const QByteArray &bytes() const { return m_bytes; }
    qsizetype size() const { return m_bytes.size(); }
    bool isEmpty() const { return m_bytes.isEmpty(); }
    /// Ascending, without overlaps and without neighbours that touch.
    const std::vector<Span> &trusted() const { return m_trusted; }
    const std::vector<Span> &generated() const { return m_generated; }

    void append(const Text &other);
    void append(QByteArrayView bytes, Trust trust);
    Text slice(qsizetype begin, qsizetype end) const;
    bool isTrustedAt(qsizetype position) const;
    /// All of it was written inside a {% generation %} block.
    void markGenerated();

private:
    QByteArray m_bytes;
    std::vector<Span> m_trusted;
    std::vector<Span> m_generated;
};

/// Python's rules for str: what strip(), split() and \s take for white space.
ATHANOR_EXPORT bool isPythonSpace(char32_t character);
/// Byte offset after the leading, and before the trailing, white space (or characters of `characters`, where given).
ATHANOR_EXPORT qsizetype leadingEnd(QByteArrayView text, const QByteArray *characters = nullptr);
ATHANOR_EXPORT qsizetype trailingBegin(QByteArrayView text, qsizetype from, const QByteArray *characters = nullptr);
/// Byte offsets at which characters begin, and the size of the text at the end.
std::vector<qsizetype> characterOffsets(QByteArrayView text);

enum class Case { Upper, Lower, Title, Capital, Swap };
/// Case as Python's str methods change it, character by character; each result keeps the trust of its source.
Text changeCase(const Text &text, Case to);

Text replaceText(const Text &text, const QByteArray &from, const Text &to, qint64 count);
/// Python's str.split and rsplit; `separator` empty: at white space. `limit` −1: all.
std::vector<Text> splitText(const Text &text, const QByteArray &separator, qint64 limit);
std::vector<Text> splitTextFromEnd(const Text &text, const QByteArray &separator, qint64 limit);
std::vector<Text> splitLines(const Text &text, bool keepEnds);

}  // namespace athanor::text::jinja
