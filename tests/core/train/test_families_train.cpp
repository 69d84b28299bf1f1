// Every family from nothing to the end of its run, with its own objective, on a tokenizer that knows none of the marks
// that some of them need.
#include "core/model/architecture.h"
#include "core/tensor/device.h"
#include "core/tensor/guard.h"
#include "core/train/handlers.h"
#include "core/train/run_plan.h"
#include "tests/support/fake_context.h"
#include "tests/support/meta_device.h"
#include "tests/support/tiny_training.h"

#include <QtTest>

#include <cmath>

using namespace athanor;
using namespace athanor::test;

class TestFamiliesTrain : public QObject {
    Q_OBJECT

private:
    std::unique_ptr<plugin::Catalogue> m_plugins = builtPlugins();

    // The same run by LibTorch's operations, as on a graphics card: every loss within a hundredth.
    void checkTheOperationsLearnTheSame(const TinyProject &project, job::Spec spec, const FakeContext &fast)
    {
        const tensor::PlainKernels plain;
        spec.id = QStringLiteral("operations");
        FakeContext context(project.path(), spec, *m_plugins);
        train::TrainHandler handler;
        const auto result = handler.run(context);
        QVERIFY2(result, result ? "" : qPrintable(result.error().message + QLatin1Char(' ') + result.error().detail));
        for (qint64 step = 1; step <= 8; ++step) {
            const double expected = fast.metrics[step].value(QStringLiteral("train/loss"));
            const double loss = context.metrics[step].value(QStringLiteral("train/loss"));
            QVERIFY2(std::abs(loss - expected) < 0.01 * expected, qPrintable(QStringLiteral("step %1: %2, not %3").arg(step).arg(loss).arg(expected)));
        }
    }

    // A batch of its objective, forward and backward, where no number can be fetched and nothing may be left behind.
    void checkItPassesOnADevice(FakeContext &context)
    {
        const auto inputs = train::openInputs(context);
        QVERIFY(inputs);
        auto parts = train::trainerParts(context, *inputs, train::RunPlan{8});
        QVERIFY(parts);
        parts->device = at::kMeta;
        const auto trainer = train::Trainer::create(*parts);
        QVERIFY2(trainer, trainer ? "" : qPrintable(trainer.error().message + trainer.error().detail));
        const auto batch = (*trainer)->source().batch(1, 0);
        QVERIFY(batch);
        network::Pass pass{true};
        const auto loss = (*trainer)->model().loss(*batch, pass);
        QVERIFY2(loss, loss ? "" : qPrintable(loss.error().message));
        QVERIFY(loss->is_meta());
        const auto done = tensor::backward(*loss);
        QVERIFY2(done, done ? "" : qPrintable(done.error().message));
    }

private Q_SLOTS:
    void fromScratchToTheResult_data()
    {
        QTest::addColumn<QString>("id");
        for (const plugin::Metadata *family : model::offeredArchitectures(*m_plugins))
            QTest::newRow(qPrintable(family->id)) << family->id;
    }
    void fromScratchToTheResult()
    {
        QFETCH(QString, id);
        constexpr qint64 kTinyVocabulary = 296;
        const QJsonObject choices{{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 32}};
        const auto architecture = model::newArchitecture(*m_plugins, id, choices, kTinyVocabulary);
        QVERIFY2(architecture, architecture ? "" : qPrintable(architecture.error().message));
        const TinyProject project;
        QVERIFY2(project.isUsable(), qPrintable(project.problem()));
        job::Spec spec = project.trainSpec(QStringLiteral("run"), {{QStringLiteral("budget"), 8}, {QStringLiteral("validation_every"), 4}});
        spec.parameters.insert(QStringLiteral("architecture"), *architecture);
        FakeContext context(project.path(), spec, *m_plugins);
        train::TrainHandler handler;
        const auto result = handler.run(context);
        QVERIFY2(result, result ? "" : qPrintable(result.error().message + QLatin1Char(' ') + result.error().detail));
        QCOMPARE(result->value(QLatin1String("steps")).toInt(), 8);
        const double loss = result->value(QLatin1String("validationLoss")).toDouble();
        QVERIFY(std::isfinite(loss) && loss > 0 && loss < 2 * std::log(double(kTinyVocabulary)));
        QVERIFY(QFileInfo::exists(project.path() + QLatin1Char('/') + result->value(QLatin1String("bestCheckpoint")).toString()
                                  + QStringLiteral("/model.safetensors")));
        checkTheOperationsLearnTheSame(project, spec, context);
        checkItPassesOnADevice(context);
        // What hides tokens says how many it finds, while it learns and at the end.
        const bool hides = model::objectiveOf(*architecture).contains(QLatin1String("masked")) || model::objectiveOf(*architecture).contains(QLatin1String("next_sentence"));
        QCOMPARE(result->contains(QLatin1String("maskedAccuracy")), hides);
        QCOMPARE(context.metrics.last().contains(QStringLiteral("validation/masked_accuracy")), hides);
        QCOMPARE(result->contains(QLatin1String("nextSentenceAccuracy")), model::objectiveOf(*architecture).contains(QLatin1String("next_sentence")));
        if (hides) {
            const double found = result->value(QLatin1String("maskedAccuracy")).toDouble();
            QVERIFY(found >= 0 && found <= 1);
        }
        // Beside gzip and xz only where the whole text is written.
        const plugin::Metadata *family = m_plugins->find(id);
        QCOMPARE(model::continuesText(*architecture), model::objectivesOf(*m_plugins, *family).first() == QLatin1String("objective.next_token"));
        QCOMPARE(result->contains(QLatin1String("gzipBitsPerByte")), model::continuesText(*architecture));
        // Rows for marks only where the objective needs some.
        const qint64 rows = architecture->value(QLatin1String("dimensions")).toObject().value(QLatin1String("vocabulary")).toInteger();
        QCOMPARE(rows > kTinyVocabulary, model::objectiveOf(*architecture) != QLatin1String("objective.next_token")
                                             && model::objectiveOf(*architecture) != QLatin1String("objective.sequence_to_sequence"));
    }

    void aTokenizerThatKnowsTheMarksNeedsNoRows()
    {
        const auto known = [](const QByteArray &name) { return name == "[MASK]"; };
        const auto architecture = model::newArchitecture(*m_plugins, QStringLiteral("architecture.bert"), {}, 1000, known);
        QVERIFY(architecture);
        QCOMPARE(architecture->value(QLatin1String("dimensions")).toObject().value(QLatin1String("vocabulary")).toInteger(), 1000);
    }
};

QTEST_GUILESS_MAIN(TestFamiliesTrain)
#include "test_families_train.moc"
