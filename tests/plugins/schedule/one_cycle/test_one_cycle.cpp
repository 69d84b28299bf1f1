// One cycle, against recorded numbers, and runs of a few steps.
#include "plugins/schedule/one_cycle/one_cycle.h"
#include "tests/plugins/schedule/schedule_fixture.h"

using namespace athanor::train;

class TestOneCycle : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("one_cycle")); }
    void agreesWithRecordedNumbers() { fixture::agreesWithRecordedNumbers(oneCycleFactor); }
    void staysInRange() { QVERIFY(fixture::staysInRange(oneCycleFactor, {{}, {{QStringLiteral("peak_share"), 0.0}}, {{QStringLiteral("peak_share"), 1.0}}, {{QStringLiteral("start_divisor"), 1.0}, {QStringLiteral("end_divisor"), 1.0}}})); }
    void beginsAndEndsAtItsFractions()
    {
        const ScheduleSettings settings{1000, 0, 0};
        QCOMPARE(oneCycleFactor(1, settings), 0.04);
        QCOMPARE(oneCycleFactor(300, settings), 1.0);
        QVERIFY(std::abs(oneCycleFactor(1000, settings) - 4e-6) < 1e-12);
    }
};

QTEST_APPLESS_MAIN(TestOneCycle)
#include "test_one_cycle.moc"
