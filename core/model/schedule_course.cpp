// See schedule_course.h.
#include "core/model/schedule_course.h"

#include "core/model/schedule.h"
#include "core/model/training_settings.h"
#include "core/plugin/registry.h"

#include <cmath>

namespace athanor::model {

namespace {
constexpr qint64 kSteps = 10000;  // the course of a run depends on shares of it, hardly on how many steps it has
}

Result<std::vector<double>> scheduleCourse(plugin::Catalogue &plugins, const QJsonObject &settings, int points)
{
    ATHANOR_ASSIGN(const QJsonObject all, trainingSettings(plugins).validate(settings));
    const plugin::Registry<Schedule> schedules(plugins, QStringLiteral("schedule"));
    const QString id = all.value(QLatin1String("schedule")).toString();
    ATHANOR_ASSIGN(const Schedule *schedule, schedules.get(id));
    QJsonObject own = schedules.metadata(id)->parameters.defaults();
    for (const QString &key : own.keys())
        own.insert(key, all.value(key));
    const ScheduleSettings shape = scheduleSettings(kSteps, own);
    const double peak = all.value(QLatin1String("learning_rate")).toDouble();
    std::vector<double> course;
    for (int point = 0; point < points; ++point)
        course.push_back(peak * schedule->factor(1 + std::llround(double(kSteps - 1) * point / std::max(1, points - 1)), shape));
    return course;
}

}  // namespace athanor::model
