// See parameter_groups.h.
#include "core/model/parameter_groups.h"

#include <QCoreApplication>
#include <QHash>
#include <QRegularExpression>

#include <cmath>

namespace athanor::model {

namespace {

constexpr double kLargestFactor = 1000;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

tl::unexpected<Error> unreadable(const QString &part, const QString &why)
{
    return fail(ErrorCode::InvalidInput, tr("“groups” cannot be read at “%1”: %2.").arg(part.left(80), why),
                tr("Write a pattern, a colon, and factors from 0 to %1, as “tok: lr 0.5, decay 0; *.norm*: lr 2”.").arg(kLargestFactor));
}

Status readFactor(const QString &part, ParameterGroup &group)
{
    const QStringList words = part.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    if (words.size() != 2 || (words[0] != QLatin1String("lr") && words[0] != QLatin1String("decay")))
        return unreadable(part, tr("“lr” or “decay” and a number are expected"));
    bool isNumber = false;
    const double factor = QLocale::c().toDouble(words[1], &isNumber);
    if (!isNumber || !std::isfinite(factor) || factor < 0 || factor > kLargestFactor)
        return unreadable(part, tr("the factor must lie between 0 and %1").arg(kLargestFactor));
    (words[0] == QLatin1String("lr") ? group.learningRateFactor : group.decayFactor) = factor;
    return {};
}

Result<ParameterGroup> readGroup(const QString &part)
{
    const qsizetype colon = part.lastIndexOf(QLatin1Char(':'));
    ParameterGroup group;
    group.pattern = part.left(colon).trimmed();
    if (colon <= 0 || group.pattern.isEmpty() || group.pattern.contains(QLatin1Char(' ')))
        return unreadable(part, tr("a pattern without spaces and a colon are expected"));
    for (const QString &factor : part.mid(colon + 1).split(QLatin1Char(',')))
        ATHANOR_TRY(readFactor(factor.trimmed(), group));
    return group;
}

/// "blocks" and 3 of "blocks.3.norm1.weight"; −1 where there is no number.
std::pair<QString, int> blockOf(const QString &name)
{
    static const QRegularExpression number(QStringLiteral("^(.*?)\\.(\\d{1,6})\\."));
    const QRegularExpressionMatch match = number.match(name);
    return match.hasMatch() ? std::pair(match.captured(1), match.captured(2).toInt()) : std::pair(QString(), -1);
}

}  // namespace

Result<QList<ParameterGroup>> parseParameterGroups(const QString &text)
{
    QList<ParameterGroup> groups;
    for (const QString &part : text.split(QLatin1Char(';'))) {
        if (part.trimmed().isEmpty())
            continue;
        ATHANOR_ASSIGN(const ParameterGroup group, readGroup(part.trimmed()));
        groups += group;
    }
    return groups;
}

// Only the last "*" is ever tried again, so that no pattern takes long.
bool fitsPattern(QStringView text, QStringView pattern)
{
    qsizetype at = 0, in = 0, star = -1, resume = 0;
    while (at < text.size()) {
        if (in < pattern.size() && pattern[in] == QLatin1Char('*')) {
            star = in++;
            resume = at;
        } else if (in < pattern.size() && (pattern[in] == QLatin1Char('?') || pattern[in] == text[at])) {
            ++in;
            ++at;
        } else if (star >= 0) {
            in = star + 1;
            at = ++resume;
        } else {
            return false;
        }
    }
    while (in < pattern.size() && pattern[in] == QLatin1Char('*'))
        ++in;
    return in == pattern.size();
}

bool fitsName(const QString &name, const QString &pattern)
{
    for (qsizetype end = name.size(); end > 0; end = name.lastIndexOf(QLatin1Char('.'), end - 1))
        if (fitsPattern(QStringView(name).first(end), pattern))
            return true;
    return false;
}

const ParameterGroup *groupOf(const QList<ParameterGroup> &groups, const QString &name)
{
    const auto found = std::find_if(groups.begin(), groups.end(), [&](const ParameterGroup &group) { return fitsName(name, group.pattern); });
    return found == groups.end() ? nullptr : &*found;
}

Status checkGroups(const QList<ParameterGroup> &groups, const QStringList &names)
{
    for (const ParameterGroup &group : groups)
        if (std::none_of(names.begin(), names.end(), [&](const QString &name) { return fitsName(name, group.pattern); }))
            return fail(ErrorCode::InvalidInput, tr("“groups”: no weights of the model fit “%1”.").arg(group.pattern),
                        tr("Its layers are: %1.").arg(layersOf(names)));
    return {};
}

QString layersOf(const QStringList &names)
{
    static const QRegularExpression number(QStringLiteral("\\.\\d+\\."));
    QStringList layers;
    for (const QString &name : names) {
        QString layer = name.section(QLatin1Char('.'), 0, -2) + QLatin1Char('.');
        layer.replace(number, QStringLiteral(".*."));
        layer.chop(1);
        if (!layers.contains(layer))
            layers += layer;
    }
    return layers.join(QStringLiteral(", "));
}

QList<double> layerFactors(const QStringList &names, double decay)
{
    QHash<QString, int> blocks;  // how many, by what they are called
    for (const QString &name : names)
        if (const auto [stack, index] = blockOf(name); index >= 0)
            blocks[stack] = std::max(blocks.value(stack), index + 1);
    int most = 0;
    for (const int count : blocks)
        most = std::max(most, count);
    QList<double> factors;
    bool isBelow = most > 0;
    for (const QString &name : names) {
        const auto [stack, index] = blockOf(name);
        isBelow = isBelow && index < 0;
        const int depth = index >= 0 ? blocks.value(stack) - index : isBelow ? most + 1 : 0;
        factors += std::pow(decay, depth);
    }
    return factors;
}

}  // namespace athanor::model
