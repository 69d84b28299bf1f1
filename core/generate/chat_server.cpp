// See chat_server.h.
#include "core/generate/chat_server.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

namespace athanor::generate {
namespace {

constexpr qsizetype kLongestLine = 32 << 20;
constexpr size_t kMostClients = 32;

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

QJsonObject tokenMessage(const QJsonValue &id, const TokenReport &token)
{
    QJsonArray alternatives;
    for (const Alternative &alternative : token.alternatives)
        alternatives.append(QJsonObject{{QStringLiteral("text"), alternative.text},
                                        {QStringLiteral("probability"), alternative.probability}});
    return {{QStringLiteral("id"), id},
            {QStringLiteral("text"), QString::fromUtf8(token.text)},
            {QStringLiteral("probability"), token.probability},
            {QStringLiteral("alternatives"), alternatives}};
}

QJsonObject doneMessage(const QJsonValue &id, const GenerationResult &result)
{
    return {{QStringLiteral("id"), id},
            {QStringLiteral("done"), true},
            {QStringLiteral("tokens"), result.tokens},
            {QStringLiteral("promptTokens"), result.promptTokens},
            {QStringLiteral("reusedTokens"), result.reusedTokens},
            {QStringLiteral("droppedMessages"), result.droppedMessages},
            {QStringLiteral("tokensPerSecond"), result.tokensPerSecond},
            {QStringLiteral("firstTokenSeconds"), result.firstTokenSeconds},
            {QStringLiteral("stoppedBecause"), result.stoppedBecause},
            {QStringLiteral("text"), QString::fromUtf8(result.text)}};
}

QJsonObject errorMessage(const QJsonValue &id, const Error &error)
{
    return {{QStringLiteral("id"), id}, {QStringLiteral("error"), athanor::toJson(error)}};
}

Error badLine(const QString &why)
{
    return {ErrorCode::InvalidInput, tr("The message cannot be understood: %1.").arg(why),
            tr("A message is one line of JSON with an “action”: complete, stop or quit."), {}};
}

}  // namespace

ChatServer::ChatServer(Generator &generator, CancelToken jobCancel)
    : m_generator(&generator), m_jobCancel(std::move(jobCancel))
{
}

Status ChatServer::listen(const QString &name)
{
    QLocalServer::removeServer(name);
    m_server.setSocketOptions(QLocalServer::UserAccessOption);
    if (!m_server.listen(name))
        return fail(ErrorCode::External, tr("No local socket “%1” could be opened: %2.")
                                             .arg(name, m_server.errorString()),
                    tr("See whether the folder for temporary files can be written to."));
    return {};
}

void ChatServer::serve(int waitMs)
{
    accept(m_clients.empty() ? waitMs : 0);
    readClients(m_questions.empty() ? waitMs : 0);
    while (!m_questions.empty() && !m_quit && !m_jobCancel.isCancelled()) {
        const Question question = m_questions.front();
        m_questions.pop_front();
        answer(question);
    }
}

void ChatServer::accept(int waitMs)
{
    m_server.waitForNewConnection(waitMs);
    while (QLocalSocket *socket = m_server.nextPendingConnection()) {
        socket->setParent(nullptr);
        if (m_clients.size() < kMostClients)
            m_clients.push_back({std::unique_ptr<QLocalSocket>(socket), {}});
        else
            delete socket;
    }
}

void ChatServer::readClients(int waitMs)
{
    // Waiting is shared, so that many idle clients do not add up to a slow answer.
    const int share = m_clients.empty() ? 0 : waitMs / int(m_clients.size());
    for (Client &client : m_clients) {
        if (share > 0 && client.socket->state() == QLocalSocket::ConnectedState && !client.socket->bytesAvailable())
            client.socket->waitForReadyRead(share);
    }
    for (Client &client : m_clients)
        readClient(client);
    const auto isGone = [this](const Client &client) {
        if (client.socket->state() == QLocalSocket::ConnectedState)
            return false;
        std::erase_if(m_questions, [&](const Question &question) { return question.socket == client.socket.get(); });
        if (m_current && m_current->socket == client.socket.get())
            m_stopCurrent.cancel();
        // The answer under way still writes to its socket, so that one goes later.
        return !m_current || m_current->socket != client.socket.get();
    };
    std::erase_if(m_clients, isGone);
}

void ChatServer::readClient(Client &client)
{
    if (client.socket->state() == QLocalSocket::ConnectedState)
        client.socket->waitForReadyRead(0);
    client.incoming += client.socket->readAll();
    for (qsizetype end; (end = client.incoming.indexOf('\n')) >= 0;) {
        const QByteArray line = client.incoming.first(end);
        client.incoming.remove(0, end + 1);
        if (!line.trimmed().isEmpty())
            handleLine(client.socket.get(), line);
    }
    if (client.incoming.size() > kLongestLine) {
        send(client.socket.get(), errorMessage({}, badLine(tr("a line is longer than %1 bytes").arg(kLongestLine))));
        client.incoming.clear();
        client.socket->abort();
    }
}

void ChatServer::handleLine(QLocalSocket *socket, QByteArrayView line)
{
    QJsonParseError problem;
    const QJsonDocument document = QJsonDocument::fromJson(line.toByteArray(), &problem);
    if (!document.isObject())
        return send(socket, errorMessage({}, badLine(problem.error == QJsonParseError::NoError
                                                         ? tr("it is no JSON object") : problem.errorString())));
    const QJsonObject message = document.object();
    const QString action = message.value(QLatin1String("action")).toString();
    if (action == QLatin1String("complete"))
        m_questions.push_back({socket, message});
    else if (action == QLatin1String("stop"))
        stop(socket, message.value(QLatin1String("id")));
    else if (action == QLatin1String("quit"))
        m_quit = true, m_stopCurrent.cancel();
    else
        send(socket, errorMessage(message.value(QLatin1String("id")), badLine(tr("unknown action “%1”").arg(action))));
}

/// Without an id: whatever this client asked for, running or waiting.
void ChatServer::stop(QLocalSocket *socket, const QJsonValue &id)
{
    const auto isMeant = [&](const Question &question) {
        return question.socket == socket
               && (id.isUndefined() || question.message.value(QLatin1String("id")) == id);
    };
    if (m_current && isMeant(*m_current))
        m_stopCurrent.cancel();
    GenerationResult nothing;
    nothing.stoppedBecause = QStringLiteral("request");
    for (const Question &question : m_questions) {
        if (isMeant(question))
            send(socket, doneMessage(question.message.value(QLatin1String("id")), nothing));
    }
    std::erase_if(m_questions, isMeant);
}

void ChatServer::answer(const Question &question)
{
    const QJsonValue id = question.message.value(QLatin1String("id"));
    const auto request = requestFromJson(question.message);
    if (!request)
        return send(question.socket, errorMessage(id, request.error()));
    m_current = &question;
    m_stopCurrent = CancelToken();
    m_generator->setBetweenBlocks([this] {
        accept(0);
        readClients(0);
        if (m_jobCancel.isCancelled())
            m_stopCurrent.cancel();
    });
    const auto result = m_generator->run(*request, [&](const TokenReport &token) { send(question.socket, tokenMessage(id, token)); }, m_stopCurrent);
    m_generator->setBetweenBlocks({});
    m_current = nullptr;
    send(question.socket, result ? doneMessage(id, *result) : errorMessage(id, result.error()));
    ++m_answers;
    m_tokens += result ? result->tokens : 0;
}

void ChatServer::send(QLocalSocket *socket, const QJsonObject &message)
{
    if (socket->state() != QLocalSocket::ConnectedState)
        return;
    socket->write(QJsonDocument(message).toJson(QJsonDocument::Compact) + '\n');
    socket->flush();
}

}  // namespace athanor::generate
