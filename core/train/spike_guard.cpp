// See spike_guard.h.
#include "core/train/spike_guard.h"

#include "core/base/format.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>
#include <cmath>

namespace athanor::train {
namespace {

constexpr size_t kRemembered = 128;      // updates
constexpr size_t kLeastKnown = 64;       // before that nothing is called unusual: the first losses fall fast
constexpr double kMadToSpread = 1.4826;  // of a normal distribution
constexpr double kLeastSpread = 0.05;    // nats: a model that knows its text by heart has no spread at all
constexpr double kNormTimes = 10;        // a gradient jumps at this times the threshold times its median

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

double medianOf(std::vector<double> values)
{
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

double spreadAround(double median, std::vector<double> values)
{
    for (double &value : values)
        value = std::fabs(value - median);
    return std::max(kLeastSpread, kMadToSpread * medianOf(std::move(values)));
}

void remember(std::vector<double> &values, double value)
{
    values.push_back(value);
    if (values.size() > kRemembered)
        values.erase(values.begin());
}

QJsonArray toArray(const std::vector<double> &values)
{
    QJsonArray array;
    for (const double value : values)
        array.append(value);
    return array;
}

std::vector<double> fromArray(const QJsonArray &array)
{
    std::vector<double> values;
    for (const QJsonValue &value : array)
        values.push_back(value.toDouble());
    return values;
}

}  // namespace

void RecentUpdates::add(double loss, double gradientNorm)
{
    remember(losses, loss);
    remember(norms, gradientNorm);
}

QJsonObject toJson(const RecentUpdates &recent)
{
    return {{QStringLiteral("losses"), toArray(recent.losses)}, {QStringLiteral("gradientNorms"), toArray(recent.norms)}};
}

RecentUpdates recentFromJson(const QJsonObject &object)
{
    RecentUpdates recent{fromArray(object.value(QLatin1String("losses")).toArray()),
                         fromArray(object.value(QLatin1String("gradientNorms")).toArray())};
    const bool isUsable = recent.losses.size() == recent.norms.size() && recent.losses.size() <= kRemembered;
    return isUsable ? recent : RecentUpdates();
}

std::optional<QString> findSpike(const RecentUpdates &recent, double loss, double gradientNorm, const SpikeLimits &limits)
{
    if (recent.losses.size() < kLeastKnown)
        return std::nullopt;
    const double usualLoss = medianOf(recent.losses);
    if (loss > usualLoss + limits.threshold * spreadAround(usualLoss, recent.losses))
        return tr("the loss jumped to %1, where %2 was usual").arg(formatReal(loss, 3), formatReal(usualLoss, 3));
    // A gradient that is cut down can do no more harm than the limit allows.
    const auto harm = [&](double norm) { return limits.clipNorm > 0 ? std::min(norm, limits.clipNorm) : norm; };
    const double usualNorm = medianOf(recent.norms);
    if (usualNorm > 0 && harm(gradientNorm) > kNormTimes * limits.threshold * harm(usualNorm))
        return tr("the norm of the gradient jumped to %1, where %2 was usual").arg(formatReal(gradientNorm, 3), formatReal(usualNorm, 3));
    return std::nullopt;
}

}  // namespace athanor::train
