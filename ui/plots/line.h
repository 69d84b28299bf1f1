// One line of a plot: its series, its smoothed copy, and both as pyramids of minimum and maximum, from which the
// few points that a screen can show are taken. Pure; knows no widget. Thread: each object for one thread.
#pragma once

#include "core/job/min_max_pyramid.h"
#include "ui/plots/run_plot.h"

#include <QPointF>

namespace athanor::plots {

class ATHANOR_EXPORT Line {
public:
    /// Takes the series; when it begins as the present one does, only what is new is worked on.
    void setData(SeriesData data);
    void setSmoothing(double share);

    const SeriesData &data() const { return m_data; }
    /// Steps, tokens or seconds; steps when the wanted one is unknown.
    const std::vector<double> &xs(XAxis axis) const;
    bool isEmpty() const { return m_data.values.empty(); }
    size_t size() const { return m_data.values.size(); }

    enum class Kind { Raw, Smoothed };
    /// At most about 2 × `columns` points between x `from` and `to` (and one beyond each end). No NaN among them.
    std::vector<QPointF> points(Kind kind, XAxis axis, double from, double to, int columns) const;
    job::MinMax valueRange(Kind kind, XAxis axis, double from, double to, bool positiveOnly) const;
    /// The smoothed (or raw) value at the nearest measured x at or before `x`; NaN outside the line.
    double valueAt(Kind kind, XAxis axis, double x) const;
    /// x of values that are not finite, at most `limit`.
    std::vector<double> brokenAt(XAxis axis, size_t limit = 200) const;
    /// x of a step on another axis; interpolated between the measured ones.
    double xOfStep(XAxis axis, double step) const;

private:
    const job::MinMaxPyramid &pyramid(Kind kind) const { return kind == Kind::Raw ? m_raw : m_smoothed; }
    std::pair<size_t, size_t> indexRange(XAxis axis, double from, double to) const;
    bool beginsAsPresent(const SeriesData &data) const;
    void extendSmoothed();
    SeriesData m_data;
    job::MinMaxPyramid m_raw, m_smoothed;
    std::vector<size_t> m_broken;
    double m_share = 0;
    double m_average = 0, m_weight = 0;  // running state of the smoothing
};

}  // namespace athanor::plots
