// JSON in and out. See jinja.h.
#include "core/text/jinja.h"

#include "core/text/utf8.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace athanor::text::jinja {
namespace {

constexpr int kDepthLimit = 100;

class JsonParser {
public:
    JsonParser(QByteArrayView json, Trust trust) : m_json(json), m_trust(trust) {}

    Value document()
    {
        Value value = this->value(0);
        space();
        if (m_at != m_json.size())
            fail();
        return value;
    }
    qsizetype at() const { return m_at; }

private:
    [[noreturn]] static void fail() { failWith(QString(), ErrorCode::Corrupt); }
    char peek() const { return m_at < m_json.size() ? m_json[m_at] : '\0'; }
    void space()
    {
        while (m_at < m_json.size() && (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r'))
            ++m_at;
    }
    void expect(char c)
    {
        space();
        if (peek() != c || m_at >= m_json.size())
            fail();
        ++m_at;
    }
    bool skip(char c)
    {
        space();
        const bool found = m_at < m_json.size() && peek() == c;
        m_at += found ? 1 : 0;
        return found;
    }

    Value value(int depth)
    {
        if (depth > kDepthLimit)
            fail();
        space();
        const char c = peek();
        if (c == '{')
            return object(depth);
        if (c == '[')
            return array(depth);
        if (c == '"')
            return string();
        for (const auto &[word, known] : {std::pair{"true", Value::boolean(true)}, std::pair{"false", Value::boolean(false)},
                                          std::pair{"null", Value::none()}}) {
            if (m_json.sliced(m_at).startsWith(word)) {
                m_at += static_cast<qsizetype>(qstrlen(word));
                return known;
            }
        }
        return number();
    }

    Value object(int depth)
    {
        ++m_at;
        Pairs pairs;
        if (skip('}'))
            return Value::dict({});
        do {
            space();
            if (peek() != '"')
                fail();
            Value key = string();
            expect(':');
            pairs.emplace_back(std::move(key), value(depth + 1));
        } while (skip(','));
        expect('}');
        return Value::dict(std::move(pairs));
    }

    Value array(int depth)
    {
        ++m_at;
        Values items;
        if (skip(']'))
            return Value::sequence({});
        do {
            items.push_back(value(depth + 1));
        } while (skip(','));
        expect(']');
        return Value::sequence(std::move(items));
    }

    uint hex4()
    {
        bool ok = false;
        const uint value = m_at + 4 <= m_json.size() ? m_json.sliced(m_at, 4).toByteArray().toUInt(&ok, 16) : 0;
        if (!ok)
            fail();
        m_at += 4;
        return value;
    }

    void escape(QByteArray &text)
    {
        static constexpr char kFrom[] = "\"\\/bfnrt", kTo[] = "\"\\/\b\f\n\r\t";
        const char c = peek();
        ++m_at;
        if (c == 'u') {
            uint code = hex4();
            if (code >= 0xd800 && code < 0xdc00 && m_json.sliced(m_at).startsWith("\\u")) {
                const qsizetype before = m_at;
                m_at += 2;
                const uint low = hex4();
                if (low >= 0xdc00 && low < 0xe000)
                    code = 0x10000 + ((code - 0xd800) << 10U) + (low - 0xdc00);
                else
                    m_at = before;
            }
            appendCodePoint(text, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
            return;
        }
        const char *known = c ? std::find(std::begin(kFrom), std::end(kFrom) - 1, c) : std::end(kFrom) - 1;
        if (known == std::end(kFrom) - 1)
            fail();
        text.append(kTo[known - kFrom]);
    }

    Value string()
    {
        ++m_at;
        QByteArray text;
        for (;;) {
            if (m_at >= m_json.size() || static_cast<unsigned char>(peek()) < 0x20)
                fail();
            const char c = m_json[m_at++];
            if (c == '"')
                return Value::string(repairUtf8(text), m_trust);
            if (c == '\\')
                escape(text);
            else
                text.append(c);
        }
    }

    Value number()
    {
        const qsizetype begin = m_at;
        while (m_at < m_json.size() && QByteArrayView("+-.eE0123456789").contains(peek()))
            ++m_at;
        const QByteArray text = m_json.sliced(begin, m_at - begin).toByteArray();
        bool ok = false;
        if (!text.contains('.') && !text.contains('e') && !text.contains('E')) {
            const qint64 integer = text.toLongLong(&ok);
            if (ok)
                return Value::integer(integer);
        }
        const double real = text.toDouble(&ok);
        if (!ok)
            fail();
        return Value::real(real);
    }

    QByteArrayView m_json;
    Trust m_trust;
    qsizetype m_at = 0;
};

Text written(const QByteArray &bytes) { return {bytes, Trust::Template}; }

QByteArray unicodeEscape(char32_t c)
{
    const auto unit = [](uint value) { return "\\u" + QByteArray::number(value, 16).rightJustified(4, '0'); };
    if (c < 0x10000)
        return unit(c);
    return unit(0xd800 + ((c - 0x10000) >> 10U)) + unit(0xdc00 + ((c - 0x10000) & 0x3ffU));
}

Text jsonString(const Text &text, bool asciiOnly)
{
    Text result = written("\"");
    for (qsizetype position = 0; position < text.size();) {
        const CodePoint point = decodeAt(text.bytes(), position);
        const char32_t c = point.value;
        QByteArray out = text.bytes().mid(position, point.length);
        if (c == '"' || c == '\\')
            out.prepend('\\');
        else if (c == '\n' || c == '\r' || c == '\t' || c == '\b' || c == '\f')
            out = QByteArray(c == '\n' ? "\\n" : c == '\r' ? "\\r" : c == '\t' ? "\\t" : c == '\b' ? "\\b" : "\\f");
        else if (c < 0x20 || (asciiOnly && c >= 0x7f))
            out = unicodeEscape(c);
        result.append(out, text.isTrustedAt(position) ? Trust::Template : Trust::Input);
        position += point.length;
    }
    result.append(written("\""));
    return result;
}

QByteArray jsonFloat(double value)
{
    if (std::isfinite(value))
        return floatText(value);
    return std::isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";
}

Text jsonKey(const Value &key, bool asciiOnly)
{
    if (key.isString())
        return jsonString(key.text(), asciiOnly);
    if (key.isNumber() || key.is(Kind::None)) {
        Text text = written("\"");
        text.append(toJson(key, {}));
        text.append(written("\""));
        return text;
    }
    failWith(QStringLiteral("keys must be str, int, float, bool or None, not %1").arg(QString::fromUtf8(key.typeName())));
}

QByteArray lineBreak(const JsonStyle &style, int depth) { return style.hasIndent ? "\n" + style.indent.repeated(depth) : QByteArray(); }

}  // namespace

Result<Value> parseJson(QByteArrayView json, Trust trust)
{
    JsonParser parser(json, trust);
    try {
        return parser.document();
    } catch (const Failure &) {
        return fail(ErrorCode::Corrupt, QCoreApplication::translate("athanor::text", "This is not valid JSON (at byte %1).").arg(parser.at()));
    }
}

Text toJson(const Value &value, const JsonStyle &style, int depth)
{
    spendSteps();
    switch (value.kind()) {
    case Kind::None:
        return written("null");
    case Kind::Boolean:
        return written(value.integer() ? "true" : "false");
    case Kind::Integer:
        return written(QByteArray::number(value.integer()));
    case Kind::Float:
        return written(jsonFloat(value.real()));
    case Kind::String:
        return jsonString(value.text(), style.asciiOnly);
    case Kind::List:
    case Kind::Tuple:
    case Kind::Dict:
        break;
    default:
        failWith(QStringLiteral("Object of type %1 is not JSON serializable").arg(QString::fromUtf8(value.typeName())));
    }
    const bool isDict = value.is(Kind::Dict);
    Pairs pairs = value.pairs();
    if (style.sortKeys)
        std::stable_sort(pairs.begin(), pairs.end(),
                         [](const auto &left, const auto &right) { return compare(left.first, right.first) < 0; });
    const size_t count = isDict ? pairs.size() : value.items().size();
    Text result = written(isDict ? "{" : "[");
    for (size_t i = 0; i < count; ++i) {
        const qsizetype before = result.size();
        if (i > 0)
            result.append(written(style.itemSeparator));
        result.append(written(lineBreak(style, depth + 1)));
        if (isDict) {
            result.append(jsonKey(pairs[i].first, style.asciiOnly));
            result.append(written(style.keySeparator));
        }
        result.append(toJson(isDict ? pairs[i].second : value.items()[i], style, depth + 1));
        spendBytes(result.size() - before);
    }
    if (count > 0)
        result.append(written(lineBreak(style, depth)));
    result.append(written(isDict ? "}" : "]"));
    return result;
}

}  // namespace athanor::text::jinja
