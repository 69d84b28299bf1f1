// See text_reader.h. Letters: T time, V vocabulary.
#include "core/generate/text_reader.h"

#include <algorithm>

namespace athanor::generate {
namespace {

constexpr int64_t kSmallestRoom = 4096;  // so that a chat's later turns need no new cache

torch::Tensor tensorOf(const int64_t *ids, int64_t count)
{
    return torch::from_blob(const_cast<int64_t *>(ids), {1, count}, torch::kInt64).clone();  // (1, T)
}

}  // namespace

void TextReader::begin(const std::vector<int64_t> &encoderIds, int64_t room)
{
    m_begin = 0;
    const int64_t context = m_model->dimensions().context;
    m_room = std::min(context, std::max(room, kSmallestRoom));
    if (!m_cache || m_cache->capacity() < m_room || encoderIds != m_encoder)
        forget();
    m_encoder = encoderIds;
}

void TextReader::forget()
{
    m_cache.reset();
    m_read.clear();
}

/// The window moves only when it must: half of the context at once.
int64_t TextReader::windowBegin(int64_t count)
{
    const int64_t context = m_model->dimensions().context;
    if (count - m_begin > context)
        m_begin = count - std::max<int64_t>(1, context / 2);
    return m_begin;
}

Result<torch::Tensor> TextReader::read(const std::vector<int64_t> &ids, const CancelToken &cancel,
                                      const std::function<void()> &betweenBlocks)
{
    const int64_t first = windowBegin(int64_t(ids.size()));
    const int64_t *window = ids.data() + first;
    const int64_t count = int64_t(ids.size()) - first;
    if (!m_cache || m_cache->capacity() < count) {
        forget();
        m_cache = m_model->makeCache(1, std::max(m_room, std::min(m_model->dimensions().context, 2 * count)));
    }
    const int64_t known = std::min(int64_t(m_read.size()), count - 1);  // the last one is read for its scores
    const int64_t same = std::mismatch(window, window + known, m_read.begin()).first - window;
    m_reused = same;
    m_read.resize(size_t(same));
    m_cache->rewind(same);
    torch::Tensor scores;
    for (int64_t at = same; at < count;) {
        if (betweenBlocks)
            betweenBlocks();
        if (cancel.isCancelled())
            return torch::Tensor();
        const int64_t length = std::min(kBlock, count - at);
        network::Batch batch;
        batch.ids = tensorOf(window + at, length);
        if (at == 0 && !m_encoder.empty())
            batch.encoderIds = tensorOf(m_encoder.data(), int64_t(m_encoder.size()));
        ATHANOR_ASSIGN(scores, m_model->lastLogits(batch, *m_cache));
        m_read.insert(m_read.end(), window + at, window + at + length);
        at += length;
    }
    return scores;
}

}  // namespace athanor::generate
