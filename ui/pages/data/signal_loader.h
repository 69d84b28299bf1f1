// Reads what was measured of a dataset's documents on a thread of its own, so that the window goes on. Thread: the
// window's; changed() comes there.
#pragma once

#include "core/corpus/signal_values.h"

#include <QObject>

#include <memory>

class QThread;

namespace athanor::pages {

class ATHANOR_EXPORT SignalLoader : public QObject {
    Q_OBJECT
public:
    /// `file`: of workbench::Workbench::documentsFile().
    SignalLoader(QString file, QStringList keys, QObject *parent = nullptr);
    ~SignalLoader() override;

Q_SIGNALS:
    void loaded(const std::shared_ptr<const corpus::SignalValues> &values);
    void failed(const athanor::Error &error);

private:
    CancelToken m_cancel;
    QThread *m_thread;
};

}  // namespace athanor::pages
