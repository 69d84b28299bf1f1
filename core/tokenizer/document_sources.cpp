#include "core/tokenizer/document_sources.h"

#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/tokenizer/mapped_shard.h"
#include "core/tokenizer/shard_format.h"

#include <QCoreApplication>

#include <cstring>

namespace athanor::tokenizer {

namespace {

constexpr char kFile[] = "documents.sources";
constexpr char kMagic[8] = {'A', 'T', 'H', 'T', 'O', 'K', 'S', '1'};
constexpr qint64 kHeaderBytes = 24;
constexpr qint64 kHashBytes = 32;
constexpr qint64 kLongestId = 4096;
constexpr qint64 kReportEvery = 1024;  // documents

QString tr(const char *text) { return QCoreApplication::translate("athanor", text); }

QString fileIn(const QString &folder) { return folder + QLatin1Char('/') + QLatin1String(kFile); }

/// Goes through checked bytes; a length that leads out of them is seen before it is used.
class Cursor {
public:
    Cursor(const uchar *bytes, qint64 size) : m_bytes(bytes), m_size(size) {}
    qint64 left() const { return m_size - m_at; }
    quint32 number32()
    {
        quint32 value = 0;
        for (int i = 0; i < 4; ++i)
            value |= static_cast<quint32>(m_bytes[m_at + i]) << (8 * i);
        m_at += 4;
        return value;
    }
    QString text(qint64 length)
    {
        const QString read = QString::fromUtf8(reinterpret_cast<const char *>(m_bytes + m_at), static_cast<qsizetype>(length));
        m_at += length;
        return read;
    }

private:
    const uchar *m_bytes;
    qint64 m_size;
    qint64 m_at = 0;
};

bool isWhole(const MappedShard &map)
{
    if (map.size < kHeaderBytes + kHashBytes || std::memcmp(map.bytes, kMagic, sizeof kMagic) != 0)
        return false;
    const char *start = reinterpret_cast<const char *>(map.bytes);
    const QByteArray stored(start + map.size - kHashBytes, kHashBytes);
    return sha256(QByteArrayView(start, map.size - kHashBytes)) == QString::fromLatin1(stored.toHex());
}

}  // namespace

void DocumentSources::add(const QString &source)
{
    auto place = m_places.constFind(source);
    if (place == m_places.constEnd()) {
        place = m_places.insert(source, static_cast<quint32>(m_ids.size()));
        m_ids += source;
    }
    m_ofDocument.push_back(*place);
}

Status DocumentSources::write(const QString &folder) const
{
    QByteArray bytes(kMagic, sizeof kMagic);
    bytes.reserve(static_cast<qsizetype>(kHeaderBytes + kHashBytes + 4 * documentCount()));
    appendLittleEndian(bytes, static_cast<quint64>(documentCount()), 8);
    appendLittleEndian(bytes, static_cast<quint64>(m_ids.size()), 8);
    for (const QString &id : m_ids) {
        const QByteArray text = id.toUtf8();
        appendLittleEndian(bytes, static_cast<quint64>(text.size()), 4);
        bytes += text;
    }
    for (const quint32 place : m_ofDocument)
        appendLittleEndian(bytes, place, 4);
    bytes += QByteArray::fromHex(sha256(bytes).toLatin1());
    return writeFileAtomically(fileIn(folder), bytes);
}

Result<DocumentSources> DocumentSources::read(const QString &folder, qint64 documents)
{
    if (!QFile::exists(fileIn(folder)))
        return fail(ErrorCode::NotFound, tr("The sources of the prepared tokens in “%1” are not listed.").arg(folder));
    ATHANOR_ASSIGN(const MappedShard map, mapShard(fileIn(folder)));
    const auto damaged = [&] { return damagedTokens(fileIn(folder), tr("it does not list the sources of %1 documents").arg(documents)); };
    if (!isWhole(map) || static_cast<qint64>(littleEndian64(map.bytes + 8)) != documents)
        return damaged();
    const auto sources = static_cast<qint64>(littleEndian64(map.bytes + 16));
    Cursor cursor(map.bytes + kHeaderBytes, map.size - kHeaderBytes - kHashBytes);
    DocumentSources read;
    for (qint64 i = 0; i < sources; ++i) {
        const qint64 length = cursor.left() >= 4 ? static_cast<qint64>(cursor.number32()) : -1;
        if (length < 0 || length > std::min(kLongestId, cursor.left()))
            return damaged();
        read.m_ids += cursor.text(length);
        read.m_places.insert(read.m_ids.last(), static_cast<quint32>(i));
    }
    if (documents > cursor.left() / 4 || cursor.left() != 4 * documents)
        return damaged();
    for (qint64 i = 0; i < documents; ++i) {
        read.m_ofDocument.push_back(cursor.number32());
        if (static_cast<qint64>(read.m_ofDocument.back()) >= sources)
            return damaged();
    }
    return read;
}

Result<DocumentSources> documentSources(const QString &folder, const corpus::CorpusReader &corpus, const QString &split,
                                        ProgressSink &progress, const CancelToken &cancel)
{
    const qint64 documents = corpus.documentCount(split);
    if (auto stored = DocumentSources::read(folder, documents))
        return stored;
    DocumentSources made;
    for (qint64 i = 0; i < documents; ++i) {
        if (i % kReportEvery == 0)
            progress.report({tr("Listing the sources"), i, documents, tr("documents")});
        if (cancel.isCancelled())
            return fail(ErrorCode::Cancelled, tr("Stopped while listing the sources; nothing of it is kept."));
        ATHANOR_ASSIGN(const corpus::CorpusDocument document, corpus.document(split, i));
        made.add(document.source);
    }
    ATHANOR_TRY(made.write(folder));
    return made;
}

}  // namespace athanor::tokenizer
