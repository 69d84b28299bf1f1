// See even_draw.h.
#include "core/train/even_draw.h"

#include <cmath>
#include <numeric>

namespace athanor::train {
namespace {

constexpr quint64 kWhole = quint64(1) << 32;
constexpr quint32 kHalf = quint32(1) << 31;  // the first row goes to the larger side

}  // namespace

EvenDraw::EvenDraw(const std::vector<double> &shares, std::vector<quint32> phases)
    : m_slopes(shares.size(), 0), m_phases(std::move(phases))
{
    m_phases.resize(shares.size(), kHalf);
    divide(shares, 0, shares.size());
}

void EvenDraw::divide(const std::vector<double> &shares, size_t begin, size_t end)
{
    if (end - begin < 2)
        return;
    const size_t middle = (begin + end) / 2;
    const auto at = [&](size_t place) { return shares.begin() + std::ptrdiff_t(place); };
    const double goesLeft = std::accumulate(at(begin), at(middle), 0.0), all = goesLeft + std::accumulate(at(middle), at(end), 0.0);
    m_slopes[middle] = all > 0 ? quint64(std::llround(goesLeft / all * double(kWhole))) : 0;
    divide(shares, begin, middle);
    divide(shares, middle, end);
}

/// floor((rows × slope + phase) / 2^32), without leaving 64 bits.
qint64 EvenDraw::left(size_t node, qint64 rows) const
{
    const quint64 high = quint64(rows) >> 32, low = quint64(rows) & (kWhole - 1);
    return qint64(high * m_slopes[node] + ((low * m_slopes[node] + m_phases[node]) >> 32));
}

EvenDraw::Drawn EvenDraw::at(qint64 row) const
{
    size_t begin = 0, end = m_slopes.size();
    while (end - begin > 1) {
        const size_t middle = (begin + end) / 2;
        const qint64 before = left(middle, row);
        if (left(middle, row + 1) > before) {
            row = before;
            end = middle;
        } else {
            row -= before;
            begin = middle;
        }
    }
    return {begin, row};
}

/// Calls `use` with begin, end and the rows that come to [begin, end), for every node and leaf.
template <typename Visit> void EvenDraw::visit(size_t begin, size_t end, qint64 rows, Visit use) const
{
    use(begin, end, rows);
    if (end - begin < 2)
        return;
    const size_t middle = (begin + end) / 2;
    const qint64 goesLeft = left(middle, rows);
    visit(begin, middle, goesLeft, use);
    visit(middle, end, rows - goesLeft, use);
}

std::vector<qint64> EvenDraw::counts(qint64 rows) const
{
    std::vector<qint64> counts(m_slopes.size(), 0);
    visit(0, m_slopes.size(), rows, [&](size_t begin, size_t end, qint64 come) {
        if (end - begin == 1)
            counts[begin] = come;
    });
    return counts;
}

std::vector<quint32> EvenDraw::phasesAfter(qint64 rows) const
{
    std::vector<quint32> phases = m_phases;
    visit(0, m_slopes.size(), rows, [&](size_t begin, size_t end, qint64 come) {
        if (end - begin > 1) {
            const size_t middle = (begin + end) / 2;  // the low 32 bits of what left() cuts off
            phases[middle] = quint32((quint64(come) & (kWhole - 1)) * m_slopes[middle] + m_phases[middle]);
        }
    });
    return phases;
}

}  // namespace athanor::train
