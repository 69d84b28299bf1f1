// A project of many documents. Role: makes a finished curate job of N documents by hand, takes it in, then opens the
// project in processes of its own, beside a bare SQLite that opens the same file and reads one page of it.
// usage: project_scale [N=1000000] [whole|short] [FOLDER]     (FOLDER is kept and used again; without it a temporary one)
// whole: in one call, as the command line takes it in; short: in the many short calls of the window.
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/job/event_writer.h"
#include "core/job/folder.h"
#include "core/project/project.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>
#include <QProcess>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>
#include <fcntl.h>
#include <map>
#include <random>
#include <sqlite3.h>
#include <sys/resource.h>
#include <unistd.h>
#include <zstd.h>

using namespace athanor;
using namespace athanor::project;

namespace {

constexpr int kRounds = 5;
constexpr int kPage = 100;

template <typename T> decltype(auto) need(T &&result)
{
    if (!result) {
        std::fprintf(stderr, "%s %s\n", qUtf8Printable(result.error().message), qUtf8Printable(result.error().detail));
        std::exit(1);
    }
    return std::forward<T>(result);
}

double milliseconds(const QElapsedTimer &timer)
{
    return static_cast<double>(timer.nsecsElapsed()) / 1e6;
}

double processorSeconds()
{
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
           + static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

// ---- the job

// Sorted by id as the curator writes them, with what a document of the default recipe has: 16 signals, own cluster.
void appendLine(QByteArray &out, qint64 index, qint64 count, std::mt19937_64 &random)
{
    static constexpr const char *kFolders[] = {"library", "tutorial", "reference", "howto", "whatsnew", "distutils", "extending"};
    static constexpr const char *kWords[] = {"array", "socket", "thread", "codec", "import", "string", "parser", "signal",
                                             "queue", "memory", "format", "stream", "locale", "random", "regular", "object"};
    char id[65], text[65], line[2048];
    const quint64 lead = static_cast<quint64>(static_cast<double>(index) / static_cast<double>(count) * 18446744073709549568.0);
    const auto hex = [&random](char *to, quint64 first) {
        std::snprintf(to, 65, "%016llx%016llx%016llx%016llx", static_cast<unsigned long long>(first),
                      static_cast<unsigned long long>(random()), static_cast<unsigned long long>(random()),
                      static_cast<unsigned long long>(random()));
    };
    hex(id, lead);
    hex(text, random());
    const bool isRemoved = index % 5 == 4;
    const char *reasons[][2] = {{"filter.length", "Too short"}, {"deduplicator.exact", "Copy of another"}, {"filter.gopher_quality.links", "Almost only links"}};
    const auto &reason = reasons[index % 3];
    const int length = std::snprintf(
        line, sizeof line,
        "{\"id\":\"%s\",\"path\":\"%s/%s-%s/%s_%lld.html\",\"source\":\"source-%lld\",\"licence\":\"PSF-2.0\",\"textSha256\":\"%s\","
        "\"status\":\"%s\",\"reason\":\"%s\",\"reasonTitle\":\"%s\",\"detail\":\"%s\",\"cluster\":\"%s\",\"split\":\"%s\","
        "\"language\":\"en\",\"bytes\":%llu,\"signals\":{\"words\":%llu,\"bullets\":0.623256,\"ellipses\":0.00930233,"
        "\"lettered\":0.93363,\"mean_word\":5.14841,\"symbols\":0.00464396,\"repeats_10\":0.00145985,\"repeats_5\":0.00883399,"
        "\"repeats_line_text\":9.45954e-05,\"repeats_lines\":0.00465116,\"repeats_paragraph_text\":0,"
        "\"repeats_paragraphs\":0,\"repeats_top_2\":0.0083848,\"repeats_top_3\":0.00269512,\"code_share\":0.0187657,"
        "\"link_share\":0.0%llu}}\n",
        id, kFolders[random() % 7], kWords[random() % 16], kWords[random() % 16], kWords[random() % 16],
        static_cast<long long>(index), static_cast<long long>(index % 4), text, isRemoved ? "removed" : "kept",
        isRemoved ? reason[0] : "", isRemoved ? reason[1] : "", isRemoved ? "links: 95 % of the text (limit 70 %)" : "", id,
        isRemoved ? "" : index % 10 == 0 ? "validation" : "train", static_cast<unsigned long long>(random() % 300000),
        static_cast<unsigned long long>(random() % 50000), static_cast<unsigned long long>(random() % 100000));
    out.append(line, length);
}

void writeList(const QString &path, qint64 count)
{
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly))
        qFatal("cannot write %s", qUtf8Printable(path));
    std::mt19937_64 random(1);
    QByteArray lines, packed;
    for (qint64 i = 0; i < count; ++i) {
        appendLine(lines, i, count, random);
        if (lines.size() < (4 << 20) && i + 1 < count)
            continue;
        packed.resize(static_cast<qsizetype>(ZSTD_compressBound(static_cast<size_t>(lines.size()))));
        const size_t size = ZSTD_compress(packed.data(), static_cast<size_t>(packed.size()), lines.constData(),
                                          static_cast<size_t>(lines.size()), 1);
        file.write(packed.constData(), static_cast<qint64>(size));
        lines.clear();
    }
}

QString makeJob(const QString &folder, qint64 count)
{
    const QString sha = sha256(QByteArray("corpus"));
    need(makeFolder(folder + QStringLiteral("/objects/corpora/") + sha));
    job::Spec spec;
    spec.kind = QStringLiteral("curate");
    spec.title = QStringLiteral("Curate many");
    spec.parameters = {{QStringLiteral("dataset"), QStringLiteral("many")}, {QStringLiteral("sources"), QJsonArray()}};
    auto made = job::Folder::create(folder, spec);
    need(made);
    const QString list = QStringLiteral("jobs/%1/documents.jsonl.zst").arg(made->spec().id);
    writeList(folder + QLatin1Char('/') + list, count);
    auto events = job::EventWriter::open(made->path() + QStringLiteral("/events.jsonl"));
    need(events);
    const qint64 removed = count / 5;
    events->append(job::EventType::State, {{QStringLiteral("state"), QStringLiteral("running")}});
    events->append(job::EventType::State, {{QStringLiteral("state"), QStringLiteral("finished")},
                                           {QStringLiteral("result"), QJsonObject{
                                               {QStringLiteral("corpus"), QStringLiteral("objects/corpora/") + sha},
                                               {QStringLiteral("corpusSha256"), sha},
                                               {QStringLiteral("documents"), count},
                                               {QStringLiteral("kept"), count - removed},
                                               {QStringLiteral("removed"), removed},
                                               {QStringLiteral("unreadable"), 0},
                                               {QStringLiteral("documentsFile"), list}}}});
    return folder + QLatin1Char('/') + list;
}

void takeIn(const QString &folder, qint64 count, Project::Pace pace)
{
    auto project = QFileInfo::exists(folder + QStringLiteral("/project.sqlite")) ? Project::open(folder)
                                                                                 : Project::create(folder, QStringLiteral("Scale"));
    need(project);
    (*project)->setPace(pace);
    const QString list = makeJob(folder, count);
    std::printf("list of %lld documents: %.0f MB packed\n", static_cast<long long>(count), static_cast<double>(QFileInfo(list).size()) / 1e6);
    QElapsedTimer all, one;
    const double cpuBefore = processorSeconds();
    all.start();
    double longest = 0;
    int calls = 0;
    for (;;) {
        one.start();
        need((*project)->ingestJobs());
        longest = std::max(longest, milliseconds(one));
        ++calls;
        if (!(*project)->isTakingIn())
            break;
    }
    if (need((*project)->datasets())->isEmpty())
        qFatal("the job was not taken in");
    const double seconds = milliseconds(all) / 1000;
    const double cpu = processorSeconds() - cpuBefore;
    one.start();
    project->reset();
    const double closing = milliseconds(one);
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    std::printf("taken in: %.1f s (%.1f s of one core), %.0f documents/s, in %d calls of at most %.0f ms; closing %.0f ms; memory %.0f MB\n", seconds, cpu,
                static_cast<double>(count) / seconds, calls, longest, closing, static_cast<double>(usage.ru_maxrss) / 1024);
    std::printf("project.sqlite: %.0f MB\n", static_cast<double>(QFileInfo(folder + QStringLiteral("/project.sqlite")).size()) / 1e6);
}

// ---- opening, in a process of its own

using Times = std::vector<std::pair<QByteArray, double>>;

int openOnce(const QString &folder)
{
    QElapsedTimer timer;
    const auto note = [&timer](const char *what) {
        std::printf("%s\t%.3f\n", what, milliseconds(timer));
        timer.start();
    };
    timer.start();
    auto project = Project::open(folder);
    need(project);
    note("open");
    need((*project)->stages());
    note("stages");
    const qint64 dataset = need((*project)->datasets())->first().rowId;
    const auto first = (*project)->documents({dataset, {}, {}, {}, {}}, 0, kPage);
    if (need(first)->rows.isEmpty())
        qFatal("no documents");
    note("first page");
    need((*project)->ingestJobs());
    note("nothing new to take in");
    need((*project)->documents({dataset, QStringLiteral("removed"), QStringLiteral("filter.length"), {}, {}}, 0, kPage));
    note("page: removed, one reason");
    need((*project)->documents({dataset, QStringLiteral("unreadable"), {}, {}, {}}, 0, kPage));
    note("page: unreadable (none)");
    need((*project)->documents({dataset, QStringLiteral("kept"), {}, QStringLiteral("validation"), {}}, 0, kPage));
    note("page: kept, validation");
    need((*project)->reasonCounts(dataset));
    note("counts by reason");
    need((*project)->documentCount({dataset, QStringLiteral("removed"), {}, {}, {}}));
    note("count of removed");
    need((*project)->documentCount({dataset, {}, {}, {}, {}}));
    note("count of all");
    need((*project)->searchDocuments(QStringLiteral("socket 4711")));
    note("search: two words, few hits");
    need((*project)->searchDocuments(QStringLiteral("soc")));
    note("search: a beginning, many hits");
    need((*project)->documents({dataset, QStringLiteral("removed"), {}, {}, QStringLiteral("thread")}, 0, kPage));
    note("page: removed, with a word");
    project->reset();
    note("close");
    return 0;
}

int openBare(const QString &folder)
{
    QElapsedTimer timer;
    timer.start();
    sqlite3 *handle = nullptr;
    sqlite3_stmt *statement = nullptr;
    const char *sql = "SELECT d.id, d.document, d.path, d.bytes, d.text_sha, d.signals, dd.status, dd.detail FROM dataset_documents dd "
                      "CROSS JOIN documents d ON d.id = dd.document WHERE dd.dataset = 1 ORDER BY dd.document LIMIT 101";
    const QByteArray path = QFile::encodeName(folder + QStringLiteral("/project.sqlite"));
    if (sqlite3_open_v2(path.constData(), &handle, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK
        || sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr) != SQLITE_OK)
        qFatal("%s", sqlite3_errmsg(handle));
    int rows = 0;
    while (sqlite3_step(statement) == SQLITE_ROW)
        ++rows;
    std::printf("bare SQLite: open and page\t%.3f\n", milliseconds(timer));
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return rows > 0 ? 0 : 1;
}

Times runSelf(const QString &mode, const QString &folder)
{
    QProcess process;
    process.start(QCoreApplication::applicationFilePath(), {mode, folder});
    process.waitForFinished(-1);
    if (process.exitCode() != 0)
        qFatal("%s", process.readAllStandardError().constData());
    Times times;
    for (const QByteArray &line : process.readAllStandardOutput().split('\n'))
        if (const qsizetype tab = line.indexOf('\t'); tab > 0)
            times.emplace_back(line.first(tab), line.sliced(tab + 1).toDouble());
    return times;
}

// Asks the system to forget the file's pages, as after a restart.
void forget(const QString &folder)
{
    const int file = ::open(QFile::encodeName(folder + QStringLiteral("/project.sqlite")).constData(), O_RDONLY);
    ::fsync(file);
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

void measureOpening(const QString &folder, bool isCold)
{
    std::vector<QByteArray> names;
    std::map<QByteArray, std::vector<double>> all;
    for (int round = 0; round < kRounds; ++round)
        for (const char *mode : {"--open", "--bare"}) {
            if (isCold)
                forget(folder);
            for (const auto &[name, value] : runSelf(QString::fromLatin1(mode), folder)) {
                if (round == 0)
                    names.push_back(name);
                all[name].push_back(value);
            }
        }
    std::printf("\n%s, median of %d processes\n", isCold ? "File not in memory" : "File in memory", kRounds);
    for (const QByteArray &name : names)
        std::printf("  %-32s %9.2f ms\n", name.constData(), median(all[name]));
    const double opened = median(all["open"]) + median(all["stages"]) + median(all["first page"]);
    std::printf("  %-32s %9.2f ms, %.1f times bare SQLite\n", "open + stages + first page", opened,
                opened / median(all["bare SQLite: open and page"]));
}

}  // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    if (arguments.value(1) == QLatin1String("--open"))
        return openOnce(arguments.value(2));
    if (arguments.value(1) == QLatin1String("--bare"))
        return openBare(arguments.value(2));
    const qint64 count = arguments.value(1, QStringLiteral("1000000")).toLongLong();
    if (count < 1) {
        std::fprintf(stderr, "usage: project_scale [N] [whole|short] [FOLDER]\n");
        return 2;
    }
    QTemporaryDir temporary;
    const QString folder = arguments.size() > 3 ? QDir(arguments.at(3)).absolutePath() : temporary.filePath(QStringLiteral("scale"));
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    if (!Project::isProject(folder))
        takeIn(folder, count, arguments.value(2) == QLatin1String("short") ? Project::Pace::Short : Project::Pace::Whole);
    measureOpening(folder, false);
    measureOpening(folder, true);
    return 0;
}
