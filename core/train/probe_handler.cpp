// Job kind "probe": the speed of this machine for a shape. See handlers.h.
#include "core/train/handlers.h"

#include "core/base/machine.h"
#include "core/model/rules_of_thumb.h"
#include "core/network/model.h"
#include "core/plugin/registry.h"
#include "core/tensor/guard.h"
#include "core/tensor/machine.h"
#include "core/train/optimizer.h"
#include "core/train/trainer.h"

#include <QElapsedTimer>

namespace athanor::train {
namespace {

constexpr double kLongestStep = 1.2;      // seconds; beyond that the step is estimated
constexpr double kMeasureSeconds = 1.5;   // for each precision
constexpr double kUsualShare = 0.6;       // of the matrix products' speed that a whole step reaches

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

struct Shape {
    qint64 batch = 8;
    qint64 context = 256;
    qint64 vocabulary = 2;
};

/// Forward and backward on random ids; the optimizer adds a few per cent, which the rate leaves out.
Result<double> measureTokensPerSecond(job::Context &context, const QJsonObject &architecture, const Shape &shape,
                                      at::ScalarType dtype)
{
    ATHANOR_ASSIGN(const auto model, network::Model::build(context.plugins(), architecture, {dtype, 1}));
    torch::Tensor ids;  // (B, T + 1)
    ATHANOR_TRY(tensor::guarded(tr("making ids"), [&] {
        ids = torch::arange(int64_t(shape.batch * (shape.context + 1)), torch::kInt64).remainder(int64_t(shape.vocabulary))
                  .view({shape.batch, shape.context + 1});
    }));
    const torch::Tensor inputs = ids.slice(1, 0, shape.context).contiguous();
    const torch::Tensor targets = ids.slice(1, 1, shape.context + 1).contiguous();
    QElapsedTimer timer;
    qint64 steps = -1;  // the first warms up
    while (steps < 1 || double(timer.elapsed()) * 1e-3 < kMeasureSeconds) {
        if (context.cancelToken().isCancelled())
            return job::stoppedHere(tr("Nothing was measured."));
        network::Pass pass;
        pass.training = true;
        ATHANOR_ASSIGN(const torch::Tensor loss, model->loss(inputs, targets, pass));
        ATHANOR_TRY(tensor::backward(loss));
        model->clearGradients();
        if (++steps == 0)
            timer.start();
    }
    return double(steps * shape.batch * shape.context) / (double(timer.nsecsElapsed()) * 1e-9);
}

qint64 parameterEstimate(const QJsonObject &dimensions)
{
    const double width = dimensions.value(QLatin1String("width")).toDouble();
    const double layers = dimensions.value(QLatin1String("layers")).toDouble();
    return qint64(12 * layers * width * width + dimensions.value(QLatin1String("vocabulary")).toDouble() * width);
}

}  // namespace

Result<QJsonObject> ProbeHandler::run(job::Context &context)
{
    const QJsonObject parameters = context.spec().parameters;
    const QJsonObject architecture = parameters.value(QLatin1String("architecture")).toObject();
    const QJsonObject dimensions = architecture.value(QLatin1String("dimensions")).toObject();
    const QJsonObject asked = parameters.value(QLatin1String("shape")).toObject();
    Shape shape;
    shape.vocabulary = qint64(dimensions.value(QLatin1String("vocabulary")).toDouble(2));
    shape.context = qint64(dimensions.value(QLatin1String("context")).toDouble(256));
    shape.batch = std::clamp<qint64>(qint64(asked.value(QLatin1String("batch")).toDouble(8)), 1, 4096);
    tensor::keepLargeBlocks();
    tensor::setThreadCount(parameters.value(QLatin1String("threads")).toInt(0));
    context.report({tr("Measuring speed"), 0, 3, {}});
    ATHANOR_ASSIGN(const tensor::SpeedProbe probe, tensor::probeSpeed());
    const double flopsPerToken = model::kFlopsPerParameter * double(parameterEstimate(dimensions));
    QJsonObject rates;
    bool allMeasured = true;
    const std::pair<const char *, at::ScalarType> precisions[] = {{"f32", at::kFloat}, {"bf16", at::kBFloat16}};
    int done = 0;
    for (const auto &[name, dtype] : precisions) {
        const bool isBf16 = dtype == at::kBFloat16;
        const double speed = isBf16 ? probe.bf16FlopsPerSecond : probe.f32FlopsPerSecond;
        const double estimate = kUsualShare * speed / std::max(1.0, flopsPerToken);
        const bool isShort = double(shape.batch * shape.context) / std::max(1.0, estimate) < kLongestStep;
        const bool isWanted = isShort && (!isBf16 || machineFacts().hasBf16);
        double rate = estimate;
        if (isWanted) {
            ATHANOR_ASSIGN(rate, measureTokensPerSecond(context, architecture, shape, dtype));
        }
        allMeasured = allMeasured && (isWanted || (isBf16 && !machineFacts().hasBf16));
        rates[QLatin1String(name)] = rate;
        context.report({tr("Measuring speed"), ++done + 1, 3, {}});
    }
    const bool prefersBf16 = machineFacts().hasBf16 && probe.bf16IsFaster();
    return QJsonObject{{QStringLiteral("tokensPerSecond"), rates},
                       {QStringLiteral("flopsPerSecond"), QJsonObject{{QStringLiteral("f32"), probe.f32FlopsPerSecond},
                                                                      {QStringLiteral("bf16"), probe.bf16FlopsPerSecond}}},
                       {QStringLiteral("precision"), prefersBf16 ? QStringLiteral("bf16") : QStringLiteral("f32")},
                       {QStringLiteral("measured"), allMeasured}};
}

}  // namespace athanor::train
