// The schedule's arithmetic at its ends, and its shape between them.
#include "plugins/schedule/linear/linear.h"
#include "tests/plugins/schedule/schedule_fixture.h"

using namespace athanor::train;

class TestLinear : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("linear")); }
    void agreesWithRecordedNumbers() { fixture::agreesWithRecordedNumbers(linearFactor); }
    void warmupRisesEvenlyAndNeverFromZero() { fixture::warmupRisesEvenlyAndNeverFromZero(linearFactor); }
    void staysInRange() { QVERIFY(fixture::staysInRange(linearFactor, fixture::warmupsAndEnds())); }
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
