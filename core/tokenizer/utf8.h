// UTF-8 as the encoders need it: strict (no overlong forms, no surrogates, nothing above U+10FFFF), one character at
// a time, never past the end. A byte that begins no valid character counts as a character of its own. Thread: pure.
#pragma once

#include <cstddef>
#include <cstdint>

namespace athanor::tokenizer {

/// Length of the valid character at `begin`, or 0 when the byte there begins none. `begin` < `end`.
inline std::size_t validCharacterLength(const char *begin, const char *end)
{
    const auto byte = [begin](std::size_t i) { return static_cast<std::uint8_t>(begin[i]); };
    const auto trail = [&byte](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
    const std::size_t left = static_cast<std::size_t>(end - begin);
    const std::uint8_t lead = byte(0);
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2)
        return 0;
    if (lead < 0xE0)
        return left >= 2 && trail(1) ? 2 : 0;
    if (lead < 0xF0) {
        if (left < 3 || !trail(1) || !trail(2))
            return 0;
        const bool overlong = lead == 0xE0 && byte(1) < 0xA0;
        const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
        return overlong || surrogate ? 0 : 3;
    }
    if (lead > 0xF4 || left < 4 || !trail(1) || !trail(2) || !trail(3))
        return 0;
    const bool overlong = lead == 0xF0 && byte(1) < 0x90;
    const bool tooLarge = lead == 0xF4 && byte(1) >= 0x90;
    return overlong || tooLarge ? 0 : 4;
}

/// As above, but 1 for a byte that begins no valid character.
inline std::size_t characterLength(const char *begin, const char *end)
{
    const std::size_t length = validCharacterLength(begin, end);
    return length == 0 ? 1 : length;
}

/// Code point of the character at `begin`; 0x110000 + byte for a byte that begins none.
inline std::uint32_t codePoint(const char *begin, std::size_t validLength)
{
    const auto byte = [begin](std::size_t i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(begin[i])); };
    switch (validLength) {
    case 1:
        return byte(0);
    case 2:
        return (byte(0) & 0x1F) << 6 | (byte(1) & 0x3F);
    case 3:
        return (byte(0) & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    case 4:
        return (byte(0) & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
    default:
        return 0x110000 + byte(0);
    }
}

}  // namespace athanor::tokenizer
