// Whether the best learning rate of a narrow model is that of a wide one, with and without a base width (README.md).
//   learning_rate_transfer OUT.jsonl [SECONDS] [TEXT]   trains what is not in OUT yet, until SECONDS are used up
//   learning_rate_transfer --report OUT.jsonl           the table: the best rate of each width
#include "core/experiment/log_parabola.h"
#include "core/tensor/machine.h"
#include "core/train/run_plan.h"
#include "tests/support/fake_context.h"
#include "tests/support/tiny_training.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QJsonDocument>

#include <cstdio>
#include <map>

using namespace athanor;

namespace {

constexpr qint64 kBase = 128, kContext = 64, kHeadSize = 32, kLayers = 2, kBatch = 8, kSteps = 120;
constexpr qint64 kWidths[] = {128, 512, 256};  // the ends first: a short measurement says most with them
constexpr double kLowestRate = 0.0005;
constexpr int kRates = 8;  // each twice the one before
constexpr qsizetype kDocumentBytes = 4000;

struct Trial {
    qint64 width = 0, base = 0;  // base 0: as ever
    double rate = 0;
    auto operator<=>(const Trial &) const = default;
};

/// The text in documents, every tenth of them held out.
std::pair<QList<QByteArray>, QList<QByteArray>> documentsOf(const QByteArray &text)
{
    std::pair<QList<QByteArray>, QList<QByteArray>> documents;
    for (qsizetype at = 0, number = 0; at < text.size(); at += kDocumentBytes, ++number)
        (number % 10 == 9 ? documents.second : documents.first) += text.mid(at, kDocumentBytes);
    return documents;
}

/// The headers of this tree: text that is there wherever this program is built.
QByteArray usualText()
{
    QStringList names;
    QDirIterator files(QStringLiteral(ATHANOR_SOURCE_DIR "/core"), {QStringLiteral("*.h")}, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext())
        names += files.next();
    names.sort();
    QByteArray text;
    for (const QString &name : names)
        if (QFile file(name); file.open(QIODevice::ReadOnly))
            text += file.readAll();
    text.removeIf([](char byte) { return (byte & 0x80) != 0; });  // a document may begin anywhere in it
    return text;
}

QJsonObject architectureOf(qint64 width)
{
    QJsonObject architecture = test::tinyArchitecture(kLayers, kContext);
    QByteArray text = QJsonDocument(architecture).toJson(QJsonDocument::Compact);
    text.replace("\"width\":32", "\"width\":" + QByteArray::number(width));
    text.replace("\"heads\":2", "\"heads\":" + QByteArray::number(width / kHeadSize));
    text.replace("\"hidden\":64", "\"hidden\":" + QByteArray::number(3 * width));
    return QJsonDocument::fromJson(text).object();
}

/// Loss on all held-out text after the last step; not a number where the run diverged.
Result<double> lossOf(const test::TinyProject &project, plugin::Catalogue &plugins, const Trial &trial)
{
    job::Spec spec = project.trainSpec(QStringLiteral("trial"), {{QStringLiteral("budget"), kSteps}, {QStringLiteral("batch"), kBatch},
                                                                 {QStringLiteral("learning_rate"), trial.rate}, {QStringLiteral("base_width"), trial.base},
                                                                 {QStringLiteral("warmup_share"), 0.1}, {QStringLiteral("threads"), 0}});
    spec.parameters.insert(QStringLiteral("architecture"), architectureOf(trial.width));
    test::FakeContext context(project.path(), spec, plugins);
    QFile::remove(context.jobPath() + QStringLiteral("/plan.json"));
    ATHANOR_ASSIGN(const train::RunInputs inputs, train::openInputs(context));
    ATHANOR_ASSIGN(const train::RunPlan plan, train::makePlan(context, inputs));
    ATHANOR_ASSIGN(const train::TrainerParts parts, train::trainerParts(context, inputs, plan));
    ATHANOR_ASSIGN(const std::unique_ptr<train::Trainer> trainer, train::Trainer::create(parts));
    for (qint64 step = 1; step <= plan.steps; ++step) {
        const auto report = trainer->step(step);
        if (!report && report.error().code == ErrorCode::Diverged)
            return std::numeric_limits<double>::quiet_NaN();
        if (!report)
            return fail(report.error());
    }
    ATHANOR_ASSIGN(const train::Validator validator, train::validatorOf(inputs, *trainer, plan));
    const auto score = validator.run(trainer->model());
    return score ? score->loss : std::numeric_limits<double>::quiet_NaN();
}

std::map<Trial, double> readTrials(const QString &path)
{
    std::map<Trial, double> trials;
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return trials;
    for (const QByteArray &line : file.readAll().split('\n')) {
        const QJsonObject object = QJsonDocument::fromJson(line).object();
        if (!object.isEmpty())
            trials[{object[QLatin1String("width")].toInteger(), object[QLatin1String("base")].toInteger(), object[QLatin1String("rate")].toDouble()}] =
                object[QLatin1String("loss")].toDouble(std::numeric_limits<double>::quiet_NaN());
    }
    return trials;
}

/// The next rate of a row that was not tried: upwards, until the loss has risen twice in a row.
std::optional<Trial> nextOf(qint64 width, qint64 base, const std::map<Trial, double> &known)
{
    double best = std::numeric_limits<double>::infinity();
    int worse = 0;
    for (int i = 0; i < kRates && worse < 2; ++i) {
        const Trial trial{width, base, kLowestRate * double(1 << i)};
        const auto found = known.find(trial);
        if (found == known.end())
            return trial;
        worse = found->second < best ? 0 : worse + 1;
        best = std::isfinite(found->second) ? std::min(best, found->second) : best;
    }
    return std::nullopt;
}

/// At the base width both ways are one.
std::optional<Trial> nextTrial(const std::map<Trial, double> &known)
{
    for (const qint64 width : kWidths)
        for (const qint64 base : width == kBase ? std::vector<qint64>{0} : std::vector<qint64>{0, kBase})
            if (const auto next = nextOf(width, base, known))
                return next;
    return std::nullopt;
}

int runTrials(const QString &path, double seconds, const QByteArray &text)
{
    plugin::Catalogue plugins;
    plugins.scan({QStringLiteral(ATHANOR_BINARY_DIR "/lib/athanor/plugins")});
    const auto [training, heldOut] = documentsOf(text);
    const test::TinyProject project(training, heldOut);
    tensor::keepLargeBlocks();
    std::map<Trial, double> known = readTrials(path);
    QFile out(path);
    if (!project.isUsable() || !out.open(QIODevice::Append))
        return 1;
    QElapsedTimer timer;
    timer.start();
    std::map<qint64, double> cost;
    while (const auto trial = nextTrial(known)) {
        const double before = double(timer.elapsed()) * 1e-3;
        if (before + cost[trial->width] > seconds)
            break;
        const auto loss = lossOf(project, plugins, *trial);
        if (!loss) {
            std::fprintf(stderr, "%s\n", qPrintable(loss.error().message));
            return 1;
        }
        known[*trial] = *loss;
        cost[trial->width] = double(timer.elapsed()) * 1e-3 - before;
        const QJsonObject line{{QStringLiteral("width"), trial->width}, {QStringLiteral("base"), trial->base}, {QStringLiteral("rate"), trial->rate},
                               {QStringLiteral("loss"), std::isfinite(*loss) ? QJsonValue(*loss) : QJsonValue()}, {QStringLiteral("seconds"), cost[trial->width]}};
        out.write(QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n');
        out.flush();
    }
    return 0;
}

int report(const QString &path)
{
    std::map<std::pair<qint64, qint64>, std::vector<experiment::TriedValue>> rows;
    for (const auto &[trial, loss] : readTrials(path)) {
        rows[{trial.base, trial.width}].push_back({trial.rate, loss});
        if (trial.width == kBase)
            rows[{kBase, trial.width}].push_back({trial.rate, loss});
    }
    for (const auto &[key, tried] : rows) {
        const auto best = experiment::bestValue(tried);
        std::printf("%s  width %4lld  best rate %s  loss %s%s |", key.first ? "base width" : "as ever   ", static_cast<long long>(key.second),
                    best ? qPrintable(QString::number(best->value, 'g', 3)) : "-", best ? qPrintable(QString::number(best->loss, 'f', 4)) : "-",
                    best && !best->isInside ? " (at the edge)" : "");
        for (const experiment::TriedValue &one : tried)
            std::printf(" %g:%.3f", one.value, one.loss);
        std::printf("\n");
    }
    return rows.empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char *argv[])
{
    const QCoreApplication application(argc, argv);
    const QStringList words = application.arguments();
    if (words.value(1) == QLatin1String("--report"))
        return report(words.value(2));
    if (words.size() < 2) {
        std::fprintf(stderr, "learning_rate_transfer OUT.jsonl [SECONDS] [TEXT] | --report OUT.jsonl\n");
        return 2;
    }
    QByteArray text = usualText();
    if (words.size() > 3) {
        QFile given(words.value(3));
        if (!given.open(QIODevice::ReadOnly))
            return 1;
        text = given.readAll();
    }
    return runTrials(words.value(1), words.size() > 2 ? words.value(2).toDouble() : 1e9, text);
}
