// Which window of the token stream comes when. Role: a pass over the data is a pass: the stream is cut into windows of
// T tokens (at an offset that changes from pass to pass), and each pass takes every window once in an order of its own.
// The position is a function of (seed, index), so that a resumed run needs nothing but its step. Thread: const, safe.
#pragma once

#include "core/base/error.h"

#include <cstdint>

namespace athanor::train {

class ATHANOR_EXPORT DataOrder {
public:
    /// InvalidInput when the stream is shorter than one window of `context` + `extra` tokens.
    static Result<DataOrder> create(qint64 streamTokens, qint64 context, qint64 extra, quint64 seed);
    /// First token of the window that is the `index`-th of the run (from 0).
    qint64 start(qint64 index) const;
    qint64 windowsPerPass() const { return m_windows; }
    double passesAt(qint64 index) const { return double(index) / double(m_windows); }

private:
    DataOrder(qint64 windows, qint64 context, qint64 slack, quint64 seed)
        : m_windows(windows), m_context(context), m_slack(slack), m_seed(seed)
    {
    }
    qint64 m_windows;
    qint64 m_context;
    qint64 m_slack;  // the offset of a pass is 0 … slack
    quint64 m_seed;
};

/// The `index`-th element of a permutation of 0 … count−1 that depends on `key`: a Feistel network of four rounds over
/// the next power of four, walked until it falls inside. O(1) memory. Source: Black and Rogaway 2002.
ATHANOR_EXPORT quint64 permuted(quint64 index, quint64 count, quint64 key);

}  // namespace athanor::train
