// SGD against recorded numbers of PyTorch; restarts, groups, and what it remembers.
#include "plugins/optimizer/sgd/sgd.h"
#include "tests/plugins/optimizer/optimizer_fixture.h"

using namespace athanor::train;

namespace {

std::unique_ptr<Optimizer> make(std::vector<TrainedParameter> &parameters, const QJsonObject &settings)
{
    return std::make_unique<Sgd>(parameters, sgdOptions(settings));
}

}  // namespace

class TestSgd : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("sgd")); }
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
        QVERIFY(fixture::goesOnWithTheSameBits({{QStringLiteral("nesterov"), true}}, make));
        QVERIFY(fixture::goesOnWithTheSameBits({{QStringLiteral("momentum"), 0.0}}, make));
    }
    void groupsAreHonoured() { QVERIFY(fixture::honoursGroups({{QStringLiteral("weight_decay"), 0.3}}, make)); }
    void remembersWhatItSays()
    {
        auto parameters = fixture::someParameters();
        QStringList names;
        for (const NamedState &state : make(parameters, {})->state())
            names += QString::fromStdString(state.name) + QLatin1Char(' ') + QString::number(state.tensor.numel());
        QCOMPARE(names.join(QLatin1String(", ")), QStringLiteral("m.velocity 63, v.velocity 5"));
        QVERIFY(make(parameters, {{QStringLiteral("momentum"), 0.0}})->state().empty());
    }
};

QTEST_APPLESS_MAIN(TestSgd)
#include "test_sgd.moc"
