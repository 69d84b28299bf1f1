// Lion against recorded numbers of the published recurrence; restarts, groups, and what it remembers.
#include "plugins/optimizer/lion/lion.h"
#include "tests/plugins/optimizer/optimizer_fixture.h"

using namespace athanor::train;

namespace {

std::unique_ptr<Optimizer> make(std::vector<TrainedParameter> &parameters, const QJsonObject &settings)
{
    return std::make_unique<Lion>(parameters, lionOptions(settings));
}

}  // namespace

class TestLion : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("lion")); }
    void agreesWithRecordedNumbers()
    {
        QFETCH(QJsonObject, recorded);
        const double found = fixture::differenceFromRecorded(recorded, make);
        QVERIFY2(found < 2e-6, qPrintable(QString::number(found)));
        const double rounded = fixture::differenceFromRecorded(recorded, make, at::kBFloat16);  // masters do not round
        QVERIFY2(rounded < 2e-6, qPrintable(QString::number(rounded)));
    }
    void goesOnWithTheSameBits()
    {
        QVERIFY(fixture::goesOnWithTheSameBits({}, make));
    }
    void groupsAreHonoured() { QVERIFY(fixture::honoursGroups({{QStringLiteral("weight_decay"), 0.3}}, make)); }
    void remembersWhatItSays()
    {
        auto parameters = fixture::someParameters();
        QStringList names;
        for (const NamedState &state : make(parameters, {})->state())
            names += QString::fromStdString(state.name) + QLatin1Char(' ') + QString::number(state.tensor.numel());
        QCOMPARE(names.join(QLatin1String(", ")), QStringLiteral("m.mean 63, v.mean 5"));
    }
};

QTEST_APPLESS_MAIN(TestLion)
#include "test_lion.moc"
