// Adam against recorded numbers of PyTorch; restarts, groups, and what it remembers.
#include "plugins/optimizer/adam/adam.h"
#include "tests/plugins/optimizer/optimizer_fixture.h"

using namespace athanor::train;

namespace {

constexpr auto make = fixture::make<Adam, adamOptions>;

}  // namespace

class TestAdam : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("adam")); }
    void agreesWithRecordedNumbers() { fixture::agreesWithRecordedNumbers(make); }
    void goesOnWithTheSameBits()
    {
        QVERIFY(fixture::goesOnWithTheSameBits({}, make));
    }
    void groupsAreHonoured() { QVERIFY(fixture::honoursGroups({{QStringLiteral("weight_decay"), 0.3}}, make)); }
    void remembersWhatItSays()
    {
        QCOMPARE(fixture::remembered({}, make), QStringLiteral("m.mean 63, m.variance 63, v.mean 5, v.variance 5"));
    }
};

QTEST_APPLESS_MAIN(TestAdam)
#include "test_adam.moc"
