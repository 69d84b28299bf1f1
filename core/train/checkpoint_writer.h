// Writes checkpoints beside the training: the trainer hands over a copy of its state and goes on; writing and hashing
// happen on a thread of their own. When memory is short the copy is left out and the trainer waits.
// Thread: used from one thread; owns one more.
#pragma once

#include "core/train/checkpoint_store.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

namespace athanor::train {

struct WriteOutcome {
    qint64 step = 0;
    Result<CheckpointFacts> facts;
};

class ATHANOR_EXPORT CheckpointWriter {
public:
    explicit CheckpointWriter(CheckpointStore store);
    ~CheckpointWriter();  // waits for a write under way

    /// Waits for the previous write, copies the tensors, returns.
    void begin(CheckpointContents contents);
    /// The outcome of the last write once, when it has ended; nothing otherwise.
    std::optional<WriteOutcome> takeOutcome();
    /// Waits for the write under way.
    void wait();
    bool isBusy();

private:
    void work();
    CheckpointStore m_store;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::optional<CheckpointContents> m_pending;
    std::optional<WriteOutcome> m_outcome;
    bool m_busy = false;
    bool m_stop = false;
    std::thread m_thread;
};

}  // namespace athanor::train
