#include "core/workbench/workbench.h"

#include "core/base/identifier.h"
#include "core/workbench/command_lines.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>

namespace athanor::workbench {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

bool isModelFolder(const QString &folder)
{
    return QFileInfo::exists(folder + QStringLiteral("/model.safetensors")) || QFileInfo::exists(folder + QStringLiteral("/adapter.safetensors"));
}

// A run that is still going may have written a checkpoint that nobody has heard of yet.
QString newestOnDisk(const QString &project, const QString &runId)
{
    const QString folder = QStringLiteral("jobs/%1/checkpoints").arg(runId);
    const QStringList steps = QDir(project + QLatin1Char('/') + folder).entryList({QStringLiteral("step-*")}, QDir::Dirs, QDir::Name);
    return steps.isEmpty() ? QString() : folder + QLatin1Char('/') + steps.last();
}

}  // namespace

Workbench::Workbench(std::unique_ptr<project::Project> project, plugin::Catalogue &catalogue)
    : m_project(std::move(project)),
      m_plugins(&catalogue),
      m_queue(std::make_unique<job::Queue>(m_project->path(), catalogue))
{
}

Workbench::~Workbench() = default;

Result<std::unique_ptr<Workbench>> Workbench::create(const QString &path, const QString &title,
                                                     plugin::Catalogue &catalogue)
{
    ATHANOR_ASSIGN(auto project, project::Project::create(QDir(path).absolutePath(), title));
    return std::unique_ptr<Workbench>(new Workbench(std::move(project), catalogue));
}

Result<std::unique_ptr<Workbench>> Workbench::open(const QString &path, plugin::Catalogue &catalogue)
{
    ATHANOR_ASSIGN(auto project, project::Project::open(QDir(path).absolutePath()));
    return std::unique_ptr<Workbench>(new Workbench(std::move(project), catalogue));
}

QString Workbench::path() const
{
    return m_project->path();
}

Result<bool> Workbench::refresh()
{
    if (m_project->info().readOnly)
        return false;
    ATHANOR_ASSIGN(const bool changed, m_project->ingestJobs());
    ATHANOR_TRY(m_queue->advance());
    return changed;
}

Status Workbench::setObjective(const QJsonObject &objective)
{
    return m_project->setObjective(objective);
}

Status Workbench::choosePreset(const QString &id)
{
    ATHANOR_TRY(model::presetNamed(*m_plugins, id));
    QJsonObject objective = m_project->objective();
    objective.insert(QStringLiteral("preset"), id);
    return m_project->setObjective(objective);
}

std::optional<model::Preset> Workbench::chosenPreset() const
{
    const auto preset = model::presetNamed(*m_plugins, m_project->objective().value(QLatin1String("preset")).toString());
    return preset ? std::optional(*preset) : std::nullopt;
}

Result<QString> Workbench::addSource(const QString &location, const QString &licence, const QJsonObject &settings)
{
    const QFileInfo info(location);
    if (!info.exists())
        return fail(ErrorCode::NotFound, tr("“%1” does not exist.").arg(location),
                    tr("Check that its name is spelled right and that its disk is there."));
    if (!info.isReadable())
        return fail(ErrorCode::Unreadable, tr("“%1” cannot be read.").arg(location),
                    tr("Check the permissions of the file and of its folder."));
    project::Source source;
    source.plugin = QStringLiteral("source.files");
    source.location = info.canonicalFilePath();
    source.licence = licence;
    source.settings = settings;
    return m_project->addSource(source);
}

Result<job::Folder> Workbench::fetchSource(const QString &address, const QString &licence)
{
    if (!address.startsWith(QLatin1String("http://")) && !address.startsWith(QLatin1String("https://")))
        return fail(ErrorCode::Unsupported, tr("“%1” is no address of a document.").arg(address), tr("Addresses begin with http:// or https://."));
    job::Spec spec;
    spec.kind = QStringLiteral("fetch");
    spec.title = tr("Fetching %1").arg(address);
    spec.created = QDateTime::currentDateTimeUtc();
    spec.device.clear();
    spec.parameters = {{QStringLiteral("address"), address}, {QStringLiteral("licence"), licence}};
    spec.command = QStringLiteral("athanor-cli source add ") + shellQuoted(address) + (licence.isEmpty() ? QString() : QStringLiteral(" --licence ") + shellQuoted(licence));
    return m_queue->add(spec);
}

// ---- runs by name

Result<QString> Workbench::resolveCheckpoint(const QString &name) const
{
    if (m_project->checkpoint(name))
        return name;
    for (const QString &place : {QFileInfo(name).absoluteFilePath(), QDir(path()).absoluteFilePath(name)}) {
        const QString folder = QDir::cleanPath(place);
        if (isModelFolder(folder))  // in the project, or anywhere else
            return folder.startsWith(path() + QLatin1Char('/')) ? QDir(path()).relativeFilePath(folder) : folder;
    }
    constexpr QLatin1String kBase("@base");
    if (name.endsWith(kBase)) {
        ATHANOR_ASSIGN(const project::Model imported, m_project->model(name.chopped(kBase.size())));
        if (!imported.base.isEmpty())
            return imported.base;
    }
    ATHANOR_ASSIGN(const QList<project::Run> runs, m_project->runs());
    for (const project::Run &run : runs) {
        if (run.id != name && run.model != name)
            continue;
        if (!run.bestCheckpoint.isEmpty())
            return run.bestCheckpoint;
        const QString newest = run.lastCheckpoint.isEmpty() ? newestOnDisk(path(), run.id) : run.lastCheckpoint;
        if (!newest.isEmpty())
            return newest;
    }
    if (const auto imported = m_project->model(name); imported && !imported->base.isEmpty())
        return imported->base;
    return fail(ErrorCode::NotFound, tr("There is no model, run or checkpoint “%1” that has been trained.").arg(name),
                tr("“athanor-cli run list” shows the runs; a run has checkpoints after its first minute."));
}

}  // namespace athanor::workbench
