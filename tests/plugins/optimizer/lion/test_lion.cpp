// Lion against recorded numbers of the published recurrence; restarts, groups, and what it remembers.
#include "plugins/optimizer/lion/lion.h"
#include "tests/plugins/optimizer/optimizer_fixture.h"

using namespace athanor::train;

namespace {

constexpr auto make = fixture::make<Lion, lionOptions>;

}  // namespace

class TestLion : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("lion")); }
    void agreesWithRecordedNumbers() { fixture::agreesWithRecordedNumbers(make); }
    void goesOnWithTheSameBits()
    {
        QVERIFY(fixture::goesOnWithTheSameBits({}, make));
    }
    void groupsAreHonoured() { QVERIFY(fixture::honoursGroups({{QStringLiteral("weight_decay"), 0.3}}, make)); }
    void remembersWhatItSays()
    {
        QCOMPARE(fixture::remembered({}, make), QStringLiteral("m.mean 63, v.mean 5"));
    }
};

QTEST_APPLESS_MAIN(TestLion)
#include "test_lion.moc"
