#include "core/base/format.h"

#include <QLocale>

#include <array>
#include <cmath>

namespace athanor {

namespace {

QString scaled(double value, double base, const std::array<const char *, 6> &units)
{
    size_t unit = 0;
    while (std::fabs(value) >= base * 0.9995 && unit + 1 < units.size()) {
        value /= base;
        ++unit;
    }
    const int decimals = unit == 0 || std::fabs(value) >= 99.95 ? 0 : (std::fabs(value) >= 9.995 ? 1 : 2);
    QString number = QString::number(value, 'f', decimals);
    if (number.contains(QLatin1Char('.'))) {
        while (number.endsWith(QLatin1Char('0')))
            number.chop(1);
        if (number.endsWith(QLatin1Char('.')))
            number.chop(1);
    }
    return QString::fromLatin1(units[unit]).isEmpty() ? number
                                                      : number + QLatin1Char(' ') + QString::fromUtf8(units[unit]);
}

}  // namespace

QString formatBytes(qint64 bytes)
{
    return scaled(static_cast<double>(bytes), 1000, {"B", "kB", "MB", "GB", "TB", "PB"});
}

QString formatMemory(qint64 bytes)
{
    return scaled(static_cast<double>(bytes), 1024, {"B", "KiB", "MiB", "GiB", "TiB", "PiB"});
}

QString formatCount(double count)
{
    return scaled(count, 1000, {"", "k", "M", "B", "T", "P"});
}

QString formatInteger(qint64 count)
{
    QLocale locale = QLocale::c();  // which leaves the separators of thousands out unless told
    locale.setNumberOptions(QLocale::DefaultNumberOptions);
    return locale.toString(count);
}

QString formatDuration(double seconds)
{
    if (!std::isfinite(seconds) || seconds < 0)
        return QStringLiteral("unknown");
    if (seconds < 9.95)
        return QStringLiteral("%1 s").arg(QString::number(seconds, 'f', 1));
    if (seconds < 90)
        return QStringLiteral("%1 s").arg(std::lround(seconds));
    if (seconds < 600)
        return QStringLiteral("%1 min").arg(QString::number(seconds / 60, 'f', 1));
    if (seconds < 5400)
        return QStringLiteral("%1 min").arg(std::lround(seconds / 60));
    if (seconds < 48 * 3600.0) {
        const qint64 minutes = std::llround(seconds / 60);
        return QStringLiteral("%1 h %2 min").arg(minutes / 60).arg(minutes % 60);
    }
    return QStringLiteral("%1 days").arg(QString::number(seconds / 86400, 'f', 1));
}

QString formatReal(double value, int significantDigits)
{
    if (std::isnan(value))
        return QStringLiteral("not a number");
    if (std::isinf(value))
        return QStringLiteral("infinite");
    constexpr double kReadable = 1e7;  // above, an exponent says more
    if (std::abs(value) >= std::pow(10, significantDigits) && std::abs(value) < kReadable)
        return QString::number(value, 'f', 0);
    return QString::number(value, 'g', significantDigits);
}

}  // namespace athanor
