#include "ui/pages/architecture/suggestion_list.h"

#include "core/base/format.h"
#include "ui/style/appearance.h"
#include "ui/style/type.h"

#include <QPainter>

namespace athanor::pages {

namespace {
constexpr int kRowHeight = 46;
}

SuggestionList::SuggestionList(QWidget *parent) : QListWidget(parent)
{
    setAccessibleName(tr("Models that can be had"));
    setItemDelegate(new SuggestionDelegate(this));
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setUniformItemSizes(true);
    connect(this, &QListWidget::itemClicked, this, [this](QListWidgetItem *item) { choose(row(item)); });
    connect(this, &QListWidget::itemActivated, this, [this](QListWidgetItem *item) { choose(row(item)); });
}

void SuggestionList::setSuggestions(const QList<workbench::ModelSuggestion> &suggestions)
{
    clear();
    m_suggestions = suggestions;
    for (const workbench::ModelSuggestion &each : suggestions) {
        auto *item = new QListWidgetItem(each.name, this);
        const QString size = tr("%1 · %2").arg(formatCount(each.parameters), formatBytes(each.bytes));
        item->setData(SuggestionDelegate::SizeRole, size);
        item->setData(SuggestionDelegate::SentenceRole, each.goodFor);
        item->setData(Qt::AccessibleTextRole, QStringLiteral("%1, %2. %3").arg(each.name, size, each.goodFor));
        item->setToolTip(tr("%1\n%2 parameters, a download of about %3\nLicence: %4\nLanguages: %5")
                             .arg(each.repository, formatCount(each.parameters), formatBytes(each.bytes),
                                  each.licence.isEmpty() ? tr("not said") : each.licence, each.languages.join(QStringLiteral(", "))));
    }
}

void SuggestionList::choose(int row)
{
    if (row >= 0 && row < m_suggestions.size())
        Q_EMIT chosen(m_suggestions[row]);
}

QSize SuggestionDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const
{
    return {200, kRowHeight};
}

void SuggestionDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const style::Tokens &tokens = style::tokens();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect row = option.rect.adjusted(2, 1, -2, -1);
    if (option.state & (QStyle::State_Selected | QStyle::State_MouseOver)) {
        painter->setPen(option.state & QStyle::State_HasFocus ? QPen(tokens.accent, 1) : QPen(Qt::NoPen));
        painter->setBrush(tokens.raised);
        painter->drawRoundedRect(row, style::kFieldRadius, style::kFieldRadius);
    }
    const QString size = index.data(SizeRole).toString();
    const QFont sizeFont = style::figureFont(style::kNotePixels);
    const int sizeWidth = QFontMetrics(sizeFont).horizontalAdvance(size);
    painter->setFont(sizeFont);
    painter->setPen(tokens.second);
    painter->drawText(QRect(row.right() - sizeWidth - 10, row.y() + 4, sizeWidth, 18), Qt::AlignRight | Qt::AlignVCenter, size);
    const auto line = [&](const QString &text, const QFont &font, const QColor &colour, int y, int width) {
        painter->setFont(font);
        painter->setPen(colour);
        painter->drawText(QRect(row.x() + 10, row.y() + y, width, 18), Qt::AlignLeft | Qt::AlignVCenter,
                          QFontMetrics(font).elidedText(text, Qt::ElideRight, width));
    };
    line(index.data(Qt::DisplayRole).toString(), style::sized(style::kBodyPixels, QFont::DemiBold), tokens.text, 4, row.width() - sizeWidth - 32);
    line(index.data(SentenceRole).toString(), style::sized(11), tokens.second, 23, row.width() - 20);
    painter->restore();
}

}  // namespace athanor::pages
