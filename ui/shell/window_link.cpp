#include "ui/shell/window_link.h"

#include <QtNetwork/QLocalServer>
#include <QtNetwork/QLocalSocket>

namespace athanor::shell {

namespace {

constexpr int kWaitMs = 500;

QString nameFor(const QString &projectPath)
{
    const QByteArray path = QFileInfo(projectPath).absoluteFilePath().toUtf8();
    const QByteArray hash = QCryptographicHash::hash(path, QCryptographicHash::Sha256).toHex().left(24);
    return QStringLiteral("athanor-window-") + QString::fromLatin1(hash);
}

}  // namespace

void WindowLink::listen(const QString &projectPath)
{
    delete std::exchange(m_server, nullptr);
    if (projectPath.isEmpty())
        return;
    m_server = new QLocalServer(this);
    m_server->setSocketOptions(QLocalServer::UserAccessOption);
    const QString name = nameFor(projectPath);
    if (!m_server->listen(name)) {  // left by a window that crashed; the project's own lock says that none lives
        QLocalServer::removeServer(name);
        m_server->listen(name);
    }
    connect(m_server, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket *socket = m_server->nextPendingConnection())
            socket->deleteLater();
        Q_EMIT raiseRequested();
    });
}

bool WindowLink::raiseOther(const QString &projectPath)
{
    QLocalSocket socket;
    socket.connectToServer(nameFor(projectPath));
    return socket.waitForConnected(kWaitMs);
}

}  // namespace athanor::shell
