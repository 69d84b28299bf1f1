// The methods of one kind, typed. `T` is the kind's interface, declared with Q_DECLARE_INTERFACE in the room
// that consumes it; a plugin's root object implements it. A registry is a view of a catalogue and is passed in.
#pragma once

#include "core/plugin/catalogue.h"

#include <QCoreApplication>

namespace athanor::plugin {

template <typename T> class Registry {
public:
    Registry(Catalogue &catalogue, QString kind) : m_catalogue(&catalogue), m_kind(std::move(kind)) {}

    std::vector<const Metadata *> all() const { return m_catalogue->ofKind(m_kind); }
    const QString &kind() const { return m_kind; }
    const Metadata *metadata(const QString &id) const
    {
        const Metadata *found = m_catalogue->find(id);
        return found && found->kind == m_kind ? found : nullptr;
    }

    /// Loads the method if need be. Errors: NotFound, or what made it fail.
    Result<T *> get(const QString &id) const
    {
        if (!metadata(id))
            return fail(ErrorCode::NotFound,
                        QCoreApplication::translate("athanor", "There is no %1 named “%2”.").arg(m_kind, id),
                        QCoreApplication::translate("athanor", "Known are: %1.").arg(knownIds()));
        ATHANOR_ASSIGN(QObject * object, m_catalogue->load(id));
        T *typed = qobject_cast<T *>(object);
        if (!typed)
            return fail(ErrorCode::External,
                        QCoreApplication::translate("athanor", "The plugin “%1” does not offer what a %2 must.")
                            .arg(id, m_kind));
        return typed;
    }

private:
    QString knownIds() const
    {
        QStringList ids;
        for (const Metadata *entry : all())
            ids += entry->id;
        return ids.join(QStringLiteral(", "));
    }
    Catalogue *m_catalogue;
    QString m_kind;
};

}  // namespace athanor::plugin
