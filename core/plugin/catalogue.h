// All plugins found in the plugin folders. Role: reads metadata (never maps a module for that), loads a module
// when its method is used, keeps the reason when one fails. One bad plugin never stops a start.
// Thread: use from one thread at a time.
#pragma once

#include "core/plugin/metadata.h"

#include <QObject>

#include <map>
#include <memory>

class QPluginLoader;

namespace athanor::plugin {

class ATHANOR_EXPORT Catalogue {
public:
    Catalogue();
    ~Catalogue();
    Catalogue(const Catalogue &) = delete;

    /// Reads the metadata of every *.so and *.json in `folders`. The first of two plugins with one id wins;
    /// the second is kept as failed. May be called again after new files appear.
    void scan(const QStringList &folders);

    std::vector<const Metadata *> all() const;                           // sorted by kind, then title
    std::vector<const Metadata *> ofKind(const QString &kind) const;     // usable ones, by "order", then title
    const Metadata *find(const QString &id) const;

    /// The plugin's root object; loaded on first use. NotFound lists what there is of the same kind.
    Result<QObject *> load(const QString &id);

private:
    struct Entry;
    void add(std::unique_ptr<Entry> entry);
    std::map<QString, std::unique_ptr<Entry>> m_entries;
    std::vector<std::unique_ptr<Entry>> m_broken;
};

/// The process's usual catalogue: pluginFolders(), scanned. Made in main() and passed in, never a global.
ATHANOR_EXPORT std::unique_ptr<Catalogue> scanUsualFolders();

}  // namespace athanor::plugin
