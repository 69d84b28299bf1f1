// See sweep.h.
#include "core/experiment/sweep.h"

#include "core/experiment/counted_random.h"
#include "core/plugin/parameter_schema.h"

#include <QCoreApplication>
#include <QJsonObject>
#include <QRegularExpression>
#include <QSet>

#include <cmath>

namespace athanor::experiment {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::experiment", text); }

tl::unexpected<Error> unreadable(const QString &text)
{
    return fail(ErrorCode::InvalidInput, tr("“%1” does not say what is to be varied.").arg(text),
                tr("For example batch=4,8,16 or learning_rate=1e-4..1e-2:log"));
}

Result<double> numberFrom(const QString &key, const QString &text, const ReadValue &read)
{
    ATHANOR_ASSIGN(const QJsonValue value, read(key, text));
    if (!value.isDouble())
        return fail(ErrorCode::InvalidInput, tr("“%1” is not a number, so it has no range.").arg(key), tr("List its values with commas between them."));
    return value.toDouble();
}

/// What follows the range: "log", "linear" and the number of points, in any order.
Status readOptions(const QStringList &options, SweepAxis &axis)
{
    for (const QString &option : options) {
        bool isNumber = false;
        const int points = option.toInt(&isNumber);
        if (isNumber && points >= 2 && points <= kMostAxisPoints)
            axis.points = points;
        else if (option == QLatin1String("log"))
            axis.isLog = true;
        else if (option != QLatin1String("linear"))
            return fail(ErrorCode::InvalidInput, tr("“%1” is no way to go through a range.").arg(option),
                        tr("Write log, linear or the number of points, 2 to %1.").arg(kMostAxisPoints));
    }
    return {};
}

Result<SweepAxis> rangeFrom(const QString &key, const QString &text, const ReadValue &read)
{
    const QStringList parts = text.split(QLatin1Char(':'));
    const QStringList ends = parts.front().split(QStringLiteral(".."));
    SweepAxis axis;
    axis.key = key;
    axis.isRange = true;
    if (ends.size() != 2)
        return unreadable(key + QLatin1Char('=') + text);
    ATHANOR_ASSIGN(axis.low, numberFrom(key, ends[0], read));
    ATHANOR_ASSIGN(axis.high, numberFrom(key, ends[1], read));
    ATHANOR_TRY(readOptions(parts.mid(1), axis));
    if (!(axis.high > axis.low) || (axis.isLog && !(axis.low > 0)))
        return fail(ErrorCode::InvalidInput, tr("There is no range from %1 to %2.").arg(ends[0], ends[1]),
                    tr("The second must be larger, and with “log” both must be above 0."));
    return axis;
}

double between(const SweepAxis &axis, double share)
{
    return axis.isLog ? axis.low * std::pow(axis.high / axis.low, share) : axis.low + share * (axis.high - axis.low);
}

/// Three digits say enough of a value that is tried; the ends are those that were said. A setting that takes whole numbers
/// gets one.
Result<QJsonValue> valueAt(const SweepAxis &axis, double share, const ReadValue &read)
{
    if (share <= 0 || share >= 1)
        return read(axis.key, QString::number(share <= 0 ? axis.low : axis.high, 'g', 17));
    const double exact = between(axis, share);
    const auto value = read(axis.key, QString::number(exact, 'g', 3));
    return value ? value : read(axis.key, QString::number(std::llround(exact)));
}

Result<std::vector<QJsonValue>> gridOf(const SweepAxis &axis, const ReadValue &read)
{
    if (!axis.isRange)
        return axis.values;
    std::vector<QJsonValue> values;
    for (int i = 0; i < axis.points; ++i) {
        ATHANOR_ASSIGN(const QJsonValue value, valueAt(axis, double(i) / (axis.points - 1), read));
        if (values.empty() || values.back() != value)
            values.push_back(value);
    }
    return values;
}

Result<std::vector<QJsonObject>> grid(const SweepPlan &plan, const ReadValue &read)
{
    std::vector<QJsonObject> runs{{}};
    for (const SweepAxis &axis : plan.axes) {
        ATHANOR_ASSIGN(const std::vector<QJsonValue> values, gridOf(axis, read));
        std::vector<QJsonObject> more;
        for (const QJsonObject &run : runs)
            for (const QJsonValue &value : values) {
                more.push_back(run);
                more.back().insert(axis.key, value);
            }
        if (more.size() > size_t(kMostSweepRuns))
            return fail(ErrorCode::InvalidInput, tr("That makes more than %1 runs.").arg(kMostSweepRuns), tr("Vary less, or draw some combinations at random."));
        runs = std::move(more);
    }
    return runs;
}

Result<std::vector<QJsonObject>> draws(const SweepPlan &plan, const ReadValue &read)
{
    if (plan.draws > kMostSweepRuns)
        return fail(ErrorCode::InvalidInput, tr("%1 runs are too many.").arg(plan.draws), tr("At most %1 can be drawn.").arg(kMostSweepRuns));
    std::vector<QJsonObject> runs;
    for (int number = 0; number < plan.draws; ++number) {
        CountedRandom random(plan.seed, quint64(number));
        QJsonObject run;
        for (const SweepAxis &axis : plan.axes) {
            const double share = random.uniform();
            if (axis.isRange) {
                ATHANOR_ASSIGN(const QJsonValue value, valueAt(axis, share, read));
                run.insert(axis.key, value);
            } else {
                run.insert(axis.key, axis.values[size_t(share * double(axis.values.size()))]);
            }
        }
        runs.push_back(run);
    }
    return runs;
}

}  // namespace

Result<SweepAxis> sweepAxis(const QString &text, const ReadValue &read)
{
    static const QRegularExpression shape(QStringLiteral("^([A-Za-z0-9_.]+)=(.+)$"));
    const QRegularExpressionMatch match = shape.match(text.trimmed());
    if (!match.hasMatch())
        return unreadable(text);
    const QString key = match.captured(1), said = match.captured(2);
    if (said.contains(QLatin1String("..")))
        return rangeFrom(key, said, read);
    SweepAxis axis;
    axis.key = key;
    for (const QString &one : said.split(QLatin1Char(','))) {
        ATHANOR_ASSIGN(const QJsonValue value, read(key, one.trimmed()));
        if (std::find(axis.values.begin(), axis.values.end(), value) == axis.values.end())
            axis.values.push_back(value);
    }
    return axis;
}

Result<std::vector<QJsonObject>> sweepSettings(const SweepPlan &plan, const ReadValue &read)
{
    QSet<QString> keys;
    for (const SweepAxis &axis : plan.axes)
        keys.insert(axis.key);
    if (plan.axes.empty() || keys.size() != qsizetype(plan.axes.size()))
        return fail(ErrorCode::InvalidInput, plan.axes.empty() ? tr("Nothing is varied.") : tr("One setting is varied twice."),
                    tr("Name each setting once, for example learning_rate=1e-4..1e-2:log"));
    return plan.draws > 0 ? draws(plan, read) : grid(plan, read);
}

}  // namespace athanor::experiment
