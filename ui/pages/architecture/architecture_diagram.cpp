#include "ui/pages/architecture/architecture_diagram.h"

#include "core/base/format.h"
#include "ui/style/appearance.h"
#include "ui/style/type.h"

namespace athanor::pages {

ArchitectureDiagram::ArchitectureDiagram(const plugin::Catalogue &plugins, QWidget *parent)
    : QWidget(parent), m_plugins(plugins)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setAccessibleName(tr("Drawing of the architecture"));
    setAccessibleDescription(tr("Choose a layer with the up and down keys."));
    connect(style::Appearance::instance(), &style::Appearance::changed, this, qOverload<>(&QWidget::update));
}

void ArchitectureDiagram::setArchitecture(const QJsonObject &architecture)
{
    m_architecture = architecture;
    layOutAgain();
    if (m_selected >= m_diagram.boxes.size())
        select(-1);
}

void ArchitectureDiagram::layOutAgain()
{
    m_diagram = layOut(m_architecture, m_plugins, std::max(width(), 240));
    setMinimumHeight(int(m_diagram.height) + 2);
    updateGeometry();
    update();
}

void ArchitectureDiagram::select(int box)
{
    if (box == m_selected)
        return;
    m_selected = box;
    update();
    Q_EMIT selectionChanged(box);
}

QSize ArchitectureDiagram::sizeHint() const
{
    return {380, int(m_diagram.height) + 2};
}

QSize ArchitectureDiagram::minimumSizeHint() const
{
    return {240, int(m_diagram.height) + 2};
}

int ArchitectureDiagram::boxAt(const QPointF &position) const
{
    for (int i = 0; i < m_diagram.boxes.size(); ++i)
        if (m_diagram.boxes[i].rect.contains(position))
            return i;
    return -1;
}

void ArchitectureDiagram::resizeEvent(QResizeEvent *)
{
    layOutAgain();
}

void ArchitectureDiagram::mousePressEvent(QMouseEvent *event)
{
    if (const int box = boxAt(event->position()); box >= 0)
        select(box);
}

void ArchitectureDiagram::mouseMoveEvent(QMouseEvent *event)
{
    const int box = boxAt(event->position());
    if (box == m_hovered)
        return;
    m_hovered = box;
    setCursor(box >= 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
    update();
}

void ArchitectureDiagram::leaveEvent(QEvent *)
{
    m_hovered = -1;
    update();
}

void ArchitectureDiagram::keyPressEvent(QKeyEvent *event)
{
    const int last = int(m_diagram.boxes.size()) - 1;
    switch (event->key()) {
    case Qt::Key_Down: select(std::min(m_selected + 1, last)); break;
    case Qt::Key_Up: select(std::max(m_selected - 1, last < 0 ? -1 : 0)); break;
    case Qt::Key_Escape: select(-1); break;
    default: QWidget::keyPressEvent(event);
    }
}

bool ArchitectureDiagram::event(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const int box = boxAt(help->pos());
        const plugin::Metadata *metadata = box >= 0 ? m_plugins.find(m_diagram.boxes[box].layer) : nullptr;
        QToolTip::showText(help->globalPos(), metadata ? metadata->summary : QString(), this);
        return true;
    }
    return QWidget::event(event);
}

void ArchitectureDiagram::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    drawFrames(painter);
    drawLines(painter);
    for (int i = 0; i < m_diagram.boxes.size(); ++i)
        drawBox(painter, i);
    drawSums(painter);
    drawLabels(painter);
}

void ArchitectureDiagram::drawSums(QPainter &painter) const
{
    const style::Tokens &tokens = style::tokens();
    for (const QPointF &at : m_diagram.sums) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(tokens.raised);
        painter.drawEllipse(at, 9, 9);
        painter.setPen(QPen(tokens.text, 1.4));
        painter.drawLine(at - QPointF(4, 0), at + QPointF(4, 0));
        painter.drawLine(at - QPointF(0, 4), at + QPointF(0, 4));
    }
}

void ArchitectureDiagram::drawLabels(QPainter &painter) const
{
    const QFont font = style::sized(style::kNotePixels, QFont::DemiBold);
    painter.setFont(font);
    painter.setPen(style::tokens().second);
    for (const DiagramLabel &label : m_diagram.labels)
        painter.drawText(label.rect, Qt::AlignCenter, QFontMetrics(font).elidedText(label.text, Qt::ElideRight, int(label.rect.width())));
}

void ArchitectureDiagram::drawFrames(QPainter &painter) const
{
    const style::Tokens &tokens = style::tokens();
    const bool hasMemory = std::any_of(m_diagram.lines.begin(), m_diagram.lines.end(), [](const DiagramLine &line) { return line.hasArrow; });
    for (const DiagramFrame &frame : m_diagram.frames) {
        painter.setPen(QPen(tokens.accent, 1.2));
        painter.setBrush(Qt::NoBrush);
        painter.drawRoundedRect(frame.rect.adjusted(0.5, 0.5, -0.5, -0.5), style::kCardRadius, style::kCardRadius);
        painter.setFont(style::sized(style::kNotePixels, QFont::DemiBold));
        painter.setPen(tokens.accent);
        painter.drawText(frame.rect.adjusted(0, 6, hasMemory ? -24 : -12, 0), Qt::AlignRight | Qt::AlignTop,
                         tr("× %1 layers").arg(formatInteger(frame.repeat)));
    }
}

void ArchitectureDiagram::drawLines(QPainter &painter) const
{
    const style::Tokens &tokens = style::tokens();
    for (const DiagramLine &line : m_diagram.lines) {
        painter.setPen(QPen(line.hasArrow ? tokens.series[0] : tokens.third, 1.6));
        painter.setBrush(Qt::NoBrush);
        painter.drawPolyline(line.points);
        if (!line.hasArrow)
            continue;
        const QPointF tip = line.points.last();
        painter.setPen(Qt::NoPen);
        painter.setBrush(tokens.series[0]);
        painter.drawPolygon(QPolygonF({tip, tip + QPointF(8, -4), tip + QPointF(8, 4)}));
    }
}

void ArchitectureDiagram::drawBox(QPainter &painter, int index) const
{
    const style::Tokens &tokens = style::tokens();
    const DiagramBox &box = m_diagram.boxes[index];
    QColor fill = tokens.raised;
    if (box.layer.contains(QLatin1String("attention")))
        fill = style::mixed(tokens.surface, tokens.series[0], 0.26);
    else if (box.repeat > 1 && !box.layer.contains(QLatin1String("norm")))
        fill = style::mixed(tokens.surface, tokens.series[1], 0.22);
    const bool lit = index == m_selected || index == m_hovered;
    painter.setPen(QPen(index == m_selected ? tokens.accent : lit ? tokens.third : tokens.line, index == m_selected ? 2 : 1));
    painter.setBrush(fill);
    painter.drawRoundedRect(box.rect, style::kFieldRadius + 2, style::kFieldRadius + 2);
    const bool two = !box.summary.isEmpty();
    const QFont titleFont = style::sized(style::kBodyPixels, QFont::DemiBold);
    const int inner = int(box.rect.width()) - 12;
    painter.setFont(titleFont);
    painter.setPen(tokens.text);
    painter.drawText(two ? QRectF(box.rect.x() + 6, box.rect.y() + 7, inner, 18) : box.rect, Qt::AlignCenter,
                     QFontMetrics(titleFont).elidedText(box.title, Qt::ElideRight, inner));
    if (!two)
        return;
    const QFont noteFont = style::sized(11);
    painter.setFont(noteFont);
    painter.setPen(style::mixed(tokens.second, tokens.text, 0.3));
    painter.drawText(QRectF(box.rect.x() + 6, box.rect.y() + 26, inner, 16), Qt::AlignCenter,
                     QFontMetrics(noteFont).elidedText(box.summary, Qt::ElideRight, inner));
}

}  // namespace athanor::pages
