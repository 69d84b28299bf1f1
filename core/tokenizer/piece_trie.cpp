#include "core/tokenizer/piece_trie.h"

#include <algorithm>
#include <cstring>

namespace athanor::tokenizer {

namespace {

bool bytesLess(const std::pair<QByteArrayView, std::int32_t> &a, const std::pair<QByteArrayView, std::int32_t> &b)
{
    const auto shared = static_cast<size_t>(std::min(a.first.size(), b.first.size()));
    const int order = std::memcmp(a.first.data(), b.first.data(), shared);
    return order != 0 ? order < 0 : a.first.size() < b.first.size();
}

constexpr std::size_t kSearchWindow = 512;  // bases tried before a crowded stretch is given up: bounds the time to build

}  // namespace

// Sorted keys [first, last) that share their first `depth` bytes and belong to `node`.
struct PieceTrie::Range {
    std::size_t first;
    std::size_t last;
    qsizetype depth;
    std::int32_t node;
};

PieceTrie::PieceTrie(std::vector<std::pair<QByteArrayView, std::int32_t>> entries)
{
    std::erase_if(entries, [](const auto &entry) { return entry.first.isEmpty(); });
    if (entries.empty())
        return;
    std::stable_sort(entries.begin(), entries.end(), bytesLess);
    m_units.resize(512);
    m_units[kRoot].parent = -2;
    std::vector<Range> open{{0, entries.size(), 0, kRoot}};
    std::vector<std::uint8_t> labels;
    while (!open.empty()) {
        const Range range = open.back();
        open.pop_back();
        std::size_t at = range.first;
        for (; at < range.last && entries[at].first.size() == range.depth; ++at)
            if (m_units[static_cast<size_t>(range.node)].value < 0)
                m_units[static_cast<size_t>(range.node)].value = entries[at].second;
        labels.clear();
        std::vector<std::size_t> starts;
        for (std::size_t i = at; i < range.last; ++i) {
            const auto label = static_cast<std::uint8_t>(entries[i].first[range.depth]);
            if (labels.empty() || labels.back() != label) {
                labels.push_back(label);
                starts.push_back(i);
            }
        }
        if (labels.empty())
            continue;
        const std::int32_t base = place(labels);
        m_units[static_cast<size_t>(range.node)].base = base;
        for (std::uint8_t label : labels)
            m_units[static_cast<size_t>(base + label)].parent = range.node;
        for (std::size_t i = 0; i < labels.size(); ++i)
            open.push_back({starts[i], i + 1 < labels.size() ? starts[i + 1] : range.last, range.depth + 1,
                            base + labels[i]});
    }
}

// First fit: the smallest base at which all labels fall on free units. Where the units are so crowded that many bases
// were tried, what is free there is given up, so that the next search begins behind it.
std::int32_t PieceTrie::place(const std::vector<std::uint8_t> &labels)
{
    while (m_firstFree < m_units.size() && m_units[m_firstFree].parent != -1)
        ++m_firstFree;
    const std::size_t low = labels.front();
    std::size_t base = m_firstFree > low ? m_firstFree - low : 1;
    for (std::size_t tries = 0;; ++base, ++tries) {
        if (base + 256 > m_units.size())
            m_units.resize(base + 512);
        const bool fits = std::all_of(labels.begin(), labels.end(),
                                      [&](std::uint8_t label) { return m_units[base + label].parent == -1; });
        if (!fits)
            continue;
        if (tries > kSearchWindow)
            m_firstFree = std::max(m_firstFree, base + low);
        return static_cast<std::int32_t>(base);
    }
}

std::size_t PieceTrie::longestPrefix(const char *begin, const char *end, std::int32_t *found) const
{
    if (isEmpty())
        return 0;
    std::size_t longest = 0;
    std::int32_t node = kRoot;
    for (const char *at = begin; at < end; ++at) {
        node = step(node, *at);
        if (node < 0)
            break;
        if (value(node) >= 0) {
            longest = static_cast<std::size_t>(at - begin) + 1;
            if (found)
                *found = value(node);
        }
    }
    return longest;
}

}  // namespace athanor::tokenizer
