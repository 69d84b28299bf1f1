// What a character is (letter, digit, mark …), one table look-up a character. The classes are those that the
// `tokenizers` library has: Unicode 16 where it looks for letters, and Unicode 8 for punctuation and accents. Thread: const after the first use.
#pragma once

#include "core/tokenizer/utf8.h"

#include <array>
#include <vector>

namespace athanor::tokenizer {

namespace classes {
inline constexpr std::uint16_t kUpper = 1;         // Lu, Lt
inline constexpr std::uint16_t kLower = 2;         // Ll
inline constexpr std::uint16_t kOtherLetter = 4;   // Lm, Lo
inline constexpr std::uint16_t kLetter = 7;
inline constexpr std::uint16_t kNumber = 8;        // N
inline constexpr std::uint16_t kSpace = 16;        // White_Space
inline constexpr std::uint16_t kMark = 32;         // M
inline constexpr std::uint16_t kNonspacing = 64;   // Mn
inline constexpr std::uint16_t kPunctuation = 128; // P and the punctuation of ASCII
inline constexpr std::uint16_t kControl = 256;     // Cc, Cf, Co: what BERT removes
inline constexpr std::uint16_t kWord = 512;        // Alphabetic, M, Nd, Pc, Join_Control
inline constexpr std::uint16_t kIdeograph = 1024;  // what BERT sets apart
inline constexpr std::uint16_t kAccent = 2048;     // what StripAccents removes: M
inline constexpr std::uint16_t kRecent = 4096;     // newer than Unicode 9, whose normal forms the library has
}  // namespace classes

/// A two-level table of the classes; a code point above U+10FFFF (a byte that begins no character) has none.
class UnicodeClasses {
public:
    static const UnicodeClasses &get();
    std::uint16_t of(std::uint32_t code) const
    {
        if (code < 128)
            return m_ascii[code];
        return code > 0x10FFFF ? 0 : m_blocks[static_cast<std::size_t>(m_index[code >> 8]) << 8 | (code & 0xFF)];
    }
    /// The classes of the character at `at`, and its length.
    std::uint16_t next(const char *at, const char *end, std::size_t &length) const
    {
        const auto byte = static_cast<std::uint8_t>(*at);
        if (byte < 128) {
            length = 1;
            return m_ascii[byte];
        }
        const std::size_t valid = validCharacterLength(at, end);
        length = valid == 0 ? 1 : valid;
        return valid == 0 ? std::uint16_t(0) : of(codePoint(at, valid));
    }

private:
    UnicodeClasses();
    std::array<std::uint16_t, 128> m_ascii{};
    std::array<std::uint16_t, 0x1100> m_index{};
    std::vector<std::uint16_t> m_blocks;
};

}  // namespace athanor::tokenizer
