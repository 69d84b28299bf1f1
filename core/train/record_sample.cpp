// See record_sample.h.
#include "core/train/record_sample.h"

#include "core/tensor/guard.h"
#include "core/tensor/random.h"

#include <QCoreApplication>

namespace athanor::train {
namespace {

constexpr uint64_t kSite = 0x616e73776572;  // "answer"

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

torch::Tensor tensorOf(const std::vector<qint64> &ids, size_t first)
{
    std::vector<int64_t> copy(ids.begin() + std::ptrdiff_t(first), ids.end());
    return torch::tensor(copy, torch::kInt64).unsqueeze(0);  // (1, T)
}

Result<std::vector<float>> probabilitiesOf(const torch::Tensor &logits, int64_t vocabulary)
{
    return tensor::guarded(tr("computing probabilities"), [&] {
        torch::NoGradGuard noGradients;
        const torch::Tensor softmax = torch::softmax(logits[0].slice(0, 0, vocabulary), 0).contiguous();
        return std::vector<float>(softmax.data_ptr<float>(), softmax.data_ptr<float>() + vocabulary);
    });
}

}  // namespace

RecordPrompt recordPrompt(const adapt::Records &records, const tokenizer::Tokenizer &tokenizer)
{
    RecordPrompt prompt;
    for (qint64 record = 0; record < records.count() && prompt.ids.empty(); ++record) {
        const qint64 count = records.tokenCount(record);
        std::vector<qint64> ids(size_t(count), 0);
        std::vector<quint8> learns(size_t(count), 0);
        records.copy(record, count, ids.data(), learns.data());
        const auto first = std::find(learns.begin(), learns.end(), quint8(1));
        if (first != learns.end())
            prompt.ids.assign(ids.begin(), ids.begin() + (first - learns.begin()));
    }
    const std::vector<tokenizer::TokenId> narrow(prompt.ids.begin(), prompt.ids.end());
    prompt.text = QString::fromUtf8(tokenizer.decode(narrow));
    return prompt;
}

Result<QString> answerTo(const std::vector<qint64> &given, network::Model &model, const tokenizer::Tokenizer &tokenizer,
                         const generate::Sampler &sampler, const AnswerSettings &settings)
{
    const bool hasEncoder = model.hasEncoder();
    const qint64 room = std::max<qint64>(1, model.dimensions().context - settings.maxTokens);
    std::vector<qint64> ids(given.end() - std::min<std::ptrdiff_t>(std::ptrdiff_t(given.size()), room), given.end());
    network::Batch batch;
    if (hasEncoder) {
        batch.encoderIds = tensorOf(given, 0);
        ids.assign(1, std::max<qint64>(0, settings.decoderStart));
    }
    const size_t promptSize = ids.size();
    const auto cache = model.makeCache(1, qint64(promptSize) + settings.maxTokens);
    const qint64 vocabulary = std::min<qint64>(tokenizer.vocabularySize(), model.dimensions().vocabulary);
    size_t read = 0;
    while (qint64(ids.size() - promptSize) < settings.maxTokens && qint64(ids.size()) <= cache->capacity()) {
        batch.ids = tensorOf(ids, read);
        ATHANOR_ASSIGN(const torch::Tensor logits, model.lastLogits(batch, *cache));
        batch.encoderIds = torch::Tensor();
        read = ids.size();
        ATHANOR_ASSIGN(const std::vector<float> probabilities, probabilitiesOf(logits, vocabulary));
        const double uniform = double(tensor::randomUniform({settings.seed, uint64_t(read), kSite}, 0));
        const qint64 id = sampler.choose(probabilities, settings.sampling, uniform);
        if (tokenizer.isControl(qint32(id)))
            break;
        ids.push_back(id);
    }
    const std::vector<tokenizer::TokenId> narrow(ids.begin() + std::ptrdiff_t(promptSize), ids.end());
    return QString::fromUtf8(tokenizer.decode(narrow));
}

}  // namespace athanor::train
