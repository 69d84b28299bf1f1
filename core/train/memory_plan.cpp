// See memory_plan.h.
#include "core/train/memory_plan.h"

#include "core/base/format.h"
#include "core/base/graphics.h"
#include "core/interop/adapter_size.h"

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

bool isOnCard(const RunInputs &inputs) { return inputs.settings.device != QLatin1String("cpu"); }

/// What is free, and what this process holds already; of a card all that it has.
qint64 memoryToBeHad(const RunInputs &inputs)
{
    return isOnCard(inputs) ? usableGraphicsCards().value(0).memoryBytes : machineFacts().freeMemoryBytes + residentBytes();
}

}  // namespace

Result<model::TrainingShape> shapeOf(const plugin::Catalogue &plugins, const RunInputs &inputs, const QString &precision)
{
    const QJsonObject adapter = inputs.learning.adapter ? inputs.learning.adapter->toJson() : QJsonObject();
    ATHANOR_ASSIGN(const interop::LearnedSize learned,
                   interop::learnedSize(plugins, inputs.architecture, adapter, inputs.learning.patterns.join(QLatin1Char(','))));
    model::TrainingShape shape;
    shape.batch = inputs.settings.batch;
    shape.bf16 = precision != QLatin1String("f32");  // f16 has masters as well
    shape.optimizer = inputs.settings.optimizer;
    shape.settings = inputs.settings.all;
    shape.sequence = inputs.teachesRecords() ? inputs.recordSettings.length : inputs.settings.sequence;
    shape.accumulation = inputs.settings.accumulation;
    shape.learnedParameters = learned.own;
    shape.adapterParameters = learned.adapter;
    return shape;
}

Result<qint64> chooseRecomputed(const plugin::Catalogue &plugins, const RunInputs &inputs, const QString &precision)
{
    ATHANOR_ASSIGN(const model::TrainingShape shape, shapeOf(plugins, inputs, precision));
    return model::blocksToRecompute(plugins, inputs.architecture, shape, inputs.settings.checkpointing, memoryToBeHad(inputs));
}

Error withMemoryAdvice(Error error, const plugin::Catalogue &plugins, const RunInputs &inputs, const QString &precision)
{
    if (error.code != ErrorCode::OutOfMemory)
        return error;
    auto shape = shapeOf(plugins, inputs, precision);
    if (shape)
        shape->batch = 1;  // updates were divided until then
    const qint64 there = memoryToBeHad(inputs);
    const auto needed = shape ? model::account(plugins, inputs.architecture, *shape) : Result<model::Accounting>(fail(shape.error()));
    if (!needed)
        return error;
    error.message += QLatin1Char(' ') + tr("Training one sequence at a time needs about %1, and %2 could be had.").arg(formatMemory(needed->trainingBytes), formatMemory(there));
    const bool isTwiceAlready = inputs.settings.checkpointing == QLatin1String("on");
    error.hint = isTwiceAlready ? tr("Choose shorter sequences or a smaller model, or close other programs.")
                                : tr("Let all layers be computed twice (activation_checkpointing=on), or choose shorter sequences or a smaller model.");
    return error;
}

}  // namespace athanor::train
