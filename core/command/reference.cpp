#include "core/command/reference.h"

#include "core/model/training_settings.h"

namespace athanor::command {

namespace {

QString limits(const plugin::Parameter &parameter)
{
    QStringList choices;
    for (const plugin::Choice &choice : parameter.choices)
        choices += QLatin1Char('`') + choice.value + QLatin1Char('`');
    if (!choices.isEmpty())
        return choices.join(QStringLiteral(", "));
    if (parameter.minimum && parameter.maximum)
        return QStringLiteral("%1 to %2").arg(plugin::limitText(parameter, *parameter.minimum), plugin::limitText(parameter, *parameter.maximum));
    if (parameter.minimum)
        return QStringLiteral("at least %1").arg(plugin::limitText(parameter, *parameter.minimum));
    return parameter.maximum ? QStringLiteral("at most %1").arg(plugin::limitText(parameter, *parameter.maximum)) : QString();
}

QString cell(QString text)
{
    return text.replace(QLatin1Char('|'), QStringLiteral("\\|")).replace(QLatin1Char('\n'), QLatin1Char(' '));
}

}  // namespace

QString referenceOfParameters(const plugin::ParameterSchema &schema)
{
    if (schema.parameters().empty())
        return QStringLiteral("No parameters.\n");
    QString text = QStringLiteral("| key | what | default | allowed | unit |\n| --- | --- | --- | --- | --- |\n");
    for (const plugin::Parameter &parameter : schema.parameters()) {
        const QString value = plugin::valueText(parameter.defaultValue);
        const QString doc = parameter.doc.isEmpty() ? parameter.title : parameter.title + QStringLiteral(": ") + parameter.doc;
        text += QStringLiteral("| `%1` | %2 | %3 | %4 | %5 |\n")
                    .arg(parameter.key, cell(doc), value.isEmpty() ? QStringLiteral("(empty)") : cell(value), cell(limits(parameter)), cell(parameter.unit));
    }
    return text;
}

QString referenceOf(const plugin::Metadata &plugin)
{
    QString text = QStringLiteral("### %1 (`%2`)\n\n%3\n").arg(plugin.title, plugin.id, plugin.summary);
    if (!plugin.source.isEmpty())
        text += QStringLiteral("\nSource: %1\n").arg(plugin.source);
    const QJsonObject suits = plugin.all.value(QLatin1String("suits")).toObject();
    for (auto it = suits.begin(); it != suits.end(); ++it)
        text += QStringLiteral("\nWhile it is chosen, `%1` is %2 unless said otherwise.\n").arg(it.key(), plugin::valueText(it.value()));
    return text + QLatin1Char('\n') + referenceOfParameters(plugin.parameters);
}

QString referencePage(const plugin::Catalogue &plugins)
{
    QString text = QStringLiteral("# Reference\n\nMade from the declarations that the forms, `--set` and the validation use.\n\n"
                                  "## Training settings\n\n")
                   + referenceOfParameters(model::trainingSettings(plugins).plain())
                   + QStringLiteral("\nOptimizers and schedules have settings of their own. They stand below, each under its kind, are given with "
                                    "`--set` like the others, and count while their method is chosen.\n")
                   + QStringLiteral("\n### What records teach (`teaching.…`)\n\n") + referenceOfParameters(model::teachingSchema())
                   + QStringLiteral("\n### Adapters (`adapter.…`)\n\n") + referenceOfParameters(model::adapterSchema())
                   + QStringLiteral("\n### What learns (`learns`)\n\n") + referenceOfParameters(model::learnsSchema());
    QString kind;
    for (const plugin::Metadata *plugin : plugins.all()) {
        if (plugin->state == plugin::PluginState::Failed)
            continue;
        if (plugin->kind != kind)
            text += QStringLiteral("\n## Kind: %1\n").arg(plugin->kind);
        kind = plugin->kind;
        text += QLatin1Char('\n') + referenceOf(*plugin);
    }
    return text;
}

}  // namespace athanor::command
