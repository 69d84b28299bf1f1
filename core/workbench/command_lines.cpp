#include "core/workbench/command_lines.h"

#include "core/model/training_settings.h"

#include <QRegularExpression>

namespace athanor::workbench {

namespace {

/// "bpe" of "tokenizer.bpe"
QString shortId(const plugin::Metadata &metadata)
{
    return metadata.id.section(QLatin1Char('.'), 1);
}

}  // namespace

QString shellQuoted(const QString &word)
{
    static const QRegularExpression plain(QStringLiteral("^[A-Za-z0-9_./:=@%+,-]+$"));
    if (plain.match(word).hasMatch() && !word.endsWith(QLatin1Char('\n')))
        return word;
    QString quoted = word;
    quoted.replace(QLatin1Char('\''), QStringLiteral("'\\''"));
    return QLatin1Char('\'') + quoted + QLatin1Char('\'');
}

QString assignments(const QJsonObject &values, const QJsonObject &defaults)
{
    QString text;
    for (auto it = values.begin(); it != values.end(); ++it)
        if (it.value() != defaults.value(it.key()))
            text += QStringLiteral(" --set ") + shellQuoted(it.key() + QLatin1Char('=') + plugin::valueText(it.value()));
    return text;
}

QString curateCommand(const QString &dataset)
{
    return QStringLiteral("athanor-cli dataset curate ") + shellQuoted(dataset);
}

QString exportCommand(const QString &dataset, const QString &file)
{
    return QStringLiteral("athanor-cli dataset export %1 --to %2").arg(shellQuoted(dataset), shellQuoted(file));
}

QString trainTokenizerCommand(const QString &name, const QString &dataset, const plugin::Metadata &method, const QJsonObject &settings)
{
    return QStringLiteral("athanor-cli tokenizer train %1 --dataset %2 --type %3").arg(shellQuoted(name), shellQuoted(dataset), shortId(method))
           + assignments(settings, method.parameters.defaults());
}

QString createModelCommand(const QString &name, const plugin::Metadata &architecture, const QJsonObject &choices, const QString &tokenizer)
{
    return QStringLiteral("athanor-cli model create %1 --architecture %2 --tokenizer %3").arg(shellQuoted(name), shortId(architecture), shellQuoted(tokenizer))
           + assignments(choices, architecture.parameters.defaults());
}

QString startRunCommand(const RunRequest &request)
{
    QString command = QStringLiteral("athanor-cli run start --model %1 --dataset %2").arg(shellQuoted(request.model), shellQuoted(request.dataset))
                      + assignments(request.settings, model::trainingSchema().defaults());
    if (!request.from.isEmpty())
        command += QStringLiteral(" --from ") + shellQuoted(request.from);
    return command;
}

QString reportCommand(const QString &runId, const QString &file)
{
    return QStringLiteral("athanor-cli run report %1 --to %2").arg(shellQuoted(runId), shellQuoted(file));
}

QString evaluateCommand(const QString &model, const QString &datasetOrFile)
{
    return QStringLiteral("athanor-cli evaluate %1 --task %2").arg(shellQuoted(model), shellQuoted(datasetOrFile));
}

QString generateCommand(const QString &model, const QJsonObject &request)
{
    QString command = QStringLiteral("athanor-cli generate ") + shellQuoted(model);
    const auto add = [&](const char *option, const QJsonValue &value) {
        if (!value.isUndefined())
            command += QStringLiteral(" --%1 %2").arg(QLatin1String(option), shellQuoted(plugin::valueText(value)));
    };
    add("prompt", request.value(QLatin1String("prompt")));
    add("max-tokens", request.value(QLatin1String("maxTokens")));
    add("temperature", request.value(QLatin1String("temperature")));
    add("top-k", request.value(QLatin1String("topK")));
    add("top-p", request.value(QLatin1String("topP")));
    if (request.contains(QLatin1String("seed")))
        add("seed", QString::number(request.value(QLatin1String("seed")).toInteger()));
    for (const QJsonValue &stop : request.value(QLatin1String("stop")).toArray())
        add("stop", stop);
    return command;
}

}  // namespace athanor::workbench
