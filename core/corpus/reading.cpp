// Phase "Reading": every file becomes records; texts go to the spool. Files are read in parallel, the table is put in
// id order at the end, so that the outcome is the same whatever the order of reading was.
#include "core/base/hash.h"
#include "core/base/parallel.h"
#include "core/corpus/curation.h"
#include "core/corpus/reader_choice.h"
#include "core/corpus/record_intake.h"
#include "core/corpus/source.h"
#include "core/corpus/reading_log.h"
#include "core/text/language.h"

#include <QCoreApplication>
#include <QFile>

#include <set>

namespace athanor::corpus {

namespace {

constexpr qsizetype kHeadBytes = 4096;
constexpr size_t kMostProblemsPerFile = 1000;
constexpr size_t kMostProblemsPerFileOfRecords = 100000;
constexpr qint64 kLargestUnpacked = qint64(512) << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct Item {
    SourceItem file;
    int source = 0;
};

struct ItemOutcome {
    std::vector<Record> records;
    QString skippedExtension;  // not null when no reader takes the file
    std::optional<RecordForm> form;
};

QByteArray hashPrefix(const SourceSpec &source)
{
    return source.id.toUtf8() + '\n';
}

/// Takes what a reader finds in one file.
class RecordSink final : public ReadSink {
public:
    RecordSink(const Curation &curation, const Item &item)
        : m_curation(curation), m_item(item), m_mostProblems(curation.isOfRecords() ? kMostProblemsPerFileOfRecords : kMostProblemsPerFile),
          m_intake(curation.recipe.value(QLatin1String("records")).toObject(),
                   [this](ReadDocument &&document, CanonicalResult &&record) { return takeRecord(std::move(document), std::move(record)); })
    {
    }

    Status document(ReadDocument &&document) override
    {
        ATHANOR_TRY(m_curation.checkStop());
        return m_curation.isOfRecords() ? m_intake.add(std::move(document)) : takeText(std::move(document));
    }
    /// The reader has reached the end of the file.
    Status endOfFile() { return m_intake.finish(); }
    const std::optional<RecordForm> &form() const { return m_intake.form(); }

    void problemAt(const QString &place, const Error &error) override
    {
        if (++m_problems > m_mostProblems)
            return;
        Record record = begin(place);
        record.status = DocumentStatus::Unreadable;
        const QString reason = problemReason(error);
        record.reason = QStringLiteral("unreadable.") + reason;
        record.reasonTitle = problemTitle(reason);
        record.detail = error.hint.isEmpty() ? error.message : error.message + QLatin1Char(' ') + error.hint;
        record.id = sha256(hashPrefix(source()) + "unreadable\n" + record.path.toUtf8());
        if (!place.isEmpty())
            record.bytes = 0;
        m_records.push_back(std::move(record));
    }

    /// `fileHash`: the id of the document that is the whole file.
    std::vector<Record> finish(const QString &fileHash)
    {
        for (Record &record : m_records)
            if (record.id.isEmpty())
                record.id = fileHash;
        if (m_problems > m_mostProblems) {
            m_problems = 0;
            problemAt(tr("more"), problem(QStringLiteral("line"), tr("More than %1 places of this file are broken; the rest is not listed.").arg(m_mostProblems)));
        }
        return std::move(m_records);
    }

private:
    Status takeText(ReadDocument &&document)
    {
        if (document.text.size() > kLargestText) {
            problemAt(document.place, problem(QStringLiteral("too_large"), tr("Its text is too large for one document."), tr("Split it.")));
            return {};
        }
        Record record = begun(document);
        record.textSha256 = sha256(document.text);
        record.language = text::guessLanguage(document.text).language;
        record.facts = std::move(document.facts);
        ATHANOR_ASSIGN(record.extracted, m_curation.spool->append(document.text));
        record.current = record.extracted;
        m_records.push_back(std::move(record));
        return {};
    }
    // The record as it stood in the file is what was extracted; its canonical form is what is kept.
    Status takeRecord(ReadDocument &&document, CanonicalResult &&made)
    {
        if (document.text.size() > kLargestText || (made && made->json.size() > kLargestText)) {
            problemAt(document.place, problem(QStringLiteral("too_large"), tr("The record is too large.")));
            return {};
        }
        Record record = begun(document);
        ATHANOR_ASSIGN(record.extracted, m_curation.spool->append(document.text));
        record.current = record.extracted;
        if (made) {
            record.textSha256 = sha256(made->json);
            record.language = text::guessLanguage(made->prose).language;
            record.label = made->label;
            ATHANOR_ASSIGN(record.current, m_curation.spool->append(made->json));
        } else {
            record.textSha256 = sha256(document.text);
            record.language = QStringLiteral("und");
            record.status = DocumentStatus::Removed;
            record.reason = QStringLiteral("records.") + made.error().id;
            record.reasonTitle = made.error().title;
            record.detail = made.error().detail;
        }
        m_records.push_back(std::move(record));
        return {};
    }
    Record begun(const ReadDocument &document) const
    {
        Record record = begin(document.place);
        if (!document.place.isEmpty()) {
            record.bytes = document.raw.size();
            record.id = sha256(hashPrefix(source()) + document.raw);
        }
        return record;
    }
    const SourceSpec &source() const { return m_curation.sources[static_cast<size_t>(m_item.source)]; }
    Record begin(const QString &place) const
    {
        Record record;
        record.path = place.isEmpty() ? m_item.file.path : m_item.file.path + QStringLiteral(", ") + place;
        record.source = m_item.source;
        record.bytes = m_item.file.bytes;
        return record;
    }
    const Curation &m_curation;
    const Item &m_item;
    std::vector<Record> m_records;
    size_t m_problems = 0;
    size_t m_mostProblems;
    RecordIntake m_intake;
};

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
          m_sources(curation.context.plugins(), QStringLiteral("source"))
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

    Result<std::vector<Item>> list() const;
    Result<ItemOutcome> read(const Item &item) const;

private:
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
};

Result<std::vector<Item>> ItemReader::list() const
{
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
        return ItemOutcome{sink.finish({}), {}, {}};
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
    ReadingLog log(curation.context.jobPath());
    ATHANOR_TRY(forEachIndex(static_cast<qint64>(items.size()), curation.threadCount, [&] { return curation.checkStop(); },
                             [&](qint64 index) -> Status {
                                 ATHANOR_ASSIGN(outcomes[static_cast<size_t>(index)], reader.read(items[static_cast<size_t>(index)]));
                                 log.add(outcomes[static_cast<size_t>(index)].records);
                                 progress.advance();
                                 return {};
                             }));
    qint64 unreadable = 0, bad = 0;
    for (size_t i = 0; i < outcomes.size(); ++i) {
        ItemOutcome &outcome = outcomes[i];
        if (outcome.form)
            curation.forms.push_back({items[i].file.path, *outcome.form});
        if (!outcome.skippedExtension.isEmpty())
            ++curation.skipped[outcome.skippedExtension];
        for (Record &record : outcome.records) {
            unreadable += record.status == DocumentStatus::Unreadable;
            bad += record.status == DocumentStatus::Removed;
            curation.documents.push_back(std::move(record));
        }
    }
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
