// Arguments of filters, tests and methods; printf-like formatting. See jinja_evaluator.h.
#include "core/text/jinja_evaluator.h"

#include <cstdio>

namespace athanor::text::jinja {
namespace {

constexpr qint64 kWidthLimit = 10'000;

// One number as C's printf writes it; the pattern is built here, never taken from a template.
QByteArray number(char kind, const QByteArray &flags, int width, int precision, const Value &value)
{
    if (!value.isNumber())
        failWith(QStringLiteral("%%1 format: a real number is required, not %2")
                     .arg(QLatin1Char(kind)).arg(QString::fromUtf8(value.typeName())));
    const bool isInteger = QByteArrayView("dixXo").contains(kind);
    if (isInteger && !value.isIntegral() && !(std::abs(value.real()) < 9e18))
        failWith(QStringLiteral("the number cannot be written as an integer"));
    QByteArray pattern = "%" + flags + "*";
    if (precision >= 0)
        pattern += "." + QByteArray::number(precision);
    pattern += isInteger ? "ll" : "";
    pattern += kind == 'i' ? 'd' : kind;
    char buffer[1024];
    const int length = isInteger
        ? std::snprintf(buffer, sizeof buffer, pattern.constData(), width,
                        static_cast<long long>(value.isIntegral() ? value.integer() : qint64(value.real())))
        : std::snprintf(buffer, sizeof buffer, pattern.constData(), width, value.real());
    if (length < 0 || length >= int(sizeof buffer))
        failWith(QStringLiteral("a formatted number is too long"), ErrorCode::LimitExceeded);
    return {buffer, length};
}

}  // namespace

Bound::Bound(const char *what, const Arguments &arguments, std::initializer_list<const char *> names)
    : m_what(what), m_values(names.size()), m_names(names)
{
    if (arguments.positional.size() > names.size())
        failWith(QStringLiteral("%1 takes at most %2 argument(s) (%3 given)")
                     .arg(QLatin1String(what)).arg(names.size()).arg(arguments.positional.size()));
    for (size_t i = 0; i < arguments.positional.size(); ++i)
        m_values[i] = {true, arguments.positional[i]};
    for (const auto &[name, value] : arguments.named) {
        size_t i = 0;
        while (i < m_names.size() && name != m_names[i])
            ++i;
        if (i == m_names.size() || m_values[i].first)
            failWith(QStringLiteral("%1 got an unexpected argument '%2'").arg(QLatin1String(what), QString::fromUtf8(name)));
        m_values[i] = {true, value};
    }
}

const Value &Bound::at(size_t index) const
{
    if (!m_values[index].first)
        failWith(QStringLiteral("%1 misses its argument '%2'").arg(QLatin1String(m_what), QLatin1String(m_names[index])));
    return m_values[index].second;
}

bool Bound::flag(size_t index, bool fallback) const
{
    const Value *value = find(index);
    return value ? value->isTrue() : fallback;
}

qint64 Bound::integer(size_t index, qint64 fallback) const
{
    const Value *value = find(index);
    if (!value)
        return fallback;
    if (!value->isIntegral())
        failWith(QStringLiteral("%1: '%2' must be an integer, not %3")
                     .arg(QLatin1String(m_what), QLatin1String(m_names[index]), QString::fromUtf8(value->typeName())));
    return value->integer();
}

const Text &Bound::text(size_t index) const
{
    const Value &value = at(index);
    if (!value.isString())
        failWith(QStringLiteral("%1: '%2' must be a str, not %3")
                     .arg(QLatin1String(m_what), QLatin1String(m_names[index]), QString::fromUtf8(value.typeName())));
    return value.text();
}

// The % operator: %s %r %d %i %f %F %e %E %g %G %x %X %o %c %%, with flags, width and precision.
Text formatted(const Text &pattern, const Values &values)
{
    const QByteArray &bytes = pattern.bytes();
    Text result;
    size_t next = 0;
    qsizetype done = 0;
    const auto fromEnd = [&] { failWith(QStringLiteral("not enough arguments for format string")); };
    for (qsizetype at = bytes.indexOf('%'); at >= 0; at = bytes.indexOf('%', done)) {
        result.append(pattern.slice(done, at));
        qsizetype end = at + 1;
        QByteArray flags;
        while (end < bytes.size() && QByteArrayView("-+ 0#").contains(bytes[end]))
            flags.append(bytes[end++]);
        const auto digits = [&]() -> int {
            qint64 value = 0;
            while (end < bytes.size() && bytes[end] >= '0' && bytes[end] <= '9')
                value = std::min(kWidthLimit + 1, value * 10 + (bytes[end++] - '0'));
            if (value > kWidthLimit)
                failWith(QStringLiteral("a width in a format is too large"), ErrorCode::LimitExceeded);
            return int(value);
        };
        const int width = digits();
        const bool hasPrecision = end < bytes.size() && bytes[end] == '.';
        end += hasPrecision ? 1 : 0;
        const int precision = hasPrecision ? digits() : -1;
        const char kind = end < bytes.size() ? bytes[end] : '\0';
        done = std::min(end + 1, bytes.size());
        if (kind == '%') {
            result.append("%", Trust::Template);
            continue;
        }
        if (next >= values.size())
            fromEnd();
        const Value &value = values[next++];
        if (kind == 's' || kind == 'r' || kind == 'c') {
            Text part = kind == 'r' ? toRepr(value) : toText(value);
            const std::vector<qsizetype> offsets = characterOffsets(part.bytes());
            if (hasPrecision && size_t(precision) + 1 < offsets.size())
                part = part.slice(0, offsets[size_t(precision)]);
            const auto padding = QByteArray(std::max<qsizetype>(0, width - qsizetype(characterOffsets(part.bytes()).size()) + 1), ' ');
            if (!flags.contains('-'))
                result.append(padding, Trust::Template);
            result.append(part);
            if (flags.contains('-'))
                result.append(padding, Trust::Template);
        } else if (QByteArrayView("dixXofFeEgG").contains(kind) && kind) {
            result.append(number(kind, flags, width, precision, value), Trust::Template);
        } else {
            failWith(QStringLiteral("unsupported format character '%1'").arg(QLatin1Char(kind)));
        }
    }
    if (next < values.size() && !(values.size() == 1 && values[0].is(Kind::Dict)))
        failWith(QStringLiteral("not all arguments converted during string formatting"));
    result.append(pattern.slice(done, pattern.size()));
    return result;
}

}  // namespace athanor::text::jinja
