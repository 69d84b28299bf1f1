// The schedule's arithmetic at its ends, and its shape between them.
#include "plugins/schedule/constant/constant.h"

#include <QtTest>

using namespace athanor::train;

class TestConstant : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void warmupRisesEvenlyAndNeverFromZero()
    {
        const ScheduleSettings settings{1000, 0.1, 0.1};
        QCOMPARE(constantFactor(1, settings), 0.01);
        QCOMPARE(constantFactor(50, settings), 0.5);
        QCOMPARE(constantFactor(100, settings), 1.0);
    }
    void withoutWarmupTheFirstStepIsNearThePeak()
    {
        QVERIFY(constantFactor(1, {1000, 0.0, 0.1}) > 0.998);
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
            const double factor = constantFactor(step, {steps, warmup, minimum});
            QVERIFY2(factor >= 0 && factor <= 1, qPrintable(QString::number(factor)));
        }
    }
    void staysAtThePeak()
    {
        for (qint64 step : {100, 101, 500, 1000})
            QCOMPARE(constantFactor(step, {1000, 0.1, 0.1}), 1.0);
    }
};

QTEST_APPLESS_MAIN(TestConstant)
#include "test_constant.moc"
