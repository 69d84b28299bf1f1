// Job kind "find_rate": the loss while the learning rate rises. See handlers.h. Real steps on the real data; the weights
// are thrown away.
#include "core/train/handlers.h"

#include "core/experiment/rate_curve.h"
#include "core/tensor/machine.h"
#include "core/train/run_checkpoints.h"

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

/// Steps until the range is through or the loss has gone; a loss that is no number ends it as well.
Status walk(job::Context &context, Trainer &trainer, const experiment::RateRange &range, experiment::RateCurve &curve)
{
    for (qint64 step = 1; step <= range.steps; ++step) {
        if (context.cancelToken().isCancelled() || context.pauseRequested())
            return job::stoppedHere(tr("The test was not finished; nothing is kept of it."));
        const double rate = range.rateAt(step);
        trainer.setLearningRate(rate);
        const auto report = trainer.step(step);
        if (!report && report.error().code != ErrorCode::Diverged)
            return fail(report.error());
        const double loss = report ? report->loss : std::numeric_limits<double>::quiet_NaN();
        context.metric(step, {{QStringLiteral("train/loss"), loss}, {QStringLiteral("lr"), rate}});
        context.report({tr("Trying learning rates"), step, range.steps, tr("steps")});
        if (!curve.add(rate, loss))
            return {};
    }
    return {};
}

}  // namespace

Result<QJsonObject> FindRateHandler::run(job::Context &context)
{
    tensor::keepLargeBlocks();
    ATHANOR_ASSIGN(const experiment::RateRange range,
                   experiment::rateRangeFromJson(context.spec().parameters.value(QLatin1String("range")).toObject()));
    ATHANOR_ASSIGN(RunInputs inputs, openInputs(context));
    inputs.settings.budgetKind = BudgetKind::Steps;  // nothing has to be measured for a plan of so many steps
    inputs.settings.budget = double(range.steps);
    ATHANOR_ASSIGN(const RunPlan plan, makePlan(context, inputs));
    ATHANOR_ASSIGN(const TrainerParts parts, trainerParts(context, inputs, plan));
    context.report({tr("Building the model"), 0, 0, {}});
    ATHANOR_ASSIGN(const std::unique_ptr<Trainer> trainer, Trainer::create(parts));
    if (!inputs.fromFolder.isEmpty()) {
        RunCheckpoints weights(context, inputs, plan, *trainer);
        ATHANOR_TRY(weights.startFrom(inputs.fromFolder));
    }
    experiment::RateCurve curve;
    ATHANOR_TRY(walk(context, *trainer, range, curve));
    const experiment::RateAdvice advice = curve.advice();
    return experiment::toJson(curve.points(), advice, curve.isDiverged());
}

}  // namespace athanor::train
