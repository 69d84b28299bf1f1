#include "ui/pages/data/document_delegate.h"

#include "core/base/format.h"
#include "ui/pages/data/document_list_model.h"
#include "ui/style/appearance.h"
#include "ui/style/type.h"
#include "ui/style/widgets.h"

namespace athanor::pages {

namespace {

constexpr int kRowHeight = 42;

style::Tone toneOf(const QString &status)
{
    if (status == QLatin1String("kept"))
        return style::Tone::Good;
    return status == QLatin1String("unreadable") ? style::Tone::Attention : style::Tone::Bad;
}

}  // namespace

QSize DocumentDelegate::sizeHint(const QStyleOptionViewItem &, const QModelIndex &) const
{
    return {200, kRowHeight};  // one height for all rows keeps a list of a million fast
}

void DocumentDelegate::paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const
{
    const style::Tokens &tokens = style::tokens();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRect row = option.rect.adjusted(2, 1, -2, -1);
    if (option.state & QStyle::State_Selected) {
        painter->setPen(option.state & QStyle::State_HasFocus ? QPen(tokens.accent, 1) : QPen(Qt::NoPen));
        painter->setBrush(tokens.raised);
        painter->drawRoundedRect(row, style::kFieldRadius, style::kFieldRadius);
    }
    const QString note = index.data(DocumentListModel::NoteRole).toString();
    const int nameY = note.isEmpty() ? row.y() + 11 : row.y() + 3;
    style::StatusDot::draw(*painter, QPointF(row.x() + 14, nameY + 9), toneOf(index.data(DocumentListModel::StatusRole).toString()));
    const QString size = formatBytes(index.data(DocumentListModel::BytesRole).toLongLong());
    painter->setFont(style::figureFont(style::kNotePixels));
    painter->setPen(tokens.second);
    painter->drawText(QRect(row.right() - 88, nameY, 80, 18), Qt::AlignRight | Qt::AlignVCenter, size);
    const QRect text(row.x() + 30, nameY, row.width() - 124, 18);
    const QFont nameFont = style::sized(style::kBodyPixels);
    painter->setFont(nameFont);
    painter->setPen(tokens.text);
    painter->drawText(text, Qt::AlignLeft | Qt::AlignVCenter,
                      QFontMetrics(nameFont).elidedText(index.data(DocumentListModel::PathRole).toString(), Qt::ElideMiddle, text.width()));
    if (!note.isEmpty()) {
        const QFont noteFont = style::sized(11);
        painter->setFont(noteFont);
        painter->setPen(tokens.second);
        painter->drawText(text.adjusted(0, 18, 84, 18), Qt::AlignLeft | Qt::AlignVCenter, QFontMetrics(noteFont).elidedText(note, Qt::ElideRight, text.width() + 84));
    }
    painter->restore();
}

}  // namespace athanor::pages
