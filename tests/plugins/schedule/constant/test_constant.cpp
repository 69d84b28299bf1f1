// The schedule's arithmetic at its ends, and its shape between them.
#include "plugins/schedule/constant/constant.h"
#include "tests/plugins/schedule/schedule_fixture.h"

using namespace athanor::train;

class TestConstant : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void warmupRisesEvenlyAndNeverFromZero() { fixture::warmupRisesEvenlyAndNeverFromZero(constantFactor); }
    void staysInRange() { QVERIFY(fixture::staysInRange(constantFactor, fixture::warmupsAndEnds())); }
    void staysAtThePeak()
    {
        for (qint64 step : {100, 101, 500, 1000})
            QCOMPARE(constantFactor(step, {1000, 0.1, 0.1}), 1.0);
    }
};

QTEST_APPLESS_MAIN(TestConstant)
#include "test_constant.moc"
