// Filters that make text. See jinja_evaluator.h.
#include "core/text/jinja_evaluator.h"
#include "core/text/utf8.h"

#include <QHash>

namespace athanor::text::jinja {
namespace {

#define FILTER(body) [](Evaluator &evaluator, const Value &self, const Arguments &arguments) -> Value { \
        Q_UNUSED(evaluator) Q_UNUSED(self) Q_UNUSED(arguments) body }

Value trimmed(const Value &self, const Arguments &arguments)
{
    const Bound bound("trim", arguments, {"chars"});
    const Text text = toText(self);
    const bool hasSet = bound.find(0) && !bound.find(0)->is(Kind::None);
    const QByteArray set = hasSet ? bound.text(0).bytes() : QByteArray();
    const qsizetype begin = leadingEnd(text.bytes(), hasSet ? &set : nullptr);
    return madeText(text.slice(begin, trailingBegin(text.bytes(), begin, hasSet ? &set : nullptr)));
}

Value replaced(const Value &self, const Arguments &arguments)
{
    const Bound bound("replace", arguments, {"old", "new", "count"});
    const Text text = toText(self), to = toText(bound.at(1));
    const QByteArray from = toText(bound.at(0)).bytes();
    const qint64 most = from.isEmpty() ? text.size() + 1 : text.bytes().count(from);
    spendBytes(text.size() + most * to.size());
    const bool hasCount = bound.find(2) && !bound.find(2)->is(Kind::None);
    return madeText(replaceText(text, from, to, hasCount ? bound.integer(2, -1) : -1));
}

// Words begin after white space, '-', '(', '{', '[' and '<'.
Value titled(const Value &self)
{
    const Text text = toText(self);
    Text result;
    qsizetype word = 0;
    const auto flush = [&](qsizetype end) {
        if (end <= word)
            return;
        const qsizetype first = word + decodeAt(text.bytes(), word).length;
        result.append(changeCase(text.slice(word, first), Case::Upper));
        result.append(changeCase(text.slice(first, end), Case::Lower));
        word = end;
    };
    for (qsizetype at = 0; at < text.size();) {
        const CodePoint point = decodeAt(text.bytes(), at);
        const bool splits = isPythonSpace(point.value) || (point.value < 0x80 && QByteArrayView("-({[<").contains(char(point.value)));
        if (splits) {
            flush(at);
            result.append(text.slice(at, at + point.length));
            word = at + point.length;
        }
        at += point.length;
    }
    flush(text.size());
    return madeText(std::move(result));
}

Value indented(const Value &self, const Arguments &arguments)
{
    const Bound bound("indent", arguments, {"width", "first", "blank"});
    const bool hasText = bound.find(0) && bound.find(0)->isString();
    const qint64 width = hasText ? 0 : std::clamp<qint64>(bound.integer(0, 4), 0, 1000);
    const Text space = hasText ? bound.text(0) : Text(QByteArray(width, ' '), Trust::Template);
    if (!self.isString())
        failWith(QStringLiteral("indent needs a str, not %1").arg(QString::fromUtf8(self.typeName())));
    Text source = self.text();
    source.append("\n", Trust::Template);
    Text result;
    bool isFirst = true;
    for (const Text &line : splitLines(source, false)) {
        if (!isFirst)
            result.append("\n", Trust::Template);
        const bool indents = isFirst ? bound.flag(1, false) : !line.isEmpty() || bound.flag(2, false);
        if (indents)
            result.append(space);
        spendBytes(line.size() + space.size());
        result.append(line);
        isFirst = false;
    }
    return Value::string(std::move(result));
}

Value joined(Evaluator &evaluator, const Value &self, const Arguments &arguments)
{
    const Bound bound("join", arguments, {"d", "attribute"});
    const Text separator = bound.find(0) ? toText(bound.at(0)) : Text();
    Text text;
    bool first = true;
    for (const Value &item : evaluator.iterate(self)) {
        const Text part = toText(bound.find(1) ? evaluator.path(item, bound.at(1)) : item);
        spendBytes(separator.size() + part.size());
        if (!first)
            text.append(separator);
        first = false;
        text.append(part);
    }
    return Value::string(std::move(text));
}

Value escaped(const Value &self)
{
    const Text text = toText(self);
    Text result;
    for (qsizetype at = 0; at < text.size(); ++at) {
        const char c = text.bytes()[at];
        const char *entity = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&#34;" : c == '\'' ? "&#39;" : nullptr;
        const Trust trust = text.isTrustedAt(at) ? Trust::Template : Trust::Input;
        result.append(entity ? QByteArray(entity) : QByteArray(1, c), trust);
    }
    return madeText(std::move(result));
}

Value centered(const Value &self, const Arguments &arguments)
{
    const qint64 width = Bound("center", arguments, {"width"}).integer(0, 80);
    const Text text = toText(self);
    const qint64 missing = std::max<qint64>(0, width - characterCount(text.bytes()));
    spendBytes(text.size() + missing);
    const qint64 left = missing / 2 + (missing & width & 1);
    Text result(QByteArray(left, ' '), Trust::Template);
    result.append(text);
    result.append(QByteArray(missing - left, ' '), Trust::Template);
    return Value::string(std::move(result));
}

Value truncated(const Value &self, const Arguments &arguments)
{
    const Bound bound("truncate", arguments, {"length", "killwords", "end", "leeway"});
    const Text text = toText(self);
    const Text end = bound.find(2) ? bound.text(2) : Text("...", Trust::Template);
    const qint64 length = bound.integer(0, 255), ending = characterCount(end.bytes());
    const std::vector<qsizetype> offsets = characterOffsets(text.bytes());
    if (length < ending)
        failWith(QStringLiteral("truncate: the length is below that of the end mark"));
    if (qint64(offsets.size()) - 1 <= length + bound.integer(3, 5))
        return Value::string(text);
    Text result = text.slice(0, offsets[size_t(length - ending)]);
    const qsizetype space = result.bytes().lastIndexOf(' ');
    if (!bound.flag(1, false) && space >= 0)
        result = result.slice(0, space);
    result.append(end);
    return madeText(std::move(result));
}

Value percentEncoded(const Value &self)
{
    return madeText(Text(toText(self).bytes().toPercentEncoding("/", {}), Trust::Input));
}

}  // namespace

Method findTextFilter(const QByteArray &name)
{
    static const QHash<QByteArray, Method> table{
        {"trim", FILTER(return trimmed(self, arguments);)},
        {"upper", FILTER(return madeText(changeCase(toText(self), Case::Upper));)},
        {"lower", FILTER(return madeText(changeCase(toText(self), Case::Lower));)},
        {"capitalize", FILTER(return madeText(changeCase(toText(self), Case::Capital));)},
        {"title", FILTER(return titled(self);)},
        {"replace", FILTER(return replaced(self, arguments);)},
        {"indent", FILTER(return indented(self, arguments);)},
        {"join", FILTER(return joined(evaluator, self, arguments);)},
        {"e", FILTER(return escaped(self);)},
        {"escape", FILTER(return escaped(self);)},
        {"forceescape", FILTER(return escaped(self);)},
        {"center", FILTER(return centered(self, arguments);)},
        {"truncate", FILTER(return truncated(self, arguments);)},
        {"urlencode", FILTER(return percentEncoded(self);)},
        {"wordcount", FILTER(return Value::integer(qint64(splitText(toText(self), {}, -1).size()));)},
        {"format", FILTER(return madeText(formatted(toText(self), arguments.positional));)},
    };
    return table.value(name, nullptr);
}

#undef FILTER

}  // namespace athanor::text::jinja
