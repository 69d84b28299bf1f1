// A trie over byte strings as a double array (Aoe 1989): one array access a byte. Role: common-prefix look-up for the
// unigram search and for user-defined pieces. Thread: const after build, safe from many threads.
#pragma once

#include <QByteArrayView>

#include <cstdint>
#include <utility>
#include <vector>

namespace athanor::tokenizer {

class PieceTrie {
public:
    PieceTrie() = default;
    /// Keys need not be sorted; a key given twice keeps its first value. Empty keys are left out.
    explicit PieceTrie(std::vector<std::pair<QByteArrayView, std::int32_t>> entries);

    bool isEmpty() const { return m_units.empty(); }
    static constexpr std::int32_t kRoot = 0;
    /// The node reached from `node` by `byte`, or -1.
    std::int32_t step(std::int32_t node, char byte) const
    {
        const std::int64_t next = m_units[static_cast<size_t>(node)].base + static_cast<std::uint8_t>(byte);
        if (static_cast<std::uint64_t>(next) >= m_units.size())
            return -1;
        return m_units[static_cast<size_t>(next)].parent == node ? static_cast<std::int32_t>(next) : -1;
    }
    /// Value of the key that ends at `node`, or -1.
    std::int32_t value(std::int32_t node) const { return m_units[static_cast<size_t>(node)].value; }
    /// Length of the longest key that begins `text`, or 0.
    std::size_t longestPrefix(const char *begin, const char *end, std::int32_t *value = nullptr) const;

private:
    struct Unit {
        std::int32_t base = 0;
        std::int32_t parent = -1;
        std::int32_t value = -1;
    };
    struct Range;
    std::int32_t place(const std::vector<std::uint8_t> &labels);
    std::vector<Unit> m_units;
    std::size_t m_firstFree = 1;
};

}  // namespace athanor::tokenizer
