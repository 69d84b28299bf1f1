// The planner beside the truth: for each configuration the forecast from the architecture alone, the forecast after a few
// measured steps, and the run itself; prints a table with the ratios. Speed is compared twice, each time the same quantity
// on both sides: of the steps by themselves, and of the whole with everything that is waited for. So that some steps are by
// themselves, short runs measure and save less often than they would by default. Role: repeats what
// resources/docs/measurements.md says of the planner. It speaks to athanor-cli as a person would. Never a pass/fail test.
#include <QCoreApplication>
#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>

#include <cstdio>
#include <optional>

namespace {

struct Configuration {
    const char *name;
    const char *family;    // plugin of kind "architecture"
    const char *choices;   // of the family, with blanks between
    int vocabulary;
    const char *settings;  // of the run, with blanks between
    const char *from;      // the configuration whose weights it begins with, or nothing
};

// Those that the formulas were made with.
constexpr Configuration kTuning[] = {
    {"t1", "llama", "width=128 layers=2 heads=4 context=128", 2048, "batch=4 budget=60 precision=f32", ""},
    {"t2", "llama", "width=256 layers=4 heads=4 context=256", 8192, "batch=8 budget=30 precision=f32", ""},
    {"t3", "llama", "width=384 layers=6 heads=6 context=256", 8192, "batch=8 budget=20 validation_every=5 precision=bf16", ""},
    {"t4", "gpt2", "width=256 layers=8 heads=8 context=512", 2048, "batch=4 budget=20 validation_every=5 precision=f32", ""},
    {"t5", "llama", "width=512 layers=8 heads=8 context=512", 8192, "batch=8 budget=6 validation_every=2 precision=f32", ""},
    {"t6", "llama", "width=512 layers=8 heads=8 context=512", 8192, "batch=8 budget=6 validation_every=2 precision=f32 activation_checkpointing=on", ""},
    {"t7", "gpt2", "width=384 layers=4 heads=6 context=256", 8192, "batch=16 budget=12 validation_every=5 precision=bf16 optimizer=optimizer.muon", ""},
    {"t8", "llama", "width=256 layers=6 heads=4 context=1024", 2048, "batch=2 budget=20 validation_every=5 precision=f32 accumulation=2", ""},
    {"t9", "llama", "width=640 layers=6 heads=10 context=256", 2048, "batch=2 budget=20 validation_every=5 precision=f32", ""},
    {"t10", "llama", "width=640 layers=6 heads=10 context=256", 2048, "batch=8 budget=12 validation_every=5 precision=f32 adapter.rank=8", "t9"},
    {"t11", "bert", "width=256 layers=4 heads=4 context=256", 8192, "batch=8 budget=20 validation_every=5 precision=f32", ""},
    {"t12", "llama", "width=384 layers=6 heads=6 context=256", 8192, "batch=32 budget=8 validation_every=2 precision=bf16 activation_checkpointing=on", ""},
};

// Those that they never saw.
constexpr Configuration kUnseen[] = {
    {"u1", "llama", "width=192 layers=3 heads=6 context=192", 4096, "batch=6 budget=60 precision=f32", ""},
    {"u2", "gpt2", "width=320 layers=5 heads=5 context=320", 4096, "batch=6 budget=20 validation_every=5 precision=f32", ""},
    {"u3", "llama", "width=448 layers=7 heads=7 context=256", 4096, "batch=10 budget=12 validation_every=5 precision=bf16", ""},
    {"u4", "qwen3", "width=256 layers=5 heads=4 context=384", 8192, "batch=8 budget=20 validation_every=5 precision=f32", ""},
    {"u5", "llama", "width=576 layers=10 heads=9 context=384", 4096, "batch=6 budget=6 validation_every=2 precision=f32", ""},
    {"u6", "llama", "width=448 layers=12 heads=7 context=512", 4096, "batch=8 budget=5 validation_every=2 precision=f32 activation_checkpointing=on", ""},
    {"u7", "mistral", "width=384 layers=4 heads=6 context=512", 2048, "batch=6 budget=14 validation_every=5 precision=bf16", ""},
    {"u8", "llama", "width=320 layers=6 heads=5 context=256", 4096, "batch=12 budget=16 validation_every=5 precision=f32 optimizer=optimizer.muon", ""},
    {"u9", "llama", "width=768 layers=8 heads=12 context=256", 4096, "batch=3 budget=10 validation_every=2 precision=f32", ""},
    {"u10", "llama", "width=768 layers=8 heads=12 context=256", 4096, "batch=6 budget=10 validation_every=2 precision=f32 adapter.rank=16", "u9"},
    {"u11", "gpt2", "width=256 layers=4 heads=4 context=1024", 8192, "batch=3 budget=16 validation_every=5 precision=f32 dropout=0.1 accumulation=3", ""},
    {"u12", "llama", "width=512 layers=6 heads=8 context=768", 2048, "batch=12 budget=5 validation_every=2 precision=bf16 activation_checkpointing=on", ""},
};

class Project {
public:
    explicit Project(const QString &folder) : m_folder(folder) {}

    /// What the command answers with --json; nothing, and its words on standard error, when it fails.
    std::optional<QJsonObject> ask(const QStringList &words) const
    {
        QProcess program;
        program.setProcessChannelMode(QProcess::SeparateChannels);
        program.start(QCoreApplication::applicationDirPath() + QStringLiteral("/athanor-cli"),
                      QStringList{QStringLiteral("--project"), m_folder, QStringLiteral("--json")} + words);
        program.waitForFinished(-1);
        if (program.exitCode() != 0) {
            std::fprintf(stderr, "%s\n%s\n", qPrintable(words.join(QLatin1Char(' '))), program.readAllStandardError().constData());
            return std::nullopt;
        }
        return QJsonDocument::fromJson(program.readAllStandardOutput().trimmed().split('\n').last()).object();
    }
    bool make(const QString &documents) const
    {
        const QStringList dataset{QStringLiteral("dataset"), QStringLiteral("curate"), QStringLiteral("docs")};
        bool made = QDir(m_folder).exists(QStringLiteral("project.sqlite"))
                    || (ask({QStringLiteral("project"), QStringLiteral("create"), m_folder}) && ask({QStringLiteral("source"), QStringLiteral("add"), documents}) && ask(dataset));
        for (const int vocabulary : {2048, 4096, 8192})
            made = made && (hasTokenizer(vocabulary) || ask({QStringLiteral("tokenizer"), QStringLiteral("train"), nameOf(vocabulary), QStringLiteral("--dataset"),
                                                             QStringLiteral("docs"), QStringLiteral("--vocab"), QString::number(vocabulary)}));
        return made;
    }
    static QString nameOf(int vocabulary) { return QStringLiteral("v%1").arg(vocabulary); }

    /// Everything that was forecast and that came, a line for each configuration: <project>/planner.jsonl.
    void keep(const QJsonObject &row) const
    {
        QFile file(m_folder + QStringLiteral("/planner.jsonl"));
        if (file.open(QIODevice::Append))
            file.write(QJsonDocument(row).toJson(QJsonDocument::Compact) + '\n');
    }

private:
    bool hasTokenizer(int vocabulary) const
    {
        const auto listed = ask({QStringLiteral("tokenizer"), QStringLiteral("list")});
        return listed && QJsonDocument(*listed).toJson().contains(QStringLiteral("\"%1\"").arg(nameOf(vocabulary)).toUtf8());
    }
    QString m_folder;
};

QStringList assignments(const char *text)
{
    QStringList words;
    for (const QString &part : QString::fromLatin1(text).split(QLatin1Char(' '), Qt::SkipEmptyParts))
        words << QStringLiteral("--set") << part;
    return words;
}

double number(const QJsonObject &object, const char *key) { return object.value(QLatin1String(key)).toDouble(); }

// With everything: tokens by the seconds of `key`.
double overallSpeed(const QJsonObject &object, const char *key) { return number(object, key) > 0 ? number(object, "tokens") / number(object, key) : 0; }

double bytesOf(const QJsonObject &plan) { return number(plan.value(QLatin1String("accounting")).toObject(), "trainingBytes"); }

void printRow(const Configuration &c, const QJsonObject &formula, const QJsonObject &measured, const QJsonObject &truth)
{
    const double mib = 1 << 20, peak = number(truth, "peakMemoryBytes");
    const auto pair = [](double forecast, double came) { return came > 0 ? forecast / came : 0; };
    const double expected = overallSpeed(measured, "seconds"), came = overallSpeed(truth, "jobSeconds");
    std::printf("| %s %s, %s, V %d, %s | %.0f | %.0f | %.2f | %.2f | %.0f | %.0f | %.2f | %.0f | %.0f | %.2f | %.1f | %.1f | %.2f |\n", c.name, c.family, c.choices, c.vocabulary, c.settings,
                bytesOf(formula) / mib, peak / mib, pair(bytesOf(formula), peak), pair(bytesOf(measured), peak), number(measured, "tokensPerSecond"),
                number(truth, "tokensPerSecond"), pair(number(measured, "tokensPerSecond"), number(truth, "tokensPerSecond")), expected, came, pair(expected, came),
                number(measured, "seconds"), number(truth, "jobSeconds"), pair(number(measured, "seconds"), number(truth, "jobSeconds")));
    std::fflush(stdout);
}

/// The run's best checkpoint; empty when something failed.
QString measure(const Project &project, const Configuration &c, const QString &from)
{
    const QString name = QString::fromLatin1(c.name);
    QStringList create{QStringLiteral("model"), QStringLiteral("create"), name, QStringLiteral("--architecture"), QStringLiteral("architecture.") + QLatin1String(c.family),
                       QStringLiteral("--tokenizer"), Project::nameOf(c.vocabulary)};
    project.ask(create + assignments(c.choices));  // it may be there from an earlier call
    QStringList run{QStringLiteral("--model"), name, QStringLiteral("--dataset"), QStringLiteral("docs"), QStringLiteral("--set"), QStringLiteral("budget_kind=steps")};
    run += assignments(c.settings);
    if (!from.isEmpty())
        run << QStringLiteral("--from") << from;
    const auto ask = [&](const char *verb, const QStringList &more) { return project.ask(QStringList{QStringLiteral("run"), QLatin1String(verb)} + run + more); };
    const auto formula = ask("plan", {}), measured = ask("plan", {QStringLiteral("--measure")}), truth = ask("start", {QStringLiteral("--wait")});
    if (!formula || !measured || !truth)
        return {};
    printRow(c, *formula, *measured, *truth);
    project.keep({{QStringLiteral("name"), name}, {QStringLiteral("formula"), *formula}, {QStringLiteral("measured"), *measured}, {QStringLiteral("truth"), *truth}});
    return truth->value(QLatin1String("bestCheckpoint")).toString();
}

}  // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList words = application.arguments();
    if (words.size() < 4) {
        std::fprintf(stderr, "usage: planner PROJECT DOCUMENTS tuning|unseen [NAME…]\n");
        return 2;
    }
    const Project project(QDir(words[1]).absolutePath());
    if (!project.make(words[2]))
        return 1;
    std::printf("| configuration | peak forecast, MiB | measured | ratio | ratio after measured steps | tokens/s of the steps forecast | came | ratio | "
                "tokens/s with everything forecast | came | ratio | seconds forecast | came | ratio |\n"
                "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    QMap<QString, QString> checkpoints;
    const auto runAll = [&](const auto &configurations) {
        for (const Configuration &c : configurations)
            if (words.size() < 5 || words.mid(4).contains(QLatin1String(c.name)))
                checkpoints.insert(QLatin1String(c.name), measure(project, c, checkpoints.value(QLatin1String(c.from))));
    };
    if (words[3] == QLatin1String("tuning"))
        runAll(kTuning);
    else
        runAll(kUnseen);
    return 0;
}
