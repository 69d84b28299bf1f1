#include "core/tokenizer/unicode_classes.h"

#include <unicode/uchar.h>

#include <algorithm>

namespace athanor::tokenizer {

namespace {

bool isAsciiPunctuation(std::uint32_t code)
{
    return (code >= 33 && code <= 47) || (code >= 58 && code <= 64) || (code >= 91 && code <= 96) || (code >= 123 && code <= 126);
}

struct Range {
    std::uint32_t first;
    std::uint32_t last;
};

template <std::size_t count> bool isIn(const Range (&ranges)[count], std::uint32_t code)
{
    return std::any_of(std::begin(ranges), std::end(ranges), [code](const Range &range) { return code >= range.first && code <= range.last; });
}

bool isIdeograph(std::uint32_t code)
{
    static constexpr Range kIdeographs[] = {{0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xF900, 0xFAFF},   {0x20000, 0x2A6DF},
                                            {0x2A700, 0x2B73F}, {0x2B740, 0x2B81F}, {0x2B920, 0x2CEAF}, {0x2F800, 0x2FA1F}};
    return isIn(kIdeographs, code);
}

// Characters of Unicode 16 that an ICU of Unicode 15 does not know.
constexpr Range kNewUpper[] = {{0x1C89, 0x1C89}, {0xA7CB, 0xA7CC}, {0xA7DA, 0xA7DA}, {0xA7DC, 0xA7DC}, {0x10D50, 0x10D65}};
constexpr Range kNewLower[] = {{0x1C8A, 0x1C8A}, {0xA7CD, 0xA7CD}, {0xA7DB, 0xA7DB}, {0x10D70, 0x10D85}};
constexpr Range kNewOther[] = {{0x105C0, 0x105F3}, {0x10D4A, 0x10D4F}, {0x10D6F, 0x10D6F}, {0x10EC2, 0x10EC4}, {0x11380, 0x11389},
                               {0x1138B, 0x1138B}, {0x1138E, 0x1138E}, {0x11390, 0x113B5}, {0x113B7, 0x113B7}, {0x113D1, 0x113D1},
                               {0x113D3, 0x113D3}, {0x11BC0, 0x11BE0}, {0x13460, 0x143FA}, {0x16100, 0x1611D}, {0x16D40, 0x16D6C},
                               {0x18CFF, 0x18CFF}, {0x1E5D0, 0x1E5ED}, {0x1E5F0, 0x1E5F0}, {0x2EBF0, 0x2EE5D}};
constexpr Range kNewMarks[] = {{0x897, 0x897},     {0x10D69, 0x10D6D}, {0x10EFC, 0x10EFC}, {0x113B8, 0x113C0}, {0x113C2, 0x113C2}, {0x113C5, 0x113C5},
                               {0x113C7, 0x113CA}, {0x113CC, 0x113D0}, {0x113D2, 0x113D2}, {0x113E1, 0x113E2}, {0x11F5A, 0x11F5A}, {0x1611E, 0x1612F},
                               {0x1E5EE, 0x1E5EF}};
constexpr Range kNewNumbers[] = {{0x10D40, 0x10D49}, {0x116D0, 0x116E3}, {0x11BF0, 0x11BF9}, {0x16130, 0x16139}, {0x16D70, 0x16D79},
                                 {0x1CCF0, 0x1CCF9}, {0x1E5F1, 0x1E5FA}};
// Characters that changed their kind since Unicode 8.
constexpr Range kOncePunctuation[] = {{0x166D, 0x166D}, {0x111C9, 0x111C9}};
constexpr Range kOnceNoMark[] = {{0x1885, 0x1886}, {0xA9BD, 0xA9BD}, {0x111C9, 0x111C9}};

std::uint16_t classesOf(std::uint32_t code)
{
    const auto character = static_cast<UChar32>(code);
    const std::uint32_t category = U_MASK(u_charType(character));
    UVersionInfo age;
    u_charAge(character, age);
    const int since = age[0];
    std::uint16_t value = 0;
    const auto add = [&](bool holds, std::uint16_t bit) { value = static_cast<std::uint16_t>(value | (holds ? bit : 0)); };
    add((category & (U_GC_LU_MASK | U_GC_LT_MASK)) || isIn(kNewUpper, code), classes::kUpper);
    add((category & U_GC_LL_MASK) || isIn(kNewLower, code), classes::kLower);
    add((category & (U_GC_LM_MASK | U_GC_LO_MASK)) || isIn(kNewOther, code), classes::kOtherLetter);
    add((category & U_GC_N_MASK) || isIn(kNewNumbers, code), classes::kNumber);
    add(u_isUWhiteSpace(character), classes::kSpace);
    add((category & U_GC_M_MASK) || isIn(kNewMarks, code), classes::kMark);
    add((((category & U_GC_MN_MASK) && since <= 8) && !isIn(kOnceNoMark, code)) || code == 0x1734, classes::kNonspacing);
    add((((category & U_GC_M_MASK) && since <= 9) && code != 0x111C9) || code == 0x1CF2 || code == 0x1CF3, classes::kAccent);
    add(((category & U_GC_P_MASK) && since <= 8) || isAsciiPunctuation(code) || isIn(kOncePunctuation, code), classes::kPunctuation);
    add((category & (U_GC_CC_MASK | U_GC_CO_MASK)) || ((category & U_GC_CF_MASK) && since <= 8), classes::kControl);
    add((category & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) || u_isUAlphabetic(character)
            || u_hasBinaryProperty(character, UCHAR_JOIN_CONTROL),
        classes::kWord);
    add(isIdeograph(code), classes::kIdeograph);
    add(since > 9, classes::kRecent);
    return value;
}

}  // namespace

const UnicodeClasses &UnicodeClasses::get()
{
    static const UnicodeClasses table;
    return table;
}

// Equal blocks of 256 are kept once.
UnicodeClasses::UnicodeClasses()
{
    std::array<std::uint16_t, 256> block;
    for (std::uint32_t high = 0; high < m_index.size(); ++high) {
        for (std::uint32_t low = 0; low < 256; ++low)
            block[low] = classesOf(high << 8 | low);
        std::size_t found = 0;
        while (found < m_blocks.size() / 256 && !std::equal(block.begin(), block.end(), m_blocks.begin() + static_cast<std::ptrdiff_t>(found * 256)))
            ++found;
        if (found == m_blocks.size() / 256)
            m_blocks.insert(m_blocks.end(), block.begin(), block.end());
        m_index[high] = static_cast<std::uint16_t>(found);
    }
    std::copy_n(m_blocks.begin(), m_ascii.size(), m_ascii.begin());
}

}  // namespace athanor::tokenizer
