// See utf8_pieces.h.
#include "core/generate/utf8_pieces.h"

#include <QStringDecoder>

namespace athanor::generate {
namespace {

/// Bytes that a sequence starting with `lead` needs; 1 for anything that starts none.
int sequenceLength(unsigned char lead)
{
    if (lead >= 0xC2 && lead < 0xE0)
        return 2;
    if (lead >= 0xE0 && lead < 0xF0)
        return 3;
    return lead >= 0xF0 && lead < 0xF5 ? 4 : 1;
}

/// Length of `bytes` without an unfinished character at its end.
qsizetype wholeCharacters(const QByteArray &bytes)
{
    for (qsizetype back = 1; back <= qMin<qsizetype>(3, bytes.size()); ++back) {
        const auto byte = static_cast<unsigned char>(bytes[bytes.size() - back]);
        if ((byte & 0xC0) == 0x80)
            continue;
        return sequenceLength(byte) > back ? bytes.size() - back : bytes.size();
    }
    return bytes.size();
}

/// Longest end of `bytes` that is a proper beginning of `stop`.
qsizetype overlap(const QByteArray &bytes, const QByteArray &stop)
{
    for (qsizetype length = qMin(bytes.size(), stop.size() - 1); length > 0; --length) {
        if (bytes.endsWith(QByteArrayView(stop).first(length)))
            return length;
    }
    return 0;
}

}  // namespace

Utf8Pieces::Utf8Pieces(QList<QByteArray> stopTexts) : m_stops(std::move(stopTexts))
{
    m_stops.removeAll(QByteArray());
}

QByteArray Utf8Pieces::add(const QByteArray &bytes)
{
    if (m_stopped)
        return {};
    m_pending += bytes;
    qsizetype cut = -1;
    for (const QByteArray &stop : m_stops) {
        const qsizetype found = m_pending.indexOf(stop);
        if (found >= 0 && (cut < 0 || found < cut))
            cut = found;
    }
    if (cut >= 0) {
        m_stopped = true;
        m_pending.truncate(cut);
        return take(cut);
    }
    return take(safeLength());
}

QByteArray Utf8Pieces::finish() { return take(m_pending.size()); }

qsizetype Utf8Pieces::safeLength() const
{
    qsizetype held = 0;
    for (const QByteArray &stop : m_stops)
        held = qMax(held, overlap(m_pending, stop));
    return wholeCharacters(m_pending.first(m_pending.size() - held));
}

QByteArray Utf8Pieces::take(qsizetype length)
{
    const QByteArray piece = m_pending.first(length);
    m_pending.remove(0, length);
    QStringDecoder decoder(QStringDecoder::Utf8, QStringConverter::Flag::Stateless);
    return QString(decoder(piece)).toUtf8();
}

}  // namespace athanor::generate
