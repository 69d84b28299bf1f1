// See loss_scale.h.
#include "core/train/loss_scale.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::train {
namespace {

constexpr double kSmallest = 1.0 / 65536, kLargest = 16777216.0 * 256;
constexpr qint64 kGoodBeforeGrowth = 2000;

}  // namespace

LossScale LossScale::begun(double factor)
{
    LossScale scale;
    scale.m_isOn = true;
    scale.m_factor = factor;
    return scale;
}

bool LossScale::accepts(bool isFinite)
{
    if (!m_isOn)
        return true;
    if (isFinite) {
        if (++m_good >= kGoodBeforeGrowth && m_factor < kLargest) {
            m_factor *= 2;
            m_good = 0;
        }
        return true;
    }
    if (m_factor <= kSmallest)
        return true;
    m_factor /= 2;
    m_good = 0;
    return false;
}

QJsonObject LossScale::toJson() const
{
    return m_isOn ? QJsonObject{{QStringLiteral("factor"), m_factor}, {QStringLiteral("good"), m_good}} : QJsonObject();
}

Result<LossScale> LossScale::fromJson(const QJsonObject &object)
{
    if (object.isEmpty())
        return LossScale();
    LossScale scale = begun(object.value(QLatin1String("factor")).toDouble(-1));
    scale.m_good = object.value(QLatin1String("good")).toInteger(-1);
    int exponent = 0;
    const bool isPower = std::frexp(scale.m_factor, &exponent) == 0.5;
    if (!isPower || scale.m_factor < kSmallest || scale.m_factor > kLargest || scale.m_good < 0 || scale.m_good > kGoodBeforeGrowth * 1'000'000'000)
        return fail(ErrorCode::Corrupt, QCoreApplication::translate("athanor::train", "The loss scale of this checkpoint cannot be used."),
                    QCoreApplication::translate("athanor::train", "Use another checkpoint of the run."));
    return scale;
}

}  // namespace athanor::train
