#include "ui/pages/common/hint_list.h"

#include <QVBoxLayout>

namespace athanor::pages {

HintList::HintList(QWidget *parent) : QWidget(parent), m_column(new QVBoxLayout(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(10);
}

void HintList::setLines(const QList<HintLine> &lines)
{
    if (lines == m_lines)
        return;
    m_lines = lines;
    style::clearLayout(m_column);
    for (const HintLine &line : lines) {
        auto *row = new style::HintRow(line.tone, line.text, line.link);
        connect(row, &style::HintRow::activated, this, [this, target = line.target] { Q_EMIT activated(target); });
        m_column->addWidget(row);
    }
}

QList<HintLine> hintsOf(const model::Plan &plan)
{
    QList<HintLine> hints;
    for (const model::PlanLine &line : plan.lines) {
        const style::Tone tone = line.level == model::PlanLine::Level::Good        ? style::Tone::Good
                                 : line.level == model::PlanLine::Level::Attention ? style::Tone::Attention
                                                                                   : style::Tone::Bad;
        const QString sentence = line.text.left(1).toUpper() + line.text.mid(1);
        hints += {tone, line.action.isEmpty() ? sentence : sentence + QStringLiteral(". ") + line.action, {}, {}};
    }
    return hints;
}

}  // namespace athanor::pages
