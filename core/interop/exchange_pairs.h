// Our tensors beside those of another form that hold the same numbers: what "weights" of an exchange file comes to for
// given choices. Private to the room. Thread: pure.
// Letters: R rows, C columns of a matrix; a tensor of one size has rows of one number.
#pragma once

#include "core/interop/exchange.h"
#include "core/interop/exchange_numbers.h"

#include <QJsonArray>

namespace athanor::interop {

// One of our tensors beside those of the form that hold the same numbers.
struct TensorPair {
    QString ours;
    QStringList theirs;
    std::vector<qint64> rows;  // of each of theirs
    qint64 columns = -1;       // -1: one size
    bool transposed = false;
    bool leading = false;             // theirs has a size 1 in front
    std::vector<qint64> places;       // of each of our rows among all rows of theirs; empty: the same
    qint64 allRows() const;
    std::vector<qint64> ourShape() const;
    std::vector<qint64> theirShape(size_t index) const;
};

/// All pairs of these numbers. Unsupported where the form has no name for a tensor; Corrupt where sizes contradict.
Result<std::vector<TensorPair>> tensorPairs(const QJsonArray &entries, const ExchangeNumbers &numbers, ExchangeForm form, bool isReading);

}  // namespace athanor::interop
