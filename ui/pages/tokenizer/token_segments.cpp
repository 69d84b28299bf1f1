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

}  // namespace

Tokenisation tokenise(const tokenizer::Tokenizer &tokenizer, const QString &text)
{
    Tokenisation result;
    const QByteArray utf8 = text.toUtf8();
    result.bytes = utf8.size();
    const std::vector<tokenizer::TokenId> ids = tokenizer.encode(utf8);
    result.tokens = qint64(ids.size());
    const std::vector<int> positions = utf16Positions(utf8);
    qsizetype byte = 0;
    TokenSegment open;
    for (const tokenizer::TokenId id : ids) {
        const QByteArray piece = tokenizer.tokenBytes(id);
        if (byte + piece.size() > utf8.size() || utf8.mid(byte, piece.size()) != piece) {
            result.isExact = false;  // what remains cannot be placed in the text
            break;
        }
        byte += piece.size();
        open.ids += id;
        if (byte < utf8.size() && isContinuation(utf8[byte]))
            continue;  // inside a character: the next token belongs to the same segment
        open.length = positions[size_t(byte)] - open.start;
        result.segments += open;
        open = {positions[size_t(byte)], 0, {}};
    }
    result.isExact = result.isExact && byte == utf8.size();
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
