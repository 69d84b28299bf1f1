// What the tests of the families share: a family written out with choices, its parameters, and the layers in it.
#pragma once

#include "tests/core/model/fixture.h"

namespace fixture {

/// A family with some choices made, expanded from the plugin.json in the source tree.
class Family {
public:
    Family(const char *name, std::initializer_list<std::pair<const char *, QJsonValue>> choices, qint64 vocabulary)
    {
        QJsonObject made;
        for (const auto &[key, value] : choices)
            made.insert(QLatin1String(key), value);
        const auto expanded = model::expandArchitecture(m_plugins.catalogue, QStringLiteral("architecture.") + QLatin1String(name), made, vocabulary);
        if (!expanded)
            qFatal("%s", qPrintable(expanded.error().message));
        m_architecture = *expanded;
    }

    /// All of them, in f32, as the accounting says; what stands in two places counts once.
    qint64 parameters() const { return model::account(m_plugins.catalogue, m_architecture, {})->parameters; }
    /// Of the first layer with this id, wherever it stands; empty when there is none.
    QJsonObject first(const char *layer) const { return find(m_architecture, QLatin1String(layer)).value(QLatin1String("parameters")).toObject(); }
    bool has(const char *layer) const { return !find(m_architecture, QLatin1String(layer)).isEmpty(); }
    bool hasBranches() const { return QJsonDocument(m_architecture).toJson(QJsonDocument::Compact).contains("\"parallel\":["); }
    bool hasEncoder() const { return !m_architecture.value(QLatin1String("encoder")).toObject().isEmpty(); }

private:
    static QJsonObject find(const QJsonValue &value, QLatin1String layer)
    {
        const QJsonObject entry = value.toObject();
        if (entry.value(QLatin1String("layer")) == layer)
            return entry;
        for (const QJsonValue &inner : value.isArray() ? value.toArray() : QJsonArray())
            if (const QJsonObject found = find(inner, layer); !found.isEmpty())
                return found;
        if (!value.isObject())
            return {};
        for (const char *key : {"encoder", "layers", "residual", "parallel"})
            if (const QJsonObject found = find(entry.value(QLatin1String(key)), layer); !found.isEmpty())
                return found;
        return {};
    }

    Plugins m_plugins;
    QJsonObject m_architecture;
};

}  // namespace fixture
