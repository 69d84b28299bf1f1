// Talks to a chat job: starts it when first needed, waits for its socket, sends prompts, hands on tokens as they
// come, and ends it. Role: transport and protocol behind one object; knows no widgets. Thread: the window's.
#pragma once

#include "core/base/error.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QLocalSocket>
#include <QObject>
#include <QTimer>

#include <functional>

namespace athanor::pages {

struct ChatToken {
    QString text;
    double probability = 0;
    struct Alternative {
        QString text;
        double probability = 0;
    };
    QList<Alternative> alternatives;
};

struct ChatEnd {
    qint64 tokens = 0;
    double tokensPerSecond = 0;
    double firstTokenSeconds = 0;
    QString stoppedBecause;
    qint64 promptTokens = 0;       // that the answer goes on from
    qint64 reusedTokens = 0;       // of them, still in the cache
    qint64 droppedMessages = 0;    // the oldest ones, for which the context had no room
};

struct ChatRequest {
    QString prompt;
    QJsonObject sampling;  // maxTokens, temperature, topK, topP, seed, stop …
    QJsonArray messages;   // a conversation instead of a prompt: {"role","content"} …
    QString weights;       // number format; another one means another job
};

class ATHANOR_EXPORT ChatClient : public QObject {
    Q_OBJECT
public:
    enum class State { Idle, Starting, Ready, Writing };
    static constexpr int kStartTimeoutMs = 120'000;

    explicit ChatClient(QObject *parent = nullptr);
    ~ChatClient() override;

    /// How a chat job for a checkpoint is started: returns the job's folder, absolute.
    using Starter = std::function<Result<QString>(const QString &checkpoint)>;
    void setStarter(Starter starter) { m_starter = std::move(starter); }
    /// Whether the job still lives; asked while waiting. Empty error message: it does.
    using Watcher = std::function<std::optional<Error>(const QString &jobPath)>;
    void setWatcher(Watcher watcher) { m_watcher = std::move(watcher); }

    /// Ends a job that has not opened its socket yet, given its folder.
    using Canceller = std::function<void(const QString &jobPath)>;
    void setCanceller(Canceller canceller) { m_canceller = std::move(canceller); }

    State state() const { return m_state; }
    QString checkpoint() const { return m_checkpoint; }
    /// The number format of the job that is starting or ready.
    QString weights() const { return m_weights; }
    /// Continues a prompt, or answers a conversation; starts the job first when there is none for this checkpoint and
    /// this format of weights.
    void complete(const QString &checkpoint, const ChatRequest &request);
    void stop();
    /// Ends the job; the object can be used again.
    void quit();

Q_SIGNALS:
    void stateChanged();
    void tokenArrived(const athanor::pages::ChatToken &token);
    void finished(const athanor::pages::ChatEnd &end);
    void failed(const athanor::Error &error);

private:
    void setState(State state);
    void start(const QString &checkpoint);
    void lookForSocket();
    void onConnected();
    void onReadyRead();
    void onDisconnected();
    void take(const QJsonObject &message);
    void sendWaiting();
    void send(const QJsonObject &message);
    void giveUp(const Error &error);

    Starter m_starter;
    Watcher m_watcher;
    Canceller m_canceller;
    QLocalSocket m_socket;
    QTimer m_waiting;
    qint64 m_waitedMs = 0;
    QString m_checkpoint;
    QString m_weights;
    QString m_jobPath;
    State m_state = State::Idle;
    std::optional<ChatRequest> m_request;  // not sent yet
    QByteArray m_buffer;
    int m_id = 0;
};

}  // namespace athanor::pages
