#include "ui/pages/data/signal_loader.h"

#include <QThread>

namespace athanor::pages {

SignalLoader::SignalLoader(QString file, QStringList keys, QObject *parent) : QObject(parent)
{
    m_thread = QThread::create([this, file = std::move(file), keys = std::move(keys), cancel = m_cancel] {
        auto values = std::make_shared<Result<corpus::SignalValues>>(corpus::readSignalValues(file, keys, cancel));
        QMetaObject::invokeMethod(this, [this, values] {
            if (*values)
                Q_EMIT loaded(std::shared_ptr<const corpus::SignalValues>(values, &**values));
            else
                Q_EMIT failed(values->error());
        }, Qt::QueuedConnection);
    });
    m_thread->setParent(this);
    m_thread->start(QThread::LowPriority);
}

SignalLoader::~SignalLoader()
{
    m_cancel.cancel();
    m_thread->wait();
}

}  // namespace athanor::pages
