#include "plugins/reader/table/table.h"

#include "core/corpus/json_text.h"
#include "core/corpus/reader_choice.h"
#include "core/text/utf8.h"

#include <QCoreApplication>

namespace athanor::corpus {

namespace {

constexpr qsizetype kPieceBytes = 1 << 20;
constexpr qsizetype kHeadBytes = 65536;
constexpr qsizetype kMostColumns = 10000;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

char mostOf(QByteArrayView row)
{
    char most = ',';
    for (const char c : {';', '\t'})
        if (std::count(row.begin(), row.end(), c) > std::count(row.begin(), row.end(), most))
            most = c;
    return most;
}

/// Rows to documents: the first names the columns.
class RowTaker {
public:
    explicit RowTaker(ReadSink &sink) : m_sink(sink) {}

    Status take(const QList<QByteArray> &fields, const QByteArray &raw, qint64 line)
    {
        if (fields.size() == 1 && fields[0].isEmpty())
            return {};  // an empty line
        if (m_columns.isEmpty())
            return nameColumns(fields);
        const QString place = tr("line %1").arg(line);
        if (fields.size() != m_columns.size()) {
            m_sink.problemAt(place, problem(QStringLiteral("line"), tr("The row has %1 fields, the first row names %2 columns.").arg(fields.size()).arg(m_columns.size()),
                                            tr("Correct the row: fields with a separator, a line break or a quotation mark stand in quotation marks.")));
            return {};
        }
        ReadDocument document;
        document.place = place;
        document.raw = raw;
        document.text = "{";
        for (qsizetype i = 0; i < fields.size(); ++i) {
            document.text += i > 0 ? "," : "";
            appendJsonString(document.text, m_columns[i]);
            document.text += ':';
            appendJsonString(document.text, text::isValidUtf8(fields[i]) ? fields[i] : text::repairUtf8(fields[i]));
        }
        document.text += '}';
        return m_sink.document(std::move(document));
    }

private:
    Status nameColumns(QList<QByteArray> fields)
    {
        if (fields[0].startsWith("\xEF\xBB\xBF"))
            fields[0].remove(0, 3);
        if (std::any_of(fields.begin(), fields.end(), [](const QByteArray &name) { return name.contains('\0'); }))
            return fail(problem(QStringLiteral("encoding"), tr("Its first row is not text in UTF-8."), tr("Save the table as CSV in UTF-8.")));
        if (fields.size() > kMostColumns)
            return fail(problem(QStringLiteral("format"), tr("Its first row names %1 columns; at most %2 are read.").arg(fields.size()).arg(kMostColumns)));
        for (QByteArray &name : fields) {
            name = text::repairUtf8(name.trimmed());
            if (name.isEmpty() || m_columns.contains(name)) {
                m_columns.clear();
                return fail(problem(QStringLiteral("format"), name.isEmpty() ? tr("A column has no name in the first row.") : tr("Two columns are called “%1”.").arg(QString::fromUtf8(name)),
                                    tr("Write the names of the columns into the first row, each once.")));
            }
            m_columns += name;
        }
        return {};
    }

    ReadSink &m_sink;
    QList<QByteArray> m_columns;
};

class RowSplitter {
public:
    RowSplitter(RowTaker &taker, char separator, qsizetype limit) : m_taker(taker), m_separator(separator), m_limit(limit) {}

    Status take(QByteArrayView piece)
    {
        for (const char c : piece) {
            ATHANOR_TRY(m_state == State::Quoted ? quoted(c) : unquoted(c));
            if (m_raw.size() > m_limit)
                return fail(problem(QStringLiteral("too_large"), tr("The row that begins in line %1 is longer than %2 MB.").arg(m_line).arg(m_limit / 1000000),
                                    tr("Most likely a quotation mark is not closed there.")));
        }
        return {};
    }
    Status finish(ReadSink &sink)
    {
        if (m_state == State::Quoted) {
            sink.problemAt(tr("line %1").arg(m_line), problem(QStringLiteral("truncated"), tr("The file ends inside a field in quotation marks, opened in line %1.").arg(m_quoteLine),
                                                              tr("Close the quotation mark, or copy the file again.")));
            return {};
        }
        return m_raw.isEmpty() ? Status() : endRow();
    }

private:
    enum class State { Start, Plain, Quoted, Closed };  // of a field

    Status quoted(char c)
    {
        m_raw += c;
        m_lines += c == '\n' ? 1 : 0;
        if (c == '"')
            m_state = State::Closed;
        else
            m_field += c;
        return {};
    }
    Status unquoted(char c)
    {
        if (c == '\n') {
            ++m_lines;
            ATHANOR_TRY(endRow());
            m_line = m_lines + 1;
            return {};
        }
        m_raw += c;
        if (c == m_separator) {
            endField();
        } else if (c == '"' && m_state == State::Start) {
            m_state = State::Quoted;
            m_quoteLine = m_lines + 1;
        } else if (c == '"' && m_state == State::Closed) {
            m_state = State::Quoted;  // two in a row are one
            m_field += '"';
        } else {
            m_state = m_state == State::Start ? State::Plain : m_state;
            m_field += c;
        }
        return {};
    }
    void endField()
    {
        m_fields += std::exchange(m_field, {});
        m_state = State::Start;
    }
    Status endRow()
    {
        if (m_field.endsWith('\r') && m_raw.endsWith('\r'))
            m_field.chop(1);
        endField();
        return m_taker.take(std::exchange(m_fields, {}), std::exchange(m_raw, {}), m_line);
    }

    RowTaker &m_taker;
    char m_separator;
    qsizetype m_limit;
    State m_state = State::Start;
    QByteArray m_field, m_raw;
    QList<QByteArray> m_fields;
    qint64 m_line = 1, m_lines = 0, m_quoteLine = 1;
};

Result<char> separatorOf(const ReadRequest &request)
{
    const QString chosen = request.settings.value(QLatin1String("separator")).toString();
    if (chosen == QLatin1String("comma"))
        return ',';
    if (chosen == QLatin1String("semicolon"))
        return ';';
    const QString extension = extensionOf(request.file);
    if (chosen == QLatin1String("tab") || extension == QLatin1String("tsv") || extension == QLatin1String("tab"))
        return '\t';
    ATHANOR_ASSIGN(const QByteArray head, request.stream->peek(kHeadBytes));
    return mostOf(head.first(head.contains('\n') ? head.indexOf('\n') : head.size()));
}

}  // namespace

Status TableReader::read(const ReadRequest &request, ReadSink &sink) const
{
    ATHANOR_ASSIGN(const char separator, separatorOf(request));
    RowTaker taker(sink);
    RowSplitter splitter(taker, separator, request.settings.value(QLatin1String("row_megabytes")).toInt(16) * qsizetype(1000000));
    for (;;) {
        ATHANOR_ASSIGN(const QByteArray piece, request.stream->read(kPieceBytes));
        if (piece.isEmpty())
            return splitter.finish(sink);
        ATHANOR_TRY(splitter.take(piece));
    }
}

}  // namespace athanor::corpus
