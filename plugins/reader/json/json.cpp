#include "plugins/reader/json/json.h"

#include "core/text/segment.h"
#include "core/text/utf8.h"

#include <QCoreApplication>

#include <nlohmann/json.hpp>

namespace athanor::corpus {

namespace {

constexpr qsizetype kPieceBytes = 1 << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

bool isSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Cuts a file into the elements of its list, or into the values that stand one after another. It only counts brackets
/// and quotes; whether an element is JSON is asked when it is whole.
class Splitter {
public:
    Splitter(ReadSink &sink, qsizetype limit) : m_sink(sink), m_limit(limit) {}

    Status take(QByteArrayView piece)
    {
        for (qsizetype i = 0; i < piece.size(); ++i) {
            const char c = piece[i];
            if (!m_mode && !begin(c, i))
                continue;
            m_lines += c == '\n' ? 1 : 0;
            ATHANOR_TRY(m_depth > 0 || m_inString ? inside(c) : between(c));
            if (m_record.size() > m_limit)
                return fail(problem(QStringLiteral("too_large"), tr("Record %1 (line %2) is longer than %3 MB.").arg(m_number + 1).arg(m_line).arg(m_limit / 1000000)));
        }
        return {};
    }

    Status finish()
    {
        if (m_depth > 0 || m_inString) {
            ++m_number;
            m_sink.problemAt(place(), problem(QStringLiteral("truncated"), tr("The file ends inside this record."), tr("Copy or download the file again.")));
        } else {
            ATHANOR_TRY(give());
            if (m_mode == '[' && !m_isClosed)
                m_sink.problemAt({}, problem(QStringLiteral("truncated"), tr("The list is not closed: the file is cut off."), tr("Copy or download the file again.")));
        }
        return {};
    }

private:
    // The first character that is no space (nor a byte order mark) tells; false: nothing to do with it.
    bool begin(char c, qsizetype at)
    {
        const bool isMark = at < 3 && static_cast<unsigned char>(c) >= 0xBB;
        m_lines += c == '\n' ? 1 : 0;
        if (isSpace(c) || isMark)
            return false;
        m_mode = c == '[' ? '[' : '{';
        return m_mode == '{';
    }
    Status inside(char c)
    {
        m_record += c;
        if (m_inString) {
            if (m_isEscaped)
                m_isEscaped = false;
            else if (c == '\\')
                m_isEscaped = true;
            else if (c == '"')
                m_inString = false;
            return {};
        }
        if (c == '"')
            m_inString = true;
        else if (c == '{' || c == '[')
            ++m_depth;
        else if ((c == '}' || c == ']') && --m_depth == 0)
            return give();
        return {};
    }
    // Outside of objects, lists and strings.
    Status between(char c)
    {
        if (isSpace(c) || (c == ',' && m_mode == '['))
            return give();
        if (c == ']' && m_mode == '[') {
            m_isClosed = true;
            return give();
        }
        if (m_record.isEmpty())
            m_line = m_lines + 1;
        if (c == '{' || c == '[')
            m_depth = 1;
        m_inString = c == '"';
        m_record += c;
        return {};
    }

    QString place() const { return tr("record %1 (line %2)").arg(m_number).arg(m_line); }

    Status give()
    {
        if (m_record.isEmpty())
            return {};
        const QByteArray raw = std::exchange(m_record, {});
        ++m_number;
        const QByteArray text = text::isValidUtf8(raw) ? raw : text::repairUtf8(raw);
        if (!nlohmann::json::accept(text.begin(), text.end()) || !text.startsWith('{')) {
            m_sink.problemAt(place(), problem(QStringLiteral("line"), text.startsWith('{') ? tr("It is not JSON.") : tr("It is not a JSON object."),
                                              tr("Correct the record.")));
            return {};
        }
        ReadDocument document;
        document.place = place();
        document.raw = raw;
        document.text = text;
        return m_sink.document(std::move(document));
    }

    ReadSink &m_sink;
    qsizetype m_limit;
    QByteArray m_record;
    char m_mode = 0;       // '[': a list; '{': values one after another
    int m_depth = 0;
    bool m_inString = false, m_isEscaped = false, m_isClosed = false;
    qint64 m_number = 0, m_lines = 0, m_line = 1;
};

}  // namespace

Status JsonReader::read(const ReadRequest &request, ReadSink &sink) const
{
    Splitter splitter(sink, request.settings.value(QLatin1String("record_megabytes")).toInt(64) * qsizetype(1000000));
    for (;;) {
        ATHANOR_ASSIGN(const QByteArray piece, request.stream->read(kPieceBytes));
        if (piece.isEmpty())
            return splitter.finish();
        ATHANOR_TRY(splitter.take(piece));
    }
}

}  // namespace athanor::corpus
