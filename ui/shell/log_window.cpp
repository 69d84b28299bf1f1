#include "ui/shell/log_window.h"

#include "ui/style/type.h"
#include "ui/style/widgets.h"

namespace athanor::shell {

namespace {

constexpr int kMaximumLines = 20000;

QString lineOf(const job::Event &event)
{
    const QString time = event.utc.toLocalTime().toString(QStringLiteral("HH:mm:ss"));
    const QJsonObject &data = event.data;
    switch (event.type) {
    case job::EventType::State: {
        const QString error = data.value(QLatin1String("error")).toObject().value(QLatin1String("message")).toString();
        return QStringLiteral("%1  %2 %3").arg(time, data.value(QLatin1String("state")).toString(), error);
    }
    case job::EventType::Log:
        return QStringLiteral("%1  %2: %3").arg(time, data.value(QLatin1String("level")).toString(),
                                                data.value(QLatin1String("text")).toString());
    case job::EventType::Artifact:
        if (data.value(QLatin1String("path")).toString().isEmpty())
            break;  // a hint, whose words stand in the log as they are
        return QStringLiteral("%1  wrote %2 %3").arg(time, data.value(QLatin1String("kind")).toString(),
                                                     data.value(QLatin1String("path")).toString());
    case job::EventType::Control:
        return QStringLiteral("%1  asked to %2").arg(time, data.value(QLatin1String("action")).toString());
    case job::EventType::Progress:
    case job::EventType::Metric:
    case job::EventType::Sample: break;
    }
    return {};
}

}  // namespace

LogWindow::LogWindow(const QString &projectPath, const QString &jobId, QWidget *parent) : QDialog(parent)
{
    setAttribute(Qt::WA_DeleteOnClose);
    resize(760, 480);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 16, 16, 16);
    m_text = new QPlainTextEdit(this);
    m_text->setReadOnly(true);
    m_text->setFont(style::fixedFont(12));
    m_text->setMaximumBlockCount(kMaximumLines);
    m_text->setAccessibleName(tr("Log of the job"));
    layout->addWidget(m_text);
    if (Result<job::Folder> folder = job::Folder::open(projectPath, jobId)) {
        m_folder.emplace(std::move(*folder));
        setWindowTitle(tr("Log: %1").arg(m_folder->spec().title));
        layout->addWidget(style::makeWrappedLabel(tr("Everything it wrote is in %1").arg(m_folder->path()), "note", this));
    } else {
        m_text->setPlainText(folder.error().message);
    }
    connect(&m_timer, &QTimer::timeout, this, &LogWindow::readOn);
    m_timer.start(500);
    readOn();
}

void LogWindow::readOn()
{
    if (!m_folder)
        return;
    for (const job::Event &event : m_folder->readNewEvents())
        if (const QString line = lineOf(event); !line.isEmpty())
            m_text->appendPlainText(line);
}

}  // namespace athanor::shell
