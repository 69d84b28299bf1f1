#include "plugins/reader/jsonl/jsonl.h"

#include "core/text/segment.h"
#include "core/text/utf8.h"

#include <QCoreApplication>

#include <array>
#include <nlohmann/json.hpp>

namespace athanor::corpus {

namespace {

constexpr qsizetype kPieceBytes = 1 << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

/// Finds one entry of the outermost object without building the rest: a hostile line costs no memory.
class FieldFinder final : public nlohmann::json_sax<nlohmann::json> {
public:
    explicit FieldFinder(const QList<QByteArray> &names) : m_names(names), m_values(static_cast<size_t>(names.size())) {}

    struct Value {
        QByteArray text;
        const char *type = nullptr;  // of what stands there instead of a text
        bool present = false;
    };
    /// The first of the names that is there; nullptr when none is.
    const Value *value() const
    {
        for (const Value &candidate : m_values)
            if (candidate.present)
                return &candidate;
        return nullptr;
    }
    bool isObject() const { return m_isObject; }
    const std::string &error() const { return m_error; }

    bool null() override { return other("null"); }
    bool boolean(bool) override { return other("true or false"); }
    bool number_integer(number_integer_t) override { return other("a number"); }
    bool number_unsigned(number_unsigned_t) override { return other("a number"); }
    bool number_float(number_float_t, const string_t &) override { return other("a number"); }
    bool binary(binary_t &) override { return other("bytes"); }
    bool string(string_t &value) override
    {
        if (Value *target = takeTarget())
            target->text = QByteArray(value.data(), static_cast<qsizetype>(value.size()));
        return true;
    }
    bool start_object(std::size_t) override
    {
        if (m_depth == 0)
            m_isObject = true;
        other("an object");
        ++m_depth;
        return true;
    }
    bool end_object() override { return --m_depth >= 0; }
    bool start_array(std::size_t) override
    {
        other("a list");
        ++m_depth;
        return true;
    }
    bool end_array() override { return --m_depth >= 0; }
    bool key(string_t &name) override
    {
        m_target = -1;
        if (m_depth == 1 && m_isObject)
            m_target = m_names.indexOf(QByteArray::fromRawData(name.data(), static_cast<qsizetype>(name.size())));
        return true;
    }
    bool parse_error(std::size_t position, const std::string &, const nlohmann::detail::exception &) override
    {
        m_error = std::to_string(position);
        return false;
    }

private:
    Value *takeTarget()
    {
        if (m_depth != 1 || m_target < 0)
            return nullptr;
        Value *target = &m_values[static_cast<size_t>(m_target)];
        *target = Value{{}, nullptr, true};
        m_target = -1;
        return target;
    }
    bool other(const char *type)
    {
        if (Value *target = takeTarget())
            target->type = type;
        return true;
    }

    QList<QByteArray> m_names;
    std::vector<Value> m_values;
    qsizetype m_target = -1;
    int m_depth = 0;
    bool m_isObject = false;
    std::string m_error;
};

class LineTaker {
public:
    LineTaker(ReadSink &sink, QList<QByteArray> names, ReadAs as) : m_sink(sink), m_names(std::move(names)), m_as(as) {}

    Status take(const QByteArray &line, qint64 number, bool isCut)
    {
        if (text::trimmed(line).isEmpty())
            return {};
        const QString place = tr("line %1").arg(number);
        FieldFinder finder(m_names);
        const bool isBroken = !text::isValidUtf8(line);
        const QByteArray repaired = isBroken ? text::repairUtf8(line) : line;
        if (!nlohmann::json::sax_parse(repaired.begin(), repaired.end(), &finder)) {
            m_sink.problemAt(place, isCut ? problem(QStringLiteral("truncated"), tr("The last line is cut off: its JSON does not end."),
                                                    tr("Copy or download the file again."))
                                          : problem(QStringLiteral("line"), tr("It is not JSON (byte %1).").arg(QString::fromStdString(finder.error()))));
            return {};
        }
        return m_as == ReadAs::Records ? takeRecord(finder, line, repaired, place) : takeValue(finder, line, place);
    }

private:
    Status takeRecord(const FieldFinder &finder, const QByteArray &line, const QByteArray &repaired, const QString &place)
    {
        if (!finder.isObject()) {
            m_sink.problemAt(place, problem(QStringLiteral("line"), tr("It is not a JSON object."), tr("Correct the line.")));
            return {};
        }
        ReadDocument document;
        document.place = place;
        document.raw = line;
        document.text = repaired;
        return m_sink.document(std::move(document));
    }
    Status takeValue(const FieldFinder &finder, const QByteArray &line, const QString &place)
    {
        const FieldFinder::Value *value = finder.value();
        QString why;
        if (!finder.isObject())
            why = tr("It is not a JSON object.");
        else if (!value)
            why = tr("It has no entry “%1”.").arg(QString::fromUtf8(m_names.join("”, “")));
        else if (value->type)
            why = tr("Its text is %1.").arg(QLatin1String(value->type));
        if (!why.isEmpty()) {
            m_sink.problemAt(place, problem(QStringLiteral("line"), why, tr("Correct the line, or name the entry with the text in the reader's settings.")));
            return {};
        }
        ReadDocument document;
        document.place = place;
        document.raw = line;
        document.text = text::repairUtf8(value->text);
        return m_sink.document(std::move(document));
    }

    ReadSink &m_sink;
    QList<QByteArray> m_names;
    ReadAs m_as;
};

}  // namespace

Status JsonLinesReader::read(const ReadRequest &request, ReadSink &sink) const
{
    const QString chosen = request.settings.value(QLatin1String("text_field")).toString();
    const qsizetype limit = request.settings.value(QLatin1String("line_megabytes")).toInt(64) * qsizetype(1000000);
    LineTaker taker(sink, chosen.isEmpty() ? QList<QByteArray>{"text", "content", "body"} : QList<QByteArray>{chosen.toUtf8()}, request.as);
    QByteArray line;
    qint64 number = 1;
    bool isTooLong = false;
    for (;;) {
        ATHANOR_ASSIGN(const QByteArray piece, request.stream->read(kPieceBytes));
        if (piece.isEmpty())
            break;
        qsizetype start = 0;
        for (qsizetype end = piece.indexOf('\n'); ; end = piece.indexOf('\n', start)) {
            const qsizetype stop = end < 0 ? piece.size() : end;
            if (!isTooLong && line.size() + (stop - start) > limit) {
                isTooLong = true;
                line = QByteArray();
                sink.problemAt(tr("line %1").arg(number), problem(QStringLiteral("too_large"), tr("The line is longer than %1 MB.").arg(limit / 1000000)));
            }
            if (!isTooLong)
                line.append(QByteArrayView(piece).sliced(start, stop - start));
            if (end < 0)
                break;
            if (!isTooLong)
                ATHANOR_TRY(taker.take(line, number, false));
            line.resize(0);
            isTooLong = false;
            ++number;
            start = end + 1;
        }
    }
    return isTooLong ? Status() : taker.take(line, number, true);
}

}  // namespace athanor::corpus
