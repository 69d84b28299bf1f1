#include "core/tokenizer/training_text.h"

#include "core/tokenizer/utf8.h"

#include <QCoreApplication>
#include <QtEndian>

#include <cerrno>
#include <cstring>

namespace athanor::tokenizer {

namespace {

constexpr char kMagic[8] = {'A', 'T', 'H', 'T', 'E', 'X', 'T', '1'};
constexpr char kReserved[] = "\xE2\x96\x85";  // U+2585
constexpr quint32 kLongest = 1 << 20;
// SentencePiece's unigram trainer takes minutes over long runs without spaces that repeat themselves (base 64, rules of
// dashes); no token is that long, so nothing is lost by cutting them.
constexpr qsizetype kLongestRun = 256;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

// Where to cut text that is longer than the limit.
qsizetype cutPosition(QByteArrayView text, qsizetype limit)
{
    const QByteArrayView head = text.first(limit);
    if (const qsizetype line = head.lastIndexOf('\n'); line > 0)
        return line + 1;
    if (const qsizetype space = head.lastIndexOf(' '); space > 0)
        return space;  // a word keeps the space before it
    qsizetype at = limit;
    for (int back = 0; back < 4 && at > 1 && (static_cast<quint8>(text[at]) & 0xC0) == 0x80; ++back)
        --at;
    return at;
}

// Where a run without spaces becomes too long, or the end.
qsizetype runEnd(QByteArrayView text)
{
    qsizetype space = 0;
    for (qsizetype at = 0; at < text.size(); ++at) {
        if (text[at] == ' ')
            space = at;
        else if (at - space >= kLongestRun)
            return space + cutPosition(text.sliced(space), kLongestRun);
    }
    return text.size();
}

bool cutPlain(QByteArrayView text, qsizetype limit, const std::function<bool(QByteArrayView)> &take)
{
    while (!text.isEmpty()) {
        QByteArrayView part = text.size() > limit ? text.first(cutPosition(text, limit)) : text;
        part = part.first(runEnd(part));
        if (!take(part))
            return false;
        text = text.sliced(part.size());
    }
    return true;
}

}  // namespace

void cutIntoSentences(QByteArrayView text, qsizetype limit, const std::function<bool(QByteArrayView)> &take)
{
    const QByteArrayView reserved(kReserved, 3);
    for (;;) {
        const qsizetype at = text.indexOf(reserved);
        if (!cutPlain(at < 0 ? text : text.first(at), limit, take) || at < 0)
            return;
        text = text.sliced(at + 3);
    }
}

Result<TrainingTextWriter> TrainingTextWriter::create(const QString &path, qint64 totalBytes, qint64 limitBytes)
{
    ATHANOR_ASSIGN(AtomicFile file, AtomicFile::create(path));
    ATHANOR_TRY(file.write(QByteArrayView(kMagic, sizeof kMagic)));
    const double share = totalBytes <= limitBytes ? 1.0 : static_cast<double>(limitBytes) / static_cast<double>(totalBytes);
    return TrainingTextWriter(std::move(file), share);
}

// A sentence is taken when enough of the text has passed since the last one: an even sample, the same each time.
Status TrainingTextWriter::add(QByteArrayView document)
{
    m_buffer.clear();
    cutIntoSentences(document, kSentenceBytes, [this](QByteArrayView sentence) {
        const auto size = static_cast<double>(sentence.size());
        m_credit += m_share * size;
        if (m_share < 1 && m_credit < size / 2)
            return true;
        m_credit -= size;
        uchar length[4];
        qToLittleEndian(static_cast<quint32>(sentence.size()), length);
        m_buffer.append(reinterpret_cast<const char *>(length), 4);
        m_buffer.append(sentence);
        ++m_sentences;
        m_bytes += sentence.size();
        return true;
    });
    return m_file.write(m_buffer);
}

Result<TrainingTextReader> TrainingTextReader::open(const QString &path)
{
    auto file = std::make_unique<QFile>(path);
    if (!file->open(QIODevice::ReadOnly))
        return fail(systemError(errno ? errno : ENOENT, tr("Cannot read"), path));
    char magic[sizeof kMagic];
    if (file->read(magic, sizeof magic) != sizeof magic || std::memcmp(magic, kMagic, sizeof magic) != 0)
        return fail(ErrorCode::Corrupt, tr("“%1” is not a file of training text.").arg(path));
    TrainingTextReader reader(std::move(file));
    reader.next();
    return reader;
}

void TrainingTextReader::next()
{
    uchar length[4];
    const qint64 got = m_file->read(reinterpret_cast<char *>(length), 4);
    const quint32 size = got == 4 ? qFromLittleEndian<quint32>(length) : 0;
    m_atEnd = got <= 0;
    if (m_atEnd)
        return;
    if (got == 4 && size > 0 && size <= kLongest) {
        m_sentence.resize(size);
        if (m_file->read(m_sentence.data(), size) == static_cast<qint64>(size))
            return;
    }
    m_atEnd = true;
    m_status = fail(ErrorCode::Corrupt, tr("The file of training text breaks off."));
}

}  // namespace athanor::tokenizer
