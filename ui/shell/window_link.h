// How a second window on the same project finds the first: a local socket named after the project's path.
// Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QObject>

class QLocalServer;

namespace athanor::shell {

class ATHANOR_EXPORT WindowLink : public QObject {
    Q_OBJECT
public:
    using QObject::QObject;
    /// Answers for this project from now on; empty: for none.
    void listen(const QString &projectPath);
    /// Asks the window that has the project open to come to the front. False when none answers.
    static bool raiseOther(const QString &projectPath);

Q_SIGNALS:
    void raiseRequested();

private:
    QLocalServer *m_server = nullptr;
};

}  // namespace athanor::shell
