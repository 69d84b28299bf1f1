// Role: the presets of all architecture plugins, by size. Parameters are counted, not quoted, where the layers are known.
#include "core/model/architecture.h"

#include <QCoreApplication>

namespace athanor::model {

namespace {

qint64 parametersOf(const plugin::Catalogue &plugins, const Preset &preset, qint64 vocabulary, qint64 quoted)
{
    const auto architecture = expandArchitecture(plugins, preset.architecture, preset.choices, vocabulary);
    if (!architecture)
        return quoted;
    const auto accounting = account(plugins, *architecture, {});
    return accounting ? accounting->parameters : quoted;
}

}  // namespace

QStringList objectivesOf(const plugin::Catalogue &plugins, const plugin::Metadata &architecture)
{
    // What every installation has; a text-side one does not see the plugin itself.
    const QString nextToken = QStringLiteral("objective.next_token");
    const QJsonArray declared = architecture.all.value(QLatin1String("objectives")).toArray({nextToken});
    QStringList installed;
    for (const QJsonValue &value : declared) {
        const QString id = value.toString();
        const plugin::Metadata *found = plugins.find(id);
        if (id == nextToken || (found && found->kind == QLatin1String("objective")))
            installed += id;
    }
    return installed;
}

QString objectiveOf(const QJsonObject &architecture)
{
    const QJsonValue named = architecture.value(QLatin1String("objective"));
    const QString id = named.isObject() ? named.toObject().value(QLatin1String("plugin")).toString() : named.toString();
    return id.isEmpty() ? QStringLiteral("objective.next_token") : id;
}

QStringList labelsOf(const QJsonObject &architecture)
{
    QStringList labels;
    for (const QJsonValue &label : architecture.value(QLatin1String("labels")).toArray())
        labels += label.toString();
    return labels;
}

bool hasEncoder(const QJsonObject &architecture)
{
    return !architecture.value(QLatin1String("encoder")).toObject().isEmpty();
}

bool continuesText(const QJsonObject &architecture)
{
    return objectiveOf(architecture) == QLatin1String("objective.next_token") && labelsOf(architecture).isEmpty();
}

Result<QJsonObject> newArchitecture(const plugin::Catalogue &plugins, const QString &id, const QJsonObject &choices, qint64 vocabulary,
                                    const KnowsToken &knows)
{
    ATHANOR_ASSIGN(QJsonObject expanded, expandArchitecture(plugins, id, choices, vocabulary));
    const plugin::Metadata *objective = plugins.find(objectiveOf(expanded));
    const QJsonObject marks = objective ? objective->all.value(QLatin1String("marks")).toObject() : QJsonObject();
    const QJsonArray known = marks.value(QLatin1String("unlessKnown")).toArray();
    const bool hasMarks = std::any_of(known.begin(), known.end(), [&](const QJsonValue &name) { return knows && knows(name.toString().toUtf8()); });
    const qint64 count = marks.value(QLatin1String("count")).toInteger();
    return hasMarks || count == 0 ? Result<QJsonObject>(expanded) : expandArchitecture(plugins, id, choices, vocabulary + count);
}

QList<const plugin::Metadata *> offeredArchitectures(const plugin::Catalogue &plugins)
{
    QList<const plugin::Metadata *> offered;
    for (const plugin::Metadata *metadata : plugins.ofKind(QStringLiteral("architecture")))
        if (!objectivesOf(plugins, *metadata).isEmpty())
            offered.append(metadata);
    return offered;
}

QList<Preset> presets(const plugin::Catalogue &plugins)
{
    QList<Preset> all;
    for (const plugin::Metadata *metadata : offeredArchitectures(plugins)) {
        for (const QJsonValue &value : metadata->all.value(QLatin1String("presets")).toArray()) {
            const QJsonObject object = value.toObject();
            Preset preset;
            preset.id = object.value(QLatin1String("id")).toString();
            preset.title = object.value(QLatin1String("title")).toString(preset.id);
            preset.architecture = metadata->id;
            preset.choices = object.value(QLatin1String("choices")).toObject();
            if (preset.id.isEmpty() || !metadata->parameters.validate(preset.choices))
                continue;
            preset.approximateParameters = parametersOf(plugins, preset, object.value(QLatin1String("vocabulary")).toInteger(8192),
                                                        object.value(QLatin1String("parameters")).toInteger());
            all.append(std::move(preset));
        }
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const Preset &a, const Preset &b) { return a.approximateParameters < b.approximateParameters; });
    return all;
}

Result<Preset> presetNamed(const plugin::Catalogue &plugins, const QString &id)
{
    QStringList known;
    const QList<Preset> all = presets(plugins);
    for (const Preset &preset : all) {
        if (preset.id == id)
            return preset;
        known += preset.id;
    }
    return fail(ErrorCode::NotFound, QCoreApplication::translate("athanor::model", "There is no preset “%1”.").arg(id),
                QCoreApplication::translate("athanor::model", "Known are: %1.").arg(known.join(QStringLiteral(", "))));
}

}  // namespace athanor::model
