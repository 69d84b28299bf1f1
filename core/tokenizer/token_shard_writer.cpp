// Role: the writer's side of token shards. One thread reads documents and writes tokens in document order; the others
// encode. The folder is written under another name and renamed when it is complete. Thread: the caller's, and its own.
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/base/parallel.h"
#include "core/tokenizer/document_sources.h"
#include "core/tokenizer/shard_format.h"
#include "core/tokenizer/token_shard.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>

#include <cerrno>
#include <cstdio>
#include <future>
#include <unistd.h>

namespace athanor::tokenizer {

namespace {

constexpr qint64 kBatchBytes = qint64(4) << 20;
constexpr qint64 kBatchDocuments = 4096;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct Batch {
    std::vector<QByteArray> texts;
    std::vector<std::vector<TokenId>> tokens;
    qint64 bytes = 0;
};

Status encodeBatch(Batch &batch, const Tokenizer &tokenizer, int threadCount)
{
    batch.tokens.resize(batch.texts.size());
    return forEachIndex(static_cast<qint64>(batch.texts.size()), threadCount, [] { return Status(); }, [&](qint64 i) -> Status {
        batch.tokens[static_cast<size_t>(i)] = tokenizer.encode(batch.texts[static_cast<size_t>(i)]);
        return {};
    });
}

// Shards of a fixed number of tokens, so that the files do not depend on batches or threads.
class Output {
public:
    Output(QString folder, int width) : m_folder(std::move(folder)), m_width(width) {}

    Status addDocument(const std::vector<TokenId> &ids, TokenId end, qint64 textBytes)
    {
        appendLittleEndian(m_index, static_cast<quint64>(m_tokens), 8);
        appendLittleEndian(m_index, static_cast<quint64>(textBytes), 8);
        for (const TokenId id : ids)
            appendLittleEndian(m_buffer, static_cast<quint64>(id), m_width);
        appendLittleEndian(m_buffer, static_cast<quint64>(end), m_width);
        m_tokens += static_cast<qint64>(ids.size()) + 1;
        m_bytes += textBytes;
        ++m_documents;
        return m_buffer.size() >= kBatchBytes ? flush() : Status();
    }

    Result<QJsonObject> finish()
    {
        ATHANOR_TRY(flush());
        ATHANOR_TRY(closeShard());
        QByteArray index(kIndexMagic, sizeof kIndexMagic);
        appendLittleEndian(index, static_cast<quint64>(m_documents), 8);
        index += m_index;
        ATHANOR_TRY(writeFileAtomically(m_folder + QLatin1Char('/') + QLatin1String(kIndexFile), index));
        return QJsonObject{{QStringLiteral("tokens"), m_tokens}, {QStringLiteral("documents"), m_documents},
                           {QStringLiteral("bytes"), m_bytes},   {QStringLiteral("width"), m_width},
                           {QStringLiteral("shards"), m_shards}, {QStringLiteral("indexSha256"), athanor::sha256(index)}};
    }

private:
    Status flush()
    {
        QByteArrayView rest = m_buffer;
        while (!rest.isEmpty()) {
            if (!m_file) {
                auto made = AtomicFile::create(m_folder + QLatin1Char('/') + shardName(static_cast<int>(m_shards.size())));
                if (!made)
                    return fail(made.error());
                m_file.emplace(std::move(*made));
            }
            const qsizetype part = std::min<qsizetype>(rest.size(), (kShardTokens - m_inShard) * m_width);
            ATHANOR_TRY(m_file->write(rest.first(part)));
            m_hash.add(rest.first(part));
            m_inShard += part / m_width;
            rest = rest.sliced(part);
            if (m_inShard == kShardTokens)
                ATHANOR_TRY(closeShard());
        }
        m_buffer.clear();
        return {};
    }
    Status closeShard()
    {
        if (!m_file)
            return {};
        ATHANOR_TRY(m_file->commit());
        m_file.reset();
        m_shards.append(QJsonObject{{QStringLiteral("file"), shardName(static_cast<int>(m_shards.size()))},
                                    {QStringLiteral("tokens"), m_inShard},
                                    {QStringLiteral("sha256"), m_hash.finish()}});
        m_inShard = 0;
        return {};
    }

    QString m_folder;
    int m_width;
    QByteArray m_buffer;
    QByteArray m_index;
    std::optional<AtomicFile> m_file;
    Sha256 m_hash;
    qint64 m_inShard = 0;
    qint64 m_tokens = 0;
    qint64 m_bytes = 0;
    qint64 m_documents = 0;
    QJsonArray m_shards;
};

// Removes what was written when anything goes wrong on the way.
class UnfinishedFolder {
public:
    explicit UnfinishedFolder(QString path) : m_path(std::move(path)) {}
    ~UnfinishedFolder() { QDir(m_path).removeRecursively(); }
    const QString &path() const { return m_path; }

private:
    QString m_path;
};

class Encoding {
public:
    Encoding(const corpus::CorpusReader &corpus, QString split, const Tokenizer &tokenizer, int threadCount,
             ProgressSink &progress, const CancelToken &cancel)
        : m_corpus(&corpus),
          m_split(std::move(split)),
          m_tokenizer(&tokenizer),
          m_threadCount(threadCount),
          m_progress(&progress),
          m_cancel(cancel)
    {
    }

    Result<Batch> read()
    {
        Batch batch;
        const qint64 count = m_corpus->documentCount(m_split);
        while (m_read < count && batch.bytes < kBatchBytes && static_cast<qint64>(batch.texts.size()) < kBatchDocuments) {
            ATHANOR_ASSIGN(corpus::CorpusDocument document, m_corpus->document(m_split, m_read));
            batch.bytes += document.text.size();
            m_sources.add(document.source);
            batch.texts.push_back(std::move(document.text));
            ++m_read;
        }
        return batch;
    }

    // Reading the next batch overlaps encoding this one.
    Result<QJsonObject> run(const QString &folder)
    {
        Output output(folder, m_tokenizer->vocabularySize() <= 65536 ? 2 : 4);
        const qint64 total = m_corpus->byteCount(m_split);
        qint64 done = 0;
        m_progress->report({tr("Preparing tokens"), 0, total, QStringLiteral("bytes")});
        ATHANOR_ASSIGN(Batch batch, read());
        while (!batch.texts.empty()) {
            if (m_cancel.isCancelled())
                return fail(ErrorCode::Cancelled, tr("Stopped while preparing tokens; nothing of them is kept."));
            auto encoding = std::async(std::launch::async, [&] { return encodeBatch(batch, *m_tokenizer, m_threadCount); });
            auto following = read();
            ATHANOR_TRY(encoding.get());
            for (size_t i = 0; i < batch.texts.size(); ++i)
                ATHANOR_TRY(output.addDocument(batch.tokens[i], m_tokenizer->endOfDocument(), batch.texts[i].size()));
            done += batch.bytes;
            m_progress->report({tr("Preparing tokens"), done, total, QStringLiteral("bytes")});
            if (!following)
                return fail(following.error());
            batch = std::move(*following);
        }
        ATHANOR_TRY(m_sources.write(folder));
        return output.finish();
    }

private:
    const corpus::CorpusReader *m_corpus;
    QString m_split;
    const Tokenizer *m_tokenizer;
    int m_threadCount;
    ProgressSink *m_progress;
    CancelToken m_cancel;
    DocumentSources m_sources;
    qint64 m_read = 0;
};

QString textOf(const QJsonObject &facts, const char *key)
{
    return facts.value(QLatin1String(key)).toString();
}

// Facts of what stands in `folder` already, when it is what would be written.
std::optional<QJsonObject> existing(const QString &folder, const QString &split, const QString &corpusSha256,
                                    const QString &tokenizerSha256)
{
    const auto shards = TokenShards::open(folder, false);
    if (!shards || textOf(shards->facts(), "split") != split || textOf(shards->facts(), "corpusSha256") != corpusSha256
        || textOf(shards->facts(), "tokenizerSha256") != tokenizerSha256)
        return std::nullopt;
    return shards->facts();
}

}  // namespace

Result<QJsonObject> writeTokenShards(const corpus::CorpusReader &corpus, const QString &split, const Tokenizer &tokenizer,
                                     const QString &folder, int threadCount, ProgressSink &progress, const CancelToken &cancel)
{
    if (tokenizer.endOfDocument() < 0)
        return fail(ErrorCode::Unsupported, tr("This tokenizer has no mark for the end of a document."),
                    tr("Choose another tokenizer, or train one on your documents."));
    const QString corpusSha256 = textOf(corpus.facts(), "sha256");
    if (auto facts = existing(folder, split, corpusSha256, tokenizer.sha256()))
        return *facts;
    const UnfinishedFolder unfinished(QStringLiteral("%1.tmp-%2").arg(folder).arg(::getpid()));
    QDir(unfinished.path()).removeRecursively();
    ATHANOR_TRY(makeFolder(unfinished.path()));
    Encoding encoding(corpus, split, tokenizer, std::max(1, threadCount), progress, cancel);
    ATHANOR_ASSIGN(QJsonObject facts, encoding.run(unfinished.path()));
    facts.insert(QStringLiteral("format"), kTokenFormat);
    facts.insert(QStringLiteral("split"), split);
    facts.insert(QStringLiteral("corpusSha256"), corpusSha256);
    facts.insert(QStringLiteral("tokenizerSha256"), tokenizer.sha256());
    facts.insert(QStringLiteral("vocabulary"), tokenizer.vocabularySize());
    ATHANOR_TRY(writeJsonFile(unfinished.path() + QLatin1Char('/') + QLatin1String(kFactsFile), facts));
    QDir(folder).removeRecursively();  // a damaged one, or of something else
    if (std::rename(QFile::encodeName(unfinished.path()).constData(), QFile::encodeName(folder).constData()) != 0) {
        const int error = errno;
        if (auto other = existing(folder, split, corpusSha256, tokenizer.sha256()))
            return *other;  // another worker was faster
        return fail(systemError(error, tr("Cannot write"), folder));
    }
    ATHANOR_TRY(syncFolder(QFileInfo(folder).absolutePath()));
    return facts;
}

}  // namespace athanor::tokenizer
