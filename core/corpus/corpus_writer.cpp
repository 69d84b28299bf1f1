// Writing a corpus: lines are gathered to frames of about 1 MiB; corpus.json comes last and makes the folder one.
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/corpus/corpus_file.h"
#include "core/corpus/corpus_index.h"
#include "core/corpus/json_text.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <map>
#include <zstd.h>

namespace athanor::corpus {

namespace {

constexpr qsizetype kFrameBytes = 1 << 20;
constexpr qint64 kPartBytes = qint64(2) << 30;
constexpr int kCompressionLevel = 3;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QJsonObject countsOf(qint64 documents, qint64 bytes)
{
    return {{QStringLiteral("documents"), documents}, {QStringLiteral("bytes"), bytes}};
}

QJsonObject countsOf(const std::map<QString, std::pair<qint64, qint64>> &sources)
{
    QJsonObject counts;
    for (const auto &[source, count] : sources)
        counts.insert(source, countsOf(count.first, count.second));
    return counts;
}

bool isSplitName(const QString &split)
{
    return !split.isEmpty() && split.size() <= 40 && std::all_of(split.begin(), split.end(), [](QChar c) {
        return (c >= QLatin1Char('a') && c <= QLatin1Char('z')) || (c >= QLatin1Char('0') && c <= QLatin1Char('9'))
            || c == QLatin1Char('_');
    });
}

QByteArray lineOf(const CorpusDocument &document)
{
    QByteArray line;
    line.reserve(document.text.size() + document.text.size() / 16 + 512);
    line += '{';
    appendJsonEntry(line, "id", document.id.toUtf8());
    line += ',';
    appendJsonEntry(line, "text", document.text);
    line += ',';
    appendJsonEntry(line, "source", document.source.toUtf8());
    line += ',';
    appendJsonEntry(line, "licence", document.licence.toUtf8());
    line += ',';
    appendJsonEntry(line, "path", document.path.toUtf8());
    line += ',';
    appendJsonEntry(line, "sha256", sha256(document.text).toLatin1());
    line += "}\n";
    return line;
}

}  // namespace

struct CorpusWriter::Impl {
    struct Split {
        std::vector<AtomicFile> parts;
        std::vector<IndexRecord> records;
        size_t firstOfFrame = 0;
        QByteArray frame;
        QString lastId;
        qint64 bytes = 0;
        std::map<QString, std::pair<qint64, qint64>> sources;  // documents and bytes of each
        Sha256 hash;
    };
    QString folder;
    QString name;
    QJsonObject moreFacts;
    std::map<QString, Split> splits;
    std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx *)> compressor{ZSTD_createCCtx(), &ZSTD_freeCCtx};
    QByteArray compressed;

    Status flush(const QString &splitName, Split &split);
    Status openPart(const QString &splitName, Split &split);
};

Status CorpusWriter::Impl::openPart(const QString &splitName, Split &split)
{
    if (!split.parts.empty() && split.parts.back().position() < kPartBytes)
        return {};
    const QString path = QStringLiteral("%1/%2-%3.jsonl.zst")
                             .arg(folder, splitName)
                             .arg(split.parts.size(), 5, 10, QLatin1Char('0'));
    ATHANOR_ASSIGN(AtomicFile file, AtomicFile::create(path));
    split.parts.push_back(std::move(file));
    return {};
}

Status CorpusWriter::Impl::flush(const QString &splitName, Split &split)
{
    if (split.frame.isEmpty())
        return {};
    ATHANOR_TRY(openPart(splitName, split));
    compressed.resize(static_cast<qsizetype>(ZSTD_compressBound(static_cast<size_t>(split.frame.size()))));
    const size_t length = ZSTD_compress2(compressor.get(), compressed.data(), static_cast<size_t>(compressed.size()),
                                         split.frame.constData(), static_cast<size_t>(split.frame.size()));
    if (ZSTD_isError(length))
        return fail(ErrorCode::External, tr("Compressing documents failed: %1.").arg(QLatin1String(ZSTD_getErrorName(length))));
    AtomicFile &part = split.parts.back();
    for (size_t i = split.firstOfFrame; i < split.records.size(); ++i) {
        split.records[i].frameOffset = static_cast<quint64>(part.position());
        split.records[i].frameLength = static_cast<quint32>(length);
        split.records[i].frameBytes = static_cast<quint32>(split.frame.size());
        split.records[i].part = static_cast<quint32>(split.parts.size() - 1);
    }
    split.firstOfFrame = split.records.size();
    split.frame.resize(0);
    return part.write(QByteArrayView(compressed.constData(), static_cast<qsizetype>(length)));
}

CorpusWriter::CorpusWriter(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
CorpusWriter::CorpusWriter(CorpusWriter &&) noexcept = default;
CorpusWriter::~CorpusWriter() = default;

Result<CorpusWriter> CorpusWriter::create(const QString &folder, const QString &name)
{
    ATHANOR_TRY(makeFolder(folder));
    if (QFileInfo::exists(folder + QStringLiteral("/corpus.json")))
        return fail(ErrorCode::AlreadyExists, tr("“%1” is a corpus already; a corpus is never changed.").arg(folder));
    auto impl = std::make_unique<Impl>();
    impl->folder = folder;
    impl->name = name;
    ZSTD_CCtx_setParameter(impl->compressor.get(), ZSTD_c_compressionLevel, kCompressionLevel);
    ZSTD_CCtx_setParameter(impl->compressor.get(), ZSTD_c_checksumFlag, 1);
    return CorpusWriter(std::move(impl));
}

Status CorpusWriter::add(const QString &splitName, const CorpusDocument &document)
{
    if (!isSplitName(splitName))
        return fail(ErrorCode::InvalidInput, tr("“%1” cannot be the name of a split.").arg(splitName));
    Impl::Split &split = m_impl->splits[splitName];
    if (document.id.isEmpty() || (!split.records.empty() && document.id <= split.lastId))
        return fail(ErrorCode::InvalidInput,
                    tr("Documents of a split must come in id order, each once: “%1” after “%2”.").arg(document.id, split.lastId));
    const QByteArray line = lineOf(document);
    if (line.size() > static_cast<qsizetype>(kLargestFrame))
        return fail(ErrorCode::LimitExceeded, tr("“%1” is too long for one document (%2 bytes).").arg(document.path).arg(line.size()));
    if (split.frame.size() + line.size() > kFrameBytes)
        ATHANOR_TRY(m_impl->flush(splitName, split));
    IndexRecord record;
    record.lineOffset = static_cast<quint32>(split.frame.size());
    record.lineLength = static_cast<quint32>(line.size());
    record.textBytes = static_cast<quint32>(document.text.size());
    split.records.push_back(record);
    split.frame += line;
    split.lastId = document.id;
    split.bytes += document.text.size();
    auto &[documents, bytes] = split.sources[document.source];
    ++documents;
    bytes += document.text.size();
    split.hash.add(line);
    return {};
}

void CorpusWriter::setFacts(const QJsonObject &facts)
{
    m_impl->moreFacts = facts;
}

Result<QJsonObject> CorpusWriter::finish()
{
    qint64 documents = 0, bytes = 0;
    QJsonObject splits;
    Sha256 hash;
    for (auto &[name, split] : m_impl->splits) {
        ATHANOR_TRY(m_impl->flush(name, split));
        for (AtomicFile &part : split.parts)
            ATHANOR_TRY(part.commit());
        ATHANOR_TRY(writeIndex(QStringLiteral("%1/%2.index").arg(m_impl->folder, name), split.records));
        const auto count = static_cast<qint64>(split.records.size());
        QJsonObject counts = countsOf(count, split.bytes);
        counts.insert(QStringLiteral("sources"), countsOf(split.sources));
        splits[name] = counts;
        documents += count;
        bytes += split.bytes;
        hash.add((name + QLatin1Char(' ') + split.hash.finish() + QLatin1Char('\n')).toUtf8());
    }
    QJsonObject facts = m_impl->moreFacts;
    facts.insert(QStringLiteral("format"), kCorpusFormat);
    facts.insert(QStringLiteral("name"), m_impl->name);
    facts.insert(QStringLiteral("documents"), documents);
    facts.insert(QStringLiteral("bytes"), bytes);
    facts.insert(QStringLiteral("splits"), splits);
    facts.insert(QStringLiteral("sha256"), hash.finish());
    ATHANOR_TRY(writeJsonFile(m_impl->folder + QStringLiteral("/corpus.json"), facts));
    return facts;
}

}  // namespace athanor::corpus
