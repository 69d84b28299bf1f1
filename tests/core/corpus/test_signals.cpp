// What filters measured: its declarations, its distribution, and that a limit removes what was said before. And whether
// the files of a dataset are still as they were.
#include "core/base/atomic_file.h"
#include "core/corpus/curate_handler.h"
#include "core/corpus/recipe.h"
#include "core/corpus/signal_values.h"
#include "core/corpus/source_look.h"
#include "tests/core/corpus/curate_context.h"

#include <QDir>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include <cmath>

using namespace athanor;
using namespace athanor::corpus;

namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

SignalLimit limitNamed(const std::vector<SignalLimit> &limits, const QString &parameter)
{
    for (const SignalLimit &limit : limits)
        if (limit.parameter() == parameter)
            return limit;
    return {};
}

}  // namespace

class TestSignals : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        m_catalogue.scan({QStringLiteral(ATHANOR_BINARY_DIR "/lib/athanor/plugins")});
        QDir().mkpath(source());
        static const QByteArrayList kWords{"the", "of", "value", "parameter", "list", "and", "configuration", "it"};
        for (int i = 0; i < 40; ++i) {
            QByteArray text;
            for (int word = 0; word < 10 + 3 * i; ++word)
                text += kWords[(word * (i + 1) + word / 3) % kWords.size()] + (word % 3 == 2 ? QByteArray::number(word * i) : QByteArray())
                        + (word % 9 == 8 ? ".\n" : " ");
            write(QStringLiteral("%1.txt").arg(i), text);
        }
        QVERIFY(curate(defaults()));
    }

    // Each filter's declarations name parameters that there are, and what it really measures.
    void declarationsAreTrue()
    {
        std::vector<SignalLimit> limits = signalLimits(defaults(), m_catalogue);
        QVERIFY(limits.size() >= 18);
        QStringList keys;
        for (const SignalLimit &limit : limits) {
            QVERIFY(m_catalogue.find(limit.signal.filter)->parameters.find(limit.parameter()));
            QVERIFY(!limit.signal.title.isEmpty() && !limit.signal.term.isEmpty());
            keys += limit.signal.key;
        }
        const auto values = readSignalValues(documentsFile(), keys);
        QVERIFY(values);
        for (const QString &key : keys)
            if (key != QLatin1String("link_share"))  // texts have no links
                QVERIFY2(distributionOf(values->of(key)).count > 0, qPrintable(key));
        for (const plugin::Metadata *filter : m_catalogue.ofKind(QStringLiteral("filter"))) {
            int declared = 0;
            for (const QJsonValue &value : filter->all.value(QLatin1String("signals")).toArray())
                declared += value.toObject().contains(QLatin1String("least")) + value.toObject().contains(QLatin1String("most"));
            int understood = 0;
            for (const SignalDeclaration &signal : signalsOf(*filter))
                understood += !signal.least.isEmpty() + !signal.most.isEmpty();
            QVERIFY2(declared == understood && declared > 0, qPrintable(filter->id));
        }
    }

    // What is said about a limit before is what it does when the documents are prepared with it.
    void limitRemovesWhatWasSaid_data()
    {
        QTest::addColumn<QString>("parameter");
        QTest::addColumn<double>("value");
        QTest::newRow("at least") << QStringLiteral("least_words") << 61.0;
        QTest::newRow("at most") << QStringLiteral("most_words") << 70.0;
        QTest::newRow("exactly a document") << QStringLiteral("least_words") << 40.0;
        QTest::newRow("real") << QStringLiteral("most_mean_word") << 6.5;
    }
    void limitRemovesWhatWasSaid()
    {
        QFETCH(QString, parameter);
        QFETCH(double, value);
        const QJsonObject recipe = QJsonDocument::fromJson(R"({"steps":[{"plugin":"filter.length","settings":{"least_words":0}},
            {"plugin":"filter.gopher_quality","settings":{"least_stop_words":0,"least_letters":0,"most_mean_word":900}}]})").object();
        const QJsonObject checked = *checkRecipe(recipe, m_catalogue);
        QVERIFY(curate(checked));
        SignalLimit limit = limitNamed(signalLimits(checked, m_catalogue), parameter);
        const auto values = readSignalValues(documentsFile(), {limit.signal.key});
        QVERIFY(values);
        limit.value = value;
        limit.isOn = true;
        const LimitCount said = countsAt(values->of(limit.signal.key), limit);
        QVERIFY(said.removed > 3 && said.kept > 3);
        QCOMPARE(said.removed + said.kept, 40);
        const auto changed = recipeWithLimit(checked, limit, value, m_catalogue);
        QVERIFY2(changed, changed ? "" : qPrintable(changed.error().message));
        QVERIFY(curate(*changed));
        QCOMPARE(m_result.value(QLatin1String("removed")).toInteger(), said.removed);
        QCOMPARE(m_result.value(QLatin1String("kept")).toInteger(), said.kept);
        const NearLimit near = nearestTo(values->of(limit.signal.key), limit, 3);
        QCOMPARE(near.kept.size(), size_t(3));
        const SortedSignal sorted(values->of(limit.signal.key));
        for (const bool isOn : {true, false})
            for (const double moved : {value, value - 0.1, value + 0.1, -1.0, 1e9}) {
                SignalLimit other = limit;
                other.value = moved;
                other.isOn = isOn;
                const LimitCount counts = countsAt(values->of(limit.signal.key), other);
                QCOMPARE(sorted.countsAt(other).kept, counts.kept);
                QCOMPARE(sorted.countsAt(other).removed, counts.removed);
                QCOMPARE(sorted.nearestTo(other, 3).kept, nearestTo(values->of(limit.signal.key), other, 3).kept);
                QCOMPARE(sorted.nearestTo(other, 3).removed, nearestTo(values->of(limit.signal.key), other, 3).removed);
            }
        const auto distance = [&](size_t index) { return std::abs(values->of(limit.signal.key)[index] - value); };
        QVERIFY(distance(near.removed[0]) <= distance(near.removed[1]) && distance(near.removed[1]) <= distance(near.removed[2]));
        QVERIFY(limit.removes(values->of(limit.signal.key)[near.removed[0]]) && !limit.removes(values->of(limit.signal.key)[near.kept[0]]));
    }

    void noLimitIsNone()
    {
        const SignalLimit limit = limitNamed(signalLimits(defaults(), m_catalogue), QStringLiteral("most_words"));
        QCOMPARE(limit.value, 0.0);
        QVERIFY(!limit.isOn && !limit.removes(1e9));
    }

    void limitsThatCannotBe()
    {
        const SignalLimit limit = limitNamed(signalLimits(defaults(), m_catalogue), QStringLiteral("most_symbols"));
        QCOMPARE(recipeWithLimit(defaults(), limit, 11, m_catalogue).error().code, ErrorCode::InvalidInput);
        QCOMPARE(recipeWithLimit({{QStringLiteral("steps"), QJsonArray()}}, limit, 1, m_catalogue).error().code, ErrorCode::NotFound);
    }

    void distributions()
    {
        const Distribution distribution = distributionOf({4, kAbsent, 1, 3, 2, 5});
        QCOMPARE(distribution.count, 5);
        QCOMPARE(distribution.least, 1.0);
        QCOMPARE(distribution.most, 5.0);
        QCOMPARE(distribution.mean, 3.0);
        QCOMPARE(distribution.quantiles, (std::array<double, 5>{1.2, 2, 3, 4, 4.8}));
        QCOMPARE(distributionOf({7}).quantiles, (std::array<double, 5>{7, 7, 7, 7, 7}));
        QCOMPARE(distributionOf({kAbsent}).count, 0);
        QVERIFY(std::isnan(distributionOf({}).quantiles[2]));
    }

    void settingsThatChangeNoMeasurement()
    {
        const plugin::Metadata *length = m_catalogue.find(QStringLiteral("filter.length"));
        QVERIFY(measuringSettings(*length, length->parameters.defaults()).isEmpty());
        QCOMPARE(measuringSettings(*length, {{QStringLiteral("least_words"), 3}, {QStringLiteral("else"), 1}}), (QJsonObject{{QStringLiteral("else"), 1}}));
    }

    void brokenLists()
    {
        const QString file = m_folder.filePath(QStringLiteral("list.jsonl"));
        QCOMPARE(readSignalValues(file, {}).error().code, ErrorCode::NotFound);
        for (const QByteArray &bytes : {QByteArray("{\"id\":3}\n"), QByteArray("nothing\n"), QByteArray("{\"id\":\"" + QByteArray(64, 'a') + "\"}")}) {
            QVERIFY(writeFileAtomically(file, bytes));
            QCOMPARE(readSignalValues(file, {}).error().code, ErrorCode::Corrupt);
        }
        QVERIFY(writeFileAtomically(file, "{\"id\":\"" + QByteArray(64, 'a') + "\",\"signals\":{\"words\":\"many\"}}\n"));
        const auto values = readSignalValues(file, {QStringLiteral("words")});
        QVERIFY(values);
        QVERIFY(std::isnan(values->values[0][0]));
    }

    void filesThatChanged()
    {
        QVERIFY(curate(defaults()));
        QVERIFY(!look()->any());
        QCOMPARE(changesText(*look()), QString());
        write(QStringLiteral("1.txt"), "Another text, longer than before, about nothing.");
        QFile::remove(source() + QStringLiteral("/2.txt"));
        write(QStringLiteral("new one.md"), "New.");
        write(QStringLiteral("picture.png"), "\x89PNG");  // nobody would read it
        const auto changes = look();
        QCOMPARE(changes->changed, 1);
        QCOMPARE(changes->added, 1);
        QCOMPARE(changes->gone, 1);
        QVERIFY(changes->isComplete);
        QVERIFY(changes->examples.contains(QStringLiteral("new one.md")) && changes->examples.contains(QStringLiteral("1.txt")));
        QCOMPARE(changesText(*changes), QStringLiteral("1 file changed, 1 new, 1 gone"));
        QVERIFY(curate(defaults()));
        QVERIFY(!look()->any());
    }

    // As the place of what was fetched is kept: the project may move.
    void placeBelowTheProject()
    {
        m_location = QStringLiteral("../documents");
        QVERIFY(curate(defaults()));
        const qint64 relative = m_result.value(QLatin1String("documents")).toInteger();
        QVERIFY(!look()->any());
        m_location.clear();
        QVERIFY(curate(defaults()));
        QCOMPARE(m_result.value(QLatin1String("documents")).toInteger(), relative);
    }

    // A file that was named and that no reader of records takes is none that is new, today or ever.
    void namedFileThatHoldsNoRecords()
    {
        for (const auto &[content, name] : {std::pair(QStringLiteral("records"), QStringLiteral("notes.odd")), std::pair(QString(), QStringLiteral("other.odd"))}) {
            const QString file = source() + QLatin1Char('/') + name;
            write(name, "Neither question nor answer.");
            QVERIFY(curate(defaults()));
            QJsonArray sources = m_parameters.value(QLatin1String("sources")).toArray();
            sources.append(QJsonObject{{QStringLiteral("id"), QStringLiteral("s2")}, {QStringLiteral("location"), file}});
            m_parameters.insert(QStringLiteral("sources"), sources);
            m_parameters.insert(QStringLiteral("recipe"), QJsonObject{{QStringLiteral("content"), content}});
            QCOMPARE(look()->added, content.isEmpty() ? 1 : 0);
            QFile::remove(file);
        }
        QVERIFY(curate(defaults()));
    }

    void aLookIsBoundedAndCanBeStopped()
    {
        const auto made = SourceLook::create(job(), m_parameters, m_catalogue);
        QVERIFY(made);
        QVERIFY(!made->run({}, 0)->isComplete);
        const CancelToken cancel;
        cancel.cancel();
        QCOMPARE(made->run(cancel, 1000).error().code, ErrorCode::Cancelled);
    }

    void damagedFingerprint()
    {
        const QString file = job() + QStringLiteral("/sources.fingerprint");
        const QByteArray whole = *readFile(file);
        QByteArray flipped = whole;
        flipped[20] = char(flipped[20] ^ 1);
        QByteArray newer = whole;
        newer[8] = 9;
        for (const auto &[bytes, code] : {std::pair(whole.chopped(3), ErrorCode::Corrupt), std::pair(flipped, ErrorCode::Corrupt),
                                          std::pair(QByteArray(), ErrorCode::Corrupt), std::pair(newer, ErrorCode::NewerVersion)}) {
            QVERIFY(writeFileAtomically(file, bytes));
            QCOMPARE(look().error().code, code);
        }
        QFile::remove(file);
        QCOMPARE(SourceLook::create(job(), m_parameters, m_catalogue).error().code, ErrorCode::NotFound);
    }

private:
    QString source() const { return m_folder.filePath(QStringLiteral("documents")); }
    QString job() const { return m_folder.filePath(QStringLiteral("project/jobs/job1")); }
    QString documentsFile() const { return job() + QStringLiteral("/documents.jsonl.zst"); }
    QJsonObject defaults() const { return *checkRecipe(defaultRecipe(m_catalogue), m_catalogue); }
    void write(const QString &name, const QByteArray &bytes) { QVERIFY(writeFileAtomically(source() + QLatin1Char('/') + name, bytes)); }
    Result<SourceChanges> look()
    {
        ATHANOR_ASSIGN(const SourceLook made, SourceLook::create(job(), m_parameters, m_catalogue));
        return made.run({}, 10000);
    }
    bool curate(const QJsonObject &recipe)
    {
        QDir().mkpath(job());
        m_parameters = {{QStringLiteral("dataset"), QStringLiteral("d")}, {QStringLiteral("recipe"), recipe},
                        {QStringLiteral("sources"), QJsonArray{QJsonObject{{QStringLiteral("id"), QStringLiteral("s1")}, {QStringLiteral("location"), m_location.isEmpty() ? source() : m_location}}}}};
        test::CurateContext context(m_catalogue, m_folder.filePath(QStringLiteral("project")), m_parameters);
        const auto result = makeCurateHandler()->run(context);
        if (!result)
            qWarning() << result.error().message;
        m_result = result.value_or(QJsonObject());
        return result.has_value();
    }

    plugin::Catalogue m_catalogue;
    QTemporaryDir m_folder;
    QJsonObject m_parameters, m_result;
    QString m_location;
};

QTEST_GUILESS_MAIN(TestSignals)
#include "test_signals.moc"
