#include "core/tokenizer/token_places.h"

#include "core/text/utf8.h"

#include <algorithm>

namespace athanor::tokenizer {

namespace {

constexpr qsizetype kWindow = 256;  // bytes in which a token is looked for where it does not follow at once

bool isSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

std::vector<TextSpan>::const_iterator firstEndingAfter(const std::vector<TextSpan> &spans, qsizetype position)
{
    return std::upper_bound(spans.begin(), spans.end(), position, [](qsizetype at, const TextSpan &span) { return at < span.end; });
}

}  // namespace

bool liesWithin(const std::vector<TextSpan> &spans, TextSpan span)
{
    const auto found = firstEndingAfter(spans, span.begin);
    return found != spans.end() && found->begin <= span.begin && found->end >= span.end;
}

bool touches(const std::vector<TextSpan> &spans, TextSpan span)
{
    const auto found = firstEndingAfter(spans, span.begin);
    return span.begin < span.end && found != spans.end() && found->begin < span.end;
}

TokenPlaces::TokenPlaces(const Tokenizer &tokenizer)
{
    const auto size = static_cast<size_t>(tokenizer.vocabularySize());
    m_tokens.resize(size);
    for (size_t i = 0; i < size; ++i) {
        const auto id = static_cast<TokenId>(i);
        m_tokens[i].isControl = tokenizer.isControl(id);
        m_tokens[i].isUnknown = id == tokenizer.unknown();
        m_tokens[i].bytes = m_tokens[i].isControl ? tokenizer.tokenText(id).toUtf8() : tokenizer.tokenBytes(id);
    }
}

/// Goes through a text token by token.
class TokenPlaces::Walk {
public:
    Walk(QByteArrayView text, const std::vector<TextSpan> &trusted) : m_text(text), m_trusted(trusted) {}

    void step(const Token &token, TextSpan &span)
    {
        const QByteArray &bytes = token.bytes;
        if (token.isControl && takeMark(bytes, span))
            return;
        if (token.isUnknown || token.isControl) {
            span = {m_at, m_at};
            m_unknown = token.isUnknown ? &span : m_unknown;
            return;
        }
        if (!bytes.isEmpty() && m_text.sliced(m_at).startsWith(bytes)) {
            put(m_at, bytes.size(), span);
            return;
        }
        takeRewritten(bytes, span);
    }

private:
    void put(qsizetype begin, qsizetype length, TextSpan &span)
    {
        if (m_unknown)
            m_unknown->end = begin;
        m_unknown = nullptr;
        span = {begin, begin + length};
        m_at = span.end;
    }
    // Every mark in trusted text became a token, so the next one that is written so is it.
    bool takeMark(const QByteArray &name, TextSpan &span)
    {
        for (qsizetype at = m_text.indexOf(name, m_at); at >= 0 && !name.isEmpty(); at = m_text.indexOf(name, at + 1)) {
            if (liesWithin(m_trusted, {at, at + name.size()})) {
                put(at, name.size(), span);
                return true;
            }
        }
        return false;
    }
    void takeRewritten(const QByteArray &bytes, TextSpan &span)
    {
        const QByteArrayView bare = QByteArrayView(bytes).sliced(bytes.startsWith(' ') ? 1 : 0);
        if (bare.isEmpty()) {  // a space that the tokenizer put there, or nothing at all
            span = {m_at, m_at};
            return;
        }
        const QByteArrayView window = m_text.sliced(m_at, std::min<qsizetype>(kWindow, m_text.size() - m_at));
        if (const qsizetype found = window.indexOf(bare); found >= 0) {
            put(m_at + found, bare.size(), span);
            return;
        }
        qsizetype begin = m_at;
        while (begin < m_text.size() && isSpace(m_text[begin]))
            ++begin;
        qsizetype end = begin;
        for (qint64 left = text::characterCount(bare); left > 0 && end < m_text.size(); --left)
            end += text::decodeAt(m_text, end).length;
        put(begin, end - begin, span);
    }

    QByteArrayView m_text;
    const std::vector<TextSpan> &m_trusted;
    qsizetype m_at = 0;
    TextSpan *m_unknown = nullptr;  // whose end is not known yet
};

std::vector<TextSpan> TokenPlaces::find(QByteArrayView text, const std::vector<TokenId> &ids, const std::vector<TextSpan> &trusted) const
{
    std::vector<TextSpan> spans(ids.size());
    Walk walk(text, trusted);
    for (size_t i = 0; i < ids.size(); ++i)
        walk.step(m_tokens[static_cast<size_t>(ids[i])], spans[i]);
    return spans;
}

}  // namespace athanor::tokenizer
