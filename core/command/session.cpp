#include "core/command/session.h"

#include "core/base/format.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QThread>

#include <csignal>
#include <cstdio>
#include <unistd.h>

namespace athanor::command {

namespace {

volatile std::sig_atomic_t interrupted = 0;

void onInterrupt(int)
{
    interrupted = 1;
}

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

void writeLine(std::FILE *stream, const QByteArray &line)
{
    std::fwrite(line.constData(), 1, static_cast<size_t>(line.size()), stream);
    std::fputc('\n', stream);
    std::fflush(stream);
}

// Prints a job's progress: in place on a terminal, otherwise a line when the phase changes or ten seconds passed.
class ProgressPrinter {
public:
    void show(const QString &title, const QJsonObject &progress, const QString &extra)
    {
        const QString phase = progress.value(QLatin1String("phase")).toString();
        const QString line = lineOf(title, progress, extra);
        if (::isatty(STDERR_FILENO)) {
            std::fprintf(stderr, "\r\033[K%s", qUtf8Printable(line));
            std::fflush(stderr);
            m_open = true;
        } else if (phase != m_phase || !m_since.isValid() || m_since.elapsed() > 10000) {
            writeLine(stderr, line.toUtf8());
            m_since.start();
        }
        m_phase = phase;
    }
    void close()
    {
        if (m_open)
            std::fputc('\n', stderr);
        m_open = false;
    }
    ~ProgressPrinter() { close(); }

private:
    static QString lineOf(const QString &title, const QJsonObject &progress, const QString &extra)
    {
        const double done = progress.value(QLatin1String("done")).toDouble();
        const double total = progress.value(QLatin1String("total")).toDouble();
        const double left = progress.value(QLatin1String("etaSeconds")).toDouble(-1);
        QString line = title + QStringLiteral(" · ") + progress.value(QLatin1String("phase")).toString();
        if (total > 0)
            line += QStringLiteral(" · %1 %").arg(static_cast<int>(100 * done / total));
        if (left >= 0)
            line += QStringLiteral(" · %1 left").arg(formatDuration(left));
        return extra.isEmpty() ? line : line + QStringLiteral(" · ") + extra;
    }
    QString m_phase;
    QElapsedTimer m_since;
    bool m_open = false;
};

QString metricText(const QJsonObject &values, const QString &before)
{
    QString text = before;
    const QJsonValue bits = values.value(QLatin1String("validation/bits_per_byte"));
    const QJsonValue loss = values.value(QLatin1String("train/loss"));
    if (bits.isDouble())
        text = tr("validation %1 bits per byte").arg(formatReal(bits.toDouble()));
    else if (loss.isDouble() && !before.startsWith(tr("validation")))
        text = tr("loss %1").arg(formatReal(loss.toDouble(), 3));
    return text;
}

}  // namespace

void installInterruptHandler()
{
    struct sigaction action {};
    action.sa_handler = onInterrupt;
    sigaction(SIGINT, &action, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
}

bool isInterrupted()
{
    return interrupted != 0;
}

Session::Session(plugin::Catalogue &plugins, QString projectPath, bool json)
    : m_plugins(&plugins), m_projectPath(std::move(projectPath)), m_json(json)
{
}

void Session::setProjectPath(const QString &path)
{
    m_projectPath = path;
    m_workbench.reset();
}

Result<workbench::Workbench *> Session::workbench()
{
    if (!m_workbench) {
        ATHANOR_ASSIGN(m_workbench, workbench::Workbench::open(m_projectPath, *m_plugins));
        const auto refreshed = m_workbench->refresh();
        if (!refreshed && refreshed.error().code != ErrorCode::ReadOnly)
            note(refreshed.error().message);
    }
    return m_workbench.get();
}

void Session::print(const QString &line) const
{
    if (!m_json)
        writeLine(stdout, line.toUtf8());
}

void Session::printTable(const QStringList &head, const QList<QStringList> &rows) const
{
    if (m_json)
        return;
    QList<qsizetype> widths;
    for (const QString &title : head)
        widths += title.size();
    for (const QStringList &row : rows)
        for (qsizetype c = 0; c < row.size() && c < widths.size(); ++c)
            widths[c] = std::max(widths[c], row[c].size());
    const auto line = [&](const QStringList &cells) {
        QString text;
        for (qsizetype c = 0; c < cells.size() && c < widths.size(); ++c)
            text += cells[c].leftJustified(c + 1 < cells.size() ? widths[c] + 2 : 0);
        writeLine(stdout, text.toUtf8());
    };
    line(head);
    for (const QStringList &row : rows)
        line(row);
}

void Session::emitJson(const QJsonObject &object) const
{
    if (m_json)
        writeLine(stdout, QJsonDocument(object).toJson(QJsonDocument::Compact));
}

void Session::note(const QString &line) const
{
    writeLine(stderr, line.toUtf8());
}

Result<QJsonObject> Session::follow(job::Folder folder, OnInterrupt onInterrupt)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, workbench());
    ProgressPrinter printer;
    QString extra;
    bool stopping = false;
    for (;;) {
        const job::Summary summary = folder.summary();  // before the events, so that none is missed when it has ended
        for (const job::Event &event : folder.readNewEvents()) {
            if (event.type == job::EventType::Metric)
                extra = metricText(event.data.value(QLatin1String("values")).toObject(), extra);
            else if (event.type == job::EventType::Log && event.data.value(QLatin1String("level")) != QLatin1String("info"))
                printer.close(), note(event.data.value(QLatin1String("text")).toString());
        }
        if (!summary.progress.isEmpty())
            printer.show(folder.spec().title, summary.progress, extra);
        if (isFinal(summary.state) || summary.state == job::State::Paused || summary.state == job::State::Lost) {
            printer.close();
            const auto refreshed = bench->refresh();
            if (summary.state == job::State::Finished)
                return refreshed ? Result<QJsonObject>(summary.result) : fail(refreshed.error());
            if (summary.state == job::State::Failed)
                return fail(summary.error);
            if (summary.state == job::State::Lost)
                return fail(ErrorCode::External, tr("“%1” ended without saying so.").arg(folder.spec().title),
                            tr("“athanor-cli run resume %1” goes on from its last checkpoint.").arg(folder.spec().id));
            return fail(ErrorCode::Cancelled, tr("“%1” was stopped. %2").arg(folder.spec().title, summary.kept));
        }
        if (isInterrupted() && !stopping) {
            stopping = true;
            if (onInterrupt == OnInterrupt::LeaveJob)
                return fail(ErrorCode::Cancelled, tr("The job goes on; “athanor-cli job follow %1” shows it again.").arg(folder.spec().id));
            ATHANOR_TRY(bench->queue().cancel(folder.spec().id));
        }
        QThread::msleep(50);
        if (summary.state == job::State::Queued)
            ATHANOR_TRY(bench->queue().advance());
    }
}

}  // namespace athanor::command
