#include "ui/pages/project/wizard/folder_count.h"

#include <QDirIterator>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QThread>

namespace athanor::pages {

namespace {

constexpr qint64 kReportEveryMs = 150;

struct Ending {
    QString extension;
    double factor = 1;  // a compressed file holds more text than it has bytes
};

Ending endingOf(const QString &name)
{
    QString lower = name.toLower();
    double factor = 1;
    for (const auto &packed : {QLatin1String(".gz"), QLatin1String(".zst")})
        if (lower.endsWith(packed)) {
            lower.chop(packed.size());
            factor = 3;
        }
    return {lower.section(u'.', -1), factor};
}

void addFile(const QFileInfo &file, const QStringList &extensions, CountResult &result)
{
    ++result.files;
    const Ending ending = endingOf(file.fileName());
    if (!extensions.contains(ending.extension))
        return;
    ++result.readable;
    result.bytes += file.size();
    result.textBytes += static_cast<qint64>(static_cast<double>(file.size()) * ending.factor * FolderCount::textShare(ending.extension));
}

CountResult count(const QString &path, const QStringList &extensions, const CancelToken &cancel,
                  const std::function<void(const CountResult &)> &report)
{
    CountResult result;
    QElapsedTimer clock;
    clock.start();
    const QFileInfo root(path);
    if (!root.exists())
        result.problem = FolderCount::tr("it is not there any more");
    else if (!root.isReadable())
        result.problem = FolderCount::tr("it cannot be read: permission is missing");
    else if (root.isFile())
        addFile(root, extensions, result);
    else {
        QDirIterator files(path, QDir::Files | QDir::NoSymLinks, QDirIterator::Subdirectories);
        while (files.hasNext() && !cancel.isCancelled()) {
            files.next();
            addFile(files.fileInfo(), extensions, result);
            if (clock.elapsed() > kReportEveryMs) {
                report(result);
                clock.restart();
            }
        }
    }
    if (result.problem.isEmpty() && result.files == 0)
        result.problem = FolderCount::tr("the folder is empty");
    else if (result.problem.isEmpty() && result.readable == 0)
        result.problem = FolderCount::tr("no file in it has a format that can be read");
    result.isComplete = true;
    return result;
}

}  // namespace

FolderCount::FolderCount(QString path, QStringList extensions, QObject *parent) : QObject(parent)
{
    m_thread = QThread::create([this, path = std::move(path), extensions = std::move(extensions), cancel = m_cancel] {
        const auto report = [this](const CountResult &now) {
            QMetaObject::invokeMethod(this, [this, now] {
                m_result = now;
                Q_EMIT changed();
            }, Qt::QueuedConnection);
        };
        report(count(path, extensions, cancel, report));
    });
    m_thread->setParent(this);
    m_thread->start(QThread::LowPriority);
}

FolderCount::~FolderCount()
{
    m_cancel.cancel();
    m_thread->wait();
}

double FolderCount::textShare(const QString &extension)
{
    static const QMap<QString, double> kShares{{QStringLiteral("html"), 0.2}, {QStringLiteral("htm"), 0.2},
                                               {QStringLiteral("xhtml"), 0.2}, {QStringLiteral("pdf"), 0.1},
                                               {QStringLiteral("docx"), 0.3},  {QStringLiteral("jsonl"), 0.9}};
    return kShares.value(extension, 1.0);
}

}  // namespace athanor::pages
