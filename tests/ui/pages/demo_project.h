// A project with real documents, a real dataset and tokenizer (made by the worker in a second), and two runs whose
// folders are written here: one that has finished, one that is running (this process holds its lock).
#pragma once

#include "core/base/file_lock.h"
#include "core/base/atomic_file.h"
#include "core/insight/inside_file.h"
#include "core/insight/names.h"
#include "core/job/event_writer.h"
#include "core/job/metrics.h"
#include "ui/shell/session.h"

#include <QDir>
#include <QRandomGenerator>
#include <QTemporaryDir>
#include <QTest>

namespace athanor::test {

inline void writeText(const QString &path, const QByteArray &text)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(text);
}

/// Fifty short pages on made-up modules, one copy, one that is too short, and a file that only says it is a PDF.
inline void writeDocuments(const QString &folder)
{
    QDir().mkpath(folder + QStringLiteral("/library"));
    static const QList<QByteArray> kNames{"json", "asyncio", "curses", "regex", "pathlib", "socket", "heapq", "decimal", "queue", "zipfile"};
    static const QList<QByteArray> kVerbs{"returns", "raises", "accepts", "creates", "removes", "reads", "writes", "closes"};
    static const QList<QByteArray> kThings{"a list of names", "an error when the argument is wrong", "each value of the object", "the current position in the file", "a new reader", "the first item that matches", "text in the given encoding"};
    QRandomGenerator random(7);
    const auto pick = [&](const QList<QByteArray> &from) { return from[random.bounded(int(from.size()))]; };
    for (int number = 0; number < 50; ++number) {
        const QByteArray name = kNames[number % kNames.size()] + (number < 10 ? QByteArray() : QByteArray::number(number));
        QByteArray html = "<html><head><title>" + name + "</title></head><body><nav><a href='a'>Home</a> <a href='b'>Index</a> <a href='c'>Next</a></nav><h1>The " + name + " module</h1>\n";
        for (int part = 0; part < 8; ++part) {
            html += "<p>";
            for (int sentence = 0; sentence < 6; ++sentence)
                html += "The function " + pick(kNames) + "." + pick(kVerbs) + " " + pick(kVerbs) + " " + pick(kThings) + ", and the " + pick(kNames) + " module " + pick(kVerbs) + " " + pick(kThings) + ". ";
            html += "</p>\n";
        }
        writeText(QStringLiteral("%1/library/%2.html").arg(folder, QString::fromLatin1(name)), html + "<p>Re\xcc\x81sume\xcc\x81 of the module:\xc2\xa0 it is stable.</p></body></html>");
    }
    QFile::copy(folder + QStringLiteral("/library/json.html"), folder + QStringLiteral("/library/json (copy).html"));
    writeText(folder + QStringLiteral("/short.txt"), "Only four words here.");
    writeText(folder + QStringLiteral("/links.txt"), QByteArray("See also the index of all pages.\n").repeated(120));
    writeText(folder + QStringLiteral("/broken.pdf"), "%PDF-1.4 this is no PDF");
}

inline bool waitForJob(shell::Session &session, const QString &id, int seconds = 60)
{
    return QTest::qWaitFor([&] {
        auto folder = job::Folder::open(session.projectPath(), id);
        if (!folder)
            return false;
        const job::Summary summary = folder->summary();
        if (summary.state == job::State::Failed)
            qWarning("%s: %s", qUtf8Printable(folder->spec().title), qUtf8Printable(summary.error.message + summary.error.detail));
        return job::isFinal(summary.state) || summary.state == job::State::Lost;
    }, seconds * 1000);
}

struct FakeRun {
    QString title = QStringLiteral("Training small-13M on documents");
    QString model = QStringLiteral("small-13M");
    int steps = 1040;
    int totalSteps = 1600;
    double floor = 5.3;          // where the loss goes
    bool finished = false;
    bool notANumber = false;
    bool sortsTexts = false;     // learns labels
    job::State state = job::State::Running;  // when not finished
};

inline QJsonObject stateData(job::State state)
{
    return {{QStringLiteral("state"), job::stateName(state)}};
}

/// What a look at this step would have found in a model of six blocks: sensible courses, one block that dies slowly.
inline void addInside(QMap<QString, double> &values, int step, double share)
{
    using insight::Figure;
    for (int block = 0; block < 6; ++block) {
        const QString layer = QStringLiteral("blocks.%1").arg(block);
        const double wave = 1 + 0.2 * std::sin(0.02 * step + block);
        values.insert({{insight::figureName(Figure::GradientNorm, layer), wave * (0.1 + 0.4 * std::exp(-6 * share)) * std::pow(0.8, block)},
                       {insight::figureName(Figure::UpdateRatio, layer), wave * 0.003 * (1 - 0.8 * share)},
                       {insight::figureName(Figure::ActivationRms, layer), wave * std::pow(1.5, block) * (1 + share)},
                       {insight::figureName(Figure::AttentionEntropy, layer), 4.2 - 2.5 * share * wave * (block + 1) / 6},
                       {insight::headName(layer, 0), 1 + 0.2 * wave}, {insight::headName(layer, 1), 3 - share},
                       {insight::figureName(Figure::DeadUnits, layer), block == 4 ? 0.5 * share : 0.01 * wave}});
    }
}

/// Where a step of half a second goes.
inline void addPhases(QMap<QString, double> &values)
{
    const QMap<insight::Phase, double> seconds{{insight::Phase::Data, 0.0002}, {insight::Phase::Forward, 0.15}, {insight::Phase::Backward, 0.26},
                                               {insight::Phase::Optimizer, 0.03}, {insight::Phase::Validation, 0.02}, {insight::Phase::Sample, 0.004},
                                               {insight::Phase::Checkpoint, 0.001}, {insight::Phase::Insight, 0.004}, {insight::Phase::Other, 0.001}};
    double whole = 0;
    for (auto it = seconds.begin(); it != seconds.end(); ++it) {
        values.insert(insight::phaseSeries(it.key()), it.value());
        whole += it.value();
    }
    values.insert(QLatin1String(insight::kStepSeries), whole);
    values.insert(QLatin1String(insight::kShareSeries), 0.72);
}

/// The sample text of such looks.
inline void writeInside(const QString &jobPath)
{
    const QStringList tokens{QStringLiteral("The"), QStringLiteral(" json"), QStringLiteral(" module"), QStringLiteral(" prov"), QStringLiteral("ides"),
                             QStringLiteral(" a"), QStringLiteral(" function"), QStringLiteral(" that"), QStringLiteral(" returns"), QStringLiteral(".\n"),
                             QStringLiteral("If"), QStringLiteral(" the"), QStringLiteral(" argument"), QStringLiteral(" is"), QStringLiteral(" not"),
                             QStringLiteral(" a"), QStringLiteral(" string"), QStringLiteral(","), QStringLiteral(" a"), QStringLiteral(" Type"), QStringLiteral("Error"),
                             QStringLiteral(" is"), QStringLiteral(" raised"), QStringLiteral(".")};
    auto writer = insight::InsideWriter::open(jobPath + QLatin1Char('/') + QLatin1String(insight::kInsideFile), {{}, tokens});
    QVERIFY(writer);
    std::vector<double> losses{std::nan("")};
    for (qsizetype i = 1; i < tokens.size(); ++i)
        losses.push_back(std::abs(std::sin(double(i) * 1.7)) * 7);
    QVERIFY(writer->add({1000, losses}));
}

/// Writes the folder of a run as its worker would have left it; the id.
inline QString writeRun(shell::Session &session, const FakeRun &how)
{
    project::Project &project = session.project();
    const auto dataset = project.datasets()->first();
    const auto tokenizer = project.tokenizers()->first();
    const auto model = *project.model(how.model);
    job::Spec spec;
    spec.kind = QStringLiteral("train");
    spec.title = how.title;
    spec.created = QDateTime::currentDateTimeUtc().addSecs(-600);
    spec.command = QStringLiteral("athanor-cli run start --model %1 --dataset %2").arg(how.model, dataset.name);
    spec.parameters = {{QStringLiteral("model"), how.model}, {QStringLiteral("dataset"), dataset.name},
                       {QStringLiteral("architecture"), model.architecture}, {QStringLiteral("corpus"), dataset.corpus},
                       {QStringLiteral("corpusSha256"), dataset.corpusSha256}, {QStringLiteral("tokenizer"), tokenizer.path},
                       {QStringLiteral("tokenizerSha256"), tokenizer.sha256}, {QStringLiteral("settings"), QJsonObject{{QStringLiteral("learning_rate"), 0.002}}},
                       {QStringLiteral("forecast"), QJsonObject{{QStringLiteral("accounting"), QJsonObject{{QStringLiteral("trainingBytes"), 860'000'000}}}}}};
    if (how.sortsTexts)
        spec.parameters.insert(QStringLiteral("teaching"), QJsonObject{{QStringLiteral("kind"), QStringLiteral("labels")}});
    auto folder = *job::Folder::create(session.projectPath(), spec);
    auto events = *job::EventWriter::open(folder.path() + QStringLiteral("/events.jsonl"));
    events.append(job::EventType::State, stateData(job::State::Starting));
    events.append(job::EventType::State, stateData(job::State::Running));
    auto metrics = *job::MetricsWriter::open(folder.path() + QStringLiteral("/metrics.bin"));
    QRandomGenerator random(quint32(how.steps));
    const qint64 begin = QDateTime::currentMSecsSinceEpoch() - qint64(how.steps) * 500;
    const auto noise = [&](double size) { return (random.generateDouble() - 0.5) * size; };
    for (int step = 0; step <= how.steps; ++step) {
        const double share = double(step) / how.totalSteps;
        const double loss = how.floor + 3.7 * std::exp(-6 * share);
        QMap<QString, double> values;
        if (step > 0) {
            const bool broken = how.notANumber && step > how.steps - 5;
            values = {{QStringLiteral("train/loss"), broken ? qQNaN() : loss + noise(0.25)}, {QStringLiteral("train/bits_per_byte"), (loss + noise(0.25)) * 0.345},
                      {QStringLiteral("lr"), 0.002 * std::min(1.0, share / 0.05) * (0.55 + 0.45 * std::cos(3.14 * share))},
                      {QStringLiteral("gradient_norm"), 0.9 + noise(0.5) + 0.6 * std::exp(-8 * share)}, {QStringLiteral("tokens_per_second"), 4100 + noise(200)},
                      {QStringLiteral("memory_bytes"), 880'000'000}, {QStringLiteral("tokens"), 2048.0 * step},
                      {QStringLiteral("time/forward"), 0.15}, {QStringLiteral("time/backward"), 0.26}, {QStringLiteral("time/optimizer"), 0.03}};
        }
        if (step > 0 && !how.finished)  // an older run was not timed so, and not looked at
            addPhases(values);
        if (step > 0 && step % 20 == 0 && !how.finished)
            addInside(values, step, share);
        if (step % 80 == 0)
            values.insert({{QStringLiteral("validation/loss"), loss + 0.08}, {QStringLiteral("validation/perplexity"), std::exp(loss + 0.08)}});
        if (step % 80 == 0 && how.sortsTexts)
            values.insert({{QStringLiteral("validation/accuracy"), 0.9 - 0.5 * std::exp(-6 * share)}, {QStringLiteral("validation/macro_f1"), 0.85 - 0.5 * std::exp(-6 * share)}});
        else if (step % 80 == 0)
            values.insert(QStringLiteral("validation/bits_per_byte"), (loss + 0.08) * 0.345);
        if (!values.isEmpty() && !metrics.append(1, step, begin + step * 500, values))
            return {};
    }
    const auto sample = [&](int step, const char *text, const char *label) {
        if (step <= how.steps)
            events.append(job::EventType::Sample, {{QStringLiteral("prompt"), QStringLiteral("The json module")}, {QStringLiteral("text"), QString::fromUtf8(text)}, {QStringLiteral("label"), QString::fromUtf8(label)}}, step);
    };
    sample(0, " prüfq zx the##e wri ▯ ▯ 7 ,, aa index ro", "noise");
    sample(400, " the the file object of the value returns the list of", "");
    sample(1000, " provides a function that returns a list of the names of the objects in the given module. If the argument is not a string, a TypeError is raised.", "");
    if (!how.finished)
        writeInside(folder.path());
    QString last, best;
    for (int step = 200; step <= how.steps; step += 400) {
        const QString path = QStringLiteral("jobs/%1/checkpoints/step-%2").arg(folder.spec().id).arg(step, 8, 10, QLatin1Char('0'));
        QDir().mkpath(session.projectPath() + QLatin1Char('/') + path);
        writeText(session.projectPath() + QLatin1Char('/') + path + QStringLiteral("/model.safetensors"), "weights");
        const double loss = how.floor + 3.7 * std::exp(-6.0 * step / how.totalSteps);
        events.append(job::EventType::Artifact, {{QStringLiteral("kind"), QStringLiteral("checkpoint")}, {QStringLiteral("path"), path}, {QStringLiteral("step"), step},
                      {QStringLiteral("loss"), loss}, {QStringLiteral("bitsPerByte"), loss * 0.345}, {QStringLiteral("best"), true},
                      {QStringLiteral("weightsSha256"), QString::number(step).repeated(8)}, {QStringLiteral("optimizerSha256"), QString::number(step).repeated(7)}}, step);
        last = best = path;
    }
    const int left = how.totalSteps - how.steps;
    events.append(job::EventType::Progress, {{QStringLiteral("phase"), QStringLiteral("Training")}, {QStringLiteral("done"), how.steps}, {QStringLiteral("total"), how.totalSteps},
                  {QStringLiteral("unit"), QStringLiteral("steps")}, {QStringLiteral("rate"), 2.0}, {QStringLiteral("etaSeconds"), left * 0.5}}, how.steps);
    if (how.finished)
        events.append(job::EventType::State, {{QStringLiteral("state"), QStringLiteral("finished")}, {QStringLiteral("result"), QJsonObject{
            {QStringLiteral("bestCheckpoint"), best}, {QStringLiteral("lastCheckpoint"), last}, {QStringLiteral("steps"), how.steps}, {QStringLiteral("tokens"), 2048 * how.steps},
            {QStringLiteral("seconds"), how.steps * 0.5}, {QStringLiteral("validationLoss"), how.floor + 0.1}, {QStringLiteral("bitsPerByte"), (how.floor + 0.1) * 0.345},
            {QStringLiteral("startBitsPerByte"), 3.19}, {QStringLiteral("stoppedBecause"), QStringLiteral("budget")}}}});
    else if (how.state != job::State::Running)
        events.append(job::EventType::State, {{QStringLiteral("state"), job::stateName(how.state)}, {QStringLiteral("kept"), QStringLiteral("Step 1,000 is kept.")},
            {QStringLiteral("error"), QJsonObject{{QStringLiteral("code"), QStringLiteral("diverged")}, {QStringLiteral("message"), QStringLiteral("The loss is not a number since step 300.")},
                                                  {QStringLiteral("hint"), QStringLiteral("Lower the learning rate and start again.")}}}});
    return folder.spec().id;
}

/// A finished evaluation of a checkpoint on the held-out part.
inline void writeEvaluation(shell::Session &session, const QString &checkpoint, double bitsPerByte)
{
    const auto dataset = session.project().datasets()->first();
    job::Spec spec;
    spec.kind = QStringLiteral("evaluate");
    spec.title = QStringLiteral("Evaluating small-13M");
    spec.created = QDateTime::currentDateTimeUtc();
    spec.parameters = {{QStringLiteral("checkpoint"), checkpoint}, {QStringLiteral("corpus"), dataset.corpus}, {QStringLiteral("corpusSha256"), dataset.corpusSha256}, {QStringLiteral("split"), QStringLiteral("validation")}};
    auto folder = *job::Folder::create(session.projectPath(), spec);
    auto events = *job::EventWriter::open(folder.path() + QStringLiteral("/events.jsonl"));
    events.append(job::EventType::State, stateData(job::State::Running));
    events.append(job::EventType::State, {{QStringLiteral("state"), QStringLiteral("finished")}, {QStringLiteral("result"), QJsonObject{
        {QStringLiteral("loss"), 5.42}, {QStringLiteral("perplexity"), 226.0}, {QStringLiteral("bitsPerByte"), bitsPerByte}, {QStringLiteral("bitsPerCharacter"), bitsPerByte * 1.002},
        {QStringLiteral("bytes"), 561'200}, {QStringLiteral("characters"), 560'080}, {QStringLiteral("tokens"), 128'400}, {QStringLiteral("documents"), 24}, {QStringLiteral("seconds"), 11.0},
        {QStringLiteral("gzipBitsPerByte"), 2.296}, {QStringLiteral("xzBitsPerByte"), 1.885}}}});
}

class DemoProject {
public:
    explicit DemoProject(plugin::Catalogue &catalogue) : session(catalogue) {}

    /// Documents, dataset and tokenizer by the real worker.
    void prepare()
    {
        QVERIFY(m_folder.isValid());
        const QString documents = m_folder.filePath(QStringLiteral("documents of mine"));
        writeDocuments(documents);
        const Status made = session.createProject(m_folder.filePath(QStringLiteral("project")), QStringLiteral("Python documentation"));
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
        QVERIFY(session.workbench().addSource(documents, QStringLiteral("PSF-2.0")));
        const auto curate = session.workbench().curate(QStringLiteral("documents"));
        QVERIFY2(curate, curate ? "" : qPrintable(curate.error().message));
        QVERIFY(waitForJob(session, curate->spec().id));
        session.refreshNow();
        QVERIFY(!session.project().datasets()->isEmpty());
    }
    void makeTokenizer()
    {
        const auto job = session.workbench().trainTokenizer(QStringLiteral("tokenizer"), QStringLiteral("documents"), QStringLiteral("tokenizer.bpe"), {{QStringLiteral("vocabulary"), 512}});
        QVERIFY2(job, job ? "" : qPrintable(job.error().message));
        QVERIFY(waitForJob(session, job->spec().id));
        session.refreshNow();
        QVERIFY(!session.project().tokenizers()->isEmpty());
    }
    void makeModel()
    {
        const auto made = session.workbench().createModel(QStringLiteral("small-13M"), QStringLiteral("architecture.llama"), {}, QStringLiteral("tokenizer"));
        QVERIFY2(made, made ? "" : qPrintable(made.error().message));
        session.refreshNow();
    }
    /// Marks a run as held by a living worker: this process.
    void hold(const QString &runId)
    {
        auto lock = FileLock::acquire(QStringLiteral("%1/jobs/%2/lock").arg(session.projectPath(), runId), FileLock::Wait::No);
        QVERIFY(lock);
        m_locks.push_back(std::move(*lock));
    }
    QString filePath(const QString &name) const { return m_folder.filePath(name); }

    shell::Session session;

private:
    QTemporaryDir m_folder;
    std::vector<FileLock> m_locks;
};

}  // namespace athanor::test
