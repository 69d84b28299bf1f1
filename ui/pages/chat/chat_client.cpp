#include "ui/pages/chat/chat_client.h"

#include "core/base/atomic_file.h"

#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

namespace athanor::pages {

namespace {

constexpr int kLookMs = 100;
constexpr qsizetype kLongestLine = 16 << 20;

ChatToken tokenFrom(const QJsonObject &message)
{
    ChatToken token;
    token.text = message.value(QLatin1String("text")).toString();
    token.probability = message.value(QLatin1String("probability")).toDouble();
    for (const QJsonValue &value : message.value(QLatin1String("alternatives")).toArray()) {
        const QJsonObject other = value.toObject();
        token.alternatives += {other.value(QLatin1String("text")).toString(), other.value(QLatin1String("probability")).toDouble()};
    }
    return token;
}

}  // namespace

ChatClient::ChatClient(QObject *parent) : QObject(parent)
{
    m_waiting.setInterval(kLookMs);
    connect(&m_waiting, &QTimer::timeout, this, &ChatClient::lookForSocket);
    connect(&m_socket, &QLocalSocket::connected, this, &ChatClient::onConnected);
    connect(&m_socket, &QLocalSocket::readyRead, this, &ChatClient::onReadyRead);
    connect(&m_socket, &QLocalSocket::disconnected, this, &ChatClient::onDisconnected);
}

ChatClient::~ChatClient()
{
    m_socket.disconnect(this);
    quit();
}

void ChatClient::setState(State state)
{
    if (m_state == state)
        return;
    m_state = state;
    Q_EMIT stateChanged();
}

void ChatClient::complete(const QString &checkpoint, const ChatRequest &request)
{
    if (m_state == State::Writing)
        return;
    m_request = request;
    if (checkpoint != m_checkpoint || request.weights != m_weights || m_state == State::Idle)
        start(checkpoint);
    else if (m_state == State::Ready)
        sendWaiting();
}

void ChatClient::start(const QString &checkpoint)
{
    const std::optional<ChatRequest> request = m_request;
    quit();
    m_request = request;
    m_checkpoint = checkpoint;
    m_weights = request ? request->weights : QString();
    if (!m_starter)
        return;
    const Result<QString> job = m_starter(checkpoint);
    if (!job)
        return giveUp(job.error());
    m_jobPath = *job;
    m_waitedMs = 0;
    setState(State::Starting);
    m_waiting.start();
}

void ChatClient::lookForSocket()
{
    m_waitedMs += kLookMs;
    if (m_watcher && m_waitedMs % (5 * kLookMs) == 0)
        if (const std::optional<Error> gone = m_watcher(m_jobPath))
            return giveUp(*gone);
    if (m_waitedMs > kStartTimeoutMs)
        return giveUp({ErrorCode::External, tr("The model was not ready within two minutes."), tr("Look at the job's log in the drawer, and try again."), {}});
    if (m_socket.state() != QLocalSocket::UnconnectedState)
        return;
    const QString file = m_jobPath + QStringLiteral("/socket.json");
    if (!QFileInfo::exists(file))
        return;
    const auto description = readJsonFile(file);
    if (!description)
        return;  // being written
    m_socket.connectToServer(description->value(QLatin1String("name")).toString());
}

void ChatClient::onConnected()
{
    m_waiting.stop();
    m_buffer.clear();
    setState(State::Ready);
    sendWaiting();
}

void ChatClient::sendWaiting()
{
    if (!m_request)
        return;
    QJsonObject message = m_request->sampling;
    message.insert(QStringLiteral("action"), QStringLiteral("complete"));
    message.insert(QStringLiteral("id"), ++m_id);
    if (m_request->messages.isEmpty())
        message.insert(QStringLiteral("prompt"), m_request->prompt);
    else
        message.insert(QStringLiteral("messages"), m_request->messages);
    m_request.reset();
    setState(State::Writing);
    send(message);
}

void ChatClient::send(const QJsonObject &message)
{
    m_socket.write(QJsonDocument(message).toJson(QJsonDocument::Compact) + '\n');
    m_socket.flush();
}

void ChatClient::stop()
{
    if (m_state == State::Writing)
        send({{QStringLiteral("action"), QStringLiteral("stop")}, {QStringLiteral("id"), m_id}});
    else if (m_state == State::Starting)
        quit();
}

void ChatClient::quit()
{
    m_waiting.stop();
    m_request.reset();
    m_checkpoint.clear();
    const bool wasConnected = m_socket.state() == QLocalSocket::ConnectedState;
    if (m_state == State::Starting && !wasConnected && m_canceller && !m_jobPath.isEmpty())
        m_canceller(m_jobPath);  // else it would load the model and wait for nobody
    setState(State::Idle);
    if (wasConnected) {
        send({{QStringLiteral("action"), QStringLiteral("quit")}});
        m_socket.waitForBytesWritten(200);
    }
    m_socket.abort();
}

void ChatClient::giveUp(const Error &error)
{
    quit();
    Q_EMIT failed(error);
}

void ChatClient::onReadyRead()
{
    m_buffer += m_socket.readAll();
    for (qsizetype end = m_buffer.indexOf('\n'); end >= 0; end = m_buffer.indexOf('\n')) {
        const QByteArray line = m_buffer.left(end);
        m_buffer.remove(0, end + 1);
        take(QJsonDocument::fromJson(line).object());
    }
    if (m_buffer.size() > kLongestLine)
        giveUp({ErrorCode::Corrupt, tr("The chat job sent a line without an end."), tr("Try again; if it happens again, report it with the job's log."), {}});
}

void ChatClient::take(const QJsonObject &message)
{
    if (message.value(QLatin1String("id")).toInt() != m_id)
        return;  // of an earlier prompt that was stopped
    if (message.contains(QLatin1String("error"))) {
        setState(State::Ready);
        Q_EMIT failed(errorFromJson(message.value(QLatin1String("error")).toObject()));
    } else if (message.value(QLatin1String("done")).toBool()) {
        setState(State::Ready);
        Q_EMIT finished({message.value(QLatin1String("tokens")).toInteger(), message.value(QLatin1String("tokensPerSecond")).toDouble(),
                         message.value(QLatin1String("firstTokenSeconds")).toDouble(), message.value(QLatin1String("stoppedBecause")).toString(),
                         message.value(QLatin1String("promptTokens")).toInteger(), message.value(QLatin1String("reusedTokens")).toInteger(),
                         message.value(QLatin1String("droppedMessages")).toInteger()});
    } else {
        Q_EMIT tokenArrived(tokenFrom(message));
    }
}

void ChatClient::onDisconnected()
{
    if (m_state == State::Idle)
        return;
    const bool writing = m_state == State::Writing;
    quit();
    if (writing)
        Q_EMIT failed({ErrorCode::External, tr("The chat job ended while it was writing."), tr("Ask again to start it anew."), {}});
}

}  // namespace athanor::pages
