#include "core/workbench/specs.h"

#include "core/model/architecture.h"
#include "core/model/training_settings.h"

#include <QCoreApplication>

namespace athanor::workbench {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

job::Spec newSpec(const QString &kind, const QString &title)
{
    job::Spec spec;
    spec.kind = kind;
    spec.title = title;
    spec.created = QDateTime::currentDateTimeUtc();
    return spec;
}

/// The usual name is none: "the tokenizer", not "tokenizer tokenizer".
QString tokenizerWords(const QString &name)
{
    return name == QLatin1String("tokenizer") ? tr("the tokenizer") : tr("tokenizer %1").arg(name);
}

}  // namespace

QString settingsThatDiffer(const plugin::Catalogue &plugins, const QJsonObject &settings)
{
    const QJsonObject defaults = model::trainingSettings(plugins).schemaFor(settings).defaults();
    QStringList parts;
    for (auto it = settings.begin(); it != settings.end(); ++it)
        if (it.value() != defaults.value(it.key()))
            parts += it.key() + QLatin1Char('=') + plugin::valueText(it.value());
    return parts.join(QStringLiteral(", "));
}

job::Spec curateSpec(const QString &dataset, const QJsonObject &recipe, const QJsonArray &sources)
{
    job::Spec spec = newSpec(QStringLiteral("curate"), tr("Preparing %1").arg(dataset));
    spec.parameters = {{QStringLiteral("dataset"), dataset},
                       {QStringLiteral("recipe"), recipe},
                       {QStringLiteral("sources"), sources}};
    spec.command = curateCommand(dataset);
    return spec;
}

job::Spec tokenizerSpec(const QString &name, const QString &pluginId, const QJsonObject &settings, const QJsonValue &corpus)
{
    job::Spec spec = newSpec(QStringLiteral("tokenizer"), tr("Training %1").arg(tokenizerWords(name)));
    spec.parameters = {{QStringLiteral("name"), name},
                       {QStringLiteral("plugin"), pluginId},
                       {QStringLiteral("settings"), settings},
                       {QStringLiteral("corpus"), corpus}};
    return spec;
}

job::Spec importTokenizerSpec(const QString &name, const QString &file)
{
    job::Spec spec = newSpec(QStringLiteral("tokenizer"), tr("Importing %1").arg(tokenizerWords(name)));
    spec.parameters = {{QStringLiteral("name"), name}, {QStringLiteral("import"), file}};
    spec.command = QStringLiteral("athanor-cli tokenizer import %1 --as %2").arg(shellQuoted(file), shellQuoted(name));
    return spec;
}

job::Spec trainSpec(const plugin::Catalogue &plugins, const RunRequest &request, const QJsonObject &architecture,
                    const TrainInputs &inputs, const QJsonObject &settings)
{
    const QString title = request.title.isEmpty() ? tr("Training %1 on %2").arg(request.model, inputs.dataset) : request.title;
    job::Spec spec = newSpec(QStringLiteral("train"), title);
    spec.parameters = {{QStringLiteral("model"), request.model},
                       {QStringLiteral("dataset"), inputs.dataset},
                       {QStringLiteral("architecture"), architecture},
                       {QStringLiteral("corpus"), inputs.corpus},
                       {QStringLiteral("corpusSha256"), inputs.corpusSha256},
                       {QStringLiteral("tokenizer"), inputs.tokenizer},
                       {QStringLiteral("tokenizerSha256"), inputs.tokenizerSha256},
                       {QStringLiteral("settings"), settings}};
    if (!request.from.isEmpty())
        spec.parameters.insert(QStringLiteral("from"), request.from);
    if (!request.teaching.isEmpty())
        spec.parameters.insert(QStringLiteral("teaching"), request.teaching);
    const bool sorts = request.teaching.value(QLatin1String("kind")).toString() == QLatin1String("labels");
    spec.parameters.insert(QStringLiteral("continuesText"), !sorts && model::continuesText(architecture));
    if (!request.adapter.isEmpty())
        spec.parameters.insert(QStringLiteral("adapter"), request.adapter);
    if (!request.learns.isEmpty())
        spec.parameters.insert(QStringLiteral("learns"), request.learns);
    if (!request.sweep.isEmpty())
        spec.parameters.insert(QStringLiteral("sweep"), request.sweep);
    spec.device = settings.value(QLatin1String("device")).toString(spec.device);
    RunRequest said = request;
    said.dataset = inputs.dataset;
    said.settings = settings;
    spec.command = startRunCommand(plugins, said);
    return spec;
}

job::Spec findRateSpec(const job::Spec &run, const experiment::RateRange &range)
{
    const QString model = run.parameters.value(QLatin1String("model")).toString();
    job::Spec spec = newSpec(QStringLiteral("find_rate"), tr("Trying learning rates for %1").arg(model));
    spec.parameters = run.parameters;
    spec.device = run.device;
    spec.parameters.insert(QStringLiteral("range"), experiment::toJson(range));
    spec.command = findRateCommand(run.command, range);
    return spec;
}

job::Spec evaluateSpec(const QString &title, const QJsonValue &checkpoint)
{
    job::Spec spec = newSpec(QStringLiteral("evaluate"), title);
    spec.parameters = {{QStringLiteral("checkpoint"), checkpoint}};
    return spec;
}

job::Spec promptsSpec(const PromptsRequest &request, const QString &title, const QString &checkpoint)
{
    job::Spec spec = newSpec(QStringLiteral("prompts"), title);
    spec.parameters = {{QStringLiteral("checkpoint"), checkpoint}, {QStringLiteral("file"), request.file},
                       {QStringLiteral("settings"), request.settings}, {QStringLiteral("batch"), request.batch},
                       {QStringLiteral("chat"), request.asksChat}};
    if (!request.to.isEmpty())
        spec.parameters.insert(QStringLiteral("to"), request.to);
    if (!request.system.isEmpty())
        spec.parameters.insert(QStringLiteral("system"), request.system);
    spec.command = promptsCommand(request);
    return spec;
}

// ---- models in and out

job::Spec lookUpSpec(const QString &address, const QString &file)
{
    job::Spec spec = newSpec(QStringLiteral("lookup"), tr("Asking what %1 is").arg(address));
    spec.device.clear();
    spec.parameters = {{QStringLiteral("address"), address}};
    if (!file.isEmpty())
        spec.parameters.insert(QStringLiteral("file"), file);
    spec.command = QStringLiteral("athanor-cli model info ") + shellQuoted(address);
    return spec;
}

job::Spec downloadSpec(const ImportRequest &request)
{
    job::Spec spec = newSpec(QStringLiteral("download"), tr("Downloading %1").arg(request.name));
    spec.device.clear();
    spec.parameters = {{QStringLiteral("address"), request.source}};
    if (!request.file.isEmpty())
        spec.parameters.insert(QStringLiteral("file"), request.file);
    spec.command = importModelCommand(request);
    return spec;
}

job::Spec importSpec(const ImportRequest &request)
{
    job::Spec spec = newSpec(QStringLiteral("import"), tr("Bringing in %1").arg(request.name));
    spec.device.clear();
    spec.parameters = {{QStringLiteral("source"), request.source}, {QStringLiteral("name"), request.name}};
    if (!request.licence.isEmpty())
        spec.parameters.insert(QStringLiteral("licence"), request.licence);
    spec.command = importModelCommand(request);
    return spec;
}

job::Spec asAdapterImport(job::Spec spec, const QJsonValue &base)
{
    spec.kind = QStringLiteral("adapter");
    spec.parameters.insert(QStringLiteral("action"), QStringLiteral("import"));
    spec.parameters.insert(QStringLiteral("base"), base);
    return spec;
}

job::Spec importAdapterSpec(const ImportRequest &request, const QString &base)
{
    return asAdapterImport(importSpec(request), base);
}

job::Spec importDownloadedSpec(const ImportRequest &request, const QString &downloadJob)
{
    job::Spec spec = importSpec(request);
    spec.after = {downloadJob};
    spec.parameters.insert(QStringLiteral("source"), job::resultOf(downloadJob, QStringLiteral("source")));
    spec.parameters.insert(QStringLiteral("origin"), job::resultOf(downloadJob, QStringLiteral("origin")));
    if (request.licence.isEmpty())
        spec.parameters.insert(QStringLiteral("licence"), job::resultOf(downloadJob, QStringLiteral("licence")));
    return spec;
}

job::Spec exportModelSpec(const ExportRequest &request, const QString &checkpoint, const QJsonObject &facts, const QString &corpus)
{
    job::Spec spec = newSpec(QStringLiteral("export"), tr("Exporting %1 as %2").arg(request.name, request.format));
    spec.parameters = {{QStringLiteral("checkpoint"), checkpoint}, {QStringLiteral("format"), request.format},
                       {QStringLiteral("dtype"), request.dtype},   {QStringLiteral("to"), request.to},
                       {QStringLiteral("name"), request.name},     {QStringLiteral("facts"), facts}};
    if (!corpus.isEmpty())
        spec.parameters.insert(QStringLiteral("corpus"), corpus);
    spec.command = exportModelCommand(request);
    return spec;
}

job::Spec logitsSpec(const QString &model, const QString &checkpoint, const QList<qint32> &ids, bool onlyLast)
{
    job::Spec spec = newSpec(QStringLiteral("logits"), tr("Scores of %1 for %2 tokens").arg(model).arg(ids.size()));
    spec.device.clear();
    QJsonArray array;
    for (const qint32 id : ids)
        array += id;
    spec.parameters = {{QStringLiteral("checkpoint"), checkpoint}, {QStringLiteral("ids"), array}, {QStringLiteral("last"), onlyLast}};
    spec.command = logitsCommand(model, ids, onlyLast);
    return spec;
}

}  // namespace athanor::workbench
