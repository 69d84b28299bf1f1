// Examples of several sources, each as often as the settings say: which record comes when, and whole runs of it.
#include "core/train/record_mixture.h"
#include "tests/core/train/run_fixture.h"

#include <cmath>
#include <set>

using namespace athanor;
using namespace athanor::test;
using namespace athanor::train;

namespace {

// Records of one to eight tokens; the first token is the record's number.
class CountedRecords final : public adapt::Records {
public:
    explicit CountedRecords(qint64 count) : m_count(count) {}
    qint64 count() const override { return m_count; }
    qint64 tokenCount(qint64 record) const override { return 2 + record % 7; }
    int label(qint64 record) const override { return int(record % 3); }
    qint64 document(qint64 record) const override { return 1000 + record; }
    void copy(qint64 record, qint64 count, qint64 *ids, quint8 *learns) const override
    {
        std::fill_n(ids, count, 9999);
        ids[0] = record;
        std::fill_n(learns, count, quint8(1));
    }

private:
    qint64 m_count;
};

// 30 records of "a", 12 of "b", 6 of "c", in turn as far as they last.
RecordMixture mixtureOf(std::vector<model::MixtureStage> stages)
{
    RecordMixture mixture;
    for (size_t i = 0; i < 48; ++i)
        mixture.sourceOf.push_back(i % 8 == 0 ? 2 : i % 4 == 1 ? 1 : 0);
    mixture.ids = mixture.names = QStringList{QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")};
    mixture.stages = std::move(stages);
    return mixture;
}

// The records that a batch holds, by their first tokens, in their order.
std::vector<qint64> recordsIn(const network::Batch &batch)
{
    std::vector<qint64> records;
    for (int64_t row = 0; row < batch.ids.size(0); ++row)
        for (int64_t t = 0; t < batch.ids.size(1); ++t)
            if (batch.segments[row][t].item<int64_t>() >= 0 && batch.positions[row][t].item<int64_t>() == 0)
                records.push_back(batch.ids[row][t].item<int64_t>());
    return records;
}

adapt::BatchSettings settingsOf(qint64 rows, bool packing)
{
    adapt::BatchSettings settings;
    settings.rows = rows;
    settings.length = 12;
    settings.packing = packing;
    return settings;
}

}  // namespace

class TestRecordMixture : public QObject, private RunFixture {
    Q_OBJECT

private:
    // Chats of two sources, in turn; every second one is of "jokes".
    QJsonObject chats(const QString &name)
    {
        const QString inside = QStringLiteral("objects/corpora/") + name;
        auto writer = corpus::CorpusWriter::create(m_project->path() + QLatin1Char('/') + inside, name);
        for (int i = 0; i < 48; ++i) {
            const QJsonArray messages{QJsonObject{{QStringLiteral("role"), QStringLiteral("user")}, {QStringLiteral("content"), QString(1 + i % 5, QLatin1Char('a'))}},
                                      QJsonObject{{QStringLiteral("role"), QStringLiteral("assistant")}, {QStringLiteral("content"), QString(1 + i % 3, QLatin1Char('b'))}}};
            const QByteArray record = QJsonDocument(QJsonObject{{QStringLiteral("messages"), messages}}).toJson(QJsonDocument::Compact);
            const QString id = QString::number(i).rightJustified(64, QLatin1Char('0'));
            if (!writer->add(i < 40 ? QStringLiteral("train") : QStringLiteral("validation"),
                             {id, record, i % 2 ? QStringLiteral("jokes") : QStringLiteral("help"), QStringLiteral("own"), QString::number(i)}))
                qFatal("no record");
        }
        const auto facts = writer->finish();
        return {{QStringLiteral("corpus"), inside}, {QStringLiteral("corpusSha256"), facts->value(QLatin1String("sha256"))},
                {QStringLiteral("architecture"), tinyArchitecture(2, 64)},
                {QStringLiteral("teaching"), QJsonObject{{QStringLiteral("kind"), QStringLiteral("chat")}}}};
    }
    QString weightsAfter(FakeContext &context) { return Result<QJsonObject>(run(context)).value_or(QJsonObject()).value(QLatin1String("weightsSha256")).toString(); }

private Q_SLOTS:
    void everySourceIsReadAsOftenAsItsWeightSays_data()
    {
        QTest::addColumn<bool>("packing");
        QTest::newRow("one a row") << false;
        QTest::newRow("packed") << true;
    }
    void everySourceIsReadAsOftenAsItsWeightSays()
    {
        QFETCH(bool, packing);
        const CountedRecords records(48);
        const RecordMixture mixture = mixtureOf({{0, {1, 3, 0}}, {0.5, {0, 1, 2}}});
        const auto source = recordSource(records, settingsOf(3, packing), 2, &mixture);
        QVERIFY2(source, source ? "" : qPrintable(source.error().message));
        constexpr qint64 kSteps = 400;
        (*source)->setCourse({{0, kSteps}});
        std::vector<std::vector<qint64>> read(2, std::vector<qint64>(48, 0));  // in each half
        for (qint64 step = 1; step <= kSteps; ++step) {
            std::set<qint64> documents;
            for (qint64 micro = 0; micro < 2; ++micro) {
                for (const qint64 record : recordsIn(*(*source)->batch(step, micro))) {
                    ++read[step > kSteps / 2][size_t(record)];
                    documents.insert(1000 + record);
                }
            }
            QCOMPARE((*source)->documents(step), std::vector<qint64>(documents.begin(), documents.end()));
        }
        // Of the records of a source none is read twice before each was once; 2: a pass that has begun in each half.
        const auto passes = [&](size_t half, size_t of) {
            qint64 least = kSteps * 100, most = 0, sum = 0, count = 0;
            for (size_t i = 0; i < 48; ++i) {
                if (mixture.sourceOf[i] != of)
                    continue;
                least = std::min(least, read[half][i]);
                most = std::max(most, read[half][i]);
                sum += read[half][i];
                ++count;
            }
            if (most - least > 2)
                qWarning("source %zu: %lld to %lld times", of, least, most);
            return most - least > 2 ? -1.0 : double(sum) / double(count);
        };
        const double a = passes(0, 0), b = passes(0, 1);
        QVERIFY2(a > 0 && std::fabs(b / a - 3) < 0.25, qPrintable(QStringLiteral("%1 and %2").arg(a).arg(b)));
        QCOMPARE(passes(0, 2), 0.0);
        QCOMPARE(passes(1, 0), 0.0);
        QVERIFY2(std::fabs(passes(1, 2) / passes(1, 1) - 2) < 0.15, qPrintable(QStringLiteral("%1 and %2").arg(passes(1, 2)).arg(passes(1, 1))));
        const QJsonArray told = (*source)->sourcesAt(kSteps);
        QCOMPARE(told.size(), 3);
        const double came = passes(0, 1) + passes(1, 1);  // told by the rows of the first pass: packed, another may have more or fewer
        QVERIFY2(std::fabs(told[1][QLatin1String("passes")].toDouble() / came - 1) < (packing ? 0.2 : 0.02), qPrintable(QStringLiteral("%1 beside %2").arg(told[1][QLatin1String("passes")].toDouble()).arg(came)));
        double shares = 0;
        for (const QJsonValue &value : told)
            shares += value[QLatin1String("share")].toDouble();
        QVERIFY(std::fabs(shares - 1) < 1e-9);
        QVERIFY(std::fabs((*source)->tokensPerStep() * kSteps / ((*source)->passesAt(kSteps) * (*source)->tokensPerPass()) - 1) < 0.02);
    }

    // A batch depends on its step alone: asked for again, out of order, or divided otherwise.
    void aBatchIsAFunctionOfItsStep()
    {
        const CountedRecords records(48);
        const RecordMixture mixture = mixtureOf({{0, {1, 2, 5}}, {0.3, {4, 1, 0}}});
        const auto made = [&](qint64 rows, qint64 portions) {
            auto source = recordSource(records, settingsOf(rows, true), portions, &mixture);
            (*source)->setCourse({{0, 50}});
            return std::move(*source);
        };
        const auto read = [](const BatchSource &source, qint64 step, qint64 portions) {
            std::vector<qint64> all;
            for (qint64 micro = 0; micro < portions; ++micro)
                for (const qint64 record : recordsIn(*source.batch(step, micro)))
                    all.push_back(record);
            return all;
        };
        const auto whole = made(4, 1), divided = made(2, 2), late = made(4, 1);
        std::vector<std::vector<qint64>> expected;
        for (qint64 step = 1; step <= 50; ++step) {
            expected.push_back(read(*whole, step, 1));
            QCOMPARE(read(*divided, step, 2), expected.back());
        }
        for (const qint64 step : {37, 3, 50, 1, 16})
            QCOMPARE(read(*late, step, 1), expected[size_t(step - 1)]);
    }

    void whatLeavesNothingToReadIsRefused()
    {
        const CountedRecords records(48);
        RecordMixture mixture = mixtureOf({{0, {1, 1, 1}}, {0.5, {0, 0, 1}}});
        for (size_t &source : mixture.sourceOf)
            source = std::min<size_t>(source, 1);  // "c" has documents, and all of them teach nothing
        const auto refused = recordSource(records, settingsOf(2, true), 1, &mixture);
        QVERIFY(!refused && refused.error().code == ErrorCode::InvalidInput);
        QVERIFY2(refused.error().message.contains(QStringLiteral("50 %")), qPrintable(refused.error().message));
    }

    void aRunOnWeightedExamplesIsExactAfterAKill()
    {
        const QJsonObject parameters = chats(QStringLiteral("chats"));
        const QJsonObject settings{{QStringLiteral("budget"), 16}, {QStringLiteral("batch"), 2}, {QStringLiteral("accumulation"), 2},
                                   {QStringLiteral("mixture"), QStringLiteral("jokes=3; 50%: help=0")}};
        FakeContext whole = context(QStringLiteral("whole-chats"), settings, parameters);
        const auto expected = run(whole);
        QVERIFY2(expected, qPrintable(why(expected)));
        const QJsonArray sources = expected->value(QLatin1String("sources")).toArray();
        QCOMPARE(sources.size(), 2);
        QCOMPARE(sources[0][QLatin1String("source")].toString(), QStringLiteral("help"));
        QVERIFY(sources[1][QLatin1String("passes")].toDouble() > 3 * sources[0][QLatin1String("passes")].toDouble());
        QVERIFY2(whole.logs.filter(QStringLiteral("The run reads help")).size() == 1, qPrintable(told(whole)));
        FakeContext first = context(QStringLiteral("killed-chats"), settings, parameters);
        first.stopAfterStep = 7;
        QVERIFY(!run(first));
        FakeContext second = context(QStringLiteral("killed-chats"), settings, parameters);
        second.m_attempt = 2;
        const auto resumed = run(second);
        QVERIFY2(resumed, qPrintable(why(resumed)));
        for (const char *key : {"weightsSha256", "optimizerSha256", "sources", "tokens"})
            QCOMPARE(resumed->value(QLatin1String(key)), expected->value(QLatin1String(key)));
    }

    void equalWeightsOfExamplesChangeNothing()
    {
        const QJsonObject parameters = chats(QStringLiteral("equal"));
        const auto settings = [](const QString &mixture) { return QJsonObject{{QStringLiteral("budget"), 6}, {QStringLiteral("batch"), 2}, {QStringLiteral("mixture"), mixture}}; };
        FakeContext plain = context(QStringLiteral("plain"), settings({}), parameters), equal = context(QStringLiteral("same"), settings(QStringLiteral("jokes=2, help=2")), parameters),
                    other = context(QStringLiteral("other"), settings(QStringLiteral("jokes=2")), parameters);
        const QString weights = weightsAfter(plain);
        QVERIFY2(!weights.isEmpty(), qPrintable(told(plain)));
        QCOMPARE(weightsAfter(equal), weights);
        QVERIFY(weightsAfter(other) != weights);
        FakeContext unknown = context(QStringLiteral("unknown"), settings(QStringLiteral("poems=2")), parameters);
        const auto refused = run(unknown);
        QVERIFY(!refused && refused.error().code == ErrorCode::InvalidInput);
        QVERIFY2(why(refused).contains(QStringLiteral("poems")), qPrintable(why(refused)));
    }
};

QTEST_GUILESS_MAIN(TestRecordMixture)
#include "test_record_mixture.moc"
