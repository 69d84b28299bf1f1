// Answers of web servers as values. Role: one request at a time, waited for in an event loop of its own; redirects
// followed by hand, so that each is looked at. Thread: each client for one thread; a QCoreApplication must exist.
#pragma once

#include "core/base/progress.h"
#include "core/base/error.h"

#include <QHash>
#include <QNetworkAccessManager>
#include <QUrl>

namespace athanor::fetch {

inline constexpr int kMostRedirects = 10;

struct Request {
    QUrl url;
    QHash<QByteArray, QByteArray> headers;
    bool onlyHead = false;
};

struct Answer {
    int status = 0;
    QUrl url;                                // after all redirects
    QHash<QByteArray, QByteArray> headers;   // names in lower case; of redirects on the way those that begin with "x-"
    QByteArray header(const char *name) const { return headers.value(name); }
};

/// What becomes of the body. `begin` sees the head first and may refuse; `add` sees each piece and may stop.
struct Receiver {
    std::function<Status(const Answer &)> begin;
    std::function<Status(QByteArrayView)> add;
};

class ATHANOR_EXPORT HttpClient {
public:
    explicit HttpClient(CancelToken cancel);

    /// Errors: Unsupported (redirects: too many, or to something else than http and https, or from https to http),
    /// External (no connection, cut off, silence for 30 s; `detail` begins with "cut" when trying again may help),
    /// Cancelled, and what the receiver refuses. The status of the answer is the caller's to judge.
    Result<Answer> send(const Request &request, const Receiver &receiver);
    /// The whole body, of at most `limit` bytes, of an answer with status 200. NotFound, Unreadable (401, 403), External.
    Result<QByteArray> get(const QUrl &url, qint64 limit);
    /// Head only, whatever its status.
    Result<Answer> head(const QUrl &url);

    /// How long a silent server is waited for.
    std::chrono::milliseconds patience = std::chrono::seconds(30);

private:
    Result<Answer> sendOnce(const Request &request, const Receiver &receiver);
    CancelToken m_cancel;
    QNetworkAccessManager m_network;
};

/// Words for an answer that is not the one hoped for.
tl::unexpected<Error> refusedBy(const Answer &answer);

}  // namespace athanor::fetch
