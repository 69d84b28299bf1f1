// See sweep.h.
#include "core/workbench/sweep.h"

#include "core/base/format.h"
#include "core/base/identifier.h"
#include "core/experiment/sweep.h"
#include "core/workbench/command_lines.h"
#include "core/workbench/specs.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::workbench {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor", text); }

/// Values of settings of the run, and of the methods that it has chosen.
experiment::ReadValue readerOf(const plugin::Catalogue &plugins, const SweepRequest &request)
{
    return [&plugins, settings = request.run.settings](const QString &key, const QString &text) -> Result<QJsonValue> {
        ATHANOR_ASSIGN(const QJsonObject given, model::trainingSettings(plugins).parseAssignments({key + QLatin1Char('=') + text}, settings));
        return given.value(key);
    };
}

Result<experiment::SweepPlan> planOf(const SweepRequest &request, const experiment::ReadValue &read)
{
    experiment::SweepPlan plan;
    plan.draws = request.draws;
    plan.seed = request.seed;
    for (const QString &text : request.vary) {
        ATHANOR_ASSIGN(experiment::SweepAxis axis, experiment::sweepAxis(text, read));
        plan.axes.push_back(std::move(axis));
    }
    return plan;
}

QString said(const QJsonObject &settings, const QHash<QString, QString> &titles = {})
{
    QStringList parts;
    for (auto it = settings.begin(); it != settings.end(); ++it)
        parts += (titles.contains(it.key()) ? titles.value(it.key()) + QLatin1Char(' ') : it.key() + QLatin1Char('=')) + plugin::valueText(it.value());
    return parts.join(QStringLiteral(", "));
}

/// What is wrong with one of the runs, behind what it would try.
tl::unexpected<Error> ofRun(Error error, const QJsonObject &settings, const QHash<QString, QString> &titles)
{
    error.message = tr("%1: %2").arg(said(settings, titles), error.message);
    return fail(std::move(error));
}

RunRequest withSettings(RunRequest run, const QJsonObject &settings)
{
    for (auto it = settings.begin(); it != settings.end(); ++it)
        run.settings.insert(it.key(), it.value());
    run.title = tr("Trying %1 with %2").arg(run.model, said(settings));
    return run;
}

bool hasEnded(const project::Run &run)
{
    const std::optional<job::State> state = job::stateFromName(run.state);
    return state && job::isFinal(*state);
}

QJsonObject sweepOf(const project::Run &run) { return run.parameters.value(QLatin1String("sweep")).toObject(); }

QStringList textsOf(const QJsonArray &array)
{
    QStringList texts;
    for (const QJsonValue &value : array)
        texts += value.toString();
    return texts;
}

}  // namespace

QJsonObject Sweep::settingsOf(const project::Run &run) const
{
    const QJsonObject all = run.parameters.value(QLatin1String("settings")).toObject();
    QJsonObject varied;
    for (const QString &key : keys)
        varied.insert(key, all.value(key));
    return varied;
}

int Sweep::endedCount() const { return int(std::count_if(runs.begin(), runs.end(), hasEnded)); }

const project::Run *Sweep::best() const
{
    const project::Run *found = nullptr;
    for (const project::Run &run : runs)
        if (std::isfinite(run.validationLoss) && (!found || run.validationLoss < found->validationLoss))
            found = &run;
    return found;
}

std::vector<experiment::Importance> Sweep::importance() const
{
    std::vector<QJsonObject> settings;
    std::vector<double> losses;
    for (const project::Run &run : runs) {
        const bool isStopped = run.state == job::stateName(job::State::Cancelled);  // by a person: it says nothing
        if (!hasEnded(run) || isStopped)
            continue;
        settings.push_back(settingsOf(run));
        losses.push_back(run.validationLoss);
    }
    return experiment::importance(settings, losses, keys);
}

Result<std::vector<QJsonObject>> sweepRuns(const plugin::Catalogue &plugins, const SweepRequest &request)
{
    const experiment::ReadValue read = readerOf(plugins, request);
    ATHANOR_ASSIGN(const experiment::SweepPlan plan, planOf(request, read));
    return experiment::sweepSettings(plan, read);
}

Result<QString> startSweep(Workbench &bench, const SweepRequest &request, const QHash<QString, QString> &titles)
{
    const experiment::ReadValue read = readerOf(bench.plugins(), request);
    ATHANOR_ASSIGN(const experiment::SweepPlan plan, planOf(request, read));
    ATHANOR_ASSIGN(const std::vector<QJsonObject> all, experiment::sweepSettings(plan, read));
    QJsonArray keys;
    for (const experiment::SweepAxis &axis : plan.axes)
        keys += axis.key;
    const QString id = newIdentifier();
    std::vector<RunRequest> runs;
    for (const QJsonObject &settings : all) {
        RunRequest run = withSettings(request.run, settings);
        run.sweep = {{QStringLiteral("id"), id}, {QStringLiteral("keys"), keys}, {QStringLiteral("stops"), request.stopsHopeless}};
        const auto forecast = bench.plan(run);
        if (!forecast || !forecast->canStart)
            return ofRun(forecast ? refused(*forecast).value() : forecast.error(), settings, titles);
        runs.push_back(std::move(run));
    }
    for (const RunRequest &run : runs)
        ATHANOR_TRY(bench.startRun(run));
    return id;
}

Result<QList<Sweep>> sweeps(const project::Project &project)
{
    ATHANOR_ASSIGN(const QList<project::Run> runs, project.runs());
    QList<Sweep> found;
    for (const project::Run &run : runs) {
        const QString id = sweepOf(run).value(QLatin1String("id")).toString();
        if (id.isEmpty())
            continue;
        auto known = std::find_if(found.begin(), found.end(), [&](const Sweep &one) { return one.id == id; });
        if (known == found.end()) {
            found += Sweep{id, textsOf(sweepOf(run).value(QLatin1String("keys")).toArray()), {}, run.model, run.dataset};
            known = found.end() - 1;
        }
        known->runs.prepend(run);
    }
    return found;
}

Result<Sweep> sweep(const project::Project &project, const QString &id)
{
    ATHANOR_ASSIGN(const QList<Sweep> all, sweeps(project));
    for (const Sweep &one : all)
        if (one.id == id)
            return one;
    return fail(ErrorCode::NotFound, tr("There is no sweep “%1”.").arg(id), tr("“athanor-cli sweep list” shows them."));
}

Result<int> stopSweep(Workbench &bench, const QString &id)
{
    ATHANOR_ASSIGN(const Sweep found, sweep(bench.project(), id));
    int stopped = 0;
    for (auto run = found.runs.rbegin(); run != found.runs.rend(); ++run)  // what waits first, so that none begins meanwhile
        if (!hasEnded(*run) && bench.queue().cancel(run->id))
            ++stopped;
    return stopped;
}

QString sweepCommand(const plugin::Catalogue &plugins, const SweepRequest &request)
{
    QString command = startRunCommand(plugins, request.run);
    command.replace(QStringLiteral("athanor-cli run start"), QStringLiteral("athanor-cli sweep start"));
    for (const QString &text : request.vary)
        command += QStringLiteral(" --vary ") + shellQuoted(text);
    if (request.draws > 0)
        command += QStringLiteral(" --random %1").arg(request.draws);
    if (request.seed != 1)
        command += QStringLiteral(" --seed %1").arg(request.seed);
    return request.stopsHopeless ? command : command + QStringLiteral(" --keep-all");
}

QStringList sweepWords(const Sweep &sweep, const QHash<QString, QString> &titles)
{
    QString words = tr("%1 of %2 runs have ended").arg(sweep.endedCount()).arg(sweep.runs.size());
    if (const project::Run *best = sweep.best())
        words += tr("; the best came to a loss of %1 with %2").arg(formatReal(best->validationLoss), said(sweep.settingsOf(*best), titles));
    QStringList lines{words + QLatin1Char('.')};
    const auto importance = sweep.importance();
    for (const experiment::Importance &one : importance)
        lines += (one.isCertain ? tr("%1 goes with %2 % of the differences.") : tr("%1 goes with %2 % of the differences, which may be chance."))
                     .arg(titles.value(one.key, one.key)).arg(qRound(100 * one.share));
    if (importance.empty())
        lines += tr("Which setting matters is said when %1 runs have ended.").arg(experiment::kRunsForImportance);
    return lines;
}

}  // namespace athanor::workbench
