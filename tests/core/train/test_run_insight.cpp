// What a run shows of its inside, and that looking changes nothing.
#include "core/base/atomic_file.h"
#include "core/insight/inside_file.h"
#include "core/insight/names.h"
#include "tests/core/train/run_fixture.h"

using namespace athanor;
using namespace athanor::test;

class TestRunInsight : public QObject, private RunFixture {
    Q_OBJECT

private Q_SLOTS:
    void lookingInsideChangesNoBit_data()
    {
        QTest::addColumn<QJsonObject>("settings");
        QTest::newRow("as usual") << QJsonObject();
        QTest::newRow("bf16, accumulation, dropout") << QJsonObject{{QStringLiteral("precision"), QStringLiteral("bf16")}, {QStringLiteral("accumulation"), 2},
                                                                    {QStringLiteral("dropout"), 0.1}, {QStringLiteral("batch"), 2}};
    }
    void lookingInsideChangesNoBit()
    {
        QFETCH(QJsonObject, settings);
        const QString name = QStringLiteral("inside-%1").arg(settings.size());
        QString expected = wholeRun().value(QLatin1String("weightsSha256")).toString();
        for (const int every : {1, 0}) {
            settings[QStringLiteral("insight_every")] = every;
            settings[QStringLiteral("tensorboard")] = every > 0;
            FakeContext watched = context(name + QString::number(every), settings);
            const auto result = run(watched);
            QVERIFY2(result, qPrintable(why(result)));
            if (settings.size() > 2 && every == 1)
                expected = result->value(QLatin1String("weightsSha256")).toString();
            QCOMPARE(result->value(QLatin1String("weightsSha256")).toString(), expected);
            const QDir folder(watched.jobPath());
            QCOMPARE(folder.exists(QStringLiteral("tensorboard")), every > 0);
            QCOMPARE(folder.exists(QLatin1String(insight::kInsideFile)), every > 0);
            QCOMPARE(watched.metrics.value(1).contains(QStringLiteral("gradient_norm/blocks.0")), every > 0);
        }
    }

    void aLookSaysWhatGoesOnInEachLayer()
    {
        FakeContext watched = context(QStringLiteral("look"), {{QStringLiteral("budget"), 1}});
        QVERIFY(run(watched));
        const QMap<QString, double> values = watched.metrics.value(1);
        double squares = 0;
        for (const char *layer : {"tok", "blocks.0", "blocks.1", "norm"}) {
            const double norm = values.value(insight::figureName(insight::Figure::GradientNorm, QLatin1String(layer)), -1);
            QVERIFY2(norm > 0, layer);
            squares += norm * norm;
            const double ratio = values.value(insight::figureName(insight::Figure::UpdateRatio, QLatin1String(layer)), -1);
            QVERIFY2(ratio > 0 && ratio < 1, layer);
            const double low = values.value(insight::figureName(insight::Figure::ActivationMin, QLatin1String(layer))),
                         high = values.value(insight::figureName(insight::Figure::ActivationMax, QLatin1String(layer))),
                         rms = values.value(insight::figureName(insight::Figure::ActivationRms, QLatin1String(layer)));
            QVERIFY2(low < 0 && high > 0 && rms > 0 && rms < std::max(-low, high), layer);
        }
        QVERIFY(std::abs(std::sqrt(squares) / values.value(QStringLiteral("gradient_norm")) - 1) < 1e-3);
        for (const char *layer : {"blocks.0", "blocks.1"}) {
            const double dead = values.value(insight::figureName(insight::Figure::DeadUnits, QLatin1String(layer)), -1);
            QVERIFY2(dead >= 0 && dead < 0.5, layer);
            const double entropy = values.value(insight::figureName(insight::Figure::AttentionEntropy, QLatin1String(layer)), -1);
            QVERIFY2(entropy > 1 && entropy < std::log(32.0), layer);  // hardly trained: spread out
            const double heads = values.value(insight::headName(QLatin1String(layer), 0)) + values.value(insight::headName(QLatin1String(layer), 1));
            QVERIFY(std::abs(heads / 2 - entropy) < 1e-9);
        }
        insight::InsideReader reader(watched.jobPath() + QLatin1Char('/') + QLatin1String(insight::kInsideFile));
        QCOMPARE(reader.poll(), 1);
        QCOMPARE(reader.head().layers, QStringList({QStringLiteral("tok"), QStringLiteral("blocks.0"), QStringLiteral("blocks.1"), QStringLiteral("norm")}));
        const std::vector<double> &losses = reader.looks().front().losses;
        QCOMPARE(losses.size(), size_t(33));  // a row of 32 and what follows it
        QVERIFY(std::isnan(losses[0]));
        for (size_t i = 1; i < losses.size(); ++i)
            QVERIFY(losses[i] > 0 && losses[i] < 20);
        QVERIFY2(reader.head().tokens.join(QString()).contains(QStringLiteral("the")), qPrintable(reader.head().tokens.join(QString())));
    }

    void phasesAddUpToTheWall()
    {
        FakeContext timed = context(QStringLiteral("phases"));
        QVERIFY(run(timed));
        double validation = 0;
        for (auto it = timed.metrics.begin(); it != timed.metrics.end(); ++it) {
            if (it.key() == 0)
                continue;
            double sum = 0;
            for (const insight::Phase phase : insight::kPhases) {
                const double seconds = it->value(insight::phaseSeries(phase), -1);
                QVERIFY(seconds >= 0);
                sum += seconds;
            }
            QVERIFY(std::abs(sum / it->value(QLatin1String(insight::kStepSeries)) - 1) < 1e-9);
            validation += it->value(insight::phaseSeries(insight::Phase::Validation));
        }
        QVERIFY(validation > 0);
    }

    void aResumedRunOpensAnotherFileForTensorBoard()
    {
        const auto files = [](const FakeContext &of) {
            return QDir(of.jobPath() + QStringLiteral("/tensorboard")).entryList({QStringLiteral("events.out.tfevents.*")}, QDir::Files).size();
        };
        FakeContext first = context(QStringLiteral("board"));
        first.stopAfterStep = 5;
        QVERIFY(!run(first));
        QCOMPARE(files(first), 1);
        FakeContext second = context(QStringLiteral("board"));
        second.m_attempt = 2;
        QVERIFY(run(second));
        QCOMPARE(files(second), 2);
    }

    // The curve is the plain cross-entropy, whatever is minimised; both are told.
    void whatIsMinimisedIsToldApart()
    {
        FakeContext held = context(QStringLiteral("held"), {{QStringLiteral("budget"), 3}, {QStringLiteral("label_smoothing"), 0.2}, {QStringLiteral("l2"), 0.01}});
        const auto result = run(held);
        QVERIFY2(result, qPrintable(why(result)));
        FakeContext free = context(QStringLiteral("free"), {{QStringLiteral("budget"), 3}});
        QVERIFY(run(free));
        const auto told = [](const FakeContext &context, const char *name) { return context.metrics.value(1).value(QLatin1String(name), -1); };
        QCOMPARE(told(held, "train/loss"), told(free, "train/loss"));
        QVERIFY(told(held, "train/objective") > told(held, "train/loss"));
        QCOMPARE(told(free, "train/objective"), -1.0);
        QVERIFY(result->value(QLatin1String("weightsSha256")) != wholeRun().value(QLatin1String("weightsSha256")));
    }
};

QTEST_GUILESS_MAIN(TestRunInsight)
#include "test_run_insight.moc"
