// Models that exist: what they are, bringing them in, taking them out, asking them for scores.
#include "core/base/atomic_file.h"
#include "core/base/identifier.h"
#include "core/base/locations.h"
#include "core/model/architecture.h"
#include "core/tokenizer/tokenizer_files.h"
#include "core/workbench/card_facts.h"
#include "core/workbench/inspection.h"
#include "core/workbench/specs.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

namespace athanor::workbench {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

bool isRepository(const QString &source)
{
    static const QRegularExpression form(QStringLiteral("^[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*(@[A-Za-z0-9_./-]+)?$"));
    return form.match(source).hasMatch();
}

bool isAddress(const QString &source)
{
    return source.contains(QLatin1String("://")) || isRepository(source);
}

Status checkNameIsFree(const project::Project &project, const QString &name)
{
    ATHANOR_TRY(checkName(name));
    if (project.model(name))
        return fail(ErrorCode::AlreadyExists, tr("There is a model “%1” already.").arg(name),
                    tr("Give another name with --as, or delete that model first."));
    return {};
}

// ---- exports

struct ExportForm {
    QString format, dtype, to;
};

Status checkTarget(const QString &to)
{
    const QFileInfo target(to);
    if (to.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("It is not said where to write the model."), tr("Name a folder: --to DIR."));
    if (target.isDir() && !QDir(to).isEmpty(QDir::AllEntries | QDir::NoDotAndDotDot | QDir::Hidden))
        return fail(ErrorCode::AlreadyExists, tr("The folder “%1” is not empty.").arg(to),
                    tr("Choose a new folder: an export never mixes with other files."));
    if (target.isFile())
        return fail(ErrorCode::AlreadyExists, tr("“%1” exists already.").arg(to), tr("Choose another name."));
    const QFileInfo parent(target.isDir() ? to : target.absolutePath());
    if (parent.exists() && !parent.isWritable())
        return fail(ErrorCode::ReadOnly, tr("Nothing can be written to “%1”.").arg(parent.filePath()), tr("Choose another folder."));
    return {};
}

// Completes and checks format, number format and place.
Result<ExportForm> exportForm(const ExportRequest &request, const QString &name)
{
    ExportForm form{request.format == QLatin1String("hf") ? QStringLiteral("huggingface") : request.format, request.dtype, request.to};
    const QStringList formats{QStringLiteral("huggingface"), QStringLiteral("gguf"), QStringLiteral("adapter")};
    if (!formats.contains(form.format))
        return fail(ErrorCode::InvalidInput, tr("There is no export format “%1”.").arg(request.format), tr("Formats: hf, gguf, adapter."));
    const bool isGguf = form.format == QLatin1String("gguf");
    if (form.dtype.isEmpty())
        form.dtype = isGguf ? QStringLiteral("f16") : QStringLiteral("f32");
    QStringList dtypes{QStringLiteral("f32"), QStringLiteral("f16"), QStringLiteral("bf16")};
    if (isGguf)
        dtypes += QStringLiteral("q8_0");
    if (form.format == QLatin1String("adapter"))
        dtypes = {QStringLiteral("f32")};
    if (!dtypes.contains(form.dtype))
        return fail(ErrorCode::InvalidInput, tr("The format “%1” cannot hold numbers of the kind “%2”.").arg(form.format, request.dtype),
                    tr("Possible here: %1.").arg(dtypes.join(QStringLiteral(", "))));
    ATHANOR_TRY(checkTarget(form.to));
    form.to = QFileInfo(form.to).absoluteFilePath();
    if (isGguf && !form.to.endsWith(QLatin1String(".gguf"), Qt::CaseInsensitive)) {
        form.to = QStringLiteral("%1/%2-%3.gguf").arg(form.to, name, form.dtype);
        ATHANOR_TRY(checkTarget(form.to));
    }
    return form;
}

// The corpus that the checkpoint's run was measured on, when it holds plain text; nothing otherwise.
QString heldOutOf(const project::Project &project, const QString &checkpoint)
{
    const auto row = project.checkpoint(checkpoint);
    const auto run = row ? project.run(row->runId) : Result<project::Run>(fail(ErrorCode::NotFound, {}));
    const auto dataset = run ? project.datasetOfCorpus(run->corpusSha256) : std::nullopt;
    const bool isText = dataset && dataset->facts.value(QLatin1String("content")).toString() != QLatin1String("records");
    return isText ? dataset->corpus : QString();
}

Status checkIsAdapter(const QString &folder, const QString &words)
{
    if (QFileInfo::exists(folder + QStringLiteral("/adapter.json")))
        return {};
    return fail(ErrorCode::InvalidInput, tr("“%1” has no adapter: all its weights were trained.").arg(words),
                tr("Export it as a whole model: --format hf or --format gguf."));
}

// GGUF files hold models that write; a head for labels has no place in them.
Status checkWrites(const QString &folder, const QString &words)
{
    const auto architecture = readJsonFile(folder + QStringLiteral("/architecture.json"));
    if (!architecture || model::labelsOf(*architecture).isEmpty())
        return {};
    return fail(ErrorCode::Unsupported, tr("“%1” sorts texts by labels, and a GGUF file has no place for that.").arg(words),
                tr("Export it as a Hugging Face folder: --format hf."));
}

}  // namespace

// ---- in

Result<ModelInspection> Workbench::inspectModel(const QString &path) const
{
    return inspectModel(path, *m_plugins);
}

Result<ModelInspection> Workbench::inspectModel(const QString &path, const plugin::Catalogue &plugins)
{
    const QFileInfo info(path);
    if (!info.exists())
        return fail(ErrorCode::NotFound, tr("“%1” does not exist.").arg(path),
                    tr("Name a folder, a file, a repository “owner/name”, or an address “https://…”."));
    return inspectionOf(info.canonicalFilePath(), plugins);
}

QString Workbench::suggestedModelName(const QString &source)
{
    QString name = source.section(QLatin1Char('?'), 0, 0);
    while (name.endsWith(QLatin1Char('/')))
        name.chop(1);
    if (!QFileInfo::exists(source) && isRepository(name))
        name = name.section(QLatin1Char('@'), 0, 0);
    name = name.section(QLatin1Char('/'), -1);
    for (const char *ending : {".gguf", ".safetensors", ".bin", ".pt"})
        if (name.endsWith(QLatin1String(ending), Qt::CaseInsensitive))
            name.chop(static_cast<qsizetype>(qstrlen(ending)));
    name = name.simplified().replace(QLatin1Char(' '), QLatin1Char('-')).left(60);
    return checkName(name) ? name : QStringLiteral("model");
}

bool Workbench::isModelAddress(const QString &source)
{
    return !QFileInfo::exists(source) && isAddress(source);
}

Result<job::Folder> Workbench::lookUpModel(const QString &address, const QString &file)
{
    if (!isAddress(address))
        return fail(ErrorCode::InvalidInput, tr("“%1” is neither an address nor a repository.").arg(address),
                    tr("Write “https://…”, or “owner/name” as the hub shows it."));
    return m_queue->add(lookUpSpec(address, file));
}

Result<job::Folder> Workbench::importModel(const QString &pathOrAddress, const QString &name)
{
    ImportRequest request;
    request.source = pathOrAddress;
    request.name = name;
    return importModel(request);
}

Result<job::Folder> Workbench::importModel(const ImportRequest &request)
{
    ImportRequest complete = request;
    if (complete.name.isEmpty())
        complete.name = suggestedModelName(request.source);
    ATHANOR_TRY(checkNameIsFree(*m_project, complete.name));
    if (isModelAddress(request.source)) {
        if (request.isAdapter)
            return importAdapterFrom(complete);
        ATHANOR_ASSIGN(const job::Folder download, m_queue->add(downloadSpec(complete)));
        return m_queue->add(importDownloadedSpec(complete, download.spec().id));
    }
    ATHANOR_ASSIGN(const ModelInspection inspection, inspectModel(request.source));
    if (!inspection.isReadable)
        return fail(ErrorCode::Unsupported, tr("“%1” cannot be brought in: %2").arg(request.source, inspection.reason), inspection.hint);
    complete.source = inspection.location;
    if (inspection.kind == QLatin1String("adapter")) {
        if (complete.base.isEmpty()) {
            ATHANOR_ASSIGN(complete.base, baseOfAdapter(inspection.base));
        }
        ATHANOR_ASSIGN(const QString checkpoint, checkpointBelow(complete.base));
        return m_queue->add(importAdapterSpec(complete, checkpoint));
    }
    if (!complete.base.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("“%1” is a whole model: it stands on no other.").arg(request.source),
                    tr("Leave --base out."));
    return m_queue->add(importSpec(complete));
}

// By its name a model is meant as it came, not as it was taught since.
Result<QString> Workbench::checkpointBelow(const QString &model) const
{
    const auto named = m_project->model(model);
    return named && !named->base.isEmpty() ? Result<QString>(named->base) : resolveCheckpoint(model);
}

// The adapter is downloaded and put on its base, which may itself be on its way.
Result<job::Folder> Workbench::importAdapterFrom(const ImportRequest &request)
{
    QJsonValue base;
    QStringList after;
    if (request.baseSource.isEmpty()) {
        if (request.base.isEmpty())
            return fail(ErrorCode::InvalidInput, tr("It is not said which model the adapter stands on."), tr("Say which: --base MODEL."));
        ATHANOR_ASSIGN(const QString checkpoint, checkpointBelow(request.base));
        base = checkpoint;
    } else {
        if (!isModelAddress(request.baseSource))
            return fail(ErrorCode::InvalidInput, tr("The adapter stands on “%1”, which is no address to download from.").arg(request.baseSource),
                        tr("Bring that model in first, and say which it is: --base MODEL."));
        ImportRequest below;
        below.source = request.baseSource;
        ATHANOR_ASSIGN(const job::Folder import, importModel(below));
        base = job::resultOf(import.spec().id, QStringLiteral("checkpoint"));
        after += import.spec().id;
    }
    ATHANOR_ASSIGN(const job::Folder download, m_queue->add(downloadSpec(request)));
    job::Spec spec = asAdapterImport(importDownloadedSpec(request, download.spec().id), base);
    spec.after = after + spec.after;
    return m_queue->add(spec);
}

Result<job::Folder> Workbench::extendModel(const QString &model, const QStringList &tokens, const QString &name)
{
    ATHANOR_TRY(checkNameIsFree(*m_project, name));
    ATHANOR_ASSIGN(const QString folder, resolveCheckpoint(model));
    const QString whole = QDir(path()).absoluteFilePath(folder);
    if (!QFileInfo::exists(whole + QStringLiteral("/model.safetensors")))
        return fail(ErrorCode::Unsupported, tr("“%1” is an adapter: its words are those of the model below it.").arg(model),
                    tr("Extend the model that it stands on, and teach that."));
    ATHANOR_ASSIGN(const QString file, tokenizer::findTokenizer(whole));
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(file));
    std::vector<QByteArray> texts;
    for (const QString &token : tokens)
        texts.push_back(token.toUtf8());
    if (texts.empty())
        return fail(ErrorCode::InvalidInput, tr("The tokens to add are missing."), tr("Name at least one."));
    ATHANOR_TRY(tokenizer::extendTokenizer(bytes, texts));  // what is wrong with them is said now, not by the job
    ImportRequest request;
    request.source = folder;
    request.name = name;
    job::Spec spec = importSpec(request);
    spec.title = tr("Adding %1 tokens to %2").arg(tokens.size()).arg(model);
    spec.parameters.insert(QStringLiteral("extend"), QJsonArray::fromStringList(tokens));
    spec.command = extendModelCommand(model, tokens, name);
    return m_queue->add(spec);
}

Result<QString> Workbench::baseOfAdapter(const QString &named) const
{
    ATHANOR_ASSIGN(const QList<project::Model> models, m_project->models());
    const auto isNamed = [&](const project::Model &model) {
        const QString location = model.facts.value(QLatin1String("source")).toObject().value(QLatin1String("location")).toString();
        return !named.isEmpty() && (location == named || model.name == suggestedModelName(named));
    };
    for (const project::Model &model : models)
        if (!model.base.isEmpty() && isNamed(model))
            return model.name;
    return fail(ErrorCode::NotFound, named.isEmpty() ? tr("The adapter does not say which model it stands on.")
                                                     : tr("The adapter stands on “%1”, and no model of this project came from there.").arg(named),
                tr("Bring that model in first; if it has another name here, say which: --base MODEL."));
}

// ---- out

Result<job::Folder> Workbench::exportModel(const QString &model, const QString &format, const QString &dtype, const QString &to)
{
    ExportRequest request;
    request.model = model;
    request.format = format;
    request.dtype = dtype;
    request.to = to;
    return exportModel(request);
}

Result<job::Folder> Workbench::exportModel(const ExportRequest &request)
{
    ATHANOR_ASSIGN(const QString checkpoint, resolveCheckpoint(request.model));
    const QJsonObject facts = cardFacts(*m_project, checkpoint);
    QString name = request.name.isEmpty() ? facts.value(QLatin1String("name")).toString() : request.name;
    if (name.isEmpty())
        name = suggestedModelName(checkpoint);
    ATHANOR_TRY(checkName(name));
    ATHANOR_ASSIGN(const ExportForm form, exportForm(request, name));
    const QString folder = QDir(path()).absoluteFilePath(checkpoint);
    if (form.format == QLatin1String("adapter"))
        ATHANOR_TRY(checkIsAdapter(folder, request.model));
    if (form.format == QLatin1String("gguf"))
        ATHANOR_TRY(checkWrites(folder, request.model));
    ExportRequest complete{request.model, form.format, form.dtype, form.to, name};
    return m_queue->add(exportModelSpec(complete, checkpoint, facts, heldOutOf(*m_project, checkpoint)));
}

Result<job::Folder> Workbench::logits(const QString &model, const QList<qint32> &ids, bool onlyLast)
{
    if (ids.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("There are no token ids to look at."), tr("Write them with commas: --ids 1,2,3."));
    ATHANOR_ASSIGN(const QString checkpoint, resolveCheckpoint(model));
    return m_queue->add(logitsSpec(model, checkpoint, ids, onlyLast));
}

Status Workbench::resumeJob(const QString &jobId)
{
    ATHANOR_TRY(m_queue->resume(jobId));
    for (job::Folder &folder : job::Folder::all(path()))
        if (folder.spec().after.contains(jobId) && folder.summary().state == job::State::Failed && folder.summary().attempt == 0)
            ATHANOR_TRY(resumeJob(folder.spec().id));
    return {};
}

}  // namespace athanor::workbench
