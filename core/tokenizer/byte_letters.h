// GPT-2's way to write bytes as letters: the 188 that print stand for themselves, the others for U+0100 and above.
// Thread: pure.
#pragma once

#include "core/tokenizer/utf8.h"

#include <QByteArray>

#include <array>
#include <optional>

namespace athanor::tokenizer {

inline std::array<std::uint32_t, 256> byteLetters()
{
    std::array<std::uint32_t, 256> letters{};
    std::uint32_t next = 256;
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        const bool prints = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
        letters[byte] = prints ? byte : next++;
    }
    return letters;
}

/// The bytes that a piece in these letters stands for; nothing when another character is in it.
inline std::optional<QByteArray> bytesOfLetters(const QByteArray &piece)
{
    static const std::array<int, 512> kBytes = [] {
        std::array<int, 512> bytes;
        bytes.fill(-1);
        const auto letters = byteLetters();
        for (int byte = 0; byte < 256; ++byte)
            bytes[letters[static_cast<size_t>(byte)]] = byte;
        return bytes;
    }();
    QByteArray out;
    const char *end = piece.constData() + piece.size();
    for (const char *at = piece.constData(); at < end;) {
        const std::size_t length = validCharacterLength(at, end);
        const std::uint32_t code = codePoint(at, length);
        if (length == 0 || code >= kBytes.size() || kBytes[code] < 0)
            return {};
        out += static_cast<char>(kBytes[code]);
        at += length;
    }
    return out;
}

}  // namespace athanor::tokenizer
