// Small first, then large: tests of learning rates. Role: puts their specs together.
#include "core/model/width_scaling.h"
#include "core/workbench/specs.h"

#include <QCoreApplication>

namespace athanor::workbench {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

}  // namespace

Status checkWidth(const plugin::Catalogue &plugins, const RunRequest &request, const QJsonObject &settings, const QJsonObject &architecture)
{
    const qint64 base = settings.value(QLatin1String("base_width")).toInteger();
    if (base < 1)
        return {};
    const bool sorts = request.teaching.value(QLatin1String("kind")).toString() == QLatin1String("labels");
    if (sorts || !request.adapter.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("A learning rate found at width %1 holds for a model whose own weights all learn to write, not for adapters or labels.").arg(base),
                    tr("Set the width that the learning rate was found at to 0."));
    ATHANOR_ASSIGN(const model::WidthScaling scaling, model::widthScaling(architecture, base));
    const plugin::Metadata *optimizer = plugins.find(settings.value(QLatin1String("optimizer")).toString());
    if (optimizer)
        ATHANOR_TRY(model::hiddenRateFactor(*optimizer, scaling.share));
    return {};
}

Result<job::Folder> Workbench::findRate(const RunRequest &request, const experiment::RateRange &range)
{
    ATHANOR_TRY(experiment::rateRangeFromJson(experiment::toJson(range)));
    ATHANOR_ASSIGN(const model::Plan forecast, plan(request));
    if (!forecast.canStart)
        return refused(forecast);
    ATHANOR_ASSIGN(const job::Spec run, runSpec(request));
    return m_queue->add(findRateSpec(run, range));
}

}  // namespace athanor::workbench
