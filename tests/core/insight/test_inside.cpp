// Names, the file of token losses as it grows and breaks, and what a run's folder says in the end.
#include "core/insight/summary.h"

#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace athanor;
using namespace athanor::insight;

class TestInside : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    QString path(const char *name) const { return m_folder.filePath(QLatin1String(name)); }
    static void append(const QString &path, const QByteArray &bytes)
    {
        QFile file(path);
        QVERIFY(file.open(QIODevice::Append));
        file.write(bytes);
    }

private Q_SLOTS:
    void layersOfParameters_data()
    {
        QTest::addColumn<QString>("parameter");
        QTest::addColumn<QString>("layer");
        QTest::newRow("block") << QStringLiteral("blocks.3.attention.qkv_weight") << QStringLiteral("blocks.3");
        QTest::newRow("alone") << QStringLiteral("tok.weight") << QStringLiteral("tok");
        QTest::newRow("encoder") << QStringLiteral("encoder.blocks.0.norm1.weight") << QStringLiteral("encoder.blocks.0");
        QTest::newRow("encoder, alone") << QStringLiteral("encoder.tok.weight") << QStringLiteral("encoder.tok");
        QTest::newRow("adapter") << QStringLiteral("blocks.11.attention.qkv.q_proj.lora_A") << QStringLiteral("blocks.11");
        QTest::newRow("layer") << QStringLiteral("blocks.3") << QStringLiteral("blocks.3");
        QTest::newRow("nothing") << QString() << QString();
    }
    void layersOfParameters()
    {
        QFETCH(QString, parameter);
        QTEST(layerOf(parameter), "layer");
    }

    void layersInWords_data()
    {
        QTest::addColumn<QString>("layer");
        QTest::addColumn<QString>("words");
        QTest::newRow("block") << QStringLiteral("blocks.3") << QStringLiteral("layer 4");
        QTest::newRow("alone") << QStringLiteral("tok") << QStringLiteral("the embedding");
        QTest::newRow("encoder") << QStringLiteral("encoder.blocks.0") << QStringLiteral("layer 1 of the encoder");
        QTest::newRow("encoder, alone") << QStringLiteral("encoder.norm") << QStringLiteral("the last norm of the encoder");
        QTest::newRow("unknown") << QStringLiteral("adapter") << QStringLiteral("adapter");
        QTest::newRow("longer") << QStringLiteral("blocks.3.attention") << QStringLiteral("blocks.3.attention");
        QTest::newRow("nothing") << QString() << QString();
    }
    void layersInWords()
    {
        QFETCH(QString, layer);
        QTEST(layerWords(layer), "words");
    }

    void layersStandInTheirOrder()
    {
        const QStringList names{QStringLiteral("gradient_norm"), QStringLiteral("gradient_norm/blocks.10"), QStringLiteral("gradient_norm/blocks.2"),
                                QStringLiteral("gradient_norm/tok"), QStringLiteral("attention_entropy/blocks.2"),
                                QStringLiteral("attention_entropy/blocks.2/h0")};
        QCOMPARE(layersIn(names, Figure::GradientNorm), QStringList({QStringLiteral("blocks.2"), QStringLiteral("blocks.10"), QStringLiteral("tok")}));
        QCOMPARE(layersIn(names, Figure::GradientNorm, {QStringLiteral("tok"), QStringLiteral("blocks.2")}),
                 QStringList({QStringLiteral("tok"), QStringLiteral("blocks.2"), QStringLiteral("blocks.10")}));
        QCOMPARE(layersIn(names, Figure::AttentionEntropy), QStringList({QStringLiteral("blocks.2")}));
        QCOMPARE(layersIn({}, Figure::DeadUnits), QStringList());
    }

    void lossesComeBack()
    {
        const QString file = path("inside.jsonl");
        InsideReader reader(file);
        QCOMPARE(reader.poll(), 0);  // not there yet
        const double none = std::numeric_limits<double>::quiet_NaN();
        {
            auto writer = InsideWriter::open(file, {{QStringLiteral("tok")}, {QStringLiteral("a"), QStringLiteral("\nb"), QStringLiteral("c")}});
            QVERIFY(writer);
            QVERIFY(writer->add({1, {none, 2.34567, 1}}));
            QVERIFY(writer->add({20, {none, 2, 0.5}}));
        }
        QCOMPARE(reader.poll(), 2);
        QCOMPARE(reader.head().tokens[1], QStringLiteral("\nb"));
        QVERIFY(std::isnan(reader.looks()[0].losses[0]));
        QCOMPARE(reader.looks()[0].losses[1], 2.346);
        append(file, "{\"step\":40,\"losses\":[1,");  // a kill in the middle of a line
        QCOMPARE(reader.poll(), 0);
        auto again = InsideWriter::open(file, {{}, {QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")}});
        QVERIFY(again);
        QVERIFY(again->add({20, {none, 7, 7}}));  // made again after a resume
        QCOMPARE(reader.poll(), 1);
        QCOMPARE(reader.looks().size(), size_t(2));
        QCOMPARE(reader.looks()[1].losses[1], 7.0);
    }

    void brokenLinesArePassedOver()
    {
        const QString file = path("broken.jsonl");
        append(file, "\n\x01\x02\n{}\n[1]\n{\"step\":1,\"losses\":[1]}\n");  // before any head
        append(file, "{\"format\":1,\"layers\":3,\"tokens\":[\"a\"]}\n{\"step\":2,\"losses\":[1,2]}\n{\"step\":3,\"losses\":[\"x\"]}\n");
        append(file, "{\"format\":99,\"tokens\":[\"a\",\"b\"]}\n");
        InsideReader reader(file);
        QCOMPARE(reader.poll(), 1);
        QCOMPARE(reader.looks().front().step, 3);
        QVERIFY(std::isnan(reader.looks().front().losses.front()));
        QCOMPARE(reader.head().tokens.size(), 1);
        QVERIFY(!InsideWriter::open(path("missing/inside.jsonl"), {}));
    }

    void phasesMakeTheWhole()
    {
        const QString file = path("metrics.bin");
        auto writer = job::MetricsWriter::open(file);
        QVERIFY(writer);
        const auto record = [&](qint64 step, double forward, double validation) {
            QVERIFY(writer->append(1, step, 0, {{phaseSeries(Phase::Forward), forward}, {phaseSeries(Phase::Validation), validation},
                                                {QLatin1String(kStepSeries), forward + validation}}));
        };
        record(1, 2, 0);
        record(11, 1, 0.5);  // ten steps of one second each, and five seconds of validation
        QVERIFY(writer->append(1, 12, 0, {{phaseSeries(Phase::Forward), 99.0}}));  // not timed whole: does not count
        auto metrics = job::MetricsReader::open(file);
        QVERIFY(metrics);
        metrics->poll();
        double forward = 0, whole = 0, shares = 0;
        for (const PhaseTime &time : phaseTimes(*metrics)) {
            whole += time.seconds;
            shares += time.share;
            if (time.phase == Phase::Forward)
                forward = time.seconds;
            QVERIFY(!phaseTitle(time.phase).isEmpty());
        }
        QCOMPARE(forward, 12.0);
        QCOMPARE(whole, 17.0);
        QVERIFY(std::abs(shares - 1) < 1e-12);
        QCOMPARE(phaseTimes(*metrics, 1)[size_t(Phase::Forward)].seconds, 10.0);
    }

    void aFolderWithoutAnyOfItIsNoError()
    {
        job::Spec spec;
        spec.id = QStringLiteral("old");
        spec.kind = QStringLiteral("train");
        QVERIFY(QDir(m_folder.path()).mkpath(QStringLiteral("jobs")));
        auto folder = job::Folder::create(m_folder.path(), spec);
        QVERIFY(folder);
        RunInside inside = insideOf(*folder);
        QVERIFY(inside.phases.empty() && inside.layers.isEmpty() && inside.hints.isEmpty());
        QVERIFY(toJson(inside).value(QLatin1String("shareOfLimit")).isNull());
        auto metrics = job::MetricsWriter::open(folder->path() + QStringLiteral("/metrics.bin"));
        QVERIFY(metrics);
        QVERIFY(metrics->append(1, 20, 0, {{QStringLiteral("gradient_norm/blocks.0"), 0.25}, {QStringLiteral("attention_entropy/blocks.0"), 1.5},
                                           {QStringLiteral("attention_entropy/blocks.0/h0"), 1.0}, {QStringLiteral("attention_entropy/blocks.0/h1"), 2.0}}));
        inside = insideOf(*folder);
        QCOMPARE(inside.layers.size(), 1);
        QCOMPARE(inside.lookedAtStep, 20);
        QCOMPARE(inside.layers[0].headEntropies.size(), size_t(2));
        const QJsonObject layer = toJson(inside).value(QLatin1String("layers")).toArray().first().toObject();
        QCOMPARE(layer.value(QLatin1String("gradient_norm")).toDouble(), 0.25);
        QCOMPARE(layer.value(QLatin1String("head_entropies")).toArray().size(), 2);
    }
};

QTEST_GUILESS_MAIN(TestInside)
#include "test_inside.moc"
