// A small web server on loopback with the faults that real ones have. Role: for tests of downloads. Thread: the test's,
// whose event loop it needs.
#pragma once

#include <QHash>
#include <QTcpServer>
#include <QTcpSocket>
#include <QTimer>
#include <QUrl>

namespace athanor::test {

struct Page {
    QByteArray body;
    int status = 200;
    QByteArray tag;                    // ETag, quoted here
    bool knowsRanges = true;
    QByteArray redirect;               // Location, with status 302
    QHash<QByteArray, QByteArray> headers;
    qsizetype cutAfter = -1;           // bytes of the body, then the line is dropped …
    int cuts = 0;                      // … so many times
    QByteArray surplus;                // sent after the body that was announced
    bool saysLength = true;
    int headStatus = 0;                // > 0: HEAD is answered with it
    bool isSilent = false;             // takes the question and never answers
    int pieceBytes = 0;                // > 0: so much every pauseMs
    int pauseMs = 0;
};

struct Asked {
    QByteArray method, path;
    QHash<QByteArray, QByteArray> headers;  // names in lower case
};

class LoopbackServer {
public:
    QHash<QByteArray, Page> pages;  // by path with query
    QList<Asked> asked;

    LoopbackServer()
    {
        if (!m_server.listen(QHostAddress::LocalHost))
            qFatal("no port on loopback");
        QObject::connect(&m_server, &QTcpServer::newConnection, &m_server, [this] {
            while (QTcpSocket *socket = m_server.nextPendingConnection()) {
                QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket] { read(socket); });
                QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
            }
        });
    }
    QString address(const QString &path = {}) const { return QStringLiteral("http://127.0.0.1:%1%2").arg(m_server.serverPort()).arg(path); }
    QUrl url(const QString &path = {}) const { return QUrl(address(path)); }
    /// Questions for a path, of whatever method.
    int count(const QByteArray &path) const
    {
        return static_cast<int>(std::count_if(asked.begin(), asked.end(), [&](const Asked &one) { return one.path == path; }));
    }

private:
    void read(QTcpSocket *socket)
    {
        QByteArray &text = m_incoming[socket];
        text += socket->readAll();
        if (!text.contains("\r\n\r\n"))
            return;
        const QList<QByteArray> lines = text.left(text.indexOf("\r\n\r\n")).split('\n');
        m_incoming.remove(socket);
        Asked question{lines[0].split(' ').value(0), lines[0].split(' ').value(1), {}};
        for (const QByteArray &line : lines.mid(1))
            question.headers.insert(line.left(line.indexOf(':')).trimmed().toLower(), line.mid(line.indexOf(':') + 1).trimmed());
        asked += question;
        answer(socket, question);
    }

    void answer(QTcpSocket *socket, const Asked &question)
    {
        if (!pages.contains(question.path)) {
            socket->write("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nConnection: close\r\n\r\nnone");
            socket->disconnectFromHost();
            return;
        }
        Page &page = pages[question.path];
        if (page.isSilent)
            return;
        QByteArray head = "HTTP/1.1 ";
        qsizetype begin = 0;
        const QByteArray range = question.headers.value("range");
        const QByteArray condition = question.headers.value("if-range");
        const bool isPart = page.status == 200 && page.knowsRanges && range.startsWith("bytes=") && (condition.isEmpty() || condition == page.tag);
        if (isPart) {
            begin = range.mid(6, range.indexOf('-') - 6).toLongLong();
            head += begin < page.body.size() ? "206 Partial Content\r\n" : "416 Range Not Satisfiable\r\n";
            head += "Content-Range: bytes " + QByteArray::number(begin) + '-' + QByteArray::number(page.body.size() - 1) + '/' + QByteArray::number(page.body.size()) + "\r\n";
        } else {
            head += QByteArray::number(question.method == "HEAD" && page.headStatus > 0 ? page.headStatus : page.redirect.isEmpty() ? page.status : 302) + " Status\r\n";
        }
        if (!page.redirect.isEmpty())
            head += "Location: " + page.redirect + "\r\n";
        if (!page.tag.isEmpty())
            head += "ETag: " + page.tag + "\r\n";
        for (auto it = page.headers.begin(); it != page.headers.end(); ++it)
            head += it.key() + ": " + it.value() + "\r\n";
        QByteArray body = page.body.mid(begin);
        if (page.saysLength)
            head += "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
        socket->write(head + "Connection: close\r\n\r\n");
        if (question.method == "HEAD")
            return socket->disconnectFromHost();
        body += page.surplus;
        if (page.cuts > 0 && page.cutAfter >= 0) {
            --page.cuts;
            socket->write(body.left(page.cutAfter));
            return socket->disconnectFromHost();
        }
        if (page.pieceBytes > 0)
            return drip(socket, body, page.pieceBytes, page.pauseMs);
        socket->write(body);
        socket->disconnectFromHost();
    }

    void drip(QTcpSocket *socket, const QByteArray &body, int pieceBytes, int pauseMs)
    {
        socket->write(body.left(pieceBytes));
        socket->flush();
        if (body.size() <= pieceBytes)
            return socket->disconnectFromHost();
        QTimer::singleShot(pauseMs, socket, [=, this] { drip(socket, body.mid(pieceBytes), pieceBytes, pauseMs); });
    }

    QTcpServer m_server;
    QHash<QTcpSocket *, QByteArray> m_incoming;
};

}  // namespace athanor::test
