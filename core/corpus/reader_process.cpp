// The child side: limits first, then the plugin, then the file.
#include "core/corpus/reader_process.h"

#include "core/corpus/reader_frames.h"
#include "core/plugin/registry.h"

#include <QJsonDocument>

#include <cerrno>
#include <csignal>
#include <exception>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace athanor::corpus {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

void limit(int resource, rlim_t value)
{
    const rlimit both{value, value};
    ::setrlimit(static_cast<__rlimit_resource>(resource), &both);
}

/// No new privileges, no core files, no writing of files, no more children, and an end when the parent ends.
void limitThisProcess(const ProcessLimits &limits)
{
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, 0);
    limit(RLIMIT_CPU, static_cast<rlim_t>(limits.processorTime.count()));
#if !defined(__SANITIZE_ADDRESS__)
    limit(RLIMIT_AS, static_cast<rlim_t>(limits.memoryBytes));  // a sanitizer's shadow memory would not fit
#endif
}

bool writeAll(const QByteArray &bytes)
{
    const char *data = bytes.constData();
    qsizetype left = bytes.size();
    while (left > 0) {
        const ssize_t count = ::write(STDOUT_FILENO, data, static_cast<size_t>(left));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return false;
        data += count;
        left -= count;
    }
    return true;
}

bool writeFrame(char kind, QByteArrayView payload)
{
    QByteArray frame;
    appendFrame(frame, kind, payload);
    return writeAll(frame);
}

QByteArray compact(const QJsonObject &object)
{
    return QJsonDocument(object).toJson(QJsonDocument::Compact);
}

class PipeSink final : public ReadSink {
public:
    Status document(ReadDocument &&document) override
    {
        QJsonObject facts;
        for (auto it = document.facts.begin(); it != document.facts.end(); ++it)
            facts[it.key()] = it.value();
        const QJsonObject header{{QStringLiteral("place"), document.place}, {QStringLiteral("facts"), facts}};
        QByteArray payload;
        appendFrame(payload, 'H', compact(header));
        payload += document.text;
        if (writeFrame('D', payload))
            return {};
        return fail(ErrorCode::External, tr("Nobody listens."));
    }
    void problemAt(const QString &place, const Error &error) override
    {
        writeFrame('P', compact({{QStringLiteral("place"), place}, {QStringLiteral("error"), toJson(error)}}));
    }
};

Status readFile(const QString &id, const QString &file, const QJsonObject &settings)
{
    const auto catalogue = plugin::scanUsualFolders();
    const plugin::Registry<Reader> readers(*catalogue, QStringLiteral("reader"));
    ATHANOR_ASSIGN(Reader * reader, readers.get(id));
    ATHANOR_ASSIGN(const QJsonObject completed, readers.metadata(id)->parameters.validate(settings));
    PipeSink sink;
    try {
        return reader->read(ReadRequest{file, nullptr, completed}, sink);
    } catch (const std::bad_alloc &) {
        return fail(problem(QStringLiteral("too_large"), tr("Reading it needs more memory than a document may.")));
    } catch (const std::exception &error) {
        return fail(problem(QStringLiteral("broken"), tr("Reading it failed: %1.").arg(QString::fromUtf8(error.what()))));
    }
}

}  // namespace

bool isReaderProcess(int argc, char **argv)
{
    return argc >= 4 && qstrcmp(argv[1], "--read-document") == 0;
}

int runReaderProcess(int argc, char **argv)
{
    if (!isReaderProcess(argc, argv))
        return 2;
    limitThisProcess({});
    int one = 1;
    QCoreApplication application(one, argv);
    const QJsonObject settings = argc > 4 ? QJsonDocument::fromJson(argv[4]).object() : QJsonObject();
    const Status status = readFile(QString::fromUtf8(argv[2]), QFile::decodeName(argv[3]), settings);
    QJsonObject end;
    if (!status)
        end[QStringLiteral("error")] = toJson(status.error());
    return writeFrame('E', compact(end)) ? 0 : 1;
}

}  // namespace athanor::corpus
