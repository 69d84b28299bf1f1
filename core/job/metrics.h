// The metrics of a run in binary, beside events.jsonl: metrics.bin. Role: ten million points are read in
// milliseconds, with a pyramid of minimum and maximum for drawing. It can be rebuilt from the events at any time.
// Thread: a writer in the worker, any number of readers elsewhere; readers see whole records only.
#pragma once

#include "core/base/error.h"

#include <QMap>
#include <QStringList>

#include <memory>
#include <vector>

namespace athanor::job {

inline constexpr int kMetricsFormat = 1;

/// A record with this name says that the job went back within an attempt: what was known from its step on is replaced.
inline constexpr char kRestartSeries[] = "restart";

/// Worker's side: appends one record per call. Names are declared on first use. Resuming at a step removes
/// nothing: later attempts' records replace earlier ones of the same step when read.
class ATHANOR_EXPORT MetricsWriter {
public:
    static Result<MetricsWriter> open(const QString &path);
    MetricsWriter(MetricsWriter &&) noexcept;
    ~MetricsWriter();
    Status append(int attempt, qint64 step, qint64 utcMs, const QMap<QString, double> &values);

private:
    struct Impl;
    explicit MetricsWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

/// One series: x ascending in step; a step repeated by a later attempt stands once, with the later value.
struct Series {
    std::vector<qint64> steps;
    std::vector<qint64> utcMs;
    std::vector<double> values;                 // NaN stays NaN: the plot marks it
    std::vector<qint64> restarts;               // steps at which a later attempt began, or the job went back to
};

/// Reader's side: poll() takes what was appended since; series() is complete at any time.
class ATHANOR_EXPORT MetricsReader {
public:
    static Result<MetricsReader> open(const QString &path);  // falls back to events.jsonl beside it when absent or broken
    MetricsReader(MetricsReader &&) noexcept;
    ~MetricsReader();
    /// Number of new records; 0 when none. Corrupt tails are skipped.
    int poll();
    QStringList names() const;
    const Series &series(const QString &name) const;  // empty when unknown

private:
    struct Impl;
    explicit MetricsReader(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace athanor::job
