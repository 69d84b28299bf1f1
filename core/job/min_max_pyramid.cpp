#include "core/job/min_max_pyramid.h"

#include <algorithm>
#include <cmath>

namespace athanor::job {

namespace {

void include(MinMax &into, double value)
{
    if (!std::isfinite(value))
        return;
    into.minimum = std::min(into.minimum, value);
    into.maximum = std::max(into.maximum, value);
}

void include(MinMax &into, const MinMax &other)
{
    into.minimum = std::min(into.minimum, other.minimum);
    into.maximum = std::max(into.maximum, other.maximum);
}

// The last `count` entries as one.
template <typename Entries> MinMax lastBlock(const Entries &entries, size_t count)
{
    MinMax block;
    for (auto it = entries.end() - static_cast<std::ptrdiff_t>(count); it != entries.end(); ++it)
        include(block, *it);
    return block;
}

}  // namespace

void MinMaxPyramid::append(double value)
{
    m_values.push_back(value);
    if (m_values.size() % kFanOut == 0)
        closeBlocks();
}

void MinMaxPyramid::append(const std::vector<double> &values)
{
    for (const double value : values)
        append(value);
}

// A block of values is whole: so may be the blocks above it.
void MinMaxPyramid::closeBlocks()
{
    size_t count = m_values.size() / kFanOut;
    for (size_t level = 0;; ++level) {
        if (level == m_levels.size())
            m_levels.emplace_back();
        m_levels[level].push_back(level == 0 ? lastBlock(m_values, kFanOut) : lastBlock(m_levels[level - 1], kFanOut));
        if (count % kFanOut != 0)
            return;
        count /= kFanOut;
    }
}

void MinMaxPyramid::truncate(size_t size)
{
    if (size >= m_values.size())
        return;
    m_values.resize(size);
    for (std::vector<MinMax> &level : m_levels) {
        size /= kFanOut;
        level.resize(size);
    }
}

void MinMaxPyramid::clear()
{
    m_values.clear();
    m_levels.clear();
}

void MinMaxPyramid::reserve(size_t size)
{
    m_values.reserve(size);
}

// Climbs while both ends can be rounded to whole blocks, taking the loose entries on each side.
MinMax MinMaxPyramid::range(size_t begin, size_t end) const
{
    MinMax result;
    end = std::min(end, m_values.size());
    for (; begin < end && begin % kFanOut != 0; ++begin)
        include(result, m_values[begin]);
    for (; begin < end && end % kFanOut != 0; --end)
        include(result, m_values[end - 1]);
    for (size_t level = 0; begin < end && level < m_levels.size(); ++level) {
        begin /= kFanOut;
        end /= kFanOut;
        const std::vector<MinMax> &entries = m_levels[level];
        const bool isTop = level + 1 == m_levels.size();
        for (; begin < end && (isTop || begin % kFanOut != 0); ++begin)
            include(result, entries[begin]);
        for (; begin < end && end % kFanOut != 0; --end)
            include(result, entries[end - 1]);
    }
    return result;
}

std::vector<MinMax> MinMaxPyramid::columns(size_t begin, size_t end, size_t columns) const
{
    std::vector<MinMax> result(columns);
    end = std::min(end, m_values.size());
    if (begin >= end)
        return result;
    const double width = static_cast<double>(end - begin) / static_cast<double>(columns);
    for (size_t column = 0; column < columns; ++column) {
        const size_t from = begin + static_cast<size_t>(width * static_cast<double>(column));
        const size_t to = column + 1 == columns ? end : begin + static_cast<size_t>(width * static_cast<double>(column + 1));
        result[column] = range(from, std::max(to, from + 1));
    }
    return result;
}

}  // namespace athanor::job
