// Python's str() and repr() of the values. See jinja_value.h.
#include "core/text/jinja_value.h"
#include "core/text/utf8.h"

#include <charconv>
#include <cmath>

namespace athanor::text::jinja {
namespace {

constexpr int kPrintDepthLimit = 400;

Text written(const QByteArray &bytes) { return {bytes, Trust::Template}; }

bool isPrintable(char32_t c)
{
    if (c < 0x20 || c == 0x7f)
        return false;
    if (c < 0x7f)
        return true;
    switch (QChar::category(c)) {
    case QChar::Other_Control:
    case QChar::Other_Format:
    case QChar::Other_Surrogate:
    case QChar::Other_PrivateUse:
    case QChar::Other_NotAssigned:
    case QChar::Separator_Line:
    case QChar::Separator_Paragraph:
    case QChar::Separator_Space:
        return false;
    default:
        return true;
    }
}

QByteArray escaped(char32_t c, QByteArrayView source, char quote)
{
    if (c == static_cast<unsigned char>(quote) || c == '\\')
        return QByteArray("\\") + static_cast<char>(c);
    if (c == '\n')
        return "\\n";
    if (c == '\r')
        return "\\r";
    if (c == '\t')
        return "\\t";
    if (isPrintable(c))
        return source.toByteArray();
    const int width = c < 0x100 ? 2 : c < 0x10000 ? 4 : 8;
    return QByteArray("\\") + (width == 2 ? 'x' : width == 4 ? 'u' : 'U')
           + QByteArray::number(static_cast<uint>(c), 16).rightJustified(width, '0');
}

Text quoted(const Text &text)
{
    const bool useDouble = text.bytes().contains('\'') && !text.bytes().contains('"');
    const char quote = useDouble ? '"' : '\'';
    Text result = written(QByteArray(1, quote));
    for (qsizetype position = 0; position < text.size();) {
        const CodePoint point = decodeAt(text.bytes(), position);
        result.append(escaped(point.value, QByteArrayView(text.bytes()).sliced(position, point.length), quote),
                      text.isTrustedAt(position) ? Trust::Template : Trust::Input);
        position += point.length;
    }
    result.append(written(QByteArray(1, quote)));
    return result;
}

Text sequenceRepr(const Value &value, int depth)
{
    if (value.is(Kind::Generator))
        return written("<generator object>");
    if (value.is(Kind::Range))
        return written("range(0, " + QByteArray::number(static_cast<qint64>(value.items().size())) + ")");
    const bool isTuple = value.is(Kind::Tuple);
    Text result = written(isTuple ? "(" : value.is(Kind::View) ? value.typeName() + "([" : QByteArray("["));
    bool first = true;
    for (const Value &item : value.items()) {
        const qsizetype before = result.size();
        if (!first)
            result.append(written(", "));
        first = false;
        result.append(toRepr(item, depth + 1));
        spendBytes(result.size() - before);
    }
    if (isTuple && value.items().size() == 1)
        result.append(written(","));
    result.append(written(isTuple ? ")" : value.is(Kind::View) ? "])" : "]"));
    return result;
}

Text dictRepr(const Value &value, int depth)
{
    Text result = written(value.is(Kind::Namespace) ? "<Namespace {" : "{");
    bool first = true;
    for (const auto &[key, item] : value.pairs()) {
        if (!first)
            result.append(written(", "));
        first = false;
        result.append(toRepr(key, depth + 1));
        result.append(written(": "));
        result.append(toRepr(item, depth + 1));
    }
    result.append(written(value.is(Kind::Namespace) ? "}>" : "}"));
    return result;
}

}  // namespace

// Python's repr of a float: the shortest digits that read back, with an exponent below 1e-4 and from 1e16 on.
QByteArray floatText(double value)
{
    if (std::isnan(value))
        return "nan";
    if (std::isinf(value))
        return value < 0 ? "-inf" : "inf";
    char buffer[64];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
    QByteArray text(buffer, end - buffer);
    const qsizetype mark = text.indexOf('e');
    const int exponent = text.mid(mark + 1).toInt();
    if (exponent < -4 || exponent >= 16)
        return text.left(mark) + "e" + (exponent < 0 ? "-" : "+")
               + QByteArray::number(std::abs(exponent)).rightJustified(2, '0');
    const auto fixedEnd = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::fixed).ptr;
    text = QByteArray(buffer, fixedEnd - buffer);
    return text.contains('.') ? text : text + ".0";
}

Text toRepr(const Value &value, int depth)
{
    if (depth > kPrintDepthLimit)
        failWith(QStringLiteral("a value contains itself and cannot be printed"), ErrorCode::LimitExceeded);
    spendSteps();
    if (value.isString())
        return quoted(value.text());
    if (value.isSequence())
        return sequenceRepr(value, depth);
    if (value.is(Kind::Dict) || value.is(Kind::Namespace))
        return dictRepr(value, depth);
    return value.is(Kind::Undefined) ? written("Undefined") : toText(value);
}

Text toText(const Value &value)
{
    switch (value.kind()) {
    case Kind::Undefined:
        return {};
    case Kind::None:
        return written("None");
    case Kind::Boolean:
        return written(value.integer() ? "True" : "False");
    case Kind::Integer:
        return written(QByteArray::number(value.integer()));
    case Kind::Float:
        return written(floatText(value.real()));
    case Kind::String:
        return value.text();
    case Kind::Loop:
    case Kind::Function:
        return written("<" + value.typeName() + ">");
    default:
        return toRepr(value);
    }
}

}  // namespace athanor::text::jinja
