// What the filters measured of a dataset's documents, read from the list that its curate job left. Role: distributions,
// and what a limit would remove, without judging again. Limits: about 200 bytes a document, and 8 a signal.
// Thread: pure functions; readSignalValues() may run on any thread.
#pragma once

#include "core/base/progress.h"
#include "core/corpus/signal_declarations.h"

#include <array>

namespace athanor::corpus {

struct MeasuredDocument {
    QByteArray id;    // 32 bytes
    QByteArray path;  // UTF-8
    bool isKept = false;
};

/// Columns beside each other: values[i][k] is signal keys[i] of document k; NaN where it was not measured.
struct ATHANOR_EXPORT SignalValues {
    std::vector<MeasuredDocument> documents;
    QStringList keys;
    std::vector<std::vector<double>> values;

    /// Empty when there is no such signal.
    const std::vector<double> &of(const QString &key) const;
};

/// `file`: documents.jsonl.zst of a curate job. Errors: NotFound (deleted with its job), Corrupt, Cancelled.
ATHANOR_EXPORT Result<SignalValues> readSignalValues(const QString &file, const QStringList &keys, const CancelToken &cancel = {});

/// Of the values that are numbers; quantiles by linear interpolation between the two nearest. All NaN when count is 0.
struct Distribution {
    qint64 count = 0;
    double least = 0, most = 0, mean = 0;
    static constexpr std::array<double, 5> kShares{0.05, 0.25, 0.5, 0.75, 0.95};
    std::array<double, 5> quantiles{};  // at kShares
};
ATHANOR_EXPORT Distribution distributionOf(const std::vector<double> &values);

/// How many of the measured documents a limit removes, whatever else decides about them.
struct LimitCount {
    qint64 kept = 0;
    qint64 removed = 0;
};
ATHANOR_EXPORT LimitCount countsAt(const std::vector<double> &values, const SignalLimit &limit);

/// Indexes of the documents whose values are nearest to the limit, nearest first: `removed` on the side that goes.
struct NearLimit {
    std::vector<size_t> kept, removed;
};
ATHANOR_EXPORT NearLimit nearestTo(const std::vector<double> &values, const SignalLimit &limit, size_t most);

/// The measured values of a signal in their order, for limits that move: the same answers without a walk over all of them.
class ATHANOR_EXPORT SortedSignal {
public:
    explicit SortedSignal(const std::vector<double> &values = {});
    LimitCount countsAt(const SignalLimit &limit) const;
    NearLimit nearestTo(const SignalLimit &limit, size_t most) const;
    /// Of the values that are numbers; ascending.
    const std::vector<double> &finite() const { return m_finite; }

private:
    using Value = std::pair<double, size_t>;  // with its index
    size_t edge(const SignalLimit &limit) const;
    std::vector<Value> m_values;
    std::vector<double> m_finite;
};

/// {"signals":[{"filter","filterTitle","signal","title","unit","count","min","max","mean","quantiles":{"0.05":…},
///  "limits":[{"parameter","side":"least"|"most","value","on","removed"}]}]}; numbers of nothing are null.
ATHANOR_EXPORT QJsonArray signalReport(const std::vector<SignalLimit> &limits, const SignalValues &values);

}  // namespace athanor::corpus
