// Adafactor against recorded numbers of PyTorch and the published recurrence; restarts, groups, and what it remembers.
#include "plugins/optimizer/adafactor/adafactor.h"
#include "tests/plugins/optimizer/optimizer_fixture.h"

using namespace athanor::train;

namespace {

std::unique_ptr<Optimizer> make(std::vector<TrainedParameter> &parameters, const QJsonObject &settings)
{
    return std::make_unique<Adafactor>(parameters, adafactorOptions(settings));
}

}  // namespace

class TestAdafactor : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithRecordedNumbers_data() { fixture::addCases(QStringLiteral("adafactor")); }
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
        QVERIFY(fixture::goesOnWithTheSameBits({{QStringLiteral("beta1"), 0.9}}, make));
        QVERIFY(fixture::goesOnWithTheSameBits({{QStringLiteral("relative_update"), true}}, make));
    }
    void groupsAreHonoured() { QVERIFY(fixture::honoursGroups({{QStringLiteral("weight_decay"), 0.3}}, make)); }
    void remembersWhatItSays()
    {
        auto parameters = fixture::someParameters();
        QStringList names;
        for (const NamedState &state : make(parameters, {})->state())
            names += QString::fromStdString(state.name) + QLatin1Char(' ') + QString::number(state.tensor.numel());
        QCOMPARE(names.join(QLatin1String(", ")), QStringLiteral("m.rows 9, m.columns 7, v.columns 5"));
        names.clear();
        for (const NamedState &state : make(parameters, {{QStringLiteral("beta1"), 0.9}})->state())
            names += QString::fromStdString(state.name);
        QCOMPARE(names.join(QLatin1String(", ")), QStringLiteral("m.rows, m.columns, m.mean, v.columns, v.mean"));
    }
};

QTEST_APPLESS_MAIN(TestAdafactor)
#include "test_adafactor.moc"
