// Role: the writer's side of record shards. The folder is written under another name and renamed when it is complete.
// Thread: the caller's.
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/tokenizer/record_format.h"
#include "core/tokenizer/record_shard.h"
#include "core/tokenizer/record_stream.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>

#include <cerrno>
#include <cstdio>
#include <unistd.h>

namespace athanor::tokenizer {

namespace {

constexpr qsizetype kFlushBytes = qsizetype(4) << 20;

QString tr(const char *text) { return QCoreApplication::translate("athanor::tokenizer", text); }

/// A file with its hash, written in pieces.
class HashedFile {
public:
    static Result<HashedFile> create(const QString &folder, const char *name)
    {
        ATHANOR_ASSIGN(AtomicFile file, AtomicFile::create(folder + QLatin1Char('/') + QLatin1String(name)));
        return HashedFile(std::move(file));
    }
    QByteArray &buffer() { return m_buffer; }
    Status flush(qsizetype above = -1)
    {
        if (m_buffer.size() <= above)
            return {};
        m_hash->add(m_buffer);
        m_bytes += m_buffer.size();
        const Status written = m_file.write(m_buffer);
        m_buffer.resize(0);
        return written;
    }
    Result<QJsonObject> finish()
    {
        ATHANOR_TRY(flush());
        ATHANOR_TRY(m_file.commit());
        return QJsonObject{{QStringLiteral("bytes"), m_bytes}, {QStringLiteral("sha256"), m_hash->finish()}};
    }

private:
    explicit HashedFile(AtomicFile file) : m_file(std::move(file)) {}
    AtomicFile m_file;
    QByteArray m_buffer;
    std::unique_ptr<Sha256> m_hash = std::make_unique<Sha256>();
    qint64 m_bytes = 0;
};

class RecordOutput {
public:
    static Result<RecordOutput> create(const QString &folder, int width)
    {
        ATHANOR_ASSIGN(HashedFile ids, HashedFile::create(folder, kRecordTokensFile));
        ATHANOR_ASSIGN(HashedFile learns, HashedFile::create(folder, kRecordLearnsFile));
        return RecordOutput(folder, width, std::move(ids), std::move(learns));
    }

    Status add(qint64 document, const EncodedRecord &record)
    {
        qint64 learnedBytes = 0;
        const qint64 first = m_tokens;
        for (size_t i = 0; i < record.ids.size(); ++i) {
            appendLittleEndian(m_ids.buffer(), static_cast<quint64>(record.ids[i]), m_width);
            m_bits |= static_cast<unsigned>(record.learns[i]) << (m_tokens & 7);
            if ((++m_tokens & 7) == 0)
                endByte();
            if (record.learns[i] && !record.fromTemplate[i])
                learnedBytes += record.spans[i].end - record.spans[i].begin;
        }
        const qint64 learned = record.learnedTokens();
        appendLittleEndian(m_index, static_cast<quint64>(first), 8);
        appendLittleEndian(m_index, static_cast<quint64>(document), 8);
        appendLittleEndian(m_index, static_cast<quint32>(record.label), 4);
        appendLittleEndian(m_index, static_cast<quint64>(learned), 4);
        appendLittleEndian(m_index, static_cast<quint64>(learnedBytes), 8);
        ++m_records;
        m_learned += learned;
        m_learnedBytes += learnedBytes;
        ATHANOR_TRY(m_ids.flush(kFlushBytes));
        return m_learns.flush(kFlushBytes);
    }

    Result<QJsonObject> finish()
    {
        if (m_tokens & 7)
            endByte();
        QByteArray index(kRecordIndexMagic, sizeof kRecordIndexMagic);
        appendLittleEndian(index, static_cast<quint64>(m_records), 8);
        index += m_index;
        ATHANOR_TRY(writeFileAtomically(m_folder + QLatin1Char('/') + QLatin1String(kRecordIndexFile), index));
        QJsonObject files{{QLatin1String(kRecordIndexFile), QJsonObject{{QStringLiteral("bytes"), index.size()}, {QStringLiteral("sha256"), athanor::sha256(index)}}}};
        ATHANOR_ASSIGN(files[QLatin1String(kRecordTokensFile)], m_ids.finish());
        ATHANOR_ASSIGN(files[QLatin1String(kRecordLearnsFile)], m_learns.finish());
        return QJsonObject{{QStringLiteral("format"), kRecordFormat},    {QStringLiteral("width"), m_width},
                           {QStringLiteral("records"), m_records},       {QStringLiteral("tokens"), m_tokens},
                           {QStringLiteral("learnedTokens"), m_learned}, {QStringLiteral("learnedBytes"), m_learnedBytes},
                           {QStringLiteral("files"), files}};
    }

private:
    RecordOutput(QString folder, int width, HashedFile ids, HashedFile learns)
        : m_folder(std::move(folder)), m_width(width), m_ids(std::move(ids)), m_learns(std::move(learns))
    {
    }
    void endByte()
    {
        m_learns.buffer() += static_cast<char>(m_bits);
        m_bits = 0;
    }

    QString m_folder;
    int m_width;
    HashedFile m_ids, m_learns;
    QByteArray m_index;
    unsigned m_bits = 0;
    qint64 m_records = 0, m_tokens = 0, m_learned = 0, m_learnedBytes = 0;
};

struct Unfinished {
    QString path;
    ~Unfinished() { QDir(path).removeRecursively(); }
};

QString textOf(const QJsonObject &facts, const char *key) { return facts.value(QLatin1String(key)).toString(); }

std::optional<QJsonObject> existing(const QString &folder, const QString &split, const QString &corpusSha256, const RecordEncoder &encoder)
{
    const auto shards = RecordShards::open(folder, false);
    if (!shards || textOf(shards->facts(), "split") != split || textOf(shards->facts(), "corpusSha256") != corpusSha256
        || textOf(shards->facts(), "encoderSha256") != encoder.fingerprint())
        return std::nullopt;
    return shards->facts();
}

Status nothingTaught(const RecordSummary &summary, const QString &split)
{
    if (summary.records == 0)
        return fail(ErrorCode::InvalidInput, tr("The part “%1” of the dataset has no records.").arg(split));
    const auto most = std::max_element(summary.reasons.begin(), summary.reasons.end(), [](const auto &a, const auto &b) { return a.second < b.second; });
    return fail(ErrorCode::InvalidInput,
                tr("None of the %1 records teaches anything. Of %2 the reason is: %3").arg(summary.records).arg(most->second).arg(most->first),
                tr("Look at a record with “athanor-cli dataset inspect NAME --model MODEL”."));
}

}  // namespace

Result<QJsonObject> encodeRecords(const corpus::CorpusReader &corpus, const QString &split, const RecordEncoder &encoder,
                                  const QString &folder, int threadCount, ProgressSink &progress, const CancelToken &cancel)
{
    const QString corpusSha256 = textOf(corpus.facts(), "sha256");
    if (auto facts = existing(folder, split, corpusSha256, encoder))
        return *facts;
    const Unfinished unfinished{QStringLiteral("%1.tmp-%2").arg(folder).arg(::getpid())};
    QDir(unfinished.path).removeRecursively();
    ATHANOR_TRY(makeFolder(unfinished.path));
    const qint32 vocabulary = encoder.tokenizer().vocabularySize();
    ATHANOR_ASSIGN(RecordOutput output, RecordOutput::create(unfinished.path, vocabulary <= 65536 ? 2 : 4));
    RecordSummary summary;
    ATHANOR_TRY(forEachRecord(corpus, split, encoder, threadCount, progress, cancel,
                              [&](qint64 index, const corpus::CorpusDocument &document, const EncodedRecord &record) -> Status {
                                  summary.add(document, record);
                                  return record.teaches() ? output.add(index, record) : Status();
                              }));
    if (summary.teaching == 0)
        ATHANOR_TRY(nothingTaught(summary, split));
    ATHANOR_ASSIGN(QJsonObject facts, output.finish());
    facts.insert(QStringLiteral("split"), split);
    facts.insert(QStringLiteral("corpusSha256"), corpusSha256);
    facts.insert(QStringLiteral("tokenizerSha256"), encoder.tokenizer().sha256());
    facts.insert(QStringLiteral("encoderSha256"), encoder.fingerprint());
    facts.insert(QStringLiteral("vocabulary"), vocabulary);
    facts.insert(QStringLiteral("labels"), QJsonArray::fromStringList(encoder.settings().labels));
    facts.insert(QStringLiteral("settings"), encoder.settings().toJson());
    facts.insert(QStringLiteral("summary"), summary.toJson());
    ATHANOR_TRY(writeJsonFile(unfinished.path + QLatin1Char('/') + QLatin1String(kRecordFactsFile), facts));
    QDir(folder).removeRecursively();  // a damaged one, or of something else
    if (std::rename(QFile::encodeName(unfinished.path).constData(), QFile::encodeName(folder).constData()) != 0) {
        const int error = errno;
        if (auto other = existing(folder, split, corpusSha256, encoder))
            return *other;  // another worker was faster
        return fail(systemError(error, tr("Cannot write"), folder));
    }
    ATHANOR_TRY(syncFolder(QFileInfo(folder).absolutePath()));
    return facts;
}

}  // namespace athanor::tokenizer
