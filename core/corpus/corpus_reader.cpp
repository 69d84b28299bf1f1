// Reading a corpus: every offset and length of the index is checked against the files before it is used, a frame is
// decompressed only to the size that was announced, and its zstd checksum must hold.
#include "core/base/atomic_file.h"
#include "core/corpus/corpus_file.h"
#include "core/corpus/corpus_index.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <map>
#include <nlohmann/json.hpp>
#include <zstd.h>

namespace athanor::corpus {

namespace {

constexpr qint64 kFactsLimit = 1 << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

tl::unexpected<Error> corrupt(const QString &file, qint64 offset, const QString &why)
{
    return fail(ErrorCode::Corrupt, tr("The corpus file “%1” is broken at byte %2: %3.").arg(file).arg(offset).arg(why),
                tr("Curate the dataset again."));
}

Result<QJsonObject> readFacts(const QString &folder)
{
    const QString path = folder + QStringLiteral("/corpus.json");
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(path, kFactsLimit));
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(bytes, &error);
    if (!document.isObject())
        return corrupt(path, error.offset, error.errorString());
    const QJsonObject facts = document.object();
    const int format = facts.value(QLatin1String("format")).toInt(-1);
    if (format > kCorpusFormat)
        return fail(ErrorCode::NewerVersion, tr("The corpus “%1” has format %2; this program knows %3.").arg(folder).arg(format).arg(kCorpusFormat),
                    tr("Open the project with a newer Athanor."));
    if (format < 1 || !facts.value(QLatin1String("splits")).isObject())
        return corrupt(path, 0, tr("format or splits are missing"));
    return facts;
}

bool isSafeName(const QString &split)
{
    return !split.isEmpty() && !split.contains(QLatin1Char('/')) && !split.startsWith(QLatin1Char('.'));
}

Result<QString> textEntry(const nlohmann::json &object, const char *key)
{
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string())
        return fail(ErrorCode::Corrupt, tr("“%1” is missing").arg(QLatin1String(key)));
    const auto &value = found->get_ref<const std::string &>();
    return QString::fromUtf8(value.data(), static_cast<qsizetype>(value.size()));
}

Result<CorpusDocument> documentOf(QByteArrayView line)
{
    const auto object = nlohmann::json::parse(line.begin(), line.end(), nullptr, false);
    if (!object.is_object())
        return fail(ErrorCode::Corrupt, tr("the line is not a JSON object"));
    CorpusDocument document;
    ATHANOR_ASSIGN(document.id, textEntry(object, "id"));
    ATHANOR_ASSIGN(document.source, textEntry(object, "source"));
    ATHANOR_ASSIGN(document.licence, textEntry(object, "licence"));
    ATHANOR_ASSIGN(document.path, textEntry(object, "path"));
    const auto text = object.find("text");
    if (text == object.end() || !text->is_string())
        return fail(ErrorCode::Corrupt, tr("“text” is missing"));
    const auto &value = text->get_ref<const std::string &>();
    document.text = QByteArray(value.data(), static_cast<qsizetype>(value.size()));
    return document;
}

}  // namespace

struct CorpusReader::Impl {
    struct Split {
        IndexFile index;
        qint64 bytes = 0;
        std::map<quint32, std::unique_ptr<QFile>> parts;
    };
    QString folder;
    QJsonObject facts;
    std::map<QString, Split> splits;
    std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx *)> decompressor{ZSTD_createDCtx(), &ZSTD_freeDCtx};
    // The frame read last: documents are mostly asked for in order.
    QString cachedSplit;
    IndexRecord cachedFrame;
    QByteArray cached;

    Result<QFile *> part(const QString &name, Split &split, quint32 number);
    Status loadFrame(const QString &name, Split &split, const IndexRecord &record);
};

Result<QFile *> CorpusReader::Impl::part(const QString &name, Split &split, quint32 number)
{
    const auto found = split.parts.find(number);
    if (found != split.parts.end())
        return found->second.get();
    const QString path = QStringLiteral("%1/%2-%3.jsonl.zst").arg(folder, name).arg(number, 5, 10, QLatin1Char('0'));
    auto file = std::make_unique<QFile>(path);
    errno = 0;
    if (!file->open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return fail(systemError(errno ? errno : ENOENT, tr("Cannot read"), path));
    return (split.parts[number] = std::move(file)).get();
}

Status CorpusReader::Impl::loadFrame(const QString &name, Split &split, const IndexRecord &record)
{
    if (cachedSplit == name && !cached.isEmpty() && cachedFrame.part == record.part
        && cachedFrame.frameOffset == record.frameOffset && cachedFrame.frameLength == record.frameLength
        && cached.size() == static_cast<qsizetype>(record.frameBytes))
        return {};
    cached.clear();
    ATHANOR_ASSIGN(QFile * file, part(name, split, record.part));
    const auto offset = static_cast<qint64>(record.frameOffset);
    if (offset < 0 || offset > file->size() || record.frameLength > file->size() - offset)
        return corrupt(file->fileName(), offset, tr("the file ends before the document"));
    if (record.frameBytes > kLargestFrame)
        return corrupt(file->fileName(), offset, tr("a frame of %1 bytes is announced").arg(record.frameBytes));
    QByteArray compressed(static_cast<qsizetype>(record.frameLength), Qt::Uninitialized);
    if (!file->seek(offset) || file->read(compressed.data(), compressed.size()) != compressed.size())
        return fail(systemError(EIO, tr("Cannot read"), file->fileName()));
    if (ZSTD_getFrameContentSize(compressed.constData(), static_cast<size_t>(compressed.size())) != record.frameBytes)
        return corrupt(file->fileName(), offset, tr("the frame's size is not the announced one"));
    QByteArray plain(static_cast<qsizetype>(record.frameBytes), Qt::Uninitialized);
    const size_t length = ZSTD_decompressDCtx(decompressor.get(), plain.data(), static_cast<size_t>(plain.size()),
                                              compressed.constData(), static_cast<size_t>(compressed.size()));
    if (ZSTD_isError(length))
        return corrupt(file->fileName(), offset, QLatin1String(ZSTD_getErrorName(length)));
    if (length != record.frameBytes)
        return corrupt(file->fileName(), offset, tr("the frame is shorter than announced"));
    cached = std::move(plain);
    cachedFrame = record;
    cachedSplit = name;
    return {};
}

CorpusReader::CorpusReader(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
CorpusReader::CorpusReader(CorpusReader &&) noexcept = default;
CorpusReader::~CorpusReader() = default;

Result<CorpusReader> CorpusReader::open(const QString &folder)
{
    auto impl = std::make_unique<Impl>();
    impl->folder = folder;
    ATHANOR_ASSIGN(impl->facts, readFacts(folder));
    const QJsonObject splits = impl->facts.value(QLatin1String("splits")).toObject();
    for (auto it = splits.begin(); it != splits.end(); ++it) {
        if (!isSafeName(it.key()))
            return corrupt(folder + QStringLiteral("/corpus.json"), 0, tr("“%1” cannot be a split").arg(it.key()));
        Impl::Split &split = impl->splits[it.key()];
        const QString path = QStringLiteral("%1/%2.index").arg(folder, it.key());
        ATHANOR_ASSIGN(split.index, IndexFile::open(path));
        const QJsonObject numbers = it.value().toObject();
        split.bytes = numbers.value(QLatin1String("bytes")).toInteger();
        const qint64 announced = numbers.value(QLatin1String("documents")).toInteger(-1);
        if (announced != split.index.count())
            return corrupt(path, 0, tr("it has %1 documents, corpus.json says %2").arg(split.index.count()).arg(announced));
    }
    return CorpusReader(std::move(impl));
}

const QJsonObject &CorpusReader::facts() const
{
    return m_impl->facts;
}

qint64 CorpusReader::documentCount(const QString &split) const
{
    const auto found = m_impl->splits.find(split);
    return found == m_impl->splits.end() ? 0 : found->second.index.count();
}

qint64 CorpusReader::byteCount(const QString &split) const
{
    const auto found = m_impl->splits.find(split);
    return found == m_impl->splits.end() ? 0 : found->second.bytes;
}

Result<CorpusDocument> CorpusReader::document(const QString &split, qint64 index) const
{
    const auto found = m_impl->splits.find(split);
    if (found == m_impl->splits.end() || index < 0 || index >= found->second.index.count())
        return fail(ErrorCode::NotFound, tr("There is no document %1 in the part “%2”.").arg(index).arg(split));
    const IndexRecord record = found->second.index.record(index);
    ATHANOR_TRY(m_impl->loadFrame(split, found->second, record));
    const auto offset = static_cast<qint64>(record.frameOffset);
    const QString file = QStringLiteral("%1/%2").arg(m_impl->folder, split);
    if (record.lineOffset > record.frameBytes || record.lineLength > record.frameBytes - record.lineOffset)
        return corrupt(file, offset, tr("the line stands outside its frame"));
    auto document = documentOf(QByteArrayView(m_impl->cached).sliced(record.lineOffset, record.lineLength));
    if (!document)
        return corrupt(file, offset, document.error().message);
    if (document->text.size() != static_cast<qsizetype>(record.textBytes))
        return corrupt(file, offset, tr("the text has %1 bytes, the index says %2").arg(document->text.size()).arg(record.textBytes));
    return document;
}

}  // namespace athanor::corpus
