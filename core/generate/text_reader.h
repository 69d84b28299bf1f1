// What a model has read of a text, with its key-value cache. Role: reads only what is new (a chat's next turn begins
// as the last one did), in blocks, so that memory stays bounded and a cancel is heard; and what happens when the context
// is full: the newest half is read again, and on it goes. Thread: one call at a time for a model.
#pragma once

#include "core/base/progress.h"
#include "core/network/model.h"

#include <functional>
#include <vector>

namespace athanor::generate {

class ATHANOR_EXPORT TextReader {
public:
    static constexpr int64_t kBlock = 256;  // ids read in one pass

    /// The model must outlive the reader.
    explicit TextReader(network::Model &model) : m_model(&model) {}

    /// Another text: `encoderIds` for a model with an encoder; `room`: ids that it will have in all, as far as known.
    void begin(const std::vector<int64_t> &encoderIds, int64_t room);
    /// Scores (1, V) f32 behind the last of `ids` (the whole text so far, not empty); undefined when cancelled.
    /// `betweenBlocks` is called before each block of ids.
    Result<torch::Tensor> read(const std::vector<int64_t> &ids, const CancelToken &cancel, const std::function<void()> &betweenBlocks = {});
    /// Ids that the last read() found in the cache.
    int64_t reusedCount() const { return m_reused; }

private:
    int64_t windowBegin(int64_t count);
    void forget();

    network::Model *m_model;
    std::unique_ptr<network::Cache> m_cache;
    std::vector<int64_t> m_read;     // what the cache holds
    std::vector<int64_t> m_encoder;
    int64_t m_begin = 0;             // of the window in the text
    int64_t m_room = 0;
    int64_t m_reused = 0;
};

}  // namespace athanor::generate
