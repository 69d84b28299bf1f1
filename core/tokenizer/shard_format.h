// The bytes of token shards, shared by reader and writer. Private to the room. Thread: constants and pure functions.
#pragma once

#include <QByteArray>
#include <QString>

#include <cstdint>

namespace athanor::tokenizer {

inline constexpr char kIndexMagic[8] = {'A', 'T', 'H', 'T', 'O', 'K', 'I', '1'};
inline constexpr qint64 kIndexHeaderBytes = 16;  // magic, document count
inline constexpr qint64 kIndexRecordBytes = 16;  // first token, bytes of text
inline constexpr qint64 kShardTokens = qint64(64) << 20;
inline constexpr char kFactsFile[] = "tokens.json";
inline constexpr char kIndexFile[] = "documents.index";

inline QString shardName(int index)
{
    return QStringLiteral("%1.tokens").arg(index, 5, 10, QLatin1Char('0'));
}

inline void appendLittleEndian(QByteArray &out, quint64 value, int bytes)
{
    for (int i = 0; i < bytes; ++i)
        out += static_cast<char>(value >> (8 * i) & 0xFF);
}

inline quint64 littleEndian64(const uchar *at)
{
    quint64 value = 0;
    for (int i = 0; i < 8; ++i)
        value |= static_cast<quint64>(at[i]) << (8 * i);
    return value;
}

}  // namespace athanor::tokenizer
