#include "core/workbench/command_lines.h"

#include "core/model/generation_settings.h"
#include "core/model/training_settings.h"

#include <QRegularExpression>

namespace athanor::workbench {

namespace {

/// "bpe" of "tokenizer.bpe"
QString shortId(const plugin::Metadata &metadata)
{
    return metadata.id.section(QLatin1Char('.'), 1);
}

/// " --set teaching.k=v" for every value that differs from `defaults`; `always` is said in any case, because the
/// group would not be there without it.
QString dotted(const char *group, const QJsonObject &values, QJsonObject defaults, const char *always)
{
    if (values.isEmpty())
        return {};
    QJsonObject said = values;
    if (!said.contains(QLatin1String(always)))
        said.insert(QLatin1String(always), defaults.value(QLatin1String(always)));
    defaults.remove(QLatin1String(always));
    QString text;
    for (auto it = said.begin(); it != said.end(); ++it)
        if (it.value() != defaults.value(it.key()))
            text += QStringLiteral(" --set ")
                    + shellQuoted(QStringLiteral("%1.%2=%3").arg(QLatin1String(group), it.key(), plugin::valueText(it.value())));
    return text;
}

/// " --prompt text"; what would look like another option is joined with "=".
QString option(const QString &name, const QString &value)
{
    const QLatin1Char joint(value.startsWith(QLatin1String("--")) ? '=' : ' ');
    return QStringLiteral(" --") + name + joint + shellQuoted(value);
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

QString signalsCommand(const QString &dataset, const QString &filter)
{
    return QStringLiteral("athanor-cli dataset signals %1 --filter %2").arg(shellQuoted(dataset), shellQuoted(filter));
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

QString startRunCommand(const plugin::Catalogue &plugins, const RunRequest &request)
{
    QString command = QStringLiteral("athanor-cli run start --model %1 --dataset %2").arg(shellQuoted(request.model), shellQuoted(request.dataset))
                      + assignments(request.settings, model::trainingSettings(plugins).schemaFor(request.settings).defaults());
    command += dotted("teaching", request.teaching, model::teachingSchema().defaults(), "kind");
    command += dotted("adapter", request.adapter, model::adapterSchema().defaults(), "method");
    if (!request.learns.isEmpty())
        command += QStringLiteral(" --set ") + shellQuoted(QStringLiteral("learns=") + request.learns);
    if (!request.from.isEmpty())
        command += QStringLiteral(" --from ") + shellQuoted(request.from);
    return command;
}

QString findRateCommand(const QString &startRun, const experiment::RateRange &range)
{
    const experiment::RateRange usual;
    QString command = startRun;
    command.replace(QStringLiteral("athanor-cli run start"), QStringLiteral("athanor-cli run find-rate"));
    if (range.lowest != usual.lowest)
        command += QStringLiteral(" --lowest ") + plugin::valueText(range.lowest);
    if (range.highest != usual.highest)
        command += QStringLiteral(" --highest ") + plugin::valueText(range.highest);
    return range.steps == usual.steps ? command : command + QStringLiteral(" --steps %1").arg(range.steps);
}

QString importModelCommand(const ImportRequest &request)
{
    QString command = QStringLiteral("athanor-cli model import ") + shellQuoted(request.source);
    const auto add = [&](const char *option, const QString &value) {
        if (!value.isEmpty())
            command += QStringLiteral(" --%1 %2").arg(QLatin1String(option), shellQuoted(value));
    };
    add("as", request.name);
    add("licence", request.licence);
    add("file", request.file);
    add("base", request.base);
    return request.baseSource.isEmpty() ? command : command + QStringLiteral(" --with-base");
}

QString extendModelCommand(const QString &model, const QStringList &tokens, const QString &name)
{
    QString command = QStringLiteral("athanor-cli model extend %1 --as %2").arg(shellQuoted(model), shellQuoted(name));
    for (const QString &token : tokens)
        command += option(QStringLiteral("add"), token);
    return command;
}

QString exportModelCommand(const ExportRequest &request)
{
    const QString format = request.format == QLatin1String("huggingface") ? QStringLiteral("hf") : request.format;
    QString command = QStringLiteral("athanor-cli model export %1 --format %2").arg(shellQuoted(request.model), format);
    if (!request.dtype.isEmpty())
        command += QStringLiteral(" --dtype ") + request.dtype;
    if (!request.name.isEmpty() && request.name != request.model)
        command += QStringLiteral(" --as ") + shellQuoted(request.name);
    return command + QStringLiteral(" --to ") + shellQuoted(request.to);
}

QString logitsCommand(const QString &model, const QList<qint32> &ids, bool onlyLast)
{
    QStringList numbers;
    for (const qint32 id : ids)
        numbers += QString::number(id);
    return QStringLiteral("athanor-cli model logits %1 --ids %2%3")
        .arg(shellQuoted(model), numbers.join(QLatin1Char(',')), onlyLast ? QStringLiteral(" --last") : QString());
}

QString reportCommand(const QString &runId, const QString &file)
{
    return QStringLiteral("athanor-cli run report %1 --to %2").arg(shellQuoted(runId), shellQuoted(file));
}

QString evaluateCommand(const QString &model, const QString &datasetOrFile, const EvaluationExtent &extent)
{
    QString command = QStringLiteral("athanor-cli evaluate %1 --task %2").arg(shellQuoted(model), shellQuoted(datasetOrFile));
    if (extent.documents > 0)
        command += QStringLiteral(" --limit %1").arg(extent.documents);
    if (!extent.samples.isEmpty())
        command += QStringLiteral(" --samples ") + shellQuoted(extent.samples);
    return command;
}

namespace {

/// The settings of writing as options, those that a person seldom touches only where they differ.
QString generationOptions(const QJsonObject &request)
{
    QString text;
    const auto add = [&](const QString &name, const QJsonValue &value) {
        if (!value.isUndefined())
            text += option(name, plugin::valueText(value));
    };
    for (const plugin::Parameter &parameter : model::generationSchema().parameters()) {
        const QJsonValue value = request.value(model::requestKey(parameter.key));
        if (parameter.key == QLatin1String("stop") || (parameter.advanced && value == parameter.defaultValue))
            continue;
        const bool isInteger = parameter.type == plugin::ParameterType::Integer && value.isDouble();
        add(model::optionName(parameter.key), isInteger ? QJsonValue(QString::number(value.toInteger())) : value);
    }
    for (const QJsonValue &stop : request.value(QLatin1String("stop")).toArray())
        add(QStringLiteral("stop"), stop);
    return text;
}

}  // namespace

QString generateCommand(const QString &model, const QJsonObject &request)
{
    QString command = QStringLiteral("athanor-cli generate ") + shellQuoted(model);
    if (const QJsonValue prompt = request.value(QLatin1String("prompt")); !prompt.isUndefined())
        command += option(QStringLiteral("prompt"), plugin::valueText(prompt));
    return command + generationOptions(request);
}

QString promptsCommand(const PromptsRequest &request)
{
    QString command = QStringLiteral("athanor-cli generate %1 --prompts %2").arg(shellQuoted(request.model), shellQuoted(request.file));
    if (request.asksChat)
        command += QStringLiteral(" --as-chat");
    if (!request.system.isEmpty())
        command += option(QStringLiteral("system"), request.system);
    if (request.batch > 0)
        command += QStringLiteral(" --batch %1").arg(request.batch);
    if (!request.to.isEmpty())
        command += QStringLiteral(" --to ") + shellQuoted(request.to);
    return command + generationOptions(request.settings);
}

}  // namespace athanor::workbench
