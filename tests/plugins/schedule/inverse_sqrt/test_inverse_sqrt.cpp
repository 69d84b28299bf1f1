// The course of Vaswani et al. 2017, against recorded numbers and at its ends.
#include "plugins/schedule/inverse_sqrt/inverse_sqrt.h"
#include "tests/plugins/schedule/schedule_fixture.h"

using namespace athanor::train;

class TestInverseSqrt : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("inverse_sqrt")); }
    void agreesWithRecordedNumbers() { fixture::agreesWithRecordedNumbers(inverseSqrtFactor); }
    void staysInRange() { QVERIFY(fixture::staysInRange(inverseSqrtFactor, {{}, {{QStringLiteral("warmup_share"), 0.0}}, {{QStringLiteral("warmup_share"), 1.0}}})); }
    void withoutWarmupItFallsFromTheFirstStep()
    {
        const ScheduleSettings settings{100, 0.0, 0.1};
        QCOMPARE(inverseSqrtFactor(1, settings), 1.0);
        QCOMPARE(inverseSqrtFactor(4, settings), 0.5);
        QCOMPARE(inverseSqrtFactor(100, settings), 0.1);
    }
    void doesNotDependOnTheLengthButForTheWarmup()
    {
        QCOMPARE(inverseSqrtFactor(900, {1000, 0.1, 0}), inverseSqrtFactor(900, {2000, 0.05, 0}));
    }
};

QTEST_APPLESS_MAIN(TestInverseSqrt)
#include "test_inverse_sqrt.moc"
