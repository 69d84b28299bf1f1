// See simplex.h.
#include "core/experiment/simplex.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace athanor::experiment {
namespace {

using Point = std::vector<double>;

class Simplex {
public:
    Simplex(const std::function<double(const Point &)> &function, const Point &start, double size) : m_function(&function)
    {
        add(start);
        for (size_t axis = 0; axis < start.size(); ++axis) {
            Point point = start;
            point[axis] += size;
            add(point);
        }
        sort();
    }

    int evaluations() const { return m_evaluations; }
    Minimum best() const { return m_corners.front(); }

    /// Distance of the corners from the best one, and how their values differ.
    bool isSmallerThan(double tolerance) const
    {
        double distance = 0;
        for (const Minimum &corner : m_corners)
            for (size_t axis = 0; axis < corner.at.size(); ++axis)
                distance = std::max(distance, std::abs(corner.at[axis] - m_corners.front().at[axis]));
        return distance < tolerance && m_corners.back().value - m_corners.front().value < tolerance;
    }

    /// The worst corner goes through the middle of the others: further where that is good, inwards where it is not.
    void move()
    {
        const Minimum reflected = tried(1);
        if (reflected.value < m_corners.front().value) {
            const Minimum further = tried(2);
            replace(further.value < reflected.value ? further : reflected);
        } else if (reflected.value < m_corners[m_corners.size() - 2].value) {
            replace(reflected);
        } else {
            const Minimum inwards = tried(reflected.value < m_corners.back().value ? 0.5 : -0.5);
            if (inwards.value < std::min(reflected.value, m_corners.back().value))
                replace(inwards);
            else
                shrink();
        }
    }

private:
    double value(const Point &point)
    {
        ++m_evaluations;
        const double value = (*m_function)(point);
        return std::isnan(value) ? std::numeric_limits<double>::infinity() : value;
    }
    void add(const Point &point) { m_corners.push_back({point, value(point)}); }
    void sort()
    {
        std::stable_sort(m_corners.begin(), m_corners.end(), [](const Minimum &a, const Minimum &b) { return a.value < b.value; });
    }
    /// The middle of all but the worst, and `share` of the way from the worst beyond it.
    Minimum tried(double share)
    {
        const size_t axes = m_corners.front().at.size();
        Point point(axes, 0);
        for (size_t corner = 0; corner < axes; ++corner)
            for (size_t axis = 0; axis < axes; ++axis)
                point[axis] += m_corners[corner].at[axis] / double(axes);
        for (size_t axis = 0; axis < axes; ++axis)
            point[axis] += share * (point[axis] - m_corners.back().at[axis]);
        return {point, value(point)};
    }
    void replace(const Minimum &corner)
    {
        m_corners.back() = corner;
        sort();
    }
    void shrink()
    {
        for (size_t corner = 1; corner < m_corners.size(); ++corner) {
            for (size_t axis = 0; axis < m_corners[corner].at.size(); ++axis)
                m_corners[corner].at[axis] = 0.5 * (m_corners[corner].at[axis] + m_corners.front().at[axis]);
            m_corners[corner].value = value(m_corners[corner].at);
        }
        sort();
    }

    const std::function<double(const Point &)> *m_function;
    std::vector<Minimum> m_corners;  // ascending in value
    int m_evaluations = 0;
};

}  // namespace

Minimum minimum(const std::function<double(const std::vector<double> &)> &function, std::vector<double> start, double size,
                double tolerance, int evaluations)
{
    Simplex simplex(function, start, size);
    while (simplex.evaluations() < evaluations && !simplex.isSmallerThan(tolerance))
        simplex.move();
    return simplex.best();
}

}  // namespace athanor::experiment
