#include "plugins/reader/text/text.h"

#include "core/text/encoding.h"
#include "core/text/utf8.h"

#include <QCoreApplication>

namespace athanor::corpus {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

/// Where to cut `bytes` at or before `limit`: after the last line feed, or before the last character begins.
qsizetype cutBefore(QByteArrayView bytes, qsizetype limit)
{
    const qsizetype lineEnd = bytes.first(limit).lastIndexOf('\n');
    if (lineEnd > limit / 2)
        return lineEnd + 1;
    qsizetype cut = limit;
    while (cut > limit - 4 && (static_cast<unsigned char>(bytes[cut]) & 0xc0) == 0x80)
        --cut;
    return cut;
}

class PartWriter {
public:
    PartWriter(ReadSink &sink, qsizetype partBytes) : m_sink(sink), m_partBytes(partBytes) {}

    /// Gives complete parts away and keeps the rest in `pending`.
    Status giveWholeParts(QByteArray &pending)
    {
        qsizetype given = 0;
        while (pending.size() - given > m_partBytes) {
            const QByteArrayView left = QByteArrayView(pending).sliced(given);
            const qsizetype cut = cutBefore(left, m_partBytes);
            ATHANOR_TRY(give(left.first(cut).toByteArray()));
            given += cut;
        }
        pending.remove(0, given);
        return {};
    }
    Status give(const QByteArray &bytes)
    {
        ReadDocument document;
        document.place = tr("part %1").arg(++m_parts);
        document.raw = bytes;
        document.text = text::repairUtf8(bytes);
        return m_sink.document(std::move(document));
    }

private:
    ReadSink &m_sink;
    qsizetype m_partBytes;
    int m_parts = 0;
};

Status readWhole(const QByteArray &bytes, qsizetype partBytes, ReadSink &sink)
{
    auto decoded = text::decodeText(bytes);
    if (!decoded)
        return fail(problem(QStringLiteral("encoding"), decoded.error().message, decoded.error().hint));
    ReadDocument document;
    document.text = std::move(decoded->utf8);
    if (decoded->replaced > 0)
        document.facts[QStringLiteral("broken_characters")] = static_cast<double>(decoded->replaced);
    if (document.text.size() <= partBytes)
        return sink.document(std::move(document));
    PartWriter parts(sink, partBytes);
    ATHANOR_TRY(parts.giveWholeParts(document.text));
    return parts.give(document.text);
}

/// Whether the beginning of a large file is UTF-8 (with few errors): then it can be read in parts.
bool isUtf8(const QByteArray &head)
{
    const auto decoded = text::decodeText(QByteArrayView(head).first(cutBefore(head, head.size() - 4)));
    return decoded && decoded->encoding == QLatin1String("UTF-8");
}

}  // namespace

Status TextReader::read(const ReadRequest &request, ReadSink &sink) const
{
    const qsizetype partBytes = request.settings.value(QLatin1String("part_kilobytes")).toInt(128) * 1000;
    QByteArray pending;
    while (pending.size() <= partBytes) {
        ATHANOR_ASSIGN(const QByteArray piece, request.stream->read(1 << 20));
        if (piece.isEmpty())
            return readWhole(pending, partBytes, sink);
        pending += piece;
    }
    if (!isUtf8(pending)) {
        ATHANOR_ASSIGN(const QByteArray rest, request.stream->readAll(kLargestText - pending.size()));
        return readWhole(pending + rest, partBytes, sink);
    }
    if (pending.startsWith("\xef\xbb\xbf"))
        pending.remove(0, 3);
    PartWriter parts(sink, partBytes);
    for (;;) {
        ATHANOR_TRY(parts.giveWholeParts(pending));
        ATHANOR_ASSIGN(const QByteArray piece, request.stream->read(1 << 20));
        if (piece.isEmpty())
            return pending.isEmpty() ? Status() : parts.give(pending);
        pending += piece;
    }
}

}  // namespace athanor::corpus
