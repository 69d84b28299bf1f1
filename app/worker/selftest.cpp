#include "app/worker/selftest.h"

#include "core/base/atomic_file.h"

#include <QThread>

#include <csignal>

namespace athanor::worker {

namespace {

struct Plan {
    qint64 steps = 20;
    qint64 stepMs = 10;
    qint64 failAt = -1;
    qint64 crashAt = -1;
};

Plan planFrom(const QJsonObject &parameters)
{
    const auto number = [&](const char *key, qint64 usual) {
        return parameters.value(QLatin1String(key)).toInteger(usual);
    };
    return {number("steps", 20), number("stepMs", 10), number("failAt", -1), number("crashAt", -1)};
}

class SelftestHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("selftest"); }

    Result<QJsonObject> run(job::Context &context) override
    {
        const Plan plan = planFrom(context.spec().parameters);
        const QString kept = context.jobPath() + QStringLiteral("/selftest.json");
        const auto earlier = readJsonFile(kept);
        qint64 step = earlier ? earlier->value(QLatin1String("step")).toInteger() : 0;
        qint64 sum = earlier ? earlier->value(QLatin1String("sum")).toInteger() : 0;
        while (step < plan.steps) {
            context.report({QStringLiteral("Counting"), step, plan.steps, QStringLiteral("steps")});
            if (context.cancelToken().isCancelled() || context.pauseRequested())
                return job::stoppedHere(QStringLiteral("%1 steps are kept.").arg(step));
            QThread::msleep(static_cast<unsigned long>(std::max<qint64>(0, plan.stepMs)));
            ++step;
            sum += step;
            context.metric(step, {{QStringLiteral("count"), static_cast<double>(step)}});
            if (step == plan.failAt)
                return fail(ErrorCode::External, QStringLiteral("The self-test failed at step %1, as asked.").arg(step));
            if (step == plan.crashAt && context.attempt() == 1)
                ::raise(SIGKILL);
            ATHANOR_TRY(writeJsonFile(kept, {{QStringLiteral("step"), step}, {QStringLiteral("sum"), sum}}));
            if (context.takeCheckpointRequest())
                context.artifact(step, QStringLiteral("checkpoint"),
                                 QStringLiteral("jobs/%1/selftest.json").arg(context.spec().id), {});
        }
        context.report({QStringLiteral("Counting"), step, plan.steps, QStringLiteral("steps")});
        return QJsonObject{{QStringLiteral("steps"), step}, {QStringLiteral("sum"), sum}};
    }
};

}  // namespace

std::unique_ptr<job::Handler> makeSelftestHandler()
{
    return std::make_unique<SelftestHandler>();
}

}  // namespace athanor::worker
