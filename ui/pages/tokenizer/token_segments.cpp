#include "ui/pages/tokenizer/token_segments.h"

#include <QStringDecoder>

#include <vector>

namespace athanor::pages {

namespace {

bool isContinuation(char byte)
{
    return (uchar(byte) & 0xc0) == 0x80;
}

/// UTF-16 position before each byte that starts a character; the last entry is the text's length.
std::vector<int> utf16Positions(const QByteArray &utf8)
{
    std::vector<int> positions(size_t(utf8.size()) + 1, 0);
    int at = 0;
    for (qsizetype i = 0; i < utf8.size(); ++i) {
        positions[size_t(i)] = at;
        if (!isContinuation(utf8[i]))
            at += uchar(utf8[i]) >= 0xf0 ? 2 : 1;
    }
    positions[size_t(utf8.size())] = at;
    return positions;
}

QString folded(QByteArrayView bytes)
{
    return QString::fromUtf8(bytes).toCaseFolded();
}

/// Where the piece ends that stands at `byte`, or -1. Tokenizers that change text put a space before it, leave white
/// space out, or write small letters.
qsizetype endOf(const QByteArray &utf8, qsizetype byte, QByteArrayView piece)
{
    const auto standsAt = [&utf8](qsizetype at, QByteArrayView wanted) {
        const QByteArrayView found = QByteArrayView(utf8).sliced(at, std::min(wanted.size(), utf8.size() - at));
        return found == wanted || (found.size() == wanted.size() && folded(found) == folded(wanted));
    };
    if (standsAt(byte, piece))
        return byte + piece.size();
    const QByteArrayView word = piece.startsWith(' ') ? piece.sliced(1) : piece;
    while (byte < utf8.size() && !standsAt(byte, word) && (utf8[byte] == ' ' || utf8[byte] == '\n' || utf8[byte] == '\t' || utf8[byte] == '\r'))
        ++byte;
    return standsAt(byte, word) ? byte + word.size() : -1;
}

}  // namespace

Tokenisation tokenise(const tokenizer::Tokenizer &tokenizer, const QString &text)
{
    Tokenisation result;
    const QByteArray utf8 = text.toUtf8();
    result.bytes = utf8.size();
    const std::vector<tokenizer::TokenId> ids = tokenizer.encode(utf8);
    result.tokens = qint64(ids.size());
    result.isExact = tokenizer.decode(ids) == utf8;
    const std::vector<int> positions = utf16Positions(utf8);
    qsizetype byte = 0;
    TokenSegment open;
    for (const tokenizer::TokenId id : ids) {
        const qsizetype end = endOf(utf8, byte, tokenizer.tokenBytes(id));
        if (end < 0)
            break;  // what remains cannot be placed in the text
        byte = end;
        open.ids += id;
        if (byte < utf8.size() && isContinuation(utf8[byte]))
            continue;  // inside a character: the next token belongs to the same segment
        open.length = positions[size_t(byte)] - open.start;
        result.segments += open;
        open = {positions[size_t(byte)], 0, {}};
    }
    return result;
}

QString bytesText(const QByteArray &bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    QString text = decoder.decode(bytes);
    if (decoder.hasError() || bytes.isEmpty()) {
        QStringList parts;
        for (const char byte : bytes)
            parts += QStringLiteral("0x%1").arg(QString::number(uchar(byte), 16).toUpper(), 2, QLatin1Char('0'));
        return parts.join(QLatin1Char(' '));
    }
    text.replace(QLatin1Char('\n'), QStringLiteral("⏎")).replace(QLatin1Char('\t'), QStringLiteral("⇥"));
    text.replace(QLatin1Char(' '), QStringLiteral("␣"));
    for (QChar &character : text)
        if (character.category() == QChar::Other_Control)
            character = QChar::ReplacementCharacter;
    return text;
}

}  // namespace athanor::pages
