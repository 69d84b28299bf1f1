// See micro_batch.h.
#include "core/train/micro_batch.h"

#include "core/tensor/device.h"
#include "core/tensor/guard.h"
#include "core/train/run_plan.h"

#include <QCoreApplication>

namespace athanor::train {

std::optional<MicroBatch> smallerThan(const MicroBatch &now, qint64 afterStep)
{
    for (qint64 divisor = 2; divisor <= now.rows; ++divisor)
        if (now.rows % divisor == 0)
            return MicroBatch{afterStep, now.rows / divisor, now.portions * divisor};
    return std::nullopt;
}

std::optional<MicroBatch> microBatchAt(const std::vector<MicroBatch> &decided, qint64 step)
{
    std::optional<MicroBatch> holds;
    for (const MicroBatch &one : decided)
        if (one.afterStep < step)
            holds = one;
    return holds;
}

void decide(std::vector<MicroBatch> &decided, const MicroBatch &smaller)
{
    std::erase_if(decided, [&](const MicroBatch &one) { return one.afterStep >= smaller.afterStep; });
    decided.push_back(smaller);
}

QJsonArray toJson(const std::vector<MicroBatch> &decided)
{
    QJsonArray array;
    for (const MicroBatch &one : decided)
        array += QJsonObject{{QStringLiteral("afterStep"), one.afterStep}, {QStringLiteral("rows"), one.rows}, {QStringLiteral("portions"), one.portions}};
    return array;
}

std::optional<std::vector<MicroBatch>> microBatchesFrom(const QJsonArray &array)
{
    constexpr qint64 kMost = 1 << 30;
    std::vector<MicroBatch> decided;
    for (const QJsonValue &value : array) {
        const QJsonObject object = value.toObject();
        const MicroBatch one{object.value(QLatin1String("afterStep")).toInteger(-1), object.value(QLatin1String("rows")).toInteger(-1),
                             object.value(QLatin1String("portions")).toInteger(-1)};
        const bool isUsable = one.afterStep >= 0 && one.rows >= 1 && one.rows <= kMost && one.portions >= 1 && one.portions <= kMost;
        if (!isUsable || (!decided.empty() && one.afterStep <= decided.back().afterStep))
            return std::nullopt;
        decided.push_back(one);
    }
    return decided;
}

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

/// What layers keep track of themselves: a pass that fails must not count.
using Buffers = std::vector<std::pair<torch::Tensor, torch::Tensor>>;  // the model's, and what it held

Result<Buffers> buffersOf(const network::Model &model)
{
    return tensor::guarded(tr("keeping what layers keep track of"), [&] {
        torch::NoGradGuard noGradients;
        Buffers buffers;
        for (const network::NamedParameter &parameter : model.parameters())
            if (parameter.isBuffer)
                buffers.emplace_back(parameter.value.detach(), parameter.value.detach().clone());
        return buffers;
    });
}

Status restore(const Buffers &buffers)
{
    return tensor::guarded(tr("restoring what layers keep track of"), [&] {
        torch::NoGradGuard noGradients;
        for (const auto &[buffer, held] : buffers)
            torch::Tensor(buffer).copy_(held);
    });
}

}  // namespace

Result<StepReport> stepWithinMemory(Trainer &trainer, RunPlan &plan, qint64 step,
                                    const std::function<Status(const MicroBatch &)> &decided)
{
    ATHANOR_TRY(trainer.setMicroBatch(microBatchAt(plan.microBatches, step)));
    ATHANOR_ASSIGN(const Buffers buffers, buffersOf(trainer.model()));
    for (;;) {
        auto report = trainer.step(step);
        if (report || report.error().code != ErrorCode::OutOfMemory || trainer.isHalfUpdated())
            return report;
        ATHANOR_TRY(restore(buffers));
        const auto smaller = smallerThan(trainer.microBatch(), step - 1);
        if (!smaller)
            return report;
        tensor::releaseKeptMemory(trainer.model().device());
        decide(plan.microBatches, *smaller);
        ATHANOR_TRY(decided(*smaller));
        ATHANOR_TRY(trainer.setMicroBatch(*smaller));
    }
}

}  // namespace athanor::train
