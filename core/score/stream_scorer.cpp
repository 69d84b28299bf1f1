// See stream_scorer.h. A window beginning at buffer index f reads ids f … f+T−1 and predicts ids f+1 … f+T; only
// targets at or after m_scoredUntil count.
#include "core/score/stream_scorer.h"

#include "core/tensor/guard.h"

#include <QCoreApplication>

namespace athanor::score {
namespace {

constexpr int64_t kMostTokens = 4096;  // in a batch: attention's memory grows with the context
constexpr int64_t kEnoughBefore = 256;  // tokens that stand before each scored one; more changes little and costs a pass each

QString tr(const char *text) { return QCoreApplication::translate("athanor::score", text); }

}  // namespace

StreamScorer::StreamScorer(network::Model &model, int64_t start, const StreamOptions &options)
    : m_model(&model), m_context(options.context > 0 ? options.context : model.dimensions().context),
      m_batch(std::max<int64_t>(1, options.batch)), m_buffer{start}
{
    m_context = std::min(m_context, model.dimensions().context);
    m_batch = std::clamp<int64_t>(kMostTokens / m_context, 1, m_batch);
    m_stride = options.stride > 0 ? std::min(options.stride, m_context) : std::max<int64_t>({1, m_context / 2, m_context - kEnoughBefore});
}

Status StreamScorer::add(const std::vector<qint32> &ids)
{
    m_buffer.insert(m_buffer.end(), ids.begin(), ids.end());
    return scoreWindows(false);
}

Status StreamScorer::finish() { return scoreWindows(true); }

/// Full windows in batches; the rest, shorter than a batch of windows, waits for more tokens or for the end.
Status StreamScorer::scoreWindows(bool isLast)
{
    const auto size = [&] { return int64_t(m_buffer.size()); };
    while (m_scoredUntil < size()) {
        // The first window counts everything, later ones `stride` new targets after T − stride of context.
        const auto firstOf = [&](int64_t scored) {
            return scored == 1 ? 0 : std::max<int64_t>(0, scored + m_stride - m_context - 1);
        };
        std::vector<int64_t> firsts;
        int64_t scored = m_scoredUntil;
        while (int64_t(firsts.size()) < m_batch) {
            const int64_t first = firstOf(scored);
            if (first + m_context >= size())
                break;
            firsts.push_back(first);
            scored = first + m_context + 1;
        }
        if (firsts.empty() || (!isLast && int64_t(firsts.size()) < m_batch)) {
            if (!isLast)
                return {};
            if (firsts.empty())
                return runBatch({firstOf(m_scoredUntil)}, true);
        }
        ATHANOR_TRY(runBatch(firsts, false));
        // Only what the next window, or the last one, can reach is still needed.
        const int64_t drop = std::max<int64_t>(0, m_scoredUntil - m_context);
        m_buffer.erase(m_buffer.begin(), m_buffer.begin() + drop);
        m_scoredUntil -= drop;
    }
    return {};
}

Status StreamScorer::runBatch(const std::vector<int64_t> &firsts, bool isLast)
{
    const int64_t length = isLast ? int64_t(m_buffer.size()) - 1 - firsts[0] : m_context;
    const int64_t rows = int64_t(firsts.size());
    torch::Tensor ids, targets;  // (B, T) each
    ATHANOR_TRY(tensor::guarded(tr("preparing a window"), [&] {
        ids = torch::empty({rows, length}, torch::kInt64);
        targets = torch::full({rows, length}, -1, torch::kInt64);
        for (int64_t row = 0; row < rows; ++row) {
            const int64_t first = firsts[size_t(row)];
            std::copy_n(m_buffer.data() + first, length, ids.data_ptr<int64_t>() + row * length);
            for (int64_t t = 0; t < length; ++t) {
                const int64_t target = first + t + 1;
                if (target >= m_scoredUntil)
                    targets.data_ptr<int64_t>()[row * length + t] = m_buffer[size_t(target)], ++m_tokens;
            }
            m_scoredUntil = std::max(m_scoredUntil, first + length + 1);
        }
    }));
    ATHANOR_ASSIGN(const torch::Tensor losses, m_model->perTokenLoss(ids, targets));
    return tensor::guarded(tr("adding up"), [&] {
        m_sum += losses.to(torch::kDouble).sum().item<double>();
        if (!m_onTokenLoss)
            return;
        const torch::Tensor counted = losses.masked_select(targets.ge(0)).contiguous();  // rows follow one another in the stream
        for (int64_t i = 0; i < counted.numel(); ++i)
            m_onTokenLoss(double(counted.data_ptr<float>()[i]));
    });
}

}  // namespace athanor::score
