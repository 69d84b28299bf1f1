#include "core/fetch/handlers.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/machine.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonArray>
#include <QRegularExpression>
#include <QTimer>

#include <map>

namespace athanor::fetch {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString textOf(const job::Context &context, const char *key)
{
    return context.spec().parameters.value(QLatin1String(key)).toString();
}

Result<Offer> offerFor(job::Context &context, HttpClient &client)
{
    context.report({tr("Asking the server"), 0, 0, {}});
    return readOffer(client, textOf(context, "address"), textOf(context, "file"), hubAddress());
}

// A pause stops the transfer as a cancel does; which of the two it was is told by the context.
class PauseAsCancel {
public:
    explicit PauseAsCancel(job::Context &context) : m_context(context)
    {
        QObject::connect(&m_watch, &QTimer::timeout, &m_watch, [this] { look(); });
        m_watch.start(50);  // also while nothing comes
        look();
    }
    void look() const
    {
        if (m_context.pauseRequested() || m_context.cancelToken().isCancelled())
            m_token.cancel();
    }
    CancelToken token() const { return m_token; }

private:
    job::Context &m_context;
    CancelToken m_token;
    QTimer m_watch;
};

class LookUpHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("lookup"); }

    Result<QJsonObject> run(job::Context &context) override
    {
        HttpClient client(context.cancelToken());
        ATHANOR_ASSIGN(const Offer offer, offerFor(context, client));
        return toJson(offer, fitOf(offer, freeDiskBytes(context.jobPath()), machineFacts().memoryBytes));
    }
};

class DownloadHandler final : public job::Handler {
public:
    explicit DownloadHandler(const TransferOptions &options) : m_options(options) {}
    QString kind() const override { return QStringLiteral("download"); }

    Result<QJsonObject> run(job::Context &context) override
    {
        HttpClient client(context.cancelToken());
        ATHANOR_ASSIGN(const Offer offer, offerFor(context, client));
        if (!offer.choices.isEmpty())
            return fail(ErrorCode::InvalidInput, tr("The repository has %1 GGUF files, and it is not said which.").arg(offer.choices.size()), choiceHint(offer));
        const QString folder = context.jobPath() + QStringLiteral("/files");
        ATHANOR_TRY(makeFolder(folder));
        ATHANOR_TRY(checkRoom(offer, folder));
        const auto files = fetchAll(context, offer, folder);
        if (!files && (files.error().code == ErrorCode::Cancelled || context.pauseRequested()))
            return job::stoppedHere(tr("%1 of %2 are kept.").arg(formatBytes(onDisk(offer, folder)), formatBytes(offer.bytes())));
        if (!files)
            return tl::unexpected(files.error());
        return resultOf(context, offer, *files);
    }

private:
    static QString choiceHint(const Offer &offer)
    {
        QStringList names;
        for (const RemoteFile &file : offer.choices)
            names += QStringLiteral("%1 (%2)").arg(file.name, formatBytes(file.bytes));
        return tr("Name one with --file: %1.").arg(names.join(QStringLiteral(", ")));
    }
    static qint64 onDisk(const Offer &offer, const QString &folder)
    {
        qint64 bytes = 0;
        for (const RemoteFile &file : offer.files)
            bytes += bytesOnDisk(folder, file);
        return bytes;
    }
    static Status checkRoom(const Offer &offer, const QString &folder)
    {
        const qint64 missing = offer.bytes() - onDisk(offer, folder);
        const qint64 free = freeDiskBytes(folder);
        if (free < 0 || missing <= free)
            return {};
        return fail(ErrorCode::DiskFull, tr("The download needs %1 more; the disk has %2.").arg(formatBytes(missing), formatBytes(free)),
                    tr("Free some space, then resume."));
    }

    // In the order of the list; what is there already costs nothing but its hash.
    Result<QJsonArray> fetchAll(job::Context &context, const Offer &offer, const QString &folder) const
    {
        const PauseAsCancel stop(context);
        HttpClient stoppable(stop.token());
        QJsonArray files;
        qint64 before = 0;
        for (const RemoteFile &file : offer.files) {
            const auto progress = [&](qint64 bytes) {
                context.report({tr("Downloading %1").arg(file.name), before + bytes, offer.bytes(), QStringLiteral("bytes")});
            };
            progress(bytesOnDisk(folder, file));
            ATHANOR_ASSIGN(const QString hash, transfer(stoppable, folder, file, stop.token(), progress, m_options));
            const qint64 bytes = QFileInfo(folder + QLatin1Char('/') + file.name).size();
            before += bytes;
            files += QJsonObject{{QStringLiteral("name"), file.name}, {QStringLiteral("bytes"), bytes}, {QStringLiteral("sha256"), hash}};
        }
        return files;
    }

    static QJsonObject resultOf(const job::Context &context, const Offer &offer, const QJsonArray &files)
    {
        QString source = QStringLiteral("jobs/%1/files").arg(context.spec().id);
        if (offer.format == QLatin1String("gguf"))
            source += QLatin1Char('/') + offer.files.first().name;
        qint64 bytes = 0;
        for (const QJsonValue &file : files)
            bytes += file[QLatin1String("bytes")].toInteger();
        const QString location = offer.parsed.isRepository() ? offer.parsed.repository : offer.parsed.url.toString(QUrl::RemoveUserInfo);
        return {{QStringLiteral("source"), source}, {QStringLiteral("licence"), offer.licence}, {QStringLiteral("format"), offer.format},
                {QStringLiteral("origin"), QJsonObject{{QStringLiteral("location"), location}, {QStringLiteral("revision"), offer.revision}}},
                {QStringLiteral("bytes"), bytes}, {QStringLiteral("files"), files}};
    }

    TransferOptions m_options;
};

/// "page.html" of ".../page" with the type text/html; letters, digits and ._- alone.
QString documentName(const QUrl &url, const QByteArray &type)
{
    static const std::map<QByteArray, const char *> kEndings{{"text/html", ".html"}, {"application/xhtml+xml", ".html"}, {"application/pdf", ".pdf"},
                                                             {"text/markdown", ".md"}, {"application/json", ".json"}, {"text/csv", ".csv"}};
    QString name = url.fileName();
    name.replace(QRegularExpression(QStringLiteral("[^A-Za-z0-9._-]+")), QStringLiteral("-"));
    while (name.startsWith(QLatin1Char('.')) || name.startsWith(QLatin1Char('-')))
        name.remove(0, 1);
    name = name.right(120);
    if (name.isEmpty())
        name = QStringLiteral("document");
    if (name.contains(QLatin1Char('.')))
        return name;
    const auto known = kEndings.find(type.split(';').first().trimmed().toLower());
    return name + QLatin1String(known == kEndings.end() ? ".txt" : known->second);
}

class FetchHandler final : public job::Handler {
public:
    explicit FetchHandler(const TransferOptions &options) : m_options(options) {}
    QString kind() const override { return QStringLiteral("fetch"); }

    Result<QJsonObject> run(job::Context &context) override
    {
        const QUrl url(textOf(context, "address"), QUrl::StrictMode);
        if (!url.isValid() || (url.scheme() != QLatin1String("http") && url.scheme() != QLatin1String("https")) || url.host().isEmpty())
            return fail(ErrorCode::Unsupported, tr("“%1” is no address of a document.").arg(textOf(context, "address")), tr("Addresses begin with http:// or https://."));
        const PauseAsCancel stop(context);
        HttpClient client(stop.token());
        context.report({tr("Asking the server"), 0, 0, {}});
        ATHANOR_ASSIGN(const Answer head, client.head(url));
        const bool isTold = head.status == 200;  // for size and name alone: some servers refuse HEAD, GET decides
        const QString folder = context.jobPath() + QStringLiteral("/files");
        ATHANOR_TRY(makeFolder(folder));
        RemoteFile file{documentName(isTold && head.url.isValid() ? head.url : url, isTold ? head.header("content-type") : QByteArray()), -1, {}, {}, url};
        bool isNumber = false;
        if (const qint64 bytes = head.header("content-length").toLongLong(&isNumber); isNumber && bytes > 0 && isTold && head.header("content-encoding").isEmpty())
            file.bytes = bytes;
        if (const qint64 free = freeDiskBytes(folder); free >= 0 && file.bytes > free)
            return fail(ErrorCode::DiskFull, tr("The document has %1 and the disk %2.").arg(formatBytes(file.bytes), formatBytes(free)), tr("Free some space, then resume."));
        const auto progress = [&](qint64 bytes) { context.report({tr("Downloading %1").arg(file.name), bytes, file.bytes, QStringLiteral("bytes")}); };
        const auto hash = transfer(client, folder, file, stop.token(), progress, m_options);
        if (!hash && (hash.error().code == ErrorCode::Cancelled || context.pauseRequested()))
            return job::stoppedHere(tr("What was downloaded is kept."));
        if (!hash)
            return tl::unexpected(hash.error());
        return QJsonObject{{QStringLiteral("source"), QStringLiteral("jobs/%1/files/%2").arg(context.spec().id, file.name)},
                           {QStringLiteral("address"), url.toString(QUrl::RemoveUserInfo)},
                           {QStringLiteral("bytes"), QFileInfo(folder + QLatin1Char('/') + file.name).size()}, {QStringLiteral("sha256"), *hash}};
    }

private:
    TransferOptions m_options;
};

}  // namespace

std::unique_ptr<job::Handler> makeFetchHandler(const TransferOptions &options)
{
    return std::make_unique<FetchHandler>(options);
}

std::unique_ptr<job::Handler> makeLookUpHandler()
{
    return std::make_unique<LookUpHandler>();
}

std::unique_ptr<job::Handler> makeDownloadHandler(const TransferOptions &options)
{
    return std::make_unique<DownloadHandler>(options);
}

}  // namespace athanor::fetch

extern "C" void athanorAddFetchHandlers(athanor::job::HandlerTable *table)
{
    table->add(athanor::fetch::makeLookUpHandler());
    table->add(athanor::fetch::makeDownloadHandler());
    table->add(athanor::fetch::makeFetchHandler());
}
