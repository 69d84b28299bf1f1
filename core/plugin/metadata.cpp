#include "core/plugin/metadata.h"

#include <QCoreApplication>
#include <QRegularExpression>

namespace athanor::plugin {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

bool isIdentifier(const QString &id)
{
    static const QRegularExpression pattern(QStringLiteral("^[a-z0-9_]+(\\.[a-z0-9_]+)+$"));
    return pattern.match(id).hasMatch();
}

}  // namespace

Result<Metadata> metadataFromJson(const QJsonObject &object, const QString &file)
{
    Metadata metadata;
    metadata.file = file;
    metadata.all = object;
    metadata.id = object.value(QLatin1String("id")).toString();
    metadata.kind = object.value(QLatin1String("kind")).toString();
    metadata.apiVersion = object.value(QLatin1String("api")).toInt();
    metadata.title = object.value(QLatin1String("title")).toString();
    metadata.summary = object.value(QLatin1String("summary")).toString();
    metadata.source = object.value(QLatin1String("source")).toString();
    if (!isIdentifier(metadata.id))
        return fail(ErrorCode::Corrupt, tr("The plugin “%1” has no usable id (found “%2”).").arg(file, metadata.id));
    if (metadata.kind.isEmpty() || metadata.title.isEmpty() || metadata.summary.isEmpty())
        return fail(ErrorCode::Corrupt, tr("The plugin “%1” does not say its kind, title and summary.").arg(metadata.id));
    if (metadata.apiVersion != kApiVersion)
        return fail(metadata.apiVersion > kApiVersion ? ErrorCode::NewerVersion : ErrorCode::Unsupported,
                    tr("The plugin “%1” is for plugin interface %2; this program has %3.")
                        .arg(metadata.id)
                        .arg(metadata.apiVersion)
                        .arg(kApiVersion),
                    tr("Install the version of the plugin that belongs to this program."));
    auto parameters = ParameterSchema::fromJson(object.value(QLatin1String("parameters")).toArray());
    if (!parameters) {
        Error error = parameters.error();
        error.message = tr("The plugin “%1”: %2").arg(metadata.id, error.message);
        return fail(std::move(error));
    }
    metadata.parameters = std::move(*parameters);
    return metadata;
}

QString stateName(PluginState state)
{
    switch (state) {
    case PluginState::Read:
        return QStringLiteral("read");
    case PluginState::Resolved:
        return QStringLiteral("resolved");
    case PluginState::Loaded:
        return QStringLiteral("loaded");
    case PluginState::Failed:
        return QStringLiteral("failed");
    }
    return {};
}

}  // namespace athanor::plugin
