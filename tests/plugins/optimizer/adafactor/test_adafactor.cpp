// Adafactor against recorded numbers of PyTorch and the published recurrence; restarts, groups, and what it remembers.
#include "plugins/optimizer/adafactor/adafactor.h"
#include "tests/plugins/optimizer/optimizer_fixture.h"

using namespace athanor::train;

namespace {

constexpr auto make = fixture::make<Adafactor, adafactorOptions>;

}  // namespace

class TestAdafactor : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("adafactor")); }
    void agreesWithRecordedNumbers() { fixture::agreesWithRecordedNumbers(make); }
    void goesOnWithTheSameBits()
    {
        QVERIFY(fixture::goesOnWithTheSameBits({}, make));
        QVERIFY(fixture::goesOnWithTheSameBits({{QStringLiteral("beta1"), 0.9}}, make));
        QVERIFY(fixture::goesOnWithTheSameBits({{QStringLiteral("relative_update"), true}}, make));
    }
    void groupsAreHonoured() { QVERIFY(fixture::honoursGroups({{QStringLiteral("weight_decay"), 0.3}}, make)); }
    void remembersWhatItSays()
    {
        QCOMPARE(fixture::remembered({}, make), QStringLiteral("m.rows 9, m.columns 7, v.columns 5"));
        QCOMPARE(fixture::remembered({{QStringLiteral("beta1"), 0.9}}, make),
                 QStringLiteral("m.rows 9, m.columns 7, m.mean 63, v.columns 5, v.mean 5"));
    }
};

QTEST_APPLESS_MAIN(TestAdafactor)
#include "test_adafactor.moc"
