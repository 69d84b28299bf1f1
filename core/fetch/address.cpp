#include "core/fetch/address.h"

#include "core/base/locations.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QSettings>

namespace athanor::fetch {

namespace {

constexpr char kUsualHub[] = "https://huggingface.co";
constexpr qsizetype kLongestName = 200;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

bool isWeb(const QUrl &url)
{
    return url.scheme() == QLatin1String("http") || url.scheme() == QLatin1String("https");
}

// "/owner/name/resolve/revision/folder/file" below the hub.
std::optional<ModelAddress> onHub(const QUrl &url, const QUrl &hub)
{
    const QStringList parts = url.path().mid(hub.path().size()).split(QLatin1Char('/'), Qt::SkipEmptyParts);
    if (url.host() != hub.host() || url.port() != hub.port() || parts.size() < 2 || parts[0] == QLatin1String("datasets"))
        return std::nullopt;
    ModelAddress address{parts[0] + QLatin1Char('/') + parts[1], QStringLiteral("main"), {}, {}};
    if (parts.size() == 2)
        return address;
    static const QStringList views{QStringLiteral("tree"), QStringLiteral("blob"), QStringLiteral("resolve"), QStringLiteral("raw")};
    if (!views.contains(parts[2]) || parts.size() < 4)
        return std::nullopt;
    address.revision = parts[3];
    if (parts[2] != QLatin1String("tree"))
        address.file = parts.mid(4).join(QLatin1Char('/'));
    return address;
}

}  // namespace

bool isSafeName(const QString &name)
{
    static const QRegularExpression part(QStringLiteral("^[A-Za-z0-9_-][A-Za-z0-9._-]*$"));
    if (name.isEmpty() || name.size() > kLongestName)
        return false;
    const QStringList parts = name.split(QLatin1Char('/'));
    return std::all_of(parts.begin(), parts.end(), [](const QString &one) {
        return part.match(one).hasMatch() && !one.endsWith(QLatin1String(".part")) && !one.endsWith(QLatin1Char('\n'));
    });
}

QUrl hubAddress()
{
    const QString fromEnvironment = qEnvironmentVariable("HF_ENDPOINT");
    const QSettings settings(userConfigFile(), QSettings::IniFormat);
    QString text = fromEnvironment.isEmpty() ? settings.value(QStringLiteral("hub/address"), QLatin1String(kUsualHub)).toString() : fromEnvironment;
    while (text.endsWith(QLatin1Char('/')))
        text.chop(1);
    return QUrl(text);
}

Result<ModelAddress> parseAddress(const QString &text, const QUrl &hub)
{
    static const QRegularExpression repository(
        QStringLiteral("^([A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*)(?:@([A-Za-z0-9_][A-Za-z0-9_./-]*))?$"));
    if (!isWeb(hub) || hub.host().isEmpty())
        return fail(ErrorCode::InvalidInput, tr("The hub's address “%1” is not a web address.").arg(hub.toString()),
                    tr("Correct HF_ENDPOINT, or the hub's address in the settings."));
    if (const auto match = repository.match(text); match.hasMatch() && !text.contains(QLatin1String("..")))
        return ModelAddress{match.captured(1), match.captured(2).isEmpty() ? QStringLiteral("main") : match.captured(2), {}, {}};
    const QUrl url(text, QUrl::StrictMode);
    if (!text.contains(QLatin1String("://")) || !url.isValid())
        return fail(ErrorCode::InvalidInput, tr("“%1” is neither an address nor a repository.").arg(text),
                    tr("Write “https://…”, or “owner/name” as the hub shows it."));
    if (!isWeb(url))
        return fail(ErrorCode::Unsupported, tr("Addresses of the kind “%1:” are not fetched.").arg(url.scheme()),
                    tr("Use http or https; a file on this machine is named by its path."));
    if (url.host().isEmpty() || url.path().size() < 2)
        return fail(ErrorCode::InvalidInput, tr("The address “%1” names no file.").arg(text), tr("Name the file itself, or “owner/name”."));
    if (const auto found = onHub(url, hub))
        return *found;
    ModelAddress address;
    address.url = url;
    address.file = url.fileName();
    if (!isSafeName(address.file))
        return fail(ErrorCode::InvalidInput, tr("The address “%1” does not end in a file's name.").arg(text),
                    tr("Name the file itself: “https://…/model.gguf”."));
    return address;
}

}  // namespace athanor::fetch
