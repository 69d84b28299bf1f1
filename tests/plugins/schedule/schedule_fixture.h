// What all schedules are asked: the numbers that tests/golden/schedules.py recorded, and to stay between 0 and 1.
#pragma once

#include "core/base/atomic_file.h"
#include "core/train/schedule.h"

#include <QJsonArray>
#include <QtTest>

namespace athanor::train::fixture {

inline void addCases(const QString &schedule)
{
    QTest::addColumn<QJsonObject>("recorded");
    const QJsonObject cases = readJsonFile(QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/schedules.json"))->value(QLatin1String("cases")).toObject();
    for (auto it = cases.begin(); it != cases.end(); ++it)
        if (it->toObject().value(QLatin1String("schedule")).toString() == schedule)
            QTest::newRow(qPrintable(it.key())) << it->toObject();
}

template <typename Factor> double differenceFromRecorded(const QJsonObject &recorded, Factor &&factor)
{
    const QJsonArray expected = recorded.value(QLatin1String("factors")).toArray();
    const ScheduleSettings settings = scheduleSettings(expected.size(), recorded.value(QLatin1String("own")).toObject());
    double largest = 0;
    for (qint64 step = 1; step <= settings.steps; ++step)
        largest = std::max(largest, std::abs(factor(step, settings) - expected[step - 1].toDouble()));
    return largest;
}

/// Lengths of runs from one step to a million million, with these settings.
template <typename Factor> bool staysInRange(Factor &&factor, const QList<QJsonObject> &settings)
{
    for (const QJsonObject &own : settings)
        for (const qint64 steps : {qint64(1), qint64(2), qint64(3), qint64(333), qint64(1) << 40})
            for (qint64 step = 1; step <= steps; step += std::max<qint64>(1, steps / 100)) {
                const double value = factor(step, scheduleSettings(steps, own));
                if (!(value >= 0 && value <= 1))
                    return false;
            }
    return true;
}

}  // namespace athanor::train::fixture
