// The socket side of a chat job: JSON lines in, JSON lines out. Role: several clients, one answer at a time in the
// order of asking, "stop" heard between two tokens. Lines over a limit close the client's connection.
//   in   {"action":"complete","id":…, "prompt":"…" or "messages":[{"role","content"} …], settings as in a request}
//        {"action":"stop","id":…}  {"action":"quit"}
//   out  {"id","text","probability","alternatives"} for each token; then {"id","done":true,"text","tokens","promptTokens",
//        "reusedTokens","droppedMessages","tokensPerSecond","firstTokenSeconds","stoppedBecause"}, or {"id","error"}
// Thread: the one that made it; needs no event loop.
#pragma once

#include "core/generate/generator.h"

#include <QJsonObject>
#include <QLocalServer>
#include <QLocalSocket>

#include <deque>
#include <memory>

namespace athanor::generate {

class ATHANOR_EXPORT ChatServer {
public:
    ChatServer(Generator &generator, CancelToken jobCancel);
    /// Listens under `name`; only this person's programs may connect.
    Status listen(const QString &name);
    /// Accepts, reads and answers whatever is there, waiting at most `waitMs` for something to come.
    void serve(int waitMs);
    bool quitRequested() const { return m_quit; }
    qint64 clientCount() const { return qint64(m_clients.size()); }
    qint64 answerCount() const { return m_answers; }
    qint64 tokenCount() const { return m_tokens; }

private:
    struct Client {
        std::unique_ptr<QLocalSocket> socket;
        QByteArray incoming;
    };
    struct Question {
        QLocalSocket *socket = nullptr;
        QJsonObject message;
    };
    void accept(int waitMs);
    void readClients(int waitMs);
    void readClient(Client &client);
    void handleLine(QLocalSocket *socket, QByteArrayView line);
    void answer(const Question &question);
    void stop(QLocalSocket *socket, const QJsonValue &id);
    static void send(QLocalSocket *socket, const QJsonObject &message);

    Generator *m_generator;
    CancelToken m_jobCancel;
    QLocalServer m_server;
    std::vector<Client> m_clients;
    std::deque<Question> m_questions;
    const Question *m_current = nullptr;
    CancelToken m_stopCurrent;
    bool m_quit = false;
    qint64 m_answers = 0;
    qint64 m_tokens = 0;
};

}  // namespace athanor::generate
