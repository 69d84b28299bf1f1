// Counts what is in a folder while one looks: files, bytes, and how much text that is about. Role: a first figure for
// the wizard; the real count is the curate job's. Runs on a thread of its own; links are not followed.
#pragma once

#include "core/base/export.h"
#include "core/base/progress.h"

#include <QMap>
#include <QObject>
#include <QStringList>

class QThread;

namespace athanor::pages {

struct CountResult {
    qint64 files = 0;
    qint64 readable = 0;      // with an ending that a reader takes
    qint64 bytes = 0;         // of the readable ones
    qint64 textBytes = 0;     // estimated: markup and containers taken off
    bool isComplete = false;
    QString problem;          // "vanished", "cannot be read" …; empty when fine
};

class ATHANOR_EXPORT FolderCount : public QObject {
    Q_OBJECT
public:
    /// `extensions`: endings that can be read, lower case, without the dot.
    FolderCount(QString path, QStringList extensions, QObject *parent = nullptr);
    ~FolderCount() override;
    const CountResult &result() const { return m_result; }
    /// The share of a file's bytes that is text, by its ending; a rule of thumb.
    static double textShare(const QString &extension);

Q_SIGNALS:
    void changed();

private:
    CountResult m_result;
    CancelToken m_cancel;
    QThread *m_thread;
};

}  // namespace athanor::pages
