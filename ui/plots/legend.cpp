#include "ui/plots/legend.h"

#include "ui/plots/series_pen.h"
#include "ui/style/appearance.h"
#include "ui/style/type.h"
#include "ui/style/widgets.h"

#include <QtWidgets/QtWidgets>

namespace athanor::plots {

LegendEntry::LegendEntry(const QString &title, int series, bool points, QWidget *parent)
    : QAbstractButton(parent), m_series(series), m_points(points)
{
    setText(title);
    setCheckable(true);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setFont(style::sized(12));
    setToolTip(tr("Click to hide or show “%1”").arg(title));
    setAccessibleName(title);
}

QSize LegendEntry::sizeHint() const { return {fontMetrics().horizontalAdvance(text()) + 54, 24}; }

void LegendEntry::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const style::Tokens &t = style::tokens();
    const double y = height() / 2.0;
    if (isChecked()) {
        painter.setPen(seriesPen(m_series, 2));
        painter.drawLine(QPointF(6, y), QPointF(32, y));
        if (m_points) {
            painter.setBrush(seriesColour(m_series));
            painter.setPen(Qt::NoPen);
            painter.drawEllipse(QPointF(19, y), 3.5, 3.5);
        }
    }
    painter.setPen(isChecked() ? t.second : t.third);
    QFont shown = font();
    shown.setStrikeOut(!isChecked());
    painter.setFont(shown);
    painter.drawText(QRectF(40, 0, width() - 40, height()), Qt::AlignVCenter, text());
    if (hasFocus()) {
        painter.setPen(t.accent);
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    }
}

Legend::Legend(QWidget *parent) : QWidget(parent), m_layout(new style::FlowLayout(this, 8))
{
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void Legend::clear() { style::clearLayout(m_layout); }

void Legend::add(const QString &id, const QString &title, int series, bool points, bool shown)
{
    auto *entry = new LegendEntry(title, series, points, this);
    entry->setObjectName(id);
    entry->setChecked(shown);
    m_layout->addWidget(entry);
    connect(entry, &LegendEntry::toggled, this, [this, id](bool on) { Q_EMIT toggled(id, on); });
}

}  // namespace athanor::plots
