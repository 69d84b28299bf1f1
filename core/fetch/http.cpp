#include "core/fetch/http.h"

#include <QCoreApplication>
#include <QEventLoop>
#include <QNetworkProxyFactory>
#include <QNetworkReply>
#include <QTimer>

namespace athanor::fetch {

namespace {

constexpr int kCancelCheckMs = 50;
constexpr qint64 kPieceBytes = qint64(1) << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

// The system's proxies, but never for this machine itself.
class Proxies final : public QNetworkProxyFactory {
public:
    QList<QNetworkProxy> queryProxy(const QNetworkProxyQuery &query) override
    {
        static const QStringList here{QStringLiteral("localhost"), QStringLiteral("127.0.0.1"), QStringLiteral("::1")};
        return here.contains(query.peerHostName()) ? QList<QNetworkProxy>{QNetworkProxy::NoProxy} : systemProxyForQuery(query);
    }
};

Answer answerFrom(const QNetworkReply &reply)
{
    Answer answer;
    answer.status = reply.attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    answer.url = reply.url();
    for (const QNetworkReply::RawHeaderPair &header : reply.rawHeaderPairs())
        answer.headers.insert(header.first.toLower(), header.second);
    return answer;
}

Result<QUrl> redirectTarget(const Answer &answer)
{
    const QUrl target = answer.url.resolved(QUrl(QString::fromUtf8(answer.header("location"))));
    const bool isWeb = target.scheme() == QLatin1String("http") || target.scheme() == QLatin1String("https");
    if (!isWeb || target.host().isEmpty())
        return fail(ErrorCode::Unsupported, tr("“%1” sends on to “%2”, which is not a web address.").arg(answer.url.host(), target.toString().left(200)),
                    tr("Nothing was fetched. Do not use this address."));
    if (answer.url.scheme() == QLatin1String("https") && target.scheme() == QLatin1String("http"))
        return fail(ErrorCode::Unsupported, tr("“%1” sends on to an address without encryption.").arg(answer.url.host()),
                    tr("Nothing was fetched. Do not use this address."));
    return target;
}

// One request under way: hands the body on as it comes, and ends the loop when it is over or refused.
class Exchange {
public:
    Exchange(QNetworkReply *reply, const Receiver &receiver, CancelToken cancel) : m_reply(reply), m_receiver(receiver), m_cancel(std::move(cancel))
    {
        m_reply->setReadBufferSize(4 * kPieceBytes);
        QObject::connect(m_reply, &QNetworkReply::readyRead, &m_loop, [this] { take(); });
        QObject::connect(m_reply, &QNetworkReply::finished, &m_loop, [this] { m_loop.quit(); });
        QObject::connect(&m_watch, &QTimer::timeout, &m_loop, [this] {
            if (m_cancel.isCancelled())
                refuse(Error{ErrorCode::Cancelled, tr("Stopped."), {}, {}});
        });
        m_watch.start(kCancelCheckMs);
    }
    ~Exchange()
    {
        m_reply->abort();
        m_reply->deleteLater();
    }

    Result<Answer> wait()
    {
        if (!m_reply->isFinished())
            m_loop.exec();
        take();
        if (m_error)
            return tl::unexpected(*m_error);
        const Answer answer = answerFrom(*m_reply);
        // Errors of the protocol have a status and are answers; without one, or cut off in the middle, they are not.
        const bool isWhole = m_reply->error() == QNetworkReply::NoError || answer.status >= 300;
        if (answer.status == 0 || !isWhole)
            return fail(ErrorCode::External, tr("The connection to “%1” failed: %2.").arg(m_reply->url().host(), m_reply->errorString()),
                        tr("Check the network, then resume: what has come already is kept."), QStringLiteral("cut"));
        if (!m_hasBegun) {
            ATHANOR_TRY(begin());
        }
        return answer;
    }

private:
    Status begin()
    {
        m_hasBegun = true;
        const Answer answer = answerFrom(*m_reply);
        return m_receiver.begin && !isRedirect(answer) ? m_receiver.begin(answer) : Status();
    }
    static bool isRedirect(const Answer &answer) { return answer.status >= 300 && answer.status < 400 && !answer.header("location").isEmpty(); }

    void take()
    {
        if (m_error || m_reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).isNull())
            return;
        if (!m_hasBegun)
            if (const Status begun = begin(); !begun)
                return refuse(begun.error());
        while (m_reply->bytesAvailable() > 0) {
            const QByteArray piece = m_reply->read(kPieceBytes);
            if (piece.isEmpty())
                return;
            if (!m_receiver.add || isRedirect(answerFrom(*m_reply)))
                continue;
            if (const Status added = m_receiver.add(piece); !added)
                return refuse(added.error());
        }
    }
    void refuse(const Error &error)
    {
        m_error = m_error.value_or(error);
        m_loop.quit();
    }

    QNetworkReply *m_reply;
    const Receiver &m_receiver;
    CancelToken m_cancel;
    QEventLoop m_loop;
    QTimer m_watch;
    bool m_hasBegun = false;
    std::optional<Error> m_error;
};

}  // namespace

HttpClient::HttpClient(CancelToken cancel) : m_cancel(std::move(cancel))
{
    m_network.setProxyFactory(new Proxies);  // the manager owns it
}

Result<Answer> HttpClient::sendOnce(const Request &request, const Receiver &receiver)
{
    QNetworkRequest wire(request.url);
    wire.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    wire.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    wire.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    wire.setTransferTimeout(static_cast<int>(patience.count()));
    wire.setRawHeader("User-Agent", "athanor/" ATHANOR_VERSION);
    wire.setRawHeader("Accept-Encoding", "identity");  // lengths and hashes are of the bytes themselves
    for (auto it = request.headers.begin(); it != request.headers.end(); ++it)
        wire.setRawHeader(it.key(), it.value());
    Exchange exchange(request.onlyHead ? m_network.head(wire) : m_network.get(wire), receiver, m_cancel);
    return exchange.wait();
}

Result<Answer> HttpClient::send(const Request &request, const Receiver &receiver)
{
    Request next = request;
    QHash<QByteArray, QByteArray> onTheWay;
    for (int redirects = 0; redirects <= kMostRedirects; ++redirects) {
        if (m_cancel.isCancelled())
            return fail(ErrorCode::Cancelled, tr("Stopped."));
        Receiver told = receiver;
        if (receiver.begin)
            told.begin = [&](Answer answer) {
                for (auto it = onTheWay.begin(); it != onTheWay.end(); ++it)
                    answer.headers.insert(it.key(), it.value());
                return receiver.begin(answer);
            };
        ATHANOR_ASSIGN(Answer answer, sendOnce(next, told));
        if (answer.status < 300 || answer.status >= 400 || answer.header("location").isEmpty()) {
            for (auto it = onTheWay.begin(); it != onTheWay.end(); ++it)
                answer.headers.insert(it.key(), it.value());
            return answer;
        }
        for (auto it = answer.headers.begin(); it != answer.headers.end(); ++it)
            if (it.key().startsWith("x-"))
                onTheWay.insert(it.key(), it.value());
        ATHANOR_ASSIGN(next.url, redirectTarget(answer));
    }
    return fail(ErrorCode::Unsupported, tr("“%1” sends on more than %2 times.").arg(request.url.host()).arg(kMostRedirects),
                tr("Nothing was fetched. Check the address."));
}

Result<QByteArray> HttpClient::get(const QUrl &url, qint64 limit)
{
    QByteArray body;
    Receiver receiver;
    receiver.add = [&](QByteArrayView piece) -> Status {
        if (body.size() + piece.size() > limit)
            return fail(ErrorCode::LimitExceeded, tr("The answer of “%1” is longer than %2 bytes.").arg(url.host()).arg(limit));
        body += piece;
        return {};
    };
    ATHANOR_ASSIGN(const Answer answer, send({url, {}, false}, receiver));
    if (answer.status != 200)
        return refusedBy(answer);
    return body;
}

Result<Answer> HttpClient::head(const QUrl &url)
{
    return send({url, {}, true}, {});
}

tl::unexpected<Error> refusedBy(const Answer &answer)
{
    const QString host = answer.url.host();
    if (answer.status == 404 || answer.status == 410)
        return fail(ErrorCode::NotFound, tr("“%1” has no “%2”.").arg(host, answer.url.path()), tr("Check how the name and the revision are spelled."));
    if (answer.status == 401 || answer.status == 403)
        return fail(ErrorCode::Unreadable, tr("“%1” does not give “%2” to everyone (answer %3).").arg(host, answer.url.path()).arg(answer.status),
                    tr("The name may be misspelled, or its owner asks for an account: then download it by hand and import the folder."));
    if (answer.status == 429)
        return fail(ErrorCode::External, tr("“%1” asks to come back later (answer 429).").arg(host), tr("Wait a few minutes, then resume."), QStringLiteral("cut"));
    return fail(ErrorCode::External, tr("“%1” answered with %2 instead of the file.").arg(host).arg(answer.status),
                tr("Try again later."), answer.status >= 500 ? QStringLiteral("cut") : QString());
}

}  // namespace athanor::fetch
