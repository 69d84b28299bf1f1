// Warm-up, stable, decay, against recorded numbers, and where its parts meet or overlap.
#include "plugins/schedule/wsd/wsd.h"
#include "tests/plugins/schedule/schedule_fixture.h"

using namespace athanor::train;

class TestWsd : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("wsd")); }
    void agreesWithRecordedNumbers() { fixture::agreesWithRecordedNumbers(wsdFactor); }
    void staysInRange() { QVERIFY(fixture::staysInRange(wsdFactor, {{}, {{QStringLiteral("warmup_share"), 0.8}, {QStringLiteral("decay_share"), 0.9}}, {{QStringLiteral("warmup_share"), 1.0}, {QStringLiteral("decay_share"), 1.0}}, {{QStringLiteral("decay_share"), 0.0}, {QStringLiteral("minimum_lr_ratio"), 1.0}}})); }
    void staysAtThePeakUntilTheDecay()
    {
        const ScheduleSettings settings = scheduleSettings(1000, {{QStringLiteral("warmup_share"), 0.1}, {QStringLiteral("decay_share"), 0.2}, {QStringLiteral("decay_shape"), QStringLiteral("root")}, {QStringLiteral("minimum_lr_ratio"), 0.1}});
        QCOMPARE(wsdFactor(50, settings), 0.5);
        QCOMPARE(wsdFactor(100, settings), 1.0);
        QCOMPARE(wsdFactor(800, settings), 1.0);
        QCOMPARE(wsdFactor(850, settings), 0.1 + 0.9 * 0.5);
        QCOMPARE(wsdFactor(1000, settings), 0.1);
    }
    void withoutDecayItIsConstant() { QCOMPARE(wsdFactor(1000, scheduleSettings(1000, {{QStringLiteral("decay_share"), 0.0}})), 1.0); }
    void overlappingPartsGoFromPeakToEnd()
    {
        const ScheduleSettings settings = scheduleSettings(100, {{QStringLiteral("warmup_share"), 0.6}, {QStringLiteral("decay_share"), 0.6}, {QStringLiteral("minimum_lr_ratio"), 0.0}});
        QCOMPARE(wsdFactor(60, settings), 1.0);
        QVERIFY(wsdFactor(61, settings) < 1);
        QCOMPARE(wsdFactor(100, settings), 0.0);
    }
};

QTEST_APPLESS_MAIN(TestWsd)
#include "test_wsd.moc"
