// The schedule's arithmetic at its ends, and its shape between them.
#include "plugins/schedule/cosine/cosine.h"
#include "tests/plugins/schedule/schedule_fixture.h"

using namespace athanor::train;

class TestCosine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("cosine")); }
    void agreesWithRecordedNumbers() { fixture::agreesWithRecordedNumbers(cosineFactor); }
    void warmupRisesEvenlyAndNeverFromZero() { fixture::warmupRisesEvenlyAndNeverFromZero(cosineFactor); }
    void staysInRange() { QVERIFY(fixture::staysInRange(cosineFactor, fixture::warmupsAndEnds())); }
    void endsAtTheMinimumAndIsHalfwayInTheMiddle()
    {
        const ScheduleSettings settings{1000, 0.0, 0.1};
        QVERIFY(qAbs(cosineFactor(1000, settings) - 0.1) < 1e-12);
        QVERIFY(qAbs(cosineFactor(500, settings) - 0.55) < 1e-12);
    }
    void fallsAllTheWay()
    {
        const ScheduleSettings settings{500, 0.1, 0.0};
        for (qint64 step = 51; step <= 500; ++step)
            QVERIFY(cosineFactor(step, settings) < cosineFactor(step - 1, settings));
    }
};

QTEST_APPLESS_MAIN(TestCosine)
#include "test_cosine.moc"
