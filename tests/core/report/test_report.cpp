// The written report: what it says, what it leaves out, and that nothing from documents can become markup.
#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/job/folder.h"
#include "core/job/metrics.h"
#include "core/report/advice.h"
#include "core/report/html.h"
#include "core/report/report.h"
#include "core/report/svg_plot.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QLocale>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>
#include <QXmlStreamReader>

#include <cmath>
#include <limits>

using namespace athanor;
using namespace athanor::report;

namespace {

QJsonObject parsed(const char *json)
{
    QJsonParseError error;
    const QJsonObject object = QJsonDocument::fromJson(json, &error).object();
    Q_ASSERT(error.error == QJsonParseError::NoError);
    return object;
}

job::Series fallingSeries(int count, double from, double to, int every = 1)
{
    job::Series series;
    for (int i = 0; i < count; ++i) {
        const double part = static_cast<double>(i) / std::max(1, count - 1);
        series.steps.push_back(i * every);
        series.utcMs.push_back(i * 1000);
        series.values.push_back(to + (from - to) * std::exp(-6 * part) + 0.15 * std::sin(i * 12.9898));
    }
    return series;
}

ReportInput fullInput()
{
    ReportInput input;
    input.title = QStringLiteral("small-13M on Python documentation");
    input.made = QDateTime(QDate(2026, 11, 24), QTime(3, 0), Qt::UTC);
    input.projectPath = QStringLiteral("/home/ada/My “models”");
    input.runId = QStringLiteral("01JDDE5M5N");
    input.dataset = QStringLiteral("documents");
    input.model = QStringLiteral("small-13M");
    input.curate = parsed(R"({"documents":520,"kept":482,"removed":35,"unreadable":3,"corpusSha256":"c0ffee",
        "splits":{"train":{"documents":458,"bytes":11600000},"validation":{"documents":24,"bytes":610000}},
        "reasons":[{"id":"filter.exact","title":"The same text stands elsewhere","count":30},
                   {"id":"filter.short","title":"Too short to learn from","count":5}],
        "stages":[{"id":"cleaner.html","title":"Boilerplate off HTML","documents":517,"bytes":13000000,"removed":0,"changed":517}]})");
    input.tokenizer = parsed(R"({"vocabulary":8192,"type":"bpe","lossless":true,"bytesPerToken":3.9,
        "languages":[{"language":"en","bytesPerToken":3.95,"fallbackShare":0.0012}]})");
    input.train = parsed(R"({"bestCheckpoint":"jobs/01JDDE5M5N/checkpoints/step-00003000","steps":3000,"tokens":6144000,
        "seconds":423.5,"parameters":13900000,"validationLoss":5.06,"bitsPerByte":1.871,"startBitsPerByte":3.33,
        "weightsSha256":"abc123","stoppedBecause":"budget",
        "sources":[{"source":"manuals <2>","id":"d1","tokens":1900000,"read":4608000,"share":0.75,"passes":2.43}]})");
    input.evaluation = parsed(R"({"perplexity":157.6,"bitsPerByte":1.871,"gzipBitsPerByte":2.3,"xzBitsPerByte":1.88})");
    input.settings = parsed(R"({"batch":8,"learning_rate":0.0006,"precision":"auto","nested":{"not":"shown"}})");
    input.architecture = parsed(R"({"architecture":"architecture.llama","dimensions":{"layers":6,"width":384,"context":256}})");
    input.sources = {{QStringLiteral("/usr/share/doc/python3.11/html"), QStringLiteral("PSF-2.0")}};
    input.series[QStringLiteral("train/loss")] = fallingSeries(3000, 9, 5);
    input.series[QStringLiteral("validation/loss")] = fallingSeries(15, 9, 5, 200);
    input.series[QStringLiteral("train/bits_per_byte")] = fallingSeries(3000, 3.3, 1.8);
    input.series[QStringLiteral("validation/bits_per_byte")] = fallingSeries(15, 3.3, 1.87, 200);
    input.series[QStringLiteral("lr")] = fallingSeries(3000, 60, 6);
    input.samples = {{0, QStringLiteral("The module "), QStringLiteral("xq zz\u00e9 <b>bold</b>"), QStringLiteral("Before training: noise")},
                     {3000, QStringLiteral("The module "), QStringLiteral("provides a class that represents a file."), {}}};
    input.forecast = model::forecastLines(parsed(R"({"forecast":{"seconds":420,"accounting":{"trainingBytes":1200000000}}})"), parsed(R"({"jobSeconds":423.5})"));
    input.machine.coreCount = 2;
    input.machine.processor = QStringLiteral("Example CPU");
    input.machine.memoryBytes = qint64(24) << 30;
    input.next = {{QStringLiteral("Try it:"), QStringLiteral("athanor-cli generate small-13M --prompt 'The module'")}};
    input.reproduce = {{QStringLiteral("Train the model:"), QStringLiteral("athanor-cli run start --model small-13M")}};
    return input;
}

/// HTML of ours is also well-formed enough to be walked by tags: every opened element is closed in order.
QString unbalancedElement(const QString &html)
{
    static const QRegularExpression tag(QStringLiteral("<(/?)([a-zA-Z][a-zA-Z0-9]*)([^>]*?)(/?)>"));
    QStringList open;
    auto all = tag.globalMatch(html);
    while (all.hasNext()) {
        const auto match = all.next();
        const QString name = match.captured(2).toLower();
        if (name == QLatin1String("meta") || !match.captured(4).isEmpty())
            continue;
        if (match.captured(1).isEmpty())
            open += name;
        else if (open.isEmpty() || open.takeLast() != name)
            return name;
    }
    return open.isEmpty() ? QString() : open.last();
}

}  // namespace

class TestReport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void saysWhatMatters();
    void sharesThatWereRightHaveCards();
    void isSelfContained();
    void isDeterministic();
    void nothingKnownStillGivesAPage();
    void unknownNumbersAreLeftOut();
    void textCannotBecomeMarkup();
    void plotsSurviveBadValues_data();
    void plotsSurviveBadValues();
    void longCurvesAreThinnedWithExtremesKept();
    void ticksAreRound_data();
    void ticksAreRound();
    void advises_data();
    void advises();
    void advisesAboutWhatWasLeftOut();
    void manySamplesKeepFirstAndLast();
    void writesTheFileWhole();
    void saysWhyItCannotWrite();
    void commaLocaleChangesNothing();
    void gathersFromJobFolders();
    void refusesAJobThatIsNoRun();
    void namesAMissingRun();
};

void TestReport::saysWhatMatters()
{
    const QString html = QString::fromUtf8(runReportHtml(fullInput()));
    for (const char *words : {"13.9 M", "458", "1.871", "gzip -9", "xz -9e", "Before training: noise", "8,192", "PSF-2.0",
                              "The same text stands elsewhere", "step-00003000", "athanor-cli run start", "Forecast",
                              "Time, with everything", "7.1 min", "1.12 GiB", "not known", "learning_rate", "Example CPU", "manuals &lt;2&gt;", "2.4"})
        QVERIFY2(html.contains(QLatin1String(words)), words);
    QVERIFY(!html.contains(QStringLiteral("not\":")));
    QCOMPARE(unbalancedElement(html), QString());
    QVERIFY(writeFileAtomically(QStringLiteral(ATHANOR_BINARY_DIR "/tests/report-example.html"), html.toUtf8()));
}

void TestReport::sharesThatWereRightHaveCards()
{
    ReportInput input = fullInput();
    QVERIFY(!runReportHtml(input).contains("that are right"));
    input.train[QStringLiteral("accuracy")] = 0.875;
    input.train[QStringLiteral("maskedAccuracy")] = 0.5;
    const QByteArray html = runReportHtml(input);
    QVERIFY(html.contains("<b>87.5 %</b><span>held-out labels that are right</span>"));
    QVERIFY(html.contains("<b>50 %</b><span>held-out hidden tokens found</span>"));
    QVERIFY(!html.contains("judged right"));
}

void TestReport::isSelfContained()
{
    const QString html = QString::fromUtf8(runReportHtml(fullInput()));
    for (const char *words : {"<script", "http://", "https://", "<link", "<img", "@import", "url("})
        QVERIFY2(!html.contains(QLatin1String(words)), words);
    QVERIFY(html.contains(QLatin1String("prefers-color-scheme:dark")));
    QVERIFY(html.count(QLatin1String("<svg class=\"plot\"")) >= 3);
}

void TestReport::isDeterministic() { QCOMPARE(runReportHtml(fullInput()), runReportHtml(fullInput())); }

void TestReport::nothingKnownStillGivesAPage()
{
    const QString html = QString::fromUtf8(runReportHtml({}));
    QVERIFY(html.startsWith(QLatin1String("<!doctype html>")));
    QVERIFY(!html.contains(QLatin1String("<section")));
    QCOMPARE(unbalancedElement(html), QString());
}

void TestReport::unknownNumbersAreLeftOut()
{
    ReportInput input = fullInput();
    input.evaluation = {};
    input.train.remove(QStringLiteral("bitsPerByte"));
    const QString html = QString::fromUtf8(runReportHtml(input));
    QVERIFY(!html.contains(QLatin1String("id=\"comparison\"")));
    QVERIFY(!html.contains(QLatin1String("never seen")));
    QVERIFY(!html.contains(QLatin1String("nan")));
}

void TestReport::textCannotBecomeMarkup()
{
    const QString evil = QStringLiteral("</pre><script>alert(1)</script>\"'&%1%2") + QChar(0) + QChar(0x1b);
    ReportInput input = fullInput();
    input.title = input.dataset = input.model = input.runId = input.projectPath = evil;
    input.samples = {{0, evil, evil, evil}};
    input.sources = {{evil, evil}};
    input.next = {{evil, evil}};
    input.forecast = {{model::ForecastLine::What::Tokens, evil, 1, 1, evil, evil}};
    input.machine.processor = evil;
    input.settings[evil] = evil;
    input.curate[QStringLiteral("reasons")] = QJsonArray{QJsonObject{{QStringLiteral("title"), evil}}, 7, QJsonValue::Null};
    input.tokenizer[QStringLiteral("languages")] = QJsonArray{QJsonObject{{QStringLiteral("language"), evil}}};
    const QString html = QString::fromUtf8(runReportHtml(input));
    QVERIFY(!html.contains(QLatin1String("<script")));
    QVERIFY(!html.contains(QChar(0)));
    QVERIFY(!html.contains(QChar(0x1b)));
    QVERIFY(html.contains(QLatin1String("%1%2")));
    QCOMPARE(unbalancedElement(html), QString());
}

void TestReport::plotsSurviveBadValues_data()
{
    QTest::addColumn<std::vector<double>>("values");
    QTest::addColumn<bool>("drawn");
    const double nan = std::nan(""), inf = std::numeric_limits<double>::infinity();
    QTest::newRow("none") << std::vector<double>{} << false;
    QTest::newRow("one") << std::vector<double>{2.5} << true;
    QTest::newRow("all equal") << std::vector<double>{3, 3, 3} << true;
    QTest::newRow("all zero") << std::vector<double>{0, 0} << true;
    QTest::newRow("only NaN") << std::vector<double>{nan, nan} << false;
    QTest::newRow("NaN last") << std::vector<double>{9, 8, nan} << true;
    QTest::newRow("NaN between") << std::vector<double>{9, nan, 7, 6} << true;
    QTest::newRow("infinite") << std::vector<double>{1, inf, -inf, 2} << true;
    QTest::newRow("huge") << std::vector<double>{1e300, -1e300} << true;
    QTest::newRow("tiny") << std::vector<double>{1e-300, 2e-300} << true;
}

void TestReport::plotsSurviveBadValues()
{
    QFETCH(std::vector<double>, values);
    QFETCH(bool, drawn);
    job::Series series;
    for (size_t i = 0; i < values.size(); ++i)
        series.steps.push_back(static_cast<qint64>(i) * 10);
    series.values = values;
    series.restarts = {-5, 10, 1000000};
    const QString svg = svgPlot({QStringLiteral("Loss"), {}, {{QStringLiteral("training"), &series, 1, true}}, {}});
    QCOMPARE(!svg.isEmpty(), drawn);
    static const QRegularExpression notFinite(QStringLiteral("[\" ](nan|inf|-nan|-inf)"));
    QVERIFY2(!svg.contains(notFinite), qPrintable(svg));
    QXmlStreamReader reader(svg.isEmpty() ? QStringLiteral("<p/>") : svg);
    while (!reader.atEnd())
        reader.readNext();
    QVERIFY2(!reader.hasError(), qPrintable(reader.errorString()));
}

void TestReport::longCurvesAreThinnedWithExtremesKept()
{
    job::Series series;
    for (int i = 0; i < 200000; ++i) {
        series.steps.push_back(i);
        series.values.push_back(i == 123456 ? 100.0 : 1.0);
    }
    const QString svg = svgPlot({QStringLiteral("Loss"), {}, {{QStringLiteral("training"), &series, 1, false}}, {}});
    QVERIFY(svg.size() < 20000);
    QVERIFY(svg.count(QLatin1Char('L')) >= 300);
    // The spike's height, near the top of the picture.
    static const QRegularExpression nearTop(QStringLiteral("L\\d+\\.\\d 2\\d\\.\\d"));
    QVERIFY(svg.contains(nearTop));
}

void TestReport::ticksAreRound_data()
{
    QTest::addColumn<double>("low");
    QTest::addColumn<double>("high");
    QTest::addColumn<QString>("ticks");
    QTest::newRow("unit") << 0.0 << 1.0 << QStringLiteral("0 0.2 0.4 0.6 0.8 1");
    QTest::newRow("loss") << 4.7 << 9.3 << QStringLiteral("5 6 7 8 9");
    QTest::newRow("negative") << -3.0 << 3.0 << QStringLiteral("-3 -2 -1 0 1 2 3");
    QTest::newRow("reversed") << 1.0 << 0.0 << QString();
    QTest::newRow("empty") << 1.0 << 1.0 << QString();
    QTest::newRow("NaN") << std::nan("") << 1.0 << QString();
}

void TestReport::ticksAreRound()
{
    QFETCH(double, low);
    QFETCH(double, high);
    QFETCH(QString, ticks);
    QStringList got;
    for (const double tick : roundTicks(low, high, 6))
        got += QString::number(tick, 'g', 6);
    QCOMPARE(got.join(QLatin1Char(' ')), ticks);
}

void TestReport::advises_data()
{
    QTest::addColumn<std::vector<double>>("heldOut");
    QTest::addColumn<QString>("words");
    const double nan = std::nan("");
    QTest::newRow("rises") << std::vector<double>{9, 6, 5, 5.2, 5.5, 6} << QStringLiteral("lowest at step 20");
    QTest::newRow("falls") << std::vector<double>{9, 8, 7, 6, 5, 4} << QStringLiteral("still falling");
    QTest::newRow("level") << std::vector<double>{9, 6, 5, 5, 5, 5} << QStringLiteral("levelled off");
    QTest::newRow("too few") << std::vector<double>{9, 8} << QString();
    QTest::newRow("not numbers") << std::vector<double>{nan, nan, nan, nan, nan, nan} << QString();
    QTest::newRow("none") << std::vector<double>{} << QString();
}

void TestReport::advises()
{
    QFETCH(std::vector<double>, heldOut);
    QFETCH(QString, words);
    ReportInput input;
    job::Series &series = input.series[QStringLiteral("validation/loss")];
    for (size_t i = 0; i < heldOut.size(); ++i)
        series.steps.push_back(static_cast<qint64>(i) * 10);
    series.values = heldOut;
    QCOMPARE(advice(input).join(QLatin1Char(' ')).contains(words), true);
    QCOMPARE(advice(input).isEmpty(), words.isEmpty());
    job::Series &loss = input.series[QStringLiteral("train/loss")];
    loss.steps = {0, 70};
    loss.values = {9, std::nan("")};
    QVERIFY(advice(input).join(QLatin1Char(' ')).contains(QLatin1String("not a number at step 70")));
    // A run that left the batch out got past it: nobody has to start again.
    input.train = parsed(R"({"leftOut":[{"noticedAt":70,"afterStep":69,"batches":1,"reason":"x","documents":["odd.txt"]}]})");
    const QString past = advice(input).join(QLatin1Char(' '));
    QVERIFY2(past.contains(QStringLiteral("Step 70: x. Its batch was left out; it read: odd.txt. The run got past it; look at these documents.")), qPrintable(past));
    QVERIFY(!past.contains(QLatin1String("Start again")));
}

// In the words of the window and the command line: why, what was left out, and what was in vain.
void TestReport::advisesAboutWhatWasLeftOut()
{
    ReportInput input;
    input.train = parsed(R"({"leftOut":[{"noticedAt":70,"afterStep":69,"batches":1,"reason":"the loss jumped to 11","documents":["odd.txt"],"replaced":true},
                                        {"noticedAt":72,"afterStep":40,"batches":32,"reason":"the loss is not a number","documents":["strange.txt"]}]})");
    const QString words = advice(input).join(QLatin1Char(' '));
    QVERIFY2(words.contains(QLatin1String("the loss jumped to 11")) && words.contains(QLatin1String("In vain")), qPrintable(words));
    QVERIFY2(words.contains(QLatin1String("went back to step 40 and left out the data of 32 updates; it read: strange.txt")), qPrintable(words));
    QString entries;
    for (int step = 1; step <= 9; ++step)
        entries += QStringLiteral(R"({"noticedAt":%1,"afterStep":%2,"batches":1,"reason":"x"},)").arg(100 * step).arg(100 * step - 1);
    entries.chop(1);
    input.train = parsed(QStringLiteral(R"({"leftOut":[%1]})").arg(entries).toUtf8().constData());
    const QString many = advice(input).join(QLatin1Char(' '));
    QVERIFY2(many.contains(QLatin1String("Step 900")) && !many.contains(QLatin1String("Step 600")) && many.contains(QLatin1String("6 more before that")), qPrintable(many));
    input.train = parsed(R"({"leftOut":[7, {}]})");
    QVERIFY(advice(input).isEmpty());
}

void TestReport::manySamplesKeepFirstAndLast()
{
    ReportInput input;
    for (int i = 0; i < 500; ++i)
        input.samples.push_back({i, {}, QStringLiteral("sample-%1-end").arg(i), {}});
    input.samples[1].text = QString(100000, QLatin1Char('x'));
    const QString html = QString::fromUtf8(runReportHtml(input));
    QCOMPARE(html.count(QLatin1String("<pre>")), 40);
    QVERIFY(html.contains(QLatin1String("sample-0-end")));
    QVERIFY(html.contains(QLatin1String("sample-499-end")));
    QVERIFY(html.size() < 60000);
}

void TestReport::writesTheFileWhole()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("Bericht “é” 1.html"));
    QVERIFY(writeRunReport(fullInput(), path));
    const auto bytes = readFile(path);
    QVERIFY(bytes);
    QCOMPARE(*bytes, runReportHtml(fullInput()));
}

void TestReport::saysWhyItCannotWrite()
{
    QTemporaryDir folder;
    const auto status = writeRunReport(fullInput(), folder.filePath(QStringLiteral("missing/report.html")));
    QVERIFY(!status);
    QVERIFY(status.error().message.contains(QLatin1String("missing")));
    QVERIFY(!status.error().hint.isEmpty());
}

void TestReport::commaLocaleChangesNothing()
{
    const QByteArray before = runReportHtml(fullInput());
    const QLocale usual;
    QLocale::setDefault(QLocale(QLocale::German));
    const QByteArray after = runReportHtml(fullInput());
    QLocale::setDefault(usual);
    QCOMPARE(after, before);
}

namespace {

/// A job that ended well: its folder with the events that a worker would have written.
Result<QString> finishedJob(const QString &project, const QString &kind, const QJsonObject &parameters,
                            const QJsonObject &result, const QList<job::Event> &before = {})
{
    job::Spec spec;
    spec.kind = kind;
    spec.title = kind + QStringLiteral(" job");
    spec.created = QDateTime::currentDateTimeUtc();
    spec.parameters = parameters;
    spec.command = QStringLiteral("athanor-cli ") + kind;
    ATHANOR_ASSIGN(const job::Folder folder, job::Folder::create(project, spec));
    QByteArray lines;
    qint64 sequence = 0;
    QList<job::Event> events = before;
    job::Event end;
    end.type = job::EventType::State;
    end.data = {{QStringLiteral("state"), QStringLiteral("finished")}, {QStringLiteral("result"), result}};
    events += end;
    for (job::Event event : events) {
        event.sequence = ++sequence;
        event.utc = spec.created.addSecs(sequence);
        lines += job::toLine(event);
    }
    ATHANOR_TRY(writeFileAtomically(folder.path() + QStringLiteral("/events.jsonl"), lines));
    return folder.spec().id;
}

job::Event sampleEvent(qint64 step, const char *text, int attempt = 1)
{
    job::Event event;
    event.type = job::EventType::Sample;
    event.step = step;
    event.attempt = attempt;
    event.data = {{QStringLiteral("prompt"), QStringLiteral("The ")}, {QStringLiteral("text"), QLatin1String(text)}};
    return event;
}

}  // namespace

void TestReport::gathersFromJobFolders()
{
    QTemporaryDir project;
    const QJsonObject curated = {{QStringLiteral("corpus"), QStringLiteral("objects/corpora/aa")}, {QStringLiteral("kept"), 7}};
    QVERIFY(finishedJob(project.path(), QStringLiteral("curate"),
                        {{QStringLiteral("dataset"), QStringLiteral("documents")},
                         {QStringLiteral("sources"), QJsonArray{QJsonObject{{QStringLiteral("location"), QStringLiteral("/d")}}}}},
                        curated));
    QVERIFY(finishedJob(project.path(), QStringLiteral("curate"), {}, {{QStringLiteral("corpus"), QStringLiteral("other")}}));
    const auto run = finishedJob(
        project.path(), QStringLiteral("train"),
        parsed(R"({"model":"m","corpus":"objects/corpora/aa","tokenizer":"objects/tokenizers/t.model",
                   "forecast":{"seconds":100,"tokens":5000,"tokensPerSecond":60,"accounting":{"trainingBytes":2000000}}})"),
        parsed(R"({"bestCheckpoint":"jobs/r/checkpoints/step-1","seconds":90,"jobSeconds":110,"tokens":5000,"tokensPerSecond":66,"peakMemoryBytes":1900000})"),
        {sampleEvent(0, "zero"), sampleEvent(10, "old"), sampleEvent(20, "lost"), sampleEvent(10, "new", 2)});
    QVERIFY(run);
    QVERIFY(finishedJob(project.path(), QStringLiteral("evaluate"),
                        {{QStringLiteral("checkpoint"), QStringLiteral("jobs/r/checkpoints/step-1")},
                         {QStringLiteral("split"), QStringLiteral("validation")}},
                        {{QStringLiteral("bitsPerByte"), 1.5}}));
    {
        auto writer = job::MetricsWriter::open(project.path() + QStringLiteral("/jobs/%1/metrics.bin").arg(*run));
        QVERIFY(writer);
        for (int step = 0; step < 20; ++step)
            QVERIFY(writer->append(1, step, 0, {{QStringLiteral("train/loss"), 9.0 - step * 0.1}, {QStringLiteral("memory_bytes"), 1e6 + 5e4 * step}}));
    }
    const auto input = gatherRun(project.path(), *run);
    QVERIFY2(input, input ? "" : qPrintable(input.error().message));
    QCOMPARE(input->dataset, QStringLiteral("documents"));
    QCOMPARE(input->curate[QStringLiteral("kept")].toInt(), 7);
    QCOMPARE(input->evaluation[QStringLiteral("bitsPerByte")].toDouble(), 1.5);
    QCOMPARE(input->sources.size(), size_t(1));
    QCOMPARE(input->series.value(QStringLiteral("train/loss")).values.size(), size_t(20));
    QCOMPARE(input->samples.size(), size_t(2));
    QCOMPARE(input->samples[1].text, QStringLiteral("new"));
    QStringList lines;
    for (const model::ForecastLine &line : input->forecast)
        lines += QStringLiteral("%1 %2 %3").arg(line.title).arg(line.forecast).arg(line.measured);
    QCOMPARE(lines, (QStringList{QStringLiteral("Peak memory 2e+06 1.95e+06"), QStringLiteral("Speed of the steps 60 66"),
                                 QStringLiteral("Speed, with everything 50 45.4545"), QStringLiteral("Time, with everything 100 110"),
                                 QStringLiteral("Tokens 5000 5000")}));
    QCOMPARE(input->reproduce.size(), size_t(2));
    QVERIFY(runReportHtml(*input).contains("id=\"curves\""));
}

void TestReport::refusesAJobThatIsNoRun()
{
    QTemporaryDir project;
    const auto id = finishedJob(project.path(), QStringLiteral("curate"), {}, {});
    QVERIFY(id);
    const auto input = gatherRun(project.path(), *id);
    QVERIFY(!input);
    QCOMPARE(input.error().code, ErrorCode::InvalidInput);
}

void TestReport::namesAMissingRun()
{
    QTemporaryDir project;
    const auto input = gatherRun(project.path(), QStringLiteral("01NOSUCHRUN"));
    QVERIFY(!input);
    QVERIFY(input.error().message.contains(QLatin1String("01NOSUCHRUN")));
}

QTEST_GUILESS_MAIN(TestReport)
#include "test_report.moc"
