#include "core/job/folder.h"

#include "core/base/atomic_file.h"
#include "core/base/identifier.h"
#include "core/job/line_file.h"
#include "core/job/queue_record.h"
#include "core/job/worker_identity.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonDocument>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace athanor::job {

namespace {

constexpr qint64 kStartingLimitMs = 30000;  // a launched worker that holds no lock after this has not come up
constexpr qint64 kSummaryTail = 64 << 10;
constexpr char kMetricStart[] = "{\"type\":\"metric\"";

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString jobsFolder(const QString &projectPath)
{
    return projectPath + QStringLiteral("/jobs");
}

// The id that sorts last; what else lies there is passed over by newIdentifier().
QString newestIn(const QString &jobs)
{
    const QStringList names = QDir(jobs).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name);
    return names.isEmpty() ? QString() : names.last();
}

QString eventsPath(const QString &jobPath)
{
    return jobPath + QStringLiteral("/events.jsonl");
}

// The whole number behind `key` near the beginning of a line, as toLine() writes it; -1 when there is none.
qint64 numberAfter(QByteArrayView line, QByteArrayView key)
{
    const QByteArrayView head = line.first(std::min<qsizetype>(line.size(), 160));
    qsizetype at = head.indexOf(key);
    if (at < 0)
        return -1;
    qint64 value = 0;
    for (at += key.size(); at < head.size() && head[at] >= '0' && head[at] <= '9'; ++at)
        value = value * 10 + (head[at] - '0');
    return value;
}

void takeState(Summary &summary, const Event &event, State state)
{
    summary.state = state;
    summary.error = event.data.contains(QLatin1String("error"))
                        ? errorFromJson(event.data.value(QLatin1String("error")).toObject())
                        : Error();
    summary.result = event.data.value(QLatin1String("result")).toObject();
    summary.kept = event.data.value(QLatin1String("kept")).toString();
    summary.ended = isFinal(state) || state == State::Paused ? event.utc : QDateTime();
}

bool isRestful(State state)
{
    return isFinal(state) || state == State::Paused;
}

}  // namespace

Folder::Folder(QString path, Spec spec) : m_path(std::move(path)), m_spec(std::move(spec)) {}

Result<Folder> Folder::create(const QString &projectPath, Spec spec)
{
    if (spec.id.isEmpty())
        spec.id = newIdentifier(newestIn(jobsFolder(projectPath)));
    if (!spec.created.isValid())
        spec.created = QDateTime::currentDateTimeUtc();
    const QString path = QDir(jobsFolder(projectPath)).absoluteFilePath(spec.id);
    if (QFileInfo::exists(path))
        return fail(ErrorCode::AlreadyExists, tr("There is a job “%1” already.").arg(spec.id));
    ATHANOR_TRY(makeFolder(path));
    ATHANOR_TRY(writeJsonFile(path + QStringLiteral("/spec.json"), toJson(spec)));
    for (const QString &above : {jobsFolder(projectPath), projectPath})  // a power cut must not take the folder itself
        ATHANOR_TRY(syncFolder(above));
    return Folder(path, std::move(spec));
}

Result<Folder> Folder::open(const QString &projectPath, const QString &jobId)
{
    const QString path = QDir(jobsFolder(projectPath)).absoluteFilePath(jobId);
    if (jobId.isEmpty() || jobId.contains(QLatin1Char('/')) || !QFileInfo(path).isDir())
        return fail(ErrorCode::NotFound, tr("There is no job “%1” in this project.").arg(jobId),
                    tr("“athanor-cli job list” shows the jobs."));
    auto object = readJsonFile(path + QStringLiteral("/spec.json"));
    if (!object)
        return fail(object.error());
    ATHANOR_ASSIGN(Spec spec, specFromJson(*object));
    if (spec.id != jobId)
        return fail(ErrorCode::Corrupt, tr("The folder of job “%1” holds the specification of “%2”.").arg(jobId, spec.id));
    return Folder(path, std::move(spec));
}

QList<Folder> Folder::all(const QString &projectPath, QStringList *problems)
{
    QList<Folder> folders;
    const QDir jobs(jobsFolder(projectPath));
    for (const QString &name : jobs.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
        auto folder = open(projectPath, name);
        if (folder)
            folders += std::move(*folder);
        else if (problems)
            *problems += QStringLiteral("%1: %2").arg(name, folder.error().message);
    }
    return folders;
}

QString Folder::projectPath() const
{
    return QDir::cleanPath(m_path + QStringLiteral("/../.."));
}

QJsonObject Folder::parameters() const
{
    const auto resolved = readJsonFile(m_path + QStringLiteral("/resolved.json"));
    return resolved ? *resolved : m_spec.parameters;
}

QList<Event> Folder::readNewEvents(Read what)
{
    QList<Event> events;
    readWholeLines(eventsPath(m_path), m_offset, [&](QByteArrayView line) {
        if (what == Read::WithoutMetrics && line.startsWith(kMetricStart))
            return;
        auto event = eventFromLine(line);
        if (event)
            events += std::move(*event);
        else
            ++m_brokenLines;
    });
    return events;
}

void Folder::rewind()
{
    m_offset = 0;
    m_brokenLines = 0;
}

// Metric lines are most of a long run; of them only sequence, attempt and step are looked at.
void Folder::scanForSummary(bool held)
{
    const QString path = eventsPath(m_path);
    const auto take = [this](QByteArrayView line) {
        if (line.startsWith(kMetricStart)) {
            m_summary.lastSequence = std::max(m_summary.lastSequence, numberAfter(line, "\"sequence\":"));
            m_summary.attempt = std::max<int>(m_summary.attempt, static_cast<int>(numberAfter(line, "\"attempt\":")));
            if (const qint64 step = numberAfter(line, "\"step\":"); step >= 0)
                m_summary.step = step;
            return;
        }
        const auto event = eventFromLine(line);
        if (!event)
            return;
        if (!m_summary.started.isValid())
            m_summary.started = event->utc;
        m_summary.lastSequence = std::max(m_summary.lastSequence, event->sequence);
        m_summary.attempt = std::max(m_summary.attempt, event->attempt);
        if (event->step >= 0)
            m_summary.step = event->step;
        if (event->type == EventType::Progress)
            m_summary.progress = event->data;
        if (event->type != EventType::State)
            return;
        if (const auto state = stateFromName(event->data.value(QLatin1String("state")).toString())) {
            takeState(m_summary, *event, *state);
            m_lastState = *state;
            m_sawState = true;
        }
    };
    const qint64 size = QFileInfo(path).size();
    if (m_scanOffset == 0 && !held && size > 4 * kSummaryTail) {
        // A job at rest: its first line and its last ones say everything.
        bool first = true;
        qint64 start = 0;
        QFile file(path);
        if (file.open(QIODevice::ReadOnly))
            take(QByteArrayView(file.readLine(kSummaryTail)).chopped(1));
        m_sawState = false;
        start = size - kSummaryTail;
        readWholeLines(path, start, [&](QByteArrayView line) {
            if (!std::exchange(first, false))  // the first of these is cut
                take(line);
        });
        if (m_sawState) {
            m_scanOffset = start;
            return;
        }
    }
    readWholeLines(path, m_scanOffset, take);
}

Summary Folder::summary()
{
    bool held = isHeld();
    scanForSummary(held);
    const QueueRecord record = readQueueRecord(m_path).value_or(QueueRecord());
    Summary result = m_summary;
    const auto asCancelled = [&result] {
        result.state = State::Cancelled;
        result.error = {};
    };
    if (record.requested > m_summary.attempt) {  // an attempt was asked for of which there is no event yet
        const qint64 waited = QDateTime::currentMSecsSinceEpoch() - record.launchedAtMs;
        result.result = {};
        result.ended = {};
        if (record.isCancelled)
            asCancelled();
        else if (record.error) {
            result.state = State::Failed;
            result.error = *record.error;
        } else if (held)
            result.state = State::Starting;
        else if (record.launched < record.requested)
            result.state = State::Queued;
        else
            result.state = std::abs(waited) < kStartingLimitMs ? State::Starting : State::Lost;  // the clock may be set back
        return result;
    }
    if (m_summary.attempt == 0) {
        result.state = held ? State::Starting : State::Queued;
        return result;
    }
    if (record.isCancelled && !held && m_summary.state != State::Finished) {
        asCancelled();
        return result;
    }
    if (isRestful(m_summary.state) || held)
        return result;
    // Not held: either it ended while we looked, or it is gone.
    held = isHeld();
    scanForSummary(held);
    result = m_summary;
    const auto identity = readJsonFile(m_path + QStringLiteral("/worker.json"));
    if (!isRestful(result.state) && !held && !(identity && isAliveHere(identityFromJson(*identity))))
        result.state = State::Lost;
    return result;
}

// Several programs may send: the control file's own lock makes the numbers ascend.
Result<qint64> Folder::sendControl(const QString &action, const QJsonObject &data)
{
    const QString path = m_path + QStringLiteral("/control.jsonl");
    ATHANOR_ASSIGN(const FileLock lock, FileLock::acquire(path, FileLock::Wait::Briefly));
    qint64 number = 0;
    qint64 offset = 0;
    readWholeLines(path, offset, [&number](QByteArrayView line) {
        const QJsonObject object = QJsonDocument::fromJson(line.toByteArray()).object();
        number = std::max(number, object.value(QLatin1String("number")).toInteger());
    });
    QJsonObject object{{QStringLiteral("format"), 1},
                       {QStringLiteral("number"), number + 1},
                       {QStringLiteral("action"), action},
                       {QStringLiteral("utc"), QDateTime::currentDateTimeUtc().toString(Qt::ISODateWithMs)}};
    if (!data.isEmpty())
        object.insert(QStringLiteral("data"), data);
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite))
        return fail(systemError(errno, tr("Cannot write"), path));
    // What a sender that died left unfinished becomes a line of its own, which readers pass over.
    QByteArray line = file.size() > offset ? QByteArray("\n") : QByteArray();
    line += QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
    file.seek(file.size());
    if (file.write(line) != line.size() || !file.flush())
        return fail(systemError(errno ? errno : EIO, tr("Cannot write"), path));
    return number + 1;
}

bool Folder::isHeld() const
{
    return FileLock::isHeld(m_path + QStringLiteral("/lock"));
}

}  // namespace athanor::job
