// What a run's figures were, look after look. Role: the memory of the rules in hints.h; bounded, and yet over the whole
// run: when a series is full, every second of its older values goes. Thread: values.
#pragma once

#include "core/insight/names.h"
#include "core/job/metrics.h"

#include <QMap>

#include <map>
#include <vector>

namespace athanor::insight {

struct Point {
    qint64 step = 0;
    double value = 0;
};

class ATHANOR_EXPORT History {
public:
    /// What metrics.bin knows of an earlier attempt: the last looks, and what was measured on held-out text.
    static History from(const job::MetricsReader &metrics);
    void add(qint64 step, const QMap<QString, double> &values);

    /// Ascending in step; empty when unknown. Values that are no numbers are left out.
    const std::vector<Point> &of(const QString &name) const;
    QStringList layers(Figure figure) const;
    /// The value at this step; NaN when there is none.
    double at(const QString &name, qint64 step) const;
    /// The newest value; NaN when there is none.
    double last(const QString &name) const;
    /// Median of all but the newest `newest` values; NaN when fewer than `least` are left.
    double usual(const QString &name, size_t newest, size_t least) const;
    /// Mean of the newest `count` values; NaN when there are fewer.
    double recent(const QString &name, size_t count) const;
    qint64 lastStep() const { return m_lastStep; }

private:
    std::map<QString, std::vector<Point>> m_series;
    qint64 m_lastStep = 0;
};

ATHANOR_EXPORT double medianOf(std::vector<double> values);

}  // namespace athanor::insight
