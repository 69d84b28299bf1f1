// Job kind "logits". See handlers.h.
#include "core/base/atomic_file.h"
#include "core/generate/checkpoint_model.h"
#include "core/generate/manners.h"
#include "core/score/handlers.h"
#include "core/tensor/guard.h"
#include "core/tensor/machine.h"

#include <QCoreApplication>
#include <QJsonArray>

namespace athanor::score {
namespace {

constexpr int kBest = 5;

QString tr(const char *text) { return QCoreApplication::translate("athanor::score", text); }

Result<std::vector<int64_t>> idsFrom(const QJsonArray &array, const network::Dimensions &dimensions)
{
    std::vector<int64_t> ids;
    for (const QJsonValue &value : array) {
        const qint64 id = value.toInteger(-1);
        if (id < 0 || id >= dimensions.vocabulary)
            return fail(ErrorCode::InvalidInput, tr("%1 is not a token of this model.").arg(value.toDouble()), tr("Ids go from 0 to %1.").arg(dimensions.vocabulary - 1));
        ids.push_back(id);
    }
    if (ids.empty() || int64_t(ids.size()) > dimensions.context)
        return fail(ErrorCode::InvalidInput, tr("%1 tokens cannot be looked at; the model sees 1 to %2 at once.").arg(ids.size()).arg(dimensions.context));
    return ids;
}

// The highest scores of each position, with the tokens as people see them.
QJsonArray best(const torch::Tensor &scores, const tokenizer::Tokenizer &tokenizer, int64_t firstPosition)
{
    QJsonArray rows;
    const auto [values, ids] = scores.topk(std::min<int64_t>(kBest, scores.size(1)), 1);
    for (int64_t t = 0; t < scores.size(0); ++t) {
        QJsonArray row;
        for (int64_t k = 0; k < values.size(1); ++k) {
            const auto id = ids[t][k].item<int64_t>();
            const QString text = id < tokenizer.vocabularySize() ? tokenizer.tokenText(tokenizer::TokenId(id)) : QString();
            row += QJsonObject{{QStringLiteral("id"), qint64(id)}, {QStringLiteral("score"), double(values[t][k].item<float>())}, {QStringLiteral("text"), text}};
        }
        rows += QJsonObject{{QStringLiteral("position"), qint64(firstPosition + t)}, {QStringLiteral("best"), row}};
    }
    return rows;
}

}  // namespace

Result<QJsonObject> LogitsHandler::run(job::Context &context)
{
    const QJsonObject parameters = context.spec().parameters;
    ATHANOR_ASSIGN(const QString folder, generate::resolvePath(context.projectPath(), parameters.value(QLatin1String("checkpoint")).toString()));
    context.report({tr("Loading the model"), 0, 0, {}});
    tensor::keepLargeBlocks();
    tensor::setThreadCount(parameters.value(QLatin1String("threads")).toInt(0));
    ATHANOR_ASSIGN(const generate::LoadedModel loaded, generate::loadModel(context.plugins(), folder, generate::LoadPrecision::F32));
    ATHANOR_ASSIGN(const std::vector<int64_t> ids, idsFrom(parameters.value(QLatin1String("ids")).toArray(), loaded.model->dimensions()));
    network::Batch batch;
    batch.ids = torch::tensor(ids, torch::kInt64).unsqueeze(0);  // (1, T)
    if (loaded.model->hasEncoder()) {  // the encoder reads them, the decoder is asked for its first token
        ATHANOR_ASSIGN(const generate::Manners manners, generate::readManners(folder, *loaded.model, *loaded.tokenizer));
        batch.encoderIds = batch.ids;
        batch.ids = torch::full({1, 1}, std::max<int64_t>(0, manners.decoderStart), torch::kInt64);
    }
    torch::Tensor scores;
    if (loaded.model->hasLabelHead()) {
        ATHANOR_ASSIGN(scores, loaded.model->labelLogits(batch));
    } else {
        ATHANOR_ASSIGN(scores, loaded.model->logits(batch));
    }
    QByteArray bytes;
    QJsonObject result;
    ATHANOR_TRY(tensor::guarded(tr("writing the scores"), [&] {
        torch::NoGradGuard noGradients;
        torch::Tensor rows = loaded.model->hasLabelHead() ? scores : scores[0];  // (T, V)
        if (parameters.value(QLatin1String("last")).toBool())
            rows = rows.slice(0, rows.size(0) - 1);
        rows = rows.to(torch::kFloat).contiguous();
        bytes = QByteArray(reinterpret_cast<const char *>(rows.data_ptr<float>()), qsizetype(rows.numel() * int64_t(sizeof(float))));
        const int64_t first = batch.ids.size(1) - rows.size(0);
        result = {{QStringLiteral("positions"), qint64(rows.size(0))}, {QStringLiteral("vocabulary"), qint64(rows.size(1))},
                  {QStringLiteral("top"), best(rows, *loaded.tokenizer, loaded.model->hasLabelHead() ? 0 : first)}};
    }));
    ATHANOR_TRY(writeFileAtomically(context.jobPath() + QStringLiteral("/logits.f32"), bytes));
    result.insert(QStringLiteral("file"), QStringLiteral("jobs/%1/logits.f32").arg(context.spec().id));
    return result;
}

}  // namespace athanor::score
