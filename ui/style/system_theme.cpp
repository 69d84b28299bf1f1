#include "ui/style/system_theme.h"

#include <QtDBus/QtDBus>

namespace athanor::style {

namespace {

const auto kPortal = QLatin1String("org.freedesktop.portal.Desktop");
const auto kPortalPath = QLatin1String("/org/freedesktop/portal/desktop");
const auto kPortalSettings = QLatin1String("org.freedesktop.portal.Settings");
const auto kGroup = QLatin1String("org.freedesktop.appearance");
const auto kScheme = QLatin1String("color-scheme");
constexpr uint kPrefersDark = 1;

// The portal wraps its answer once or twice, by version.
bool saysDark(QVariant value)
{
    for (int depth = 0; depth < 3 && value.canConvert<QDBusVariant>(); ++depth)
        value = value.value<QDBusVariant>().variant();
    return value.toUInt() == kPrefersDark;
}

}  // namespace

void SystemTheme::ask()
{
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return;
    bus.connect(kPortal, kPortalPath, kPortalSettings, QStringLiteral("SettingChanged"), this,
                SLOT(onSettingChanged(QString, QString, QDBusVariant)));
    QDBusMessage question = QDBusMessage::createMethodCall(kPortal, kPortalPath, kPortalSettings, QStringLiteral("Read"));
    question << QString(kGroup) << QString(kScheme);
    auto *watcher = new QDBusPendingCallWatcher(bus.asyncCall(question), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this, [this, watcher] {
        const QDBusPendingReply<QDBusVariant> reply = *watcher;
        if (reply.isValid())
            Q_EMIT answered(saysDark(QVariant::fromValue(reply.value())));
        watcher->deleteLater();
    });
}

void SystemTheme::onSettingChanged(const QString &group, const QString &key, const QDBusVariant &value)
{
    if (group == kGroup && key == kScheme)
        Q_EMIT answered(saysDark(QVariant::fromValue(value)));
}

}  // namespace athanor::style
