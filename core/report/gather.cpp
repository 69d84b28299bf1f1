// Collects a report's values from the job folders of a project.
#include "core/report/report.h"

#include "core/base/format.h"
#include "core/job/folder.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonArray>

#include <algorithm>
#include <optional>

namespace athanor::report {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::report", text); }

/// The newest finished job of a kind for which `fits(parameters, result)` holds; its folder and result.
struct Found {
    job::Folder folder;
    QJsonObject parameters;
    QJsonObject result;
};

template <typename Fits>
std::optional<Found> newest(QList<job::Folder> &folders, const QString &kind, const Fits &fits)
{
    for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) {
        if (folder->spec().kind != kind)
            continue;
        const job::Summary summary = folder->summary();
        if (summary.state != job::State::Finished)
            continue;
        QJsonObject parameters = folder->parameters();
        if (fits(parameters, summary.result))
            return Found{*folder, std::move(parameters), summary.result};
    }
    return std::nullopt;
}

/// Training repeats steps after a restart; of one step only the last sample counts.
std::vector<Sample> samplesOf(job::Folder &folder)
{
    std::vector<Sample> samples;
    folder.rewind();
    for (const job::Event &event : folder.readNewEvents(job::Folder::Read::WithoutMetrics)) {
        if (event.type != job::EventType::Sample)
            continue;
        Sample sample{event.step, event.data[QStringLiteral("prompt")].toString(),
                      event.data[QStringLiteral("text")].toString(), event.data[QStringLiteral("label")].toString()};
        std::erase_if(samples, [&](const Sample &earlier) {
            return earlier.step >= sample.step && earlier.prompt == sample.prompt;
        });
        samples.push_back(std::move(sample));
    }
    std::stable_sort(samples.begin(), samples.end(), [](const Sample &a, const Sample &b) { return a.step < b.step; });
    return samples;
}

void takeSeries(const job::Folder &folder, ReportInput &input)
{
    auto reader = job::MetricsReader::open(folder.path() + QStringLiteral("/metrics.bin"));
    if (!reader)
        return;
    reader->poll();
    for (const QString &name : reader->names())
        input.series.insert(name, reader->series(name));
}

double numberOr(const QJsonObject &object, const char *key, double otherwise = -1)
{
    return object[QLatin1String(key)].toDouble(otherwise);
}

double largest(const job::Series &series)
{
    double most = -1;
    for (const double value : series.values)
        most = std::max(most, value);
    return most;
}

/// The run's result, with what a run that has not ended or an older one did not say in it: the most memory that its series
/// know, its mean speed, its seconds of training as those of all.
QJsonObject truthOf(const ReportInput &input)
{
    QJsonObject truth = input.train;
    for (const auto &[key, name] : {std::pair("deviceMemoryBytes", "device_memory_bytes"), std::pair("peakMemoryBytes", "memory_bytes")})
        if (const double most = largest(input.series.value(QLatin1String(name))); most > numberOr(truth, key))
            truth.insert(QLatin1String(key), most);
    const double seconds = numberOr(truth, "seconds");
    if (seconds > 0 && !truth.contains(QLatin1String("tokensPerSecond")))
        truth.insert(QStringLiteral("tokensPerSecond"), numberOr(truth, "tokens", 0) / seconds);
    if (seconds > 0 && !truth.contains(QLatin1String("jobSeconds")))
        truth.insert(QStringLiteral("jobSeconds"), seconds);
    return truth;
}

void takeCurate(QList<job::Folder> &folders, const QString &corpus, ReportInput &input)
{
    const auto found = newest(folders, QStringLiteral("curate"), [&](const QJsonObject &, const QJsonObject &result) {
        return result[QStringLiteral("corpus")].toString() == corpus;
    });
    if (!found)
        return;
    input.curate = found->result;
    input.dataset = found->parameters[QStringLiteral("dataset")].toString();
    for (const QJsonValue &value : found->parameters[QStringLiteral("sources")].toArray())
        input.sources.push_back({value[QStringLiteral("location")].toString(), value[QStringLiteral("licence")].toString()});
    if (!found->folder.spec().command.isEmpty())
        input.reproduce.push_back({tr("Curate the documents:"), found->folder.spec().command});
}

void takeTokenizer(QList<job::Folder> &folders, const QString &tokenizer, ReportInput &input)
{
    const auto found = newest(folders, QStringLiteral("tokenizer"), [&](const QJsonObject &, const QJsonObject &result) {
        return result[QStringLiteral("tokenizer")].toString() == tokenizer;
    });
    if (!found)
        return;
    input.tokenizer = found->result;
    if (!found->folder.spec().command.isEmpty())
        input.reproduce.push_back({tr("Train the tokenizer:"), found->folder.spec().command});
}

/// An evaluation of a checkpoint on all held-out documents.
QJsonObject evaluationOf(QList<job::Folder> &folders, const QString &best)
{
    const auto found =
        newest(folders, QStringLiteral("evaluate"), [&](const QJsonObject &parameters, const QJsonObject &) {
            return !best.isEmpty() && parameters[QStringLiteral("checkpoint")].toString() == best
                && !parameters.contains(QStringLiteral("file")) && !(numberOr(parameters, "limitDocuments", 0) > 0) && !(numberOr(parameters, "limitBytes", 0) > 0)
                && parameters[QStringLiteral("split")].toString(QStringLiteral("validation")) == QLatin1String("validation");
        });
    return found ? found->result : QJsonObject();
}

/// The import, or the run of this project, whose weights stand in `from`.
BaseModel baseOf(QList<job::Folder> &folders, const QString &from)
{
    if (from.isEmpty())
        return {};
    const auto imported = newest(folders, QStringLiteral("import"), [&](const QJsonObject &, const QJsonObject &result) {
        return result[QStringLiteral("checkpoint")].toString() == from;
    });
    if (!imported)
        return {from.section(QLatin1Char('/'), 1, 1), from, {}, {}};
    const QJsonObject origin = imported->parameters[QStringLiteral("origin")].toObject();
    const QString location = origin[QStringLiteral("location")].toString();
    return {imported->result[QStringLiteral("name")].toString(), location.isEmpty() ? imported->parameters[QStringLiteral("source")].toString() : location,
            origin[QStringLiteral("revision")].toString(), imported->result[QStringLiteral("licence")].toString()};
}

/// Finished runs of other models on the same corpus: the newest of each model.
void takeOthers(QList<job::Folder> &folders, const QString &corpusSha256, ReportInput &input)
{
    QStringList seen{input.model};
    for (auto folder = folders.rbegin(); folder != folders.rend() && input.others.size() < kMostOthers; ++folder) {
        if (folder->spec().kind != QLatin1String("train") || folder->spec().id == input.runId || corpusSha256.isEmpty())
            continue;
        const job::Summary summary = folder->summary();
        const QJsonObject parameters = folder->parameters();
        const QString model = parameters[QStringLiteral("model")].toString();
        if (summary.state != job::State::Finished || seen.contains(model) || parameters[QStringLiteral("corpusSha256")].toString() != corpusSha256)
            continue;
        const QJsonObject evaluation = evaluationOf(folders, summary.result[QStringLiteral("bestCheckpoint")].toString());
        const double bits = numberOr(evaluation, "bitsPerByte", numberOr(summary.result, "bitsPerByte"));
        if (!(bits > 0))
            continue;
        seen += model;
        input.others.push_back({tr("%1, %2 of training").arg(model, formatDuration(numberOr(summary.result, "seconds", 0))), bits});
    }
}

}  // namespace

Result<ReportInput> gatherRun(const QString &projectPath, const QString &runId)
{
    ATHANOR_ASSIGN(job::Folder run, job::Folder::open(projectPath, runId));
    if (run.spec().kind != QLatin1String("train"))
        return fail(ErrorCode::InvalidInput, tr("The job %1 is no training run but “%2”.").arg(runId, run.spec().kind),
                    tr("“athanor-cli run list” shows the runs."));
    const job::Summary summary = run.summary();
    const QJsonObject parameters = run.parameters();

    ReportInput input;
    input.title = run.spec().title.isEmpty() ? tr("A training run") : run.spec().title;
    input.made = QDateTime::currentDateTimeUtc();
    input.trained = summary.ended;
    input.projectPath = QFileInfo(projectPath).absoluteFilePath();
    input.runId = runId;
    input.model = parameters[QStringLiteral("model")].toString();
    input.train = summary.result;
    input.settings = parameters[QStringLiteral("settings")].toObject();
    input.architecture = parameters[QStringLiteral("architecture")].toObject();
    input.machine = machineFacts();
    takeSeries(run, input);
    input.samples = samplesOf(run);
    QList<job::Folder> folders = job::Folder::all(projectPath);
    takeCurate(folders, parameters[QStringLiteral("corpus")].toString(), input);
    takeTokenizer(folders, parameters[QStringLiteral("tokenizer")].toString(), input);
    input.evaluation = evaluationOf(folders, input.train[QStringLiteral("bestCheckpoint")].toString());
    if (input.evaluation.isEmpty() && input.train.contains(QStringLiteral("gzipBitsPerByte")))
        input.evaluation = input.train;  // a run measures itself on the same documents when it ends
    input.base = baseOf(folders, parameters[QStringLiteral("from")].toString());
    takeOthers(folders, parameters[QStringLiteral("corpusSha256")].toString(), input);
    input.forecast = model::forecastLines(parameters, truthOf(input));
    if (!run.spec().command.isEmpty())
        input.reproduce.push_back({tr("Train the model:"), run.spec().command});
    return input;
}

}  // namespace athanor::report
