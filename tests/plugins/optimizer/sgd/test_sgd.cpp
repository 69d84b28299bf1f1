// SGD against recorded numbers of PyTorch; restarts, groups, and what it remembers.
#include "plugins/optimizer/sgd/sgd.h"
#include "tests/plugins/optimizer/optimizer_fixture.h"

using namespace athanor::train;

namespace {

constexpr auto make = fixture::make<Sgd, sgdOptions>;

}  // namespace

class TestSgd : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("sgd")); }
    void agreesWithRecordedNumbers() { fixture::agreesWithRecordedNumbers(make); }
    void goesOnWithTheSameBits()
    {
        QVERIFY(fixture::goesOnWithTheSameBits({}, make));
        QVERIFY(fixture::goesOnWithTheSameBits({{QStringLiteral("nesterov"), true}}, make));
        QVERIFY(fixture::goesOnWithTheSameBits({{QStringLiteral("momentum"), 0.0}}, make));
    }
    void groupsAreHonoured() { QVERIFY(fixture::honoursGroups({{QStringLiteral("weight_decay"), 0.3}}, make)); }
    void remembersWhatItSays()
    {
        QCOMPARE(fixture::remembered({}, make), QStringLiteral("m.velocity 63, v.velocity 5"));
        QVERIFY(fixture::remembered({{QStringLiteral("momentum"), 0.0}}, make).isEmpty());
    }
};

QTEST_APPLESS_MAIN(TestSgd)
#include "test_sgd.moc"
