// Methods of strings, mappings and lists. See jinja_evaluator.h.
#include "core/text/jinja_evaluator.h"

#include "core/text/utf8.h"

#include <QHash>

namespace athanor::text::jinja {
namespace {

using Table = QHash<QByteArray, Method>;

Value list(std::vector<Text> texts)
{
    Values items;
    for (Text &text : texts)
        items.push_back(madeText(std::move(text)));
    return Value::sequence(std::move(items));
}

Value stripped(const Value &self, const Arguments &arguments, bool left, bool right)
{
    const Bound bound("strip()", arguments, {"chars"});
    const bool hasSet = bound.find(0) && !bound.find(0)->is(Kind::None);
    const QByteArray set = hasSet ? bound.text(0).bytes() : QByteArray();
    const QByteArray *characters = hasSet ? &set : nullptr;
    const qsizetype begin = left ? leadingEnd(self.bytes(), characters) : 0;
    const qsizetype end = right ? trailingBegin(self.bytes(), begin, characters) : self.bytes().size();
    return madeText(self.text().slice(begin, end));
}

Value split(const Value &self, const Arguments &arguments, bool fromEnd)
{
    const Bound bound("split()", arguments, {"sep", "maxsplit"});
    const bool hasSeparator = bound.find(0) && !bound.find(0)->is(Kind::None);
    const QByteArray separator = hasSeparator ? bound.text(0).bytes() : QByteArray();
    if (hasSeparator && separator.isEmpty())
        failWith(QStringLiteral("empty separator"));
    spendSteps(self.bytes().size() / 16);
    const qint64 limit = bound.integer(1, -1);
    return list(fromEnd ? splitTextFromEnd(self.text(), separator, limit) : splitText(self.text(), separator, limit));
}

Value partition(const Value &self, const Arguments &arguments, bool fromEnd)
{
    const Bound bound("partition()", arguments, {"sep"});
    const QByteArray separator = bound.text(0).bytes();
    if (separator.isEmpty())
        failWith(QStringLiteral("empty separator"));
    const Text &text = self.text();
    const qsizetype at = fromEnd ? text.bytes().lastIndexOf(separator) : text.bytes().indexOf(separator);
    Values parts;
    if (at < 0)
        parts = {fromEnd ? Value::string(Text()) : self, Value::string(Text()), fromEnd ? self : Value::string(Text())};
    else
        parts = {madeText(text.slice(0, at)), madeText(text.slice(at, at + separator.size())),
                 madeText(text.slice(at + separator.size(), text.size()))};
    return Value::sequence(std::move(parts), Kind::Tuple);
}

bool begins(const QByteArray &text, const Value &with, bool atEnd)
{
    if (with.is(Kind::Tuple))
        return std::any_of(with.items().begin(), with.items().end(),
                           [&](const Value &item) { return begins(text, item, atEnd); });
    if (!with.isString())
        failWith(QStringLiteral("startswith and endswith take a str or a tuple of str, not %1").arg(QString::fromUtf8(with.typeName())));
    return atEnd ? text.endsWith(with.bytes()) : text.startsWith(with.bytes());
}

Value beginsOrEnds(const Value &self, const Arguments &arguments, bool atEnd)
{
    const Bound bound("startswith()", arguments, {"prefix", "start"});
    const std::vector<qsizetype> offsets = characterOffsets(self.bytes());
    const qint64 start = std::clamp<qint64>(bound.integer(1, 0), 0, qint64(offsets.size()) - 1);
    return Value::boolean(begins(self.bytes().mid(offsets[size_t(start)]), bound.at(0), atEnd));
}

// In characters, from `start`; −1 where it is not.
qint64 found(const Value &self, const Arguments &arguments, bool fromEnd)
{
    const Bound bound("find()", arguments, {"sub", "start"});
    const std::vector<qsizetype> offsets = characterOffsets(self.bytes());
    const qint64 start = std::clamp<qint64>(bound.integer(1, 0), 0, qint64(offsets.size()) - 1);
    const QByteArray what = bound.text(0).bytes();
    const qsizetype from = offsets[size_t(start)];
    const qsizetype at = fromEnd ? self.bytes().lastIndexOf(what) : self.bytes().indexOf(what, from);
    return at < from ? -1 : characterCount(QByteArrayView(self.bytes()).first(at));
}

Value countOf(const Value &self, const Arguments &arguments)
{
    const QByteArray what = Bound("count()", arguments, {"sub"}).text(0).bytes();
    if (what.isEmpty())
        return Value::integer(characterCount(self.bytes()) + 1);
    qint64 count = 0;
    for (qsizetype at = self.bytes().indexOf(what); at >= 0; at = self.bytes().indexOf(what, at + what.size()))
        ++count;
    return Value::integer(count);
}

Value replaced(const Value &self, const Arguments &arguments)
{
    const Bound bound("replace()", arguments, {"old", "new", "count"});
    const QByteArray from = bound.text(0).bytes();
    const Text &to = bound.text(1);
    const qint64 most = from.isEmpty() ? self.bytes().size() + 1 : self.bytes().count(from);
    spendBytes(self.bytes().size() + most * to.size());
    return madeText(replaceText(self.text(), from, to, bound.integer(2, -1)));
}

Value joined(Evaluator &evaluator, const Value &self, const Arguments &arguments)
{
    Text text;
    bool first = true;
    for (const Value &item : evaluator.iterate(Bound("join()", arguments, {"iterable"}).at(0))) {
        if (!item.isString())
            failWith(QStringLiteral("join() found %1 where it needs str").arg(QString::fromUtf8(item.typeName())));
        spendBytes(self.bytes().size() + item.bytes().size());
        if (!first)
            text.append(self.text());
        first = false;
        text.append(item.text());
    }
    return madeText(std::move(text));
}

Value withoutEnd(const Value &self, const Arguments &arguments, bool atEnd)
{
    const QByteArray part = Bound("removeprefix()", arguments, {"part"}).text(0).bytes();
    const Text &text = self.text();
    if (atEnd)
        return text.bytes().endsWith(part) ? madeText(text.slice(0, text.size() - part.size())) : self;
    return text.bytes().startsWith(part) ? madeText(text.slice(part.size(), text.size())) : self;
}

Value padded(const Value &self, const Arguments &arguments, double leftShare, char fallback)
{
    const Bound bound("ljust()", arguments, {"width", "fillchar"});
    const qint64 missing = std::max<qint64>(0, bound.integer(0, 0) - characterCount(self.bytes()));
    const QByteArray fill = bound.find(1) ? bound.text(1).bytes() : QByteArray(1, fallback);
    spendBytes(self.bytes().size() + missing);
    const auto left = qint64(double(missing) * leftShare);
    Text text(fill.repeated(left), Trust::Template);
    text.append(self.text());
    text.append(fill.repeated(missing - left), Trust::Template);
    return Value::string(std::move(text));
}

template <typename Check> Value all(const Value &self, Check check)
{
    const QString text = QString::fromUtf8(self.bytes());
    return Value::boolean(!text.isEmpty() && std::all_of(text.begin(), text.end(), check));
}

Value isCased(const Value &self, bool upper)
{
    const Text lower = changeCase(self.text(), Case::Lower), raised = changeCase(self.text(), Case::Upper);
    return Value::boolean(lower.bytes() != raised.bytes() && self.bytes() == (upper ? raised : lower).bytes());
}

Value refused(Evaluator &, const Value &self, const Arguments &)
{
    failWith(QStringLiteral("this method of '%1' is not available in templates: values cannot be changed, and only the "
                            "common methods are there").arg(QString::fromUtf8(self.typeName())));
}

#define METHOD(body) [](Evaluator &evaluator, const Value &self, const Arguments &arguments) -> Value { \
        Q_UNUSED(evaluator) Q_UNUSED(self) Q_UNUSED(arguments) body }

const Table &stringMethods()
{
    static const Table table = [] {
        Table made{
            {"upper", METHOD(return madeText(changeCase(self.text(), Case::Upper));)},
            {"lower", METHOD(return madeText(changeCase(self.text(), Case::Lower));)},
            {"casefold", METHOD(return madeText(changeCase(self.text(), Case::Lower));)},
            {"title", METHOD(return madeText(changeCase(self.text(), Case::Title));)},
            {"capitalize", METHOD(return madeText(changeCase(self.text(), Case::Capital));)},
            {"swapcase", METHOD(return madeText(changeCase(self.text(), Case::Swap));)},
            {"strip", METHOD(return stripped(self, arguments, true, true);)},
            {"lstrip", METHOD(return stripped(self, arguments, true, false);)},
            {"rstrip", METHOD(return stripped(self, arguments, false, true);)},
            {"split", METHOD(return split(self, arguments, false);)},
            {"rsplit", METHOD(return split(self, arguments, true);)},
            {"splitlines", METHOD(return list(splitLines(self.text(), Bound("splitlines()", arguments, {"keepends"}).flag(0, false)));)},
            {"partition", METHOD(return partition(self, arguments, false);)},
            {"rpartition", METHOD(return partition(self, arguments, true);)},
            {"startswith", METHOD(return beginsOrEnds(self, arguments, false);)},
            {"endswith", METHOD(return beginsOrEnds(self, arguments, true);)},
            {"removeprefix", METHOD(return withoutEnd(self, arguments, false);)},
            {"removesuffix", METHOD(return withoutEnd(self, arguments, true);)},
            {"find", METHOD(return Value::integer(found(self, arguments, false));)},
            {"rfind", METHOD(return Value::integer(found(self, arguments, true));)},
            {"index", METHOD(const qint64 at = found(self, arguments, false);
                             if (at < 0) failWith(QStringLiteral("substring not found"));
                             return Value::integer(at);)},
            {"count", METHOD(return countOf(self, arguments);)},
            {"replace", METHOD(return replaced(self, arguments);)},
            {"join", METHOD(return joined(evaluator, self, arguments);)},
            {"ljust", METHOD(return padded(self, arguments, 0, ' ');)},
            {"rjust", METHOD(return padded(self, arguments, 1, ' ');)},
            {"center", METHOD(return padded(self, arguments, 0.5, ' ');)},
            {"zfill", METHOD(return padded(self, arguments, 1, '0');)},
            {"isdigit", METHOD(return all(self, [](QChar c) { return c.isDigit(); });)},
            {"isnumeric", METHOD(return all(self, [](QChar c) { return c.isNumber(); });)},
            {"isdecimal", METHOD(return all(self, [](QChar c) { return c.category() == QChar::Number_DecimalDigit; });)},
            {"isalpha", METHOD(return all(self, [](QChar c) { return c.isLetter() || c.isSurrogate(); });)},
            {"isalnum", METHOD(return all(self, [](QChar c) { return c.isLetterOrNumber() || c.isSurrogate(); });)},
            {"isspace", METHOD(return all(self, [](QChar c) { return isPythonSpace(c.unicode()); });)},
            {"isupper", METHOD(return isCased(self, true);)},
            {"islower", METHOD(return isCased(self, false);)},
        };
        for (const char *name : {"encode", "expandtabs", "format", "format_map", "isascii", "isidentifier", "isprintable",
                                 "istitle", "maketrans", "rindex", "translate"})
            made.insert(name, refused);
        return made;
    }();
    return table;
}

const Table &dictMethods()
{
    static const Table table = [] {
        Table made{
            {"items", METHOD(Values items;
                             for (const auto &[key, value] : self.pairs())
                                 items.push_back(Value::sequence({key, value}, Kind::Tuple));
                             spendSteps(qint64(items.size()));
                             return Value::view(std::move(items), "dict_items");)},
            {"keys", METHOD(return Value::view(evaluator.iterate(self), "dict_keys");)},
            {"values", METHOD(Values items;
                              for (const auto &pair : self.pairs())
                                  items.push_back(pair.second);
                              return Value::view(std::move(items), "dict_values");)},
            {"get", METHOD(const Bound bound("get()", arguments, {"key", "default"});
                           const Value *found = self.find(bound.at(0));
                           return found ? *found : bound.find(1) ? *bound.find(1) : Value::none();)},
            {"copy", METHOD(return self;)},
        };
        for (const char *name : {"clear", "fromkeys", "pop", "popitem", "setdefault", "update"})
            made.insert(name, refused);
        return made;
    }();
    return table;
}

const Table &listMethods()
{
    static const Table table = [] {
        Table made{
            {"count", METHOD(const Value what = Bound("count()", arguments, {"value"}).at(0);
                             return Value::integer(std::count_if(self.items().begin(), self.items().end(), [&](const Value &item) { return equal(item, what); }));)},
            {"index", METHOD(const Value what = Bound("index()", arguments, {"value"}).at(0);
                             for (size_t i = 0; i < self.items().size(); ++i)
                                 if (equal(self.items()[i], what))
                                     return Value::integer(qint64(i));
                             failWith(QStringLiteral("the value is not in the list"));)},
            {"copy", METHOD(return self;)},
        };
        for (const char *name : {"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"})
            made.insert(name, refused);
        return made;
    }();
    return table;
}

#undef METHOD

}  // namespace

Method findMethod(const Value &self, const QByteArray &name)
{
    if (self.isString())
        return stringMethods().value(name, nullptr);
    if (self.is(Kind::Dict))
        return dictMethods().value(name, nullptr);
    return self.is(Kind::List) || self.is(Kind::Tuple) ? listMethods().value(name, nullptr) : nullptr;
}

}  // namespace athanor::text::jinja
