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

/// For a test function with addCases().
template <typename Factor> void agreesWithRecordedNumbers(Factor &&factor)
{
    QFETCH(QJsonObject, recorded);
    const double found = differenceFromRecorded(recorded, factor);
    QVERIFY2(found < 1e-9, qPrintable(QString::number(found)));
}

template <typename Factor> void warmupRisesEvenlyAndNeverFromZero(Factor &&factor)
{
    const ScheduleSettings settings{1000, 0.1, 0.1};
    QCOMPARE(factor(1, settings), 0.01);
    QCOMPARE(factor(50, settings), 0.5);
    QCOMPARE(factor(100, settings), 1.0);
    QVERIFY(factor(1, {1000, 0.0, 0.1}) > 0.998);  // without warm-up the first step is near the peak
}

/// Warm-ups and ends that staysInRange() asks of every schedule that has both.
inline QList<QJsonObject> warmupsAndEnds()
{
    QList<QJsonObject> all{QJsonObject()};
    for (const double warmup : {0.0, 0.05, 0.1, 1.0})
        for (const double end : {0.0, 0.1, 1.0})
            all.append(QJsonObject{{QStringLiteral("warmup_share"), warmup}, {QStringLiteral("minimum_lr_ratio"), end}});
    return all;
}

/// Lengths of runs from one step to a million million, with these settings.
template <typename Factor> bool staysInRange(Factor &&factor, const QList<QJsonObject> &settings)
{
    for (const QJsonObject &own : settings)
        for (const qint64 steps : {qint64(1), qint64(2), qint64(3), qint64(10), qint64(333), (qint64(1) << 40) + 1})
            for (qint64 step = 1; step <= steps; step += std::max<qint64>(1, steps / 100)) {
                const double value = factor(step, scheduleSettings(steps, own));
                if (!(value >= 0 && value <= 1))
                    return false;
            }
    return true;
}

}  // namespace athanor::train::fixture
