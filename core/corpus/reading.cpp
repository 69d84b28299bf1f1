// Phase "Reading": every file becomes records, or is taken from what was read before; texts go to the spool. Files are read in parallel, the table is put in
// id order at the end, so that the outcome is the same whatever the order of reading was.
#include "core/base/format.h"
#include "core/base/hash.h"
#include "core/base/parallel.h"
#include "core/corpus/curation.h"
#include "core/corpus/read_cache.h"
#include "core/corpus/reader_choice.h"
#include "core/corpus/reading_log.h"
#include "core/corpus/record_sink.h"
#include "core/corpus/source_look.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonDocument>

#include <chrono>
#include <set>

namespace athanor::corpus {

namespace {

constexpr qsizetype kHeadBytes = 4096;
constexpr qint64 kLargestUnpacked = qint64(512) << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

/// A file that exists only while it is in scope.
struct ScratchFile {
    QString path;
    ~ScratchFile()
    {
        if (!path.isEmpty())
            QFile::remove(path);
    }
};

class ItemReader {
public:
    explicit ItemReader(Curation &curation)
        : m_curation(curation), m_as(curation.isOfRecords() ? ReadAs::Records : ReadAs::Texts), m_choice(curation.context.plugins(), m_as), m_readers(curation.context.plugins(), QStringLiteral("reader")),
          m_sources(curation.context.plugins(), QStringLiteral("source")), m_cache(curation.context.projectPath(), curation.dataset)
    {
    }

    /// Loads every method that threads will need: a catalogue is for one thread.
    Status load()
    {
        for (const plugin::Metadata *reader : m_readers.all())
            if (!isIsolated(*reader))
                m_loadedReaders.emplace(reader->id, m_readers.get(reader->id));
        for (const SourceSpec &source : m_curation.sources) {
            ATHANOR_ASSIGN(Source * loaded, m_sources.get(source.plugin));
            m_loadedSources.push_back(loaded);
        }
        return {};
    }

    Result<std::vector<Item>> list();
    /// From what was read before, where the file is as it was; else from the file.
    Result<ItemOutcome> take(const Item &item);
    void finish() { m_cache.finish(); }

private:
    Result<ItemOutcome> read(const Item &item) const;
    QByteArray cacheKey(const Item &item) const;
    static QJsonObject facts(const plugin::Metadata &reader, const QJsonObject &settings);
    static bool isIsolated(const plugin::Metadata &reader) { return reader.all.value(QLatin1String("isolated")).toBool(); }
    QJsonObject settingsOf(const plugin::Metadata &reader) const
    {
        const QJsonObject chosen = m_curation.recipe.value(QLatin1String("readers")).toObject();
        return chosen.contains(reader.id) ? chosen.value(reader.id).toObject() : reader.parameters.defaults();
    }
    Result<const plugin::Metadata *> choose(const Item &item, ByteStream &stream) const;
    Status readHere(const plugin::Metadata &reader, const QString &file, ByteStream &stream, RecordSink &sink) const;
    Status readApart(const plugin::Metadata &reader, const QString &file, ByteStream &stream, RecordSink &sink) const;

    Curation &m_curation;
    ReadAs m_as;
    ReaderChoice m_choice;
    plugin::Registry<Reader> m_readers;
    plugin::Registry<Source> m_sources;
    std::map<QString, Result<Reader *>> m_loadedReaders;
    std::vector<Source *> m_loadedSources;
    ReadCache m_cache;
    qint64 m_listedNs = 0;
};

qint64 nowNs()
{
    return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Two changes within one tick of a file system's clock look like one: what changed just now is read again next time.
bool isSettled(const SourceItem &file, qint64 listedNs)
{
    constexpr qint64 kSecond = 1000000000, kTick = kSecond / 20;
    const qint64 newest = std::max(file.modifiedNs, file.changedNs);
    return file.changedNs > 0 && newest + (newest % kSecond == 0 ? 2 * kSecond : kTick) < listedNs;
}

QJsonObject ItemReader::facts(const plugin::Metadata &reader, const QJsonObject &settings)
{
    return {{QStringLiteral("id"), reader.id}, {QStringLiteral("version"), reader.all.value(QLatin1String("version"))}, {QStringLiteral("settings"), settings}};
}

/// Everything that the documents of a file depend on. Empty: they are not to be kept.
QByteArray ItemReader::cacheKey(const Item &item) const
{
    const SourceItem &file = item.file;
    if (!file.problem.message.isEmpty() || !isSettled(file, m_listedNs))
        return {};
    QJsonArray readers;  // all of them, where the contents decide
    const plugin::Metadata *named = m_choice.byName(file.path);
    for (const plugin::Metadata *reader : m_readers.all())
        if (!named || reader->id == named->id)
            readers.append(facts(*reader, settingsOf(*reader)));
    const QJsonObject whole{{QStringLiteral("program"), QStringLiteral(ATHANOR_VERSION)},
                            {QStringLiteral("source"), m_curation.sources[static_cast<size_t>(item.source)].id},
                            {QStringLiteral("path"), file.path},
                            {QStringLiteral("file"), file.file},
                            {QStringLiteral("bytes"), QString::number(file.bytes)},
                            {QStringLiteral("modified"), QString::number(file.modifiedNs)},
                            {QStringLiteral("changed"), QString::number(file.changedNs)},
                            {QStringLiteral("named"), file.isNamed},
                            {QStringLiteral("content"), m_curation.recipe.value(QLatin1String("content"))},
                            {QStringLiteral("records"), m_curation.recipe.value(QLatin1String("records"))},
                            {QStringLiteral("readers"), readers}};
    return QJsonDocument(whole).toJson(QJsonDocument::Compact);
}

Result<ItemOutcome> ItemReader::take(const Item &item)
{
    const QByteArray key = cacheKey(item);
    if (key.isEmpty())
        return read(item);
    const auto stop = [this] { return m_curation.checkStop(); };
    ATHANOR_ASSIGN(auto known, m_cache.take(key, item.file.path, item.source, *m_curation.spool, stop));
    if (known)
        return std::move(*known);
    ATHANOR_ASSIGN(ItemOutcome outcome, read(item));
    if (outcome.isLasting)
        ATHANOR_TRY(m_cache.keep(key, item.file.path, outcome, *m_curation.spool, stop));
    return outcome;
}

Result<std::vector<Item>> ItemReader::list()
{
    m_listedNs = nowNs();
    std::vector<Item> items;
    for (size_t i = 0; i < m_curation.sources.size(); ++i) {
        const SourceSpec &source = m_curation.sources[i];
        ATHANOR_ASSIGN(const QJsonObject settings, m_sources.metadata(source.plugin)->parameters.validate(source.settings));
        ATHANOR_TRY(m_loadedSources[i]->list(source.location, settings, m_curation.context.cancelToken(), [&](SourceItem &&item) {
            items.push_back({std::move(item), static_cast<int>(i)});
            if (items.size() % 1000 == 0)
                m_curation.context.report({tr("Reading"), 0, static_cast<qint64>(items.size()), tr("files")});
        }));
        ATHANOR_TRY(m_curation.checkStop());
    }
    std::sort(items.begin(), items.end(), [](const Item &a, const Item &b) {
        return std::tie(a.source, a.file.path) < std::tie(b.source, b.file.path);
    });
    return items;
}

Result<const plugin::Metadata *> ItemReader::choose(const Item &item, ByteStream &stream) const
{
    if (const plugin::Metadata *reader = m_choice.byName(item.file.path))
        return reader;
    if (m_as == ReadAs::Records)
        return nullptr;
    ATHANOR_ASSIGN(const QByteArray head, stream.peek(kHeadBytes));
    if (const plugin::Metadata *reader = m_choice.byContent(head))
        return reader;
    return item.file.isNamed ? m_choice.forPlainText() : nullptr;
}

Status ItemReader::readHere(const plugin::Metadata &reader, const QString &file, ByteStream &stream, RecordSink &sink) const
{
    const Result<Reader *> &loaded = m_loadedReaders.at(reader.id);
    if (!loaded)
        return fail(loaded.error());
    return (*loaded)->read(ReadRequest{file, &stream, settingsOf(reader), m_as}, sink);
}

Status ItemReader::readApart(const plugin::Metadata &reader, const QString &file, ByteStream &stream, RecordSink &sink) const
{
    const auto &options = m_curation.options;
    if (!stream.isCompressed())
        return readInProcess(options.readerProgram, reader.id, file, settingsOf(reader), options.processLimits, sink);
    ATHANOR_ASSIGN(const QByteArray plain, stream.readAll(kLargestUnpacked));
    static std::atomic<int> counter{0};
    ScratchFile scratch{QStringLiteral("%1/unpacked-%2").arg(m_curation.context.jobPath()).arg(++counter)};
    QFile unpacked(scratch.path);
    if (!unpacked.open(QIODevice::WriteOnly) || unpacked.write(plain) != plain.size())
        return fail(systemError(EIO, tr("Cannot write"), scratch.path));
    unpacked.close();
    return readInProcess(options.readerProgram, reader.id, scratch.path, settingsOf(reader), options.processLimits, sink);
}

/// Reasons for which a file is not read that may be others next time, though the file is the same.
bool isPassing(const Error &error)
{
    static const QStringList passing{QStringLiteral("crashed"), QStringLiteral("timeout"), QStringLiteral("vanished"),
                                     QStringLiteral("changed"), QStringLiteral("permission"), QStringLiteral("other")};
    return passing.contains(problemReason(error));
}

/// Errors that end the whole job; all others belong to the one file.
bool endsJob(const Error &error)
{
    return error.code == ErrorCode::Cancelled || error.code == ErrorCode::DiskFull;
}

Result<ItemOutcome> ItemReader::read(const Item &item) const
{
    const SourceSpec &source = m_curation.sources[static_cast<size_t>(item.source)];
    RecordSink sink(m_curation, item);
    const auto unreadable = [&](const Error &error) -> Result<ItemOutcome> {
        if (endsJob(error))
            return fail(error);
        sink.problemAt({}, error);
        return ItemOutcome{sink.finish({}), {}, {}, !isPassing(error)};
    };
    if (!item.file.problem.message.isEmpty())
        return unreadable(item.file.problem);
    auto file = m_loadedSources[static_cast<size_t>(item.source)]->localFile(item.file, m_curation.context.jobPath());
    if (!file)
        return unreadable(file.error());
    auto stream = ByteStream::open(*file);
    if (!stream)
        return unreadable(stream.error());
    (*stream)->startRawHash(hashPrefix(source));
    const auto reader = choose(item, **stream);
    if (!reader)
        return unreadable(reader.error());
    if (!*reader) {
        const QString extension = extensionOf(item.file.path);
        return ItemOutcome{{}, extension.isEmpty() ? QStringLiteral("(none)") : extension, {}};
    }
    Status status = isIsolated(**reader) ? readApart(**reader, *file, **stream, sink) : readHere(**reader, *file, **stream, sink);
    // Also of a file that broke off: what was read of it counts.
    if (const Status rest = sink.endOfFile(); status && !rest)
        status = rest;
    const Result<QString> hash = (*stream)->finishRawHash();
    if (!status)
        return unreadable(status.error());
    if (!hash)
        return unreadable(hash.error());
    return ItemOutcome{sink.finish(*hash), {}, sink.form()};
}

/// Two files of one source with the same bytes have the same id; the later ones' ids take their path in.
void makeIdsUnique(DocumentTable &documents)
{
    const auto before = [](const Record &a, const Record &b) { return std::tie(a.id, a.source, a.path) < std::tie(b.id, b.source, b.path); };
    std::sort(documents.begin(), documents.end(), before);
    QString previous;
    bool changed = false;
    for (Record &record : documents) {
        if (record.id != previous) {
            previous = record.id;
            continue;
        }
        record.id = sha256((record.id + QLatin1Char('\n') + record.path).toUtf8());
        changed = true;
    }
    if (changed)
        std::sort(documents.begin(), documents.end(), before);
}

void noteSkipped(Curation &curation)
{
    QStringList parts;
    for (const auto &[extension, count] : curation.skipped)
        parts += QStringLiteral("%1 (%2)").arg(extension).arg(count);
    if (!parts.isEmpty())
        curation.context.log(QStringLiteral("info"), tr("Files of other formats, not read: %1.").arg(parts.join(QStringLiteral(", "))));
}

}  // namespace

Status readSources(Curation &curation)
{
    ItemReader reader(curation);
    ATHANOR_TRY(reader.load());
    ATHANOR_ASSIGN(const std::vector<Item> items, reader.list());
    std::vector<ItemOutcome> outcomes(items.size());
    PhaseProgress progress(curation.context, tr("Reading"), static_cast<qint64>(items.size()), tr("files"));
    std::atomic<qint64> reused{0};
    ReadingLog log(curation.context.jobPath());
    ATHANOR_TRY(forEachIndex(static_cast<qint64>(items.size()), curation.threadCount, [&] { return curation.checkStop(); },
                             [&](qint64 index) -> Status {
                                 ItemOutcome &outcome = outcomes[static_cast<size_t>(index)];
                                 ATHANOR_ASSIGN(outcome, reader.take(items[static_cast<size_t>(index)]));
                                 log.add(outcome.records);
                                 if (outcome.isReused)
                                     progress.setUnit(tr("files, %1 taken from what was read before").arg(formatInteger(++reused)));
                                 progress.advance();
                                 return {};
                             }));
    reader.finish();
    if (reused > 0)
        curation.context.log(QStringLiteral("info"), tr("%1 of %2 files taken from what was read before.").arg(formatInteger(reused), formatInteger(qint64(items.size()))));
    curation.reusedFiles = reused;
    Fingerprint fingerprint;
    qint64 unreadable = 0, bad = 0;
    for (size_t i = 0; i < outcomes.size(); ++i) {
        ItemOutcome &outcome = outcomes[i];
        if (outcome.form)
            curation.forms.push_back({items[i].file.path, *outcome.form});
        if (!outcome.skippedExtension.isEmpty())
            ++curation.skipped[outcome.skippedExtension];
        else
            fingerprint.add(curation.sources[static_cast<size_t>(items[i].source)].id, items[i].file);
        for (Record &record : outcome.records) {
            unreadable += record.status == DocumentStatus::Unreadable;
            bad += record.status == DocumentStatus::Removed;
            curation.documents.push_back(std::move(record));
        }
    }
    ATHANOR_TRY(fingerprint.write(curation.context.jobPath() + QLatin1Char('/') + QLatin1String(kFingerprintFile)));
    noteSkipped(curation);
    makeIdsUnique(curation.documents);
    curation.addStage(QStringLiteral("reading"), tr("Read"), unreadable, 0);
    if (curation.isOfRecords()) {
        curation.stages.back().documents += bad;
        curation.addStage(QStringLiteral("records"), tr("Understood as records"), bad, 0);
    }
    if (!curation.documents.empty())
        return {};
    return fail(ErrorCode::InvalidInput,
                items.empty() ? tr("There are no files in the sources.")
                : curation.skipped.empty() ? tr("The files in the sources are empty.")
                                           : tr("None of the files in the sources can be read as a document."),
                curation.isOfRecords() ? tr("Add JSON Lines, JSON, CSV or TSV files with records.")
                                       : tr("Add text, Markdown, HTML, PDF, docx or JSON Lines files."));
}

}  // namespace athanor::corpus
