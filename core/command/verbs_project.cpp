// project create | info | check | clean | archive | lineage
#include "core/base/format.h"
#include "core/command/source_check.h"
#include "core/command/verb.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Status createProject(Session &session)
{
    const QString folder = QFileInfo(session.arguments.word(0)).absoluteFilePath();
    const QString title = session.arguments.value(QStringLiteral("title"), QFileInfo(folder).fileName());
    const QString preset = session.arguments.value(QStringLiteral("preset"));
    if (!preset.isEmpty())
        ATHANOR_TRY(model::presetNamed(session.plugins(), preset));  // before there is a folder
    ATHANOR_ASSIGN(const auto bench, workbench::Workbench::create(folder, title, session.plugins()));
    if (!preset.isEmpty())
        ATHANOR_TRY(bench->choosePreset(preset));
    session.print(tr("Made the project “%1” in %2.").arg(title, folder));
    if (!preset.isEmpty())
        session.print(tr("Its models begin as %1: “athanor-cli model create NAME” makes one when there is a tokenizer.").arg(preset));
    session.print(tr("Next: athanor-cli --project %1 source add PATH").arg(folder));
    session.emitJson({{QStringLiteral("project"), folder}, {QStringLiteral("title"), title}, {QStringLiteral("preset"), preset}});
    return {};
}

QJsonArray stagesJson(const QList<project::StageStatus> &stages)
{
    QJsonArray array;
    for (const project::StageStatus &stage : stages)
        array += QJsonObject{{QStringLiteral("stage"), project::stageName(stage.stage)},
                             {QStringLiteral("state"), project::stageStateName(stage.state)},
                             {QStringLiteral("text"), stage.text},
                             {QStringLiteral("hint"), stage.hint}};
    return array;
}

Status showProject(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const project::Info info = bench->project().info();
    lookAtSources(*bench);
    ATHANOR_ASSIGN(const QList<project::StageStatus> stages, bench->project().stages());
    session.print(QStringLiteral("%1 · %2%3").arg(info.title, info.path, info.readOnly ? tr(" · read-only") : QString()));
    QList<QStringList> rows;
    for (const project::StageStatus &stage : stages)
        rows += {project::stageName(stage.stage), project::stageStateName(stage.state),
                 stage.hint.isEmpty() ? stage.text : stage.text + QStringLiteral(" — ") + stage.hint};
    session.printTable({tr("stage"), tr("state"), tr("what stands there")}, rows);
    session.emitJson({{QStringLiteral("id"), info.id},
                      {QStringLiteral("title"), info.title},
                      {QStringLiteral("path"), info.path},
                      {QStringLiteral("readOnly"), info.readOnly},
                      {QStringLiteral("schemaVersion"), info.schemaVersion},
                      {QStringLiteral("stages"), stagesJson(stages)}});
    return {};
}

Status checkProject(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_TRY(bench->project().check());
    session.print(tr("The project is sound."));
    session.emitJson({{QStringLiteral("sound"), true}});
    return {};
}

Status cleanProject(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const bool dryRun = session.arguments.has(QStringLiteral("dry-run"));
    ATHANOR_ASSIGN(const project::CleanReport report,
                   bench->project().clean(dryRun ? project::Project::CleanMode::DryRun : project::Project::CleanMode::Remove));
    session.print((dryRun ? tr("%1 would be freed in %2 places.") : tr("%1 freed in %2 places."))
                      .arg(formatBytes(report.freedBytes))
                      .arg(report.removed.size()));
    if (report.cacheBytes > 0)
        session.print(tr("  of these %1 of what was read of documents before; it is read again when they are prepared again").arg(formatBytes(report.cacheBytes)));
    session.emitJson({{QStringLiteral("freedBytes"), report.freedBytes},
                      {QStringLiteral("cacheBytes"), report.cacheBytes},
                      {QStringLiteral("removed"), QJsonArray::fromStringList(report.removed)},
                      {QStringLiteral("dryRun"), dryRun}});
    return {};
}

Status archiveProject(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString file = QFileInfo(session.arguments.word(0)).absoluteFilePath();
    ATHANOR_TRY(bench->project().archive(file));
    session.print(tr("Wrote %1 (%2). Unpack it anywhere with “tar xf”.").arg(file, formatBytes(QFileInfo(file).size())));
    session.emitJson({{QStringLiteral("file"), file}, {QStringLiteral("bytes"), QFileInfo(file).size()}});
    return {};
}

// "run 01…", "corpus fede…": nearest first.
Status showLineage(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString what = session.arguments.word(0);
    const bool forwards = session.arguments.has(QStringLiteral("made-from"));
    ATHANOR_ASSIGN(const QList<project::LineageNode> nodes, forwards ? bench->project().whatWasMadeFrom(what) : bench->project().whatMade(what));
    QList<QStringList> rows;
    QJsonArray array;
    for (const project::LineageNode &node : nodes) {
        rows += {QString::number(node.distance), node.kind, node.title, node.hash};
        array += QJsonObject{{QStringLiteral("distance"), node.distance}, {QStringLiteral("kind"), node.kind}, {QStringLiteral("title"), node.title},
                             {QStringLiteral("hash"), node.hash}, {QStringLiteral("job"), node.jobId}};
    }
    session.printTable({tr("steps"), tr("kind"), tr("what"), tr("hash")}, rows);
    session.emitJson({{QStringLiteral("of"), what}, {QStringLiteral("lineage"), array}});
    return {};
}

}  // namespace

QList<Verb> projectVerbs()
{
    const QString noun = QStringLiteral("project");
    return {
        {noun, QStringLiteral("create"), QStringLiteral("DIR"), tr("Makes a project in a new or empty folder."), 1, 1,
         {{QStringLiteral("title"), QStringLiteral("TEXT"), tr("what the window calls it")},
          {QStringLiteral("preset"), QStringLiteral("NAME"), tr("the size that its models begin with (“athanor-cli model presets”)")}}, createProject},
        {noun, QStringLiteral("info"), {}, tr("Shows how each stage stands."), 0, 0, {}, showProject},
        {noun, QStringLiteral("check"), {}, tr("Checks the whole store."), 0, 0, {}, checkProject},
        {noun, QStringLiteral("clean"), {}, tr("Empties the trash and frees what nothing refers to and what was read before."), 0, 0,
         {{QStringLiteral("dry-run"), {}, tr("only say what would go")}}, cleanProject},
        {noun, QStringLiteral("archive"), QStringLiteral("FILE"), tr("Writes the whole project to one file."), 1, 1, {}, archiveProject},
        {noun, QStringLiteral("lineage"), QStringLiteral("WHAT"), tr("What a result stands on; WHAT is a run's or evaluation's id, a checkpoint's folder or a hash."), 1, 1,
         {{QStringLiteral("made-from"), {}, tr("instead, what was made from it")}}, showLineage},
    };
}

}  // namespace athanor::command
