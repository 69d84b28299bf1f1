// See memory_plan.h.
#include "core/train/memory_plan.h"

#include "core/base/format.h"
#include "core/interop/adapter_size.h"

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

qint64 memoryToBeHad() { return machineFacts().freeMemoryBytes + residentBytes(); }

}  // namespace

Result<model::TrainingShape> shapeOf(const plugin::Catalogue &plugins, const RunInputs &inputs, const QString &precision)
{
    const QJsonObject adapter = inputs.learning.adapter ? inputs.learning.adapter->toJson() : QJsonObject();
    ATHANOR_ASSIGN(const interop::LearnedSize learned,
                   interop::learnedSize(plugins, inputs.architecture, adapter, inputs.learning.patterns.join(QLatin1Char(','))));
    model::TrainingShape shape;
    shape.batch = inputs.settings.batch;
    shape.bf16 = precision == QLatin1String("bf16");
    shape.optimizer = inputs.settings.optimizer;
    shape.sequence = inputs.teachesRecords() ? inputs.recordSettings.length : inputs.settings.sequence;
    shape.accumulation = inputs.settings.accumulation;
    shape.learnedParameters = learned.own;
    shape.adapterParameters = learned.adapter;
    return shape;
}

Result<qint64> chooseRecomputed(const plugin::Catalogue &plugins, const RunInputs &inputs, const QString &precision)
{
    ATHANOR_ASSIGN(const model::TrainingShape shape, shapeOf(plugins, inputs, precision));
    return model::blocksToRecompute(plugins, inputs.architecture, shape, inputs.settings.checkpointing, memoryToBeHad());
}

Error withMemoryAdvice(Error error, const plugin::Catalogue &plugins, const RunInputs &inputs, const QString &precision)
{
    if (error.code != ErrorCode::OutOfMemory)
        return error;
    const auto shape = shapeOf(plugins, inputs, precision);
    const qint64 there = memoryToBeHad();
    const auto needed = shape ? model::account(plugins, inputs.architecture, *shape) : Result<model::Accounting>(fail(shape.error()));
    if (!needed)
        return error;
    const auto fits = model::largestBatch(plugins, inputs.architecture, *shape, inputs.settings.checkpointing, there);
    error.message += QLatin1Char(' ') + tr("Training needs about %1, and %2 could be had.").arg(formatMemory(needed->trainingBytes), formatMemory(there));
    if (fits && *fits < inputs.settings.batch) {
        const qint64 passes = (inputs.settings.batch * inputs.settings.accumulation + *fits - 1) / *fits;
        error.hint = tr("Set “batch” to %1 and “accumulation” to %2: updates stay as large. Or let layers be computed twice (activation_checkpointing=on).")
                         .arg(*fits).arg(passes);
    }
    return error;
}

}  // namespace athanor::train
