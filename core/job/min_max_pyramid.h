// Minimum and maximum of any range of a growing series in logarithmic time. Role: a plot of ten million points asks
// for one range a pixel column. Values that are not finite are left out of minimum and maximum (they can be read with
// at()). Appending costs a constant; memory is 8 bytes a value and a seventh on top. Thread: each object for one thread.
#pragma once

#include "core/base/export.h"

#include <cstddef>
#include <limits>
#include <vector>

namespace athanor::job {

struct MinMax {
    double minimum = std::numeric_limits<double>::infinity();
    double maximum = -std::numeric_limits<double>::infinity();
    /// True when the range held no finite value.
    bool isEmpty() const { return !(minimum <= maximum); }
};

class ATHANOR_EXPORT MinMaxPyramid {
public:
    void append(double value);
    void append(const std::vector<double> &values);
    /// Keeps the first `size` values: a resumed run replaces the steps after its checkpoint.
    void truncate(size_t size);
    void clear();
    void reserve(size_t size);

    size_t size() const { return m_values.size(); }
    double at(size_t index) const { return m_values[index]; }
    const std::vector<double> &values() const { return m_values; }

    /// Of the values with begin <= index < end; the end is clamped to size().
    MinMax range(size_t begin, size_t end) const;
    /// The range divided into `columns` of nearly equal counts, one result each: what a plot draws.
    std::vector<MinMax> columns(size_t begin, size_t end, size_t columns) const;

private:
    static constexpr size_t kFanOut = 16;
    void closeBlocks();
    std::vector<double> m_values;
    std::vector<std::vector<MinMax>> m_levels;  // m_levels[k][i] covers kFanOut^(k+1) values; whole blocks only
};

}  // namespace athanor::job
