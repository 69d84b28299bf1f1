#include "core/workbench/specs.h"

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

}  // namespace

QString settingsThatDiffer(const QJsonObject &settings)
{
    const QJsonObject defaults = model::trainingSchema().defaults();
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
    job::Spec spec = newSpec(QStringLiteral("tokenizer"), tr("Training tokenizer %1").arg(name));
    spec.parameters = {{QStringLiteral("name"), name},
                       {QStringLiteral("plugin"), pluginId},
                       {QStringLiteral("settings"), settings},
                       {QStringLiteral("corpus"), corpus}};
    return spec;
}

job::Spec importTokenizerSpec(const QString &name, const QString &file)
{
    job::Spec spec = newSpec(QStringLiteral("tokenizer"), tr("Importing tokenizer %1").arg(name));
    spec.parameters = {{QStringLiteral("name"), name}, {QStringLiteral("import"), file}};
    spec.command = QStringLiteral("athanor-cli tokenizer import %1 --as %2").arg(shellQuoted(file), shellQuoted(name));
    return spec;
}

job::Spec trainSpec(const RunRequest &request, const QJsonObject &architecture, const TrainInputs &inputs,
                    const QJsonObject &settings)
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
    RunRequest said = request;
    said.dataset = inputs.dataset;
    said.settings = settings;
    spec.command = startRunCommand(said);
    return spec;
}

job::Spec evaluateSpec(const QString &title, const QJsonValue &checkpoint)
{
    job::Spec spec = newSpec(QStringLiteral("evaluate"), title);
    spec.parameters = {{QStringLiteral("checkpoint"), checkpoint}};
    return spec;
}

}  // namespace athanor::workbench
