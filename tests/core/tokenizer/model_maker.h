// SentencePiece .model files made by hand, good and bad ones, without the library.
#pragma once

#include <QByteArray>
#include <QList>

#include <cstring>

namespace maker {

inline QByteArray varint(quint64 value)
{
    QByteArray out;
    while (value >= 0x80) {
        out += static_cast<char>(value | 0x80);
        value >>= 7;
    }
    return out + static_cast<char>(value);
}
inline QByteArray number(int field, quint64 value) { return varint(static_cast<quint64>(field) << 3) + varint(value); }
inline QByteArray bytes(int field, const QByteArray &value)
{
    return varint(static_cast<quint64>(field) << 3 | 2) + varint(static_cast<quint64>(value.size())) + value;
}
inline QByteArray real(int field, float value)
{
    char raw[4];
    std::memcpy(raw, &value, 4);
    return varint(static_cast<quint64>(field) << 3 | 5) + QByteArray(raw, 4);
}
inline QByteArray piece(const QByteArray &text, float score, int type)
{
    return bytes(1, bytes(1, text) + real(2, score) + number(3, static_cast<quint64>(type)));
}
inline QByteArray byteName(int byte) { return "<0x" + QByteArray::number(byte, 16).rightJustified(2, '0').toUpper() + ">"; }

struct Options {
    int type = 2;  // 1 unigram, 2 BPE
    bool byteFallback = true;
    bool allBytes = true;
    bool endMark = true;
    bool lossless = true;
    QByteArray characterMap;
    QList<QByteArray> extra;  // further fields of the file
};

/// A small tokenizer: marks, bytes, letters, "the", " the".
inline QByteArray model(const Options &options = {})
{
    QByteArray out = piece("<unk>", 0, 2) + piece("<s>", 0, 3);
    if (options.endMark)
        out += piece("</s>", 0, 3);
    for (int byte = 0; byte < 256 && options.byteFallback; ++byte)
        if (options.allBytes || byte != 77)
            out += piece(byteName(byte), 0, 6);
    float score = -1;
    for (const char *text : {"th", "the", "\xE2\x96\x81the", "an", "and", "\xE2\x96\x81" "and"})
        out += piece(text, score--, 1);
    for (char c = 'a'; c <= 'z'; ++c)
        out += piece(QByteArray(1, c), score--, 1);
    out += piece("\xE2\x96\x81", score, 1);
    out += bytes(2, number(3, static_cast<quint64>(options.type)) + number(35, options.byteFallback));
    const quint64 changes = options.lossless ? 0 : 1;
    QByteArray normalizer = bytes(1, "identity") + number(3, changes) + number(4, changes) + number(5, 1);
    if (!options.characterMap.isEmpty())
        normalizer += bytes(2, options.characterMap);
    out += bytes(3, normalizer);
    for (const QByteArray &field : options.extra)
        out += field;
    return out;
}

}  // namespace maker
