#include "ui/plots/course_line.h"

#include "ui/style/appearance.h"
#include "ui/style/type.h"

#include <QtWidgets/QtWidgets>

namespace athanor::plots {

namespace {
constexpr double kWordsHeight = 20;
constexpr double kMargin = 2;
}  // namespace

CourseLine::CourseLine(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(style::Appearance::instance(), &style::Appearance::changed, this, qOverload<>(&QWidget::update));
}

void CourseLine::setValues(std::vector<double> values)
{
    m_values = std::move(values);
    setAccessibleDescription(words());
    setToolTip(words());
    update();
}

QString CourseLine::words() const
{
    if (m_values.size() < 2)
        return {};
    const auto text = [](double value) { return QString::number(value, 'g', 2); };
    QStringList parts{text(m_values.front()), text(*std::max_element(m_values.begin(), m_values.end())), text(m_values.back())};
    parts.removeDuplicates();
    return parts.join(QStringLiteral(" → "));
}

void CourseLine::paintEvent(QPaintEvent *)
{
    const double highest = m_values.size() < 2 ? 0 : *std::max_element(m_values.begin(), m_values.end());
    if (!(highest > 0))
        return;
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF room(kMargin, kMargin, width() - 2 * kMargin, height() - kWordsHeight - 2 * kMargin);
    QPolygonF line;
    for (size_t at = 0; at < m_values.size(); ++at)
        line += QPointF(room.left() + room.width() * double(at) / double(m_values.size() - 1),
                        room.bottom() - room.height() * m_values[at] / highest);
    painter.setPen(QPen(style::tokens().line, 1));
    painter.drawLine(room.bottomLeft(), room.bottomRight());
    painter.setPen(QPen(style::tokens().series[0], 1.5));
    painter.drawPolyline(line);
    painter.setFont(style::sized(11));
    painter.setPen(style::tokens().second);
    painter.drawText(QRectF(room.left(), room.bottom(), room.width(), kWordsHeight), Qt::AlignLeft | Qt::AlignBottom, words());
}

}  // namespace athanor::plots
