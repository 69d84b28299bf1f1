#include "core/tokenizer/text_pattern.h"

#include "core/tokenizer/known_patterns.h"
#include "core/tokenizer/utf8.h"

#include <QCoreApplication>
#include <QJsonObject>

#include <array>

namespace athanor::tokenizer {

namespace {

constexpr qsizetype kExpressionLimit = 4096;
constexpr char kLimits[] = "(*LIMIT_MATCH=1000000)(*LIMIT_DEPTH=10000)(*LIMIT_HEAP=65536)";

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

class LiteralPattern final : public TextPattern {
public:
    explicit LiteralPattern(QByteArray text) : m_text(std::move(text)) {}
    void find(QByteArrayView text, std::vector<TextSpan> &matches) const override
    {
        for (qsizetype at = text.indexOf(m_text); at >= 0; at = text.indexOf(m_text, at + m_text.size()))
            matches.push_back({at, at + m_text.size()});
    }

private:
    QByteArray m_text;
};

class KnownPattern final : public TextPattern {
public:
    explicit KnownPattern(PatternStep step) : m_step(step) {}
    void find(QByteArrayView text, std::vector<TextSpan> &matches) const override
    {
        const char *begin = text.data();
        const char *end = begin + text.size();
        for (const char *at = begin; at < end;) {
            const char *next = m_step(at, end);
            matches.push_back({at - begin, next - begin});
            at = next;
        }
    }

private:
    PatternStep m_step;
};

// UTF-16 for the library, and how its positions map back to bytes. A byte that begins no character is one unit.
void widen(QByteArrayView text, QString &wide, std::vector<qsizetype> &offsets)
{
    const char *end = text.data() + text.size();
    wide.reserve(text.size());
    offsets.reserve(static_cast<size_t>(text.size()) + 1);
    for (const char *at = text.data(); at < end;) {
        const std::size_t valid = validCharacterLength(at, end);
        const char32_t code = valid == 0 ? U'\uFFFD' : codePoint(at, valid);
        const auto offset = static_cast<qsizetype>(at - text.data());
        const auto units = QChar::fromUcs4(code);  // kept: a view of it must not outlive it
        for (const QChar unit : QStringView(units)) {
            wide += unit;
            offsets.push_back(offset);
        }
        at += valid == 0 ? 1 : valid;
    }
    offsets.push_back(text.size());
}

class RegexPattern final : public TextPattern {
public:
    explicit RegexPattern(QRegularExpression expression) : m_expression(std::move(expression)) {}
    // Beyond the limits of the library's work the rest of the text has no more matches: long, but never endless.
    void find(QByteArrayView text, std::vector<TextSpan> &matches) const override
    {
        QString wide;
        std::vector<qsizetype> offsets;
        widen(text, wide, offsets);
        for (qsizetype at = 0; at < wide.size();) {
            const QRegularExpressionMatch match = m_expression.match(wide, at);
            if (!match.hasMatch())
                return;
            if (match.capturedLength() > 0)
                matches.push_back({offsets[static_cast<size_t>(match.capturedStart())], offsets[static_cast<size_t>(match.capturedEnd())]});
            at = match.capturedLength() > 0 ? match.capturedEnd() : match.capturedEnd() + 1;
        }
    }

private:
    QRegularExpression m_expression;
};

// What Oniguruma, in which these files are meant, reads otherwise than PCRE2.
QString differenceIn(const QString &expression)
{
    int depth = 0;
    for (qsizetype i = 0; i < expression.size(); ++i) {
        const QChar c = expression[i];
        const QStringView rest = QStringView(expression).mid(i);
        if (c == QLatin1Char('\\')) {
            if (rest.startsWith(QLatin1String("\\h")) || rest.startsWith(QLatin1String("\\H")))
                return tr("\\h");
            ++i;
        } else if (c == QLatin1Char('[')) {
            if (depth > 0 && !rest.startsWith(QLatin1String("[:")))
                return tr("a class inside a class");
            if (depth > 0)
                i = expression.indexOf(QLatin1String(":]"), i) < 0 ? expression.size() : expression.indexOf(QLatin1String(":]"), i) + 1;
            else
                ++depth;
        } else if (c == QLatin1Char(']') && depth > 0) {
            --depth;
        } else if (depth > 0 && rest.startsWith(QLatin1String("&&"))) {
            return tr("&& inside a class");
        } else if (depth == 0 && rest.startsWith(QLatin1String("{,"))) {
            return tr("{,n}");
        } else if (depth == 0 && rest.startsWith(QLatin1String("(*"))) {
            return tr("(*");
        }
    }
    return {};
}

}  // namespace

std::shared_ptr<const TextPattern> makeRegex(const QString &expression, QString &problem)
{
    if (const PatternStep step = knownPattern(expression))
        return std::make_shared<KnownPattern>(step);
    if (expression.size() > kExpressionLimit) {
        problem = tr("a regular expression of %1 characters is longer than %2").arg(expression.size()).arg(kExpressionLimit);
        return nullptr;
    }
    if (const QString difference = differenceIn(expression); !difference.isEmpty()) {
        problem = tr("the regular expression “%1” uses %2, which is not supported").arg(expression, difference);
        return nullptr;
    }
    QRegularExpression compiled(QLatin1String(kLimits) + expression,
                                QRegularExpression::UseUnicodePropertiesOption | QRegularExpression::MultilineOption);
    if (!compiled.isValid()) {
        problem = tr("the regular expression “%1” cannot be read: %2").arg(expression, compiled.errorString());
        return nullptr;
    }
    compiled.optimize();
    return std::make_shared<RegexPattern>(std::move(compiled));
}

Result<std::shared_ptr<const TextPattern>> makeTextPattern(const QJsonValue &json)
{
    const QJsonObject object = json.toObject();
    if (const QJsonValue text = object.value(QLatin1String("String")); text.isString() && !text.toString().isEmpty())
        return std::make_shared<LiteralPattern>(text.toString().toUtf8());
    const QJsonValue expression = object.value(QLatin1String("Regex"));
    if (!expression.isString() || expression.toString().isEmpty())
        return fail(ErrorCode::Corrupt, tr("A pattern is neither a text nor a regular expression."));
    QString problem;
    std::shared_ptr<const TextPattern> pattern = makeRegex(expression.toString(), problem);
    if (!pattern)
        return fail(ErrorCode::Unsupported, tr("It cannot be used: %1.").arg(problem));
    return pattern;
}

}  // namespace athanor::tokenizer
