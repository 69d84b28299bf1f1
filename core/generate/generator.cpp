// See generator.h. Letters: B batch (1 here), T time, V vocabulary.
#include "core/generate/generator.h"

#include "core/generate/utf8_pieces.h"
#include "core/tensor/guard.h"
#include "core/tensor/random.h"

#include <QCoreApplication>
#include <QElapsedTimer>

#include <algorithm>
#include <numeric>

namespace athanor::generate {
namespace {

constexpr int kAlternativeCount = 5;
constexpr uint64_t kSite = 0x73616d706c65;  // "sample"

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

/// (1, V) logits to probabilities of the first `vocabulary` entries; the rest (padding of V) can never be chosen.
Result<std::vector<float>> probabilitiesOf(const torch::Tensor &logits, int64_t vocabulary)
{
    std::vector<float> probabilities(size_t(vocabulary), 0.0f);
    ATHANOR_TRY(tensor::guarded(tr("computing probabilities"), [&] {
        torch::NoGradGuard noGradients;
        const torch::Tensor softmax = torch::softmax(logits[0].slice(0, 0, vocabulary), 0).contiguous();
        std::copy_n(softmax.data_ptr<float>(), vocabulary, probabilities.begin());
    }));
    if (!std::isfinite(std::accumulate(probabilities.begin(), probabilities.end(), 0.0f)))
        return fail(ErrorCode::Diverged, tr("The model's output is not a number."),
                    tr("This checkpoint was broken by a training that diverged; choose an earlier one."));
    return probabilities;
}

torch::Tensor idTensor(const std::vector<qint64> &ids, size_t first)
{
    std::vector<int64_t> copy(ids.begin() + std::ptrdiff_t(first), ids.end());
    return torch::tensor(copy, torch::kInt64).unsqueeze(0);  // (1, T)
}

}  // namespace

Generator::Generator(network::Model &model, const tokenizer::Tokenizer &tokenizer, const Sampler &sampler)
    : m_model(&model), m_tokenizer(&tokenizer), m_sampler(&sampler)
{
}

/// A document begins after the end of another, so that mark stands before every prompt.
std::vector<qint64> Generator::promptIds(const GenerationRequest &request) const
{
    std::vector<qint64> ids;
    if (m_tokenizer->endOfDocument() >= 0)
        ids.push_back(m_tokenizer->endOfDocument());
    for (tokenizer::TokenId id : m_tokenizer->encode(request.prompt))
        ids.push_back(id);
    if (ids.empty())
        ids.push_back(0);
    return ids;
}

/// Reads the newest ids that leave room to write; logits (1, V) of the last position.
Result<torch::Tensor> Generator::prefill(const std::vector<qint64> &ids, network::Cache &cache)
{
    cache.rewind(0);
    const size_t capacity = size_t(cache.capacity());
    const size_t keep = ids.size() < capacity ? ids.size() : std::max<size_t>(1, capacity / 2);
    return m_model->lastLogits(idTensor(ids, ids.size() - keep), cache);
}

Result<torch::Tensor> Generator::advance(std::vector<qint64> &ids, network::Cache &cache)
{
    if (cache.position() >= cache.capacity())
        return prefill(ids, cache);
    return m_model->lastLogits(idTensor(ids, ids.size() - 1), cache);
}

TokenReport Generator::report(std::span<const float> probabilities, qint64 id) const
{
    TokenReport report;
    report.id = qint32(id);
    report.probability = double(probabilities[size_t(id)]);
    std::vector<qint32> order(probabilities.size());
    std::iota(order.begin(), order.end(), 0);
    const size_t count = std::min<size_t>(kAlternativeCount, order.size());
    std::partial_sort(order.begin(), order.begin() + std::ptrdiff_t(count), order.end(), [&](qint32 a, qint32 b) {
        const float left = probabilities[size_t(a)], right = probabilities[size_t(b)];
        return left != right ? left > right : a < b;
    });
    for (size_t i = 0; i < count; ++i)
        report.alternatives.push_back({m_tokenizer->tokenText(order[i]), double(probabilities[size_t(order[i])])});
    return report;
}

Result<GenerationResult> Generator::run(const GenerationRequest &request, const TokenCallback &onToken,
                                        const CancelToken &cancel)
{
    ATHANOR_TRY(checkSettings(request.sampling));
    QElapsedTimer timer;
    timer.start();
    std::vector<qint64> ids = promptIds(request);
    QList<QByteArray> stops;
    for (const QString &stop : request.stop)
        stops += stop.toUtf8();
    Utf8Pieces pieces(stops);
    GenerationResult result;
    result.stoppedBecause = QStringLiteral("length");
    const auto cache = m_model->makeCache(1);
    const qint64 vocabulary = qMin<qint64>(m_tokenizer->vocabularySize(), m_model->dimensions().vocabulary);
    torch::Tensor logits;
    while (result.tokens < request.maxTokens) {
        if (cancel.isCancelled()) {
            result.stoppedBecause = QStringLiteral("request");
            break;
        }
        ATHANOR_ASSIGN(logits, result.tokens == 0 ? prefill(ids, *cache) : advance(ids, *cache));
        ATHANOR_ASSIGN(const std::vector<float> probabilities, probabilitiesOf(logits, vocabulary));
        const double uniform =
            double(tensor::randomUniform({request.seed, uint64_t(result.tokens), kSite}, 0));
        const qint64 id = m_sampler->choose(probabilities, request.sampling, uniform);
        if (result.tokens == 0)
            result.firstTokenSeconds = double(timer.nsecsElapsed()) * 1e-9;
        ++result.tokens;
        ids.push_back(id);
        TokenReport token = report(probabilities, id);
        const bool isEnd = id == m_tokenizer->endOfDocument();
        token.text = isEnd ? QByteArray() : pieces.add(m_tokenizer->tokenBytes(qint32(id)));
        const bool isLast = isEnd || pieces.isStopped() || result.tokens == request.maxTokens;
        if (isLast)
            token.text += pieces.finish();
        result.text += token.text;
        if (onToken)
            onToken(token);
        if (isEnd || pieces.isStopped()) {
            result.stoppedBecause = isEnd ? QStringLiteral("end") : QStringLiteral("stop");
            break;
        }
    }
    result.text += pieces.finish();
    const double rest = double(timer.nsecsElapsed()) * 1e-9 - result.firstTokenSeconds;
    result.tokensPerSecond = result.tokens > 1 && rest > 0 ? double(result.tokens - 1) / rest : 0;
    return result;
}

}  // namespace athanor::generate
