// The schedule's arithmetic at its ends, and its shape between them.
#include "plugins/schedule/linear/linear.h"
#include "tests/plugins/schedule/schedule_fixture.h"

using namespace athanor::train;

class TestLinear : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("linear")); }
    void agreesWithRecordedNumbers()
    {
        QFETCH(QJsonObject, recorded);
        const double found = fixture::differenceFromRecorded(recorded, linearFactor);
        QVERIFY2(found < 1e-9, qPrintable(QString::number(found)));
    }
    void warmupRisesEvenlyAndNeverFromZero()
    {
        const ScheduleSettings settings{1000, 0.1, 0.1};
        QCOMPARE(linearFactor(1, settings), 0.01);
        QCOMPARE(linearFactor(50, settings), 0.5);
        QCOMPARE(linearFactor(100, settings), 1.0);
    }
    void withoutWarmupTheFirstStepIsNearThePeak()
    {
        QVERIFY(linearFactor(1, {1000, 0.0, 0.1}) > 0.998);
    }
    void staysInRange_data()
    {
        QTest::addColumn<qint64>("steps");
        QTest::addColumn<double>("warmup");
        QTest::addColumn<double>("minimum");
        QTest::newRow("one step") << qint64(1) << 0.05 << 0.1;
        QTest::newRow("two steps") << qint64(2) << 0.05 << 0.1;
        QTest::newRow("all warm-up") << qint64(10) << 1.0 << 0.1;
        QTest::newRow("to zero") << qint64(333) << 0.1 << 0.0;
        QTest::newRow("flat") << qint64(333) << 0.1 << 1.0;
        QTest::newRow("huge") << qint64(1) + (qint64(1) << 40) << 0.01 << 0.1;
    }
    void staysInRange()
    {
        QFETCH(qint64, steps);
        QFETCH(double, warmup);
        QFETCH(double, minimum);
        const qint64 stride = qMax<qint64>(1, steps / 100);
        for (qint64 step = 1; step <= steps; step += stride) {
            const double factor = linearFactor(step, {steps, warmup, minimum});
            QVERIFY2(factor >= 0 && factor <= 1, qPrintable(QString::number(factor)));
        }
    }
    void fallsEvenlyToTheMinimum()
    {
        const ScheduleSettings settings{1000, 0.0, 0.2};
        QVERIFY(qAbs(linearFactor(1000, settings) - 0.2) < 1e-12);
        QVERIFY(qAbs(linearFactor(500, settings) - 0.6) < 1e-12);
        const double fall = linearFactor(100, settings) - linearFactor(101, settings);
        QVERIFY(qAbs(fall - 0.0008) < 1e-12);
    }
};

QTEST_APPLESS_MAIN(TestLinear)
#include "test_linear.moc"
