// The desktop's preference for dark or light, asked over D-Bus (the portal that all desktops offer). Private to this
// folder. Without a portal it never answers. Thread: the window's.
#pragma once

#include <QObject>
#include <QtDBus/QDBusVariant>

namespace athanor::style {

class SystemTheme : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;
    void ask();  // and listen from now on

Q_SIGNALS:
    void answered(bool dark);

private Q_SLOTS:
    void onSettingChanged(const QString &group, const QString &key, const QDBusVariant &value);
};

}  // namespace athanor::style
