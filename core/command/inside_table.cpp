#include "core/command/inside_table.h"

#include "core/base/format.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::command {

namespace {

using insight::Figure;

QString tr(const char *text) { return QCoreApplication::translate("athanor", text); }

QString percent(double share) { return formatReal(100 * share, share < 0.1 ? 2 : 3) + QStringLiteral(" %"); }

QString timeLine(const insight::RunInside &inside)
{
    QStringList parts;
    for (const insight::PhaseTime &time : inside.phases)
        if (time.share >= 0.0005)
            parts += QStringLiteral("%1 %2").arg(insight::phaseTitle(time.phase), percent(time.share));
    return tr("time: %1").arg(parts.join(QStringLiteral(" · ")));
}

QString hintLine(const insight::ToldHint &told)
{
    const QString words = QStringLiteral("! %1").arg(tr("step %1: %2").arg(formatInteger(told.hint.step), told.hint.words()));
    return told.closedAt < 0 ? words : words + QLatin1Char(' ') + tr("(No longer so since step %1.)").arg(formatInteger(told.closedAt));
}

QString cell(const insight::LayerFigures &figures, Figure figure)
{
    const auto found = figures.values.find(figure);
    if (found == figures.values.end())
        return QStringLiteral("–");
    return figure == Figure::DeadUnits || figure == Figure::UpdateRatio ? percent(found->second) : formatReal(found->second, 3);
}

/// "word·2.31": visible also where a token is white space alone.
QString tokenWord(QString text, double loss)
{
    text.replace(QLatin1Char('\n'), QStringLiteral("⏎")).replace(QLatin1Char(' '), QStringLiteral("▁"));
    return std::isfinite(loss) ? QStringLiteral("%1·%2").arg(text, QString::number(loss, 'f', 2)) : text;
}

}  // namespace

void printOutline(const Session &session, const insight::RunInside &inside)
{
    if (!inside.phases.empty())
        session.print(timeLine(inside));
    if (std::isfinite(inside.shareOfLimit))
        session.print(tr("share of the machine's limit: %1 of %2 GFLOP/s").arg(percent(inside.shareOfLimit), formatReal(inside.limitFlopsPerSecond / 1e9, 3)));
    for (const insight::ToldHint &told : inside.hints)
        session.print(hintLine(told));
}

void printInside(const Session &session, const insight::RunInside &inside)
{
    constexpr std::array kColumns{Figure::GradientNorm,  Figure::UpdateRatio, Figure::ActivationRms,   Figure::ActivationMin,
                                  Figure::ActivationMax, Figure::DeadUnits,   Figure::AttentionEntropy};
    if (inside.layers.isEmpty()) {
        session.print(tr("The run was not looked at inside (“insight_every” of its settings says how often)."));
        return;
    }
    QStringList head{tr("layer")};
    for (const Figure figure : kColumns)
        head += insight::figureTitle(figure);
    QList<QStringList> rows;
    for (const insight::LayerFigures &figures : inside.layers) {
        QStringList row{figures.layer};
        for (const Figure figure : kColumns)
            row += cell(figures, figure);
        rows += row;
    }
    session.print(tr("inside, at step %1:").arg(formatInteger(inside.lookedAtStep)));
    session.printTable(head, rows);
    QStringList words;
    for (size_t i = 0; i < inside.losses.losses.size(); ++i)
        words += tokenWord(inside.tokens[qsizetype(i)], inside.losses.losses[i]);
    if (!words.isEmpty())
        session.print(tr("loss of each token of the sample text at step %1 (nats): %2").arg(formatInteger(inside.losses.step), words.join(QLatin1Char(' '))));
}

}  // namespace athanor::command
