#include "core/plugin/catalogue.h"

#include "core/base/atomic_file.h"
#include "core/base/locations.h"
#include "core/base/logging.h"

#include <QCoreApplication>
#include <QDir>
#include <QPluginLoader>

namespace athanor::plugin {

namespace {

constexpr qint64 kMetadataLimit = 4 << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

int orderOf(const Metadata &metadata)
{
    return metadata.all.value(QLatin1String("order")).toInt(1000);
}

Result<QJsonObject> readDataPlugin(const QString &file)
{
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(file, kMetadataLimit));
    const QJsonDocument document = QJsonDocument::fromJson(bytes);
    if (!document.isObject())
        return fail(ErrorCode::Corrupt, tr("The plugin file “%1” is not a JSON object.").arg(file));
    return document.object();
}

}  // namespace

struct Catalogue::Entry {
    Metadata metadata;
    std::unique_ptr<QPluginLoader> loader;
};

Catalogue::Catalogue() = default;
Catalogue::~Catalogue() = default;

void Catalogue::scan(const QStringList &folders)
{
    m_entries.clear();
    m_broken.clear();
    for (const QString &folder : folders) {
        const QDir directory(folder);
        for (const QString &name : directory.entryList({QStringLiteral("*.so"), QStringLiteral("*.json")}, QDir::Files,
                                                       QDir::Name)) {
            auto entry = std::make_unique<Entry>();
            const QString file = directory.absoluteFilePath(name);
            const bool isData = name.endsWith(QLatin1String(".json"));
            Result<QJsonObject> object = QJsonObject();
            if (isData) {
                object = readDataPlugin(file);
            } else {
                entry->loader = std::make_unique<QPluginLoader>(file);
                object = entry->loader->metaData().value(QLatin1String("MetaData")).toObject();
            }
            Result<Metadata> metadata = object ? metadataFromJson(*object, file) : fail(object.error());
            if (metadata) {
                entry->metadata = std::move(*metadata);
            } else {
                entry->metadata.file = file;
                entry->metadata.id = object ? object->value(QLatin1String("id")).toString() : QString();
                entry->metadata.kind = object ? object->value(QLatin1String("kind")).toString() : QString();
                entry->metadata.title = name;
                entry->metadata.state = PluginState::Failed;
                entry->metadata.error = metadata.error();
                if (entry->loader && object->isEmpty())
                    entry->metadata.error = {ErrorCode::Corrupt, tr("“%1” is not an Athanor plugin.").arg(file), {},
                                             entry->loader->errorString()};
            }
            entry->metadata.isData = isData;
            add(std::move(entry));
        }
    }
}

void Catalogue::add(std::unique_ptr<Entry> entry)
{
    Metadata &metadata = entry->metadata;
    if (metadata.state != PluginState::Failed && m_entries.contains(metadata.id)) {
        metadata.state = PluginState::Failed;
        metadata.error = {ErrorCode::AlreadyExists,
                          tr("The plugin “%1” exists twice; the one in “%2” is used.")
                              .arg(metadata.id, m_entries[metadata.id]->metadata.file),
                          tr("Remove one of the two files."),
                          {}};
    }
    if (metadata.state == PluginState::Failed) {
        qCWarning(logPlugin).noquote() << metadata.error.message << metadata.error.detail;
        m_broken.push_back(std::move(entry));
        return;
    }
    metadata.state = metadata.isData ? PluginState::Loaded : PluginState::Resolved;
    m_entries[metadata.id] = std::move(entry);
}

std::vector<const Metadata *> Catalogue::all() const
{
    std::vector<const Metadata *> result;
    for (const auto &[id, entry] : m_entries)
        result.push_back(&entry->metadata);
    for (const auto &entry : m_broken)
        result.push_back(&entry->metadata);
    std::stable_sort(result.begin(), result.end(), [](const Metadata *a, const Metadata *b) {
        return std::tie(a->kind, a->title) < std::tie(b->kind, b->title);
    });
    return result;
}

std::vector<const Metadata *> Catalogue::ofKind(const QString &kind) const
{
    std::vector<const Metadata *> result;
    for (const auto &[id, entry] : m_entries)
        if (entry->metadata.kind == kind && entry->metadata.state != PluginState::Failed)
            result.push_back(&entry->metadata);
    std::stable_sort(result.begin(), result.end(), [](const Metadata *a, const Metadata *b) {
        return std::make_pair(orderOf(*a), a->title) < std::make_pair(orderOf(*b), b->title);
    });
    return result;
}

const Metadata *Catalogue::find(const QString &id) const
{
    const auto found = m_entries.find(id);
    return found == m_entries.end() ? nullptr : &found->second->metadata;
}

Result<QObject *> Catalogue::load(const QString &id)
{
    const auto found = m_entries.find(id);
    if (found == m_entries.end())
        return fail(ErrorCode::NotFound, tr("There is no plugin “%1”.").arg(id),
                    tr("“athanor-cli plugin list” shows what there is."));
    Entry &entry = *found->second;
    if (entry.metadata.state == PluginState::Failed)
        return fail(entry.metadata.error);
    if (!entry.loader)
        return fail(ErrorCode::Unsupported, tr("The plugin “%1” is data only and cannot be run.").arg(id));
    QObject *instance = entry.loader->instance();
    if (!instance) {
        entry.metadata.state = PluginState::Failed;
        entry.metadata.error = {ErrorCode::External, tr("The plugin “%1” does not load.").arg(id),
                                tr("Reinstall it, or remove “%1”.").arg(entry.metadata.file),
                                entry.loader->errorString()};
        return fail(entry.metadata.error);
    }
    entry.metadata.state = PluginState::Loaded;
    return instance;
}

std::unique_ptr<Catalogue> scanUsualFolders()
{
    auto catalogue = std::make_unique<Catalogue>();
    catalogue->scan(pluginFolders());
    return catalogue;
}

}  // namespace athanor::plugin
