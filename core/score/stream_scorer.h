// Scores a stream of tokens with overlapping windows, batch after batch, without holding the stream.
// Letters: B batch, T time. Cost: a forward pass of T tokens for every `stride` tokens of the stream.
// Thread: one; the model must not be used by others meanwhile.
#pragma once

#include "core/base/progress.h"
#include "core/network/model.h"

#include <functional>
#include <vector>

namespace athanor::score {

struct StreamOptions {
    int64_t context = 0;  // T; 0: the model's
    int64_t stride = 0;   // new tokens in each window; 0: all but 256 of the context, at least half of it
    int64_t batch = 8;    // windows at once
};

class ATHANOR_EXPORT StreamScorer {
public:
    /// `start` stands before the first token of the stream (end of document, or 0).
    StreamScorer(network::Model &model, int64_t start, const StreamOptions &options = {});
    /// The next tokens of the stream.
    Status add(const std::vector<qint32> &ids);
    /// Scores what is left. Call once, at the end.
    Status finish();
    /// Called with the loss (nats) of every token, in the order of the stream, when its batch was scored.
    void setTokenLoss(std::function<void(double)> call) { m_onTokenLoss = std::move(call); }
    double negativeLogLikelihood() const { return m_sum; }
    qint64 tokens() const { return m_tokens; }

private:
    Status scoreWindows(bool isLast);
    Status runBatch(const std::vector<int64_t> &firsts, bool isLast);

    network::Model *m_model;
    int64_t m_context = 0;
    int64_t m_stride = 0;
    int64_t m_batch = 0;
    std::vector<int64_t> m_buffer;   // the start mark or context, then tokens not yet scored
    int64_t m_scoredUntil = 1;       // index into m_buffer of the first token without a score
    std::function<void(double)> m_onTokenLoss;
    double m_sum = 0;
    qint64 m_tokens = 0;
};

}  // namespace athanor::score
