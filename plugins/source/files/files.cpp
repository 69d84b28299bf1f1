#include "plugins/source/files/files.h"

#include "core/text/utf8.h"

#include <QCoreApplication>
#include <QFile>
#include <QRegularExpression>

#include <cerrno>
#include <dirent.h>
#include <set>
#include <sys/stat.h>

namespace athanor::corpus {

namespace {

constexpr int kDeepestFolder = 200;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

qint64 nanoseconds(const timespec &time)
{
    return qint64(time.tv_sec) * 1000000000 + time.tv_nsec;
}

SourceItem itemOf(const QByteArray &file, const QString &path, const struct stat &facts)
{
    SourceItem item;
    item.path = path;
    item.file = QFile::decodeName(file);
    item.bytes = facts.st_size;
    item.modifiedNs = nanoseconds(facts.st_mtim);
    item.changedNs = nanoseconds(facts.st_ctim);
    return item;
}

class Walk {
public:
    Walk(const QJsonObject &settings, const CancelToken &cancel, const std::function<void(SourceItem &&)> &found)
        : m_recursive(settings.value(QLatin1String("recursive")).toBool(true)), m_cancel(cancel), m_found(found)
    {
        for (const QString &pattern : settings.value(QLatin1String("skip")).toString().split(QLatin1Char(','), Qt::SkipEmptyParts))
            m_skip.append(QRegularExpression(QRegularExpression::wildcardToRegularExpression(pattern.trimmed())));
    }

    /// Real folders first, folders behind links afterwards: a file is known by its real path when it has one.
    void run(const QByteArray &folder)
    {
        m_waiting = {{folder, {}, 0}};
        while (!m_waiting.empty() && !m_cancel.isCancelled()) {
            std::vector<Folder> now;
            now.swap(m_waiting);
            for (const Folder &next : now)
                enter(next);
        }
    }

private:
    struct Folder {
        QByteArray file;
        QString path;  // shown; empty for the location itself
        int depth = 0;
    };

    bool isSkipped(const QString &name) const
    {
        return std::any_of(m_skip.begin(), m_skip.end(), [&](const QRegularExpression &pattern) { return pattern.match(name).hasMatch(); });
    }

    void report(const Folder &folder, const QString &name, const Error &error)
    {
        SourceItem item;
        item.path = folder.path.isEmpty() ? name : folder.path + QLatin1Char('/') + name;
        item.problem = error;
        m_found(std::move(item));
    }

    static std::optional<std::vector<QByteArray>> namesIn(const QByteArray &folder)
    {
        DIR *handle = ::opendir(folder.constData());
        if (!handle)
            return std::nullopt;
        std::vector<QByteArray> names;
        while (const dirent *entry = ::readdir(handle))
            names.emplace_back(entry->d_name);
        ::closedir(handle);
        std::sort(names.begin(), names.end());
        return names;
    }

    void enter(const Folder &folder)
    {
        struct stat facts{};
        if (::stat(folder.file.constData(), &facts) != 0 || !m_entered.insert({facts.st_dev, facts.st_ino}).second)
            return;
        const auto names = namesIn(folder.file);
        if (!names) {
            report(folder, QStringLiteral("…"),
                   problem(QStringLiteral("permission"), tr("You are not allowed to look into this folder."), tr("Change its permissions.")));
            return;
        }
        std::vector<Folder> inside;
        for (const QByteArray &name : *names)
            if (name != "." && name != "..")
                take(folder, name, inside);
        for (const Folder &next : inside)
            enter(next);
    }

    void take(const Folder &folder, const QByteArray &name, std::vector<Folder> &inside)
    {
        if (m_cancel.isCancelled())
            return;
        const QString shown = QString::fromUtf8(text::repairUtf8(name));
        if (isSkipped(shown))
            return;
        if (!text::isValidUtf8(name)) {
            report(folder, shown, problem(QStringLiteral("format"), tr("Its name is not valid UTF-8."), tr("Rename it.")));
            return;
        }
        const QByteArray file = folder.file + '/' + name;
        const QString path = folder.path.isEmpty() ? shown : folder.path + QLatin1Char('/') + shown;
        struct stat facts{}, link{};
        if (::stat(file.constData(), &facts) != 0 || ::lstat(file.constData(), &link) != 0) {
            report(folder, shown, problem(QStringLiteral("vanished"), tr("It is a link to something that is not there, or was just removed.")));
            return;
        }
        if (S_ISDIR(facts.st_mode)) {
            if (m_recursive && folder.depth < kDeepestFolder)
                (S_ISLNK(link.st_mode) ? m_waiting : inside).push_back({file, path, folder.depth + 1});
        } else if (S_ISREG(facts.st_mode)) {
            m_found(itemOf(file, path, facts));
        }
    }

    bool m_recursive;
    const CancelToken &m_cancel;
    const std::function<void(SourceItem &&)> &m_found;
    QList<QRegularExpression> m_skip;
    std::set<std::pair<dev_t, ino_t>> m_entered;
    std::vector<Folder> m_waiting;
};

}  // namespace

Status FilesSource::list(const QString &location, const QJsonObject &settings, const CancelToken &cancel,
                         const std::function<void(SourceItem &&)> &found) const
{
    const QByteArray file = QFile::encodeName(location);
    struct stat facts{};
    if (::stat(file.constData(), &facts) != 0) {
        if (errno == ENOENT || errno == ENOTDIR)
            return fail(ErrorCode::NotFound, tr("“%1” is not there.").arg(location), tr("Put it back, or remove this source."));
        return fail(systemError(errno, tr("Cannot read"), location));
    }
    if (S_ISDIR(facts.st_mode)) {
        Walk(settings, cancel, found).run(file);
        return {};
    }
    if (!S_ISREG(facts.st_mode))
        return fail(ErrorCode::InvalidInput, tr("“%1” is neither a file nor a folder.").arg(location));
    SourceItem item = itemOf(file, location.section(QLatin1Char('/'), -1), facts);
    item.isNamed = true;
    found(std::move(item));
    return {};
}

}  // namespace athanor::corpus
