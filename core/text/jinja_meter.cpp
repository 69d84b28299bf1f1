// The cost of a rendering. See Meter in jinja_value.h.
#include "core/text/jinja_value.h"

#include <chrono>

namespace athanor::text::jinja {
namespace {

thread_local Meter *t_meter = nullptr;
constexpr qint64 kStepsBetweenLooks = 1024;

qint64 milliseconds()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void checkTime()
{
    if (milliseconds() > t_meter->deadline)
        failWith(QStringLiteral("the template takes too long"), ErrorCode::LimitExceeded);
}

}  // namespace

void useMeter(Meter *meter)
{
    t_meter = meter;
    if (meter)
        meter->deadline += milliseconds();
}

void spendSteps(qint64 count)
{
    if (!t_meter)
        return;
    const qint64 before = t_meter->steps;
    t_meter->steps -= count;
    if (t_meter->steps < 0)
        failWith(QStringLiteral("the template takes too many steps"), ErrorCode::LimitExceeded);
    if (before / kStepsBetweenLooks != t_meter->steps / kStepsBetweenLooks)
        checkTime();
}

void spendBytes(qint64 bytes)
{
    if (!t_meter)
        return;
    if (bytes < 0 || bytes > t_meter->textBytes)
        failWith(QStringLiteral("the template makes a text of %1 bytes, more than the %2 allowed").arg(bytes).arg(t_meter->textBytes),
                 ErrorCode::LimitExceeded);
    t_meter->bytes -= bytes;
    if (t_meter->bytes < 0)
        failWith(QStringLiteral("the template makes more text than the limits allow"), ErrorCode::LimitExceeded);
    if (bytes > 65'536)
        checkTime();
}

}  // namespace athanor::text::jinja
