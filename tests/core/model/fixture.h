// A catalogue from the plugin.json files in the source tree: nothing needs to be built or loaded.
#pragma once

#include "core/base/atomic_file.h"
#include "core/model/architecture.h"

#include <QDirIterator>
#include <QTemporaryDir>
#include <QtTest>

namespace fixture {

using namespace athanor;

/// Layers, architectures, optimizers, schedules and initializers as shipped, and any further ones given.
class Plugins {
public:
    explicit Plugins(const QList<QJsonObject> &more = {}, bool withLayers = true)
    {
        for (const char *kind : {"layer", "architecture", "optimizer", "schedule", "initializer"}) {
            if (!withLayers && qstrcmp(kind, "layer") == 0)
                continue;
            QDirIterator files(QStringLiteral(ATHANOR_SOURCE_DIR "/plugins/%1").arg(QLatin1String(kind)),
                               {QStringLiteral("plugin.json")}, QDir::Files, QDirIterator::Subdirectories);
            while (files.hasNext())
                add(*readJsonFile(files.next()));
        }
        for (const QJsonObject &object : more)
            add(object);
        catalogue.scan({m_folder.path()});
    }
    plugin::Catalogue catalogue;

private:
    void add(const QJsonObject &object)
    {
        const QString file = m_folder.filePath(object.value(QLatin1String("id")).toString() + QStringLiteral(".json"));
        if (!writeJsonFile(file, object))
            qFatal("cannot write");
    }
    QTemporaryDir m_folder;
};

inline QJsonObject small()
{
    return {{QStringLiteral("width"), 384}, {QStringLiteral("layers"), 6}, {QStringLiteral("heads"), 6}, {QStringLiteral("context"), 256}};
}

}  // namespace fixture
