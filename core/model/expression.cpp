// Role: a recursive-descent evaluator. Expressions come from files, so depth, length and every result are bounded.
#include "core/model/expression.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <cmath>
#include <vector>

namespace athanor::model {

namespace {

constexpr qsizetype kLengthLimit = 4096;
constexpr int kDepthLimit = 64;
constexpr size_t kArgumentLimit = 16;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

bool isNameStart(QChar c)
{
    return c == QLatin1Char('_') || (c >= QLatin1Char('a') && c <= QLatin1Char('z'))
           || (c >= QLatin1Char('A') && c <= QLatin1Char('Z'));
}
bool isDigit(QChar c)
{
    return c >= QLatin1Char('0') && c <= QLatin1Char('9');
}

class Evaluator {
public:
    Evaluator(const QString &text, const Names &names) : m_text(text), m_names(names) {}

    Result<double> run()
    {
        if (m_text.size() > kLengthLimit)
            return wrong(tr("it is longer than %1 characters").arg(kLengthLimit));
        ATHANOR_ASSIGN(const double value, comparison());
        skipSpaces();
        if (m_at < m_text.size())
            return wrong(tr("“%1” is not expected").arg(m_text[m_at]));
        return value;
    }

private:
    tl::unexpected<Error> wrong(const QString &what) const
    {
        return fail(ErrorCode::Corrupt,
                    tr("The formula “%1” cannot be used: %2, at character %3.").arg(m_text.left(200), what).arg(m_at + 1));
    }
    Result<double> finite(double value) const
    {
        if (!std::isfinite(value))
            return wrong(tr("the result is not a number"));
        return value;
    }
    void skipSpaces()
    {
        while (m_at < m_text.size() && m_text[m_at] == QLatin1Char(' '))
            ++m_at;
    }
    bool take(const char *token)
    {
        skipSpaces();
        const QLatin1String wanted(token);
        if (!QStringView(m_text).mid(m_at).startsWith(wanted))
            return false;
        m_at += wanted.size();
        return true;
    }

    Result<double> comparison()
    {
        if (++m_depth > kDepthLimit)
            return wrong(tr("it is nested too deeply"));
        ATHANOR_ASSIGN(double left, sum());
        static constexpr const char *kOperators[] = {"==", "!=", "<=", ">=", "<", ">"};
        for (int i = 0; i < 6; ++i) {
            if (!take(kOperators[i]))
                continue;
            ATHANOR_ASSIGN(const double right, sum());
            const bool results[] = {left == right, left != right, left <= right, left >= right, left < right, left > right};
            left = results[i] ? 1 : 0;
            break;
        }
        --m_depth;
        return left;
    }

    Result<double> sum()
    {
        ATHANOR_ASSIGN(double value, product());
        for (;;) {
            const double sign = take("+") ? 1 : take("-") ? -1 : 0;
            if (sign == 0)
                return finite(value);
            ATHANOR_ASSIGN(const double next, product());
            value += sign * next;
        }
    }

    Result<double> product()
    {
        ATHANOR_ASSIGN(double value, factor());
        for (;;) {
            if (take("*")) {
                ATHANOR_ASSIGN(const double next, factor());
                value *= next;
            } else if (take("/")) {
                ATHANOR_ASSIGN(const double next, factor());
                if (next == 0)
                    return wrong(tr("it divides by zero"));
                value /= next;
            } else {
                return finite(value);
            }
        }
    }

    Result<double> factor()
    {
        double sign = 1;
        while (take("-"))
            sign = -sign;
        skipSpaces();
        if (m_at >= m_text.size())
            return wrong(tr("it ends too early"));
        if (take("(")) {
            ATHANOR_ASSIGN(const double value, comparison());
            if (!take(")"))
                return wrong(tr("a closing parenthesis is missing"));
            return sign * value;
        }
        if (isDigit(m_text[m_at]) || m_text[m_at] == QLatin1Char('.')) {
            ATHANOR_ASSIGN(const double value, number());
            return sign * value;
        }
        if (!isNameStart(m_text[m_at]))
            return wrong(tr("“%1” is not expected").arg(m_text[m_at]));
        ATHANOR_ASSIGN(const double value, nameOrCall());
        return sign * value;
    }

    Result<double> number()
    {
        const qsizetype start = m_at;
        while (m_at < m_text.size() && (isDigit(m_text[m_at]) || m_text[m_at] == QLatin1Char('.')))
            ++m_at;
        if (m_at < m_text.size() && m_text[m_at] == QLatin1Char('e')) {
            ++m_at;
            if (m_at < m_text.size() && m_text[m_at] == QLatin1Char('-'))
                ++m_at;
            while (m_at < m_text.size() && isDigit(m_text[m_at]))
                ++m_at;
        }
        bool ok = false;
        const double value = m_text.mid(start, m_at - start).toDouble(&ok);
        return ok ? finite(value) : Result<double>(wrong(tr("a number is not readable")));
    }

    Result<double> nameOrCall()
    {
        const qsizetype start = m_at;
        while (m_at < m_text.size() && (isNameStart(m_text[m_at]) || isDigit(m_text[m_at])))
            ++m_at;
        const QString name = m_text.mid(start, m_at - start);
        if (take("("))
            return call(name);
        const auto found = m_names.constFind(name);
        if (found == m_names.constEnd())
            return wrong(tr("“%1” is not known").arg(name));
        return finite(*found);
    }

    Result<double> call(const QString &name)
    {
        std::vector<double> arguments;
        do {
            if (arguments.size() == kArgumentLimit)
                return wrong(tr("“%1” has too many arguments").arg(name));
            ATHANOR_ASSIGN(const double value, comparison());
            arguments.push_back(value);
        } while (take(","));
        if (!take(")"))
            return wrong(tr("a closing parenthesis is missing"));
        if (name == QLatin1String("min"))
            return *std::min_element(arguments.begin(), arguments.end());
        if (name == QLatin1String("max"))
            return *std::max_element(arguments.begin(), arguments.end());
        if (name == QLatin1String("sqrt") && arguments.size() == 1 && arguments[0] >= 0)
            return finite(std::sqrt(arguments[0]));
        if (name == QLatin1String("ceil_to") && arguments.size() == 2 && arguments[1] > 0)
            return finite(std::ceil(arguments[0] / arguments[1]) * arguments[1]);
        return wrong(tr("there is no function “%1” with these %2 arguments").arg(name).arg(arguments.size()));
    }

    const QString &m_text;
    const Names &m_names;
    qsizetype m_at = 0;
    int m_depth = 0;
};

}  // namespace

Result<double> evaluate(const QString &expression, const Names &names)
{
    return Evaluator(expression, names).run();
}

QString singleName(const QString &expression)
{
    const QString trimmed = expression.trimmed();
    if (trimmed.isEmpty() || !isNameStart(trimmed.front()))
        return {};
    const bool isName = std::all_of(trimmed.begin(), trimmed.end(), [](QChar c) { return isNameStart(c) || isDigit(c); });
    return isName ? trimmed : QString();
}

}  // namespace athanor::model
