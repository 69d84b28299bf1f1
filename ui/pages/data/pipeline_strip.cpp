#include "ui/pages/data/pipeline_strip.h"

#include "core/base/format.h"
#include "ui/style/appearance.h"
#include "ui/style/style_sheet.h"
#include "ui/style/type.h"

namespace athanor::pages {

namespace {

constexpr int kBoxHeight = 74;  // two lines of title, one of figures
constexpr int kNoteHeight = 22;

QString stageNote(const QJsonObject &stage, bool first, bool &isLoss)
{
    const qint64 removed = stage.value(QLatin1String("removed")).toInteger();
    const qint64 changed = stage.value(QLatin1String("changed")).toInteger();
    isLoss = removed > 0;
    if (removed > 0)
        return QStringLiteral("−") + formatInteger(removed);
    if (changed > 0 && !first)
        return QCoreApplication::translate("athanor", "%1 changed").arg(formatInteger(changed));
    return formatBytes(stage.value(QLatin1String("bytes")).toInteger());
}

}  // namespace

QList<StageFigures> stageFigures(const QJsonObject &facts)
{
    QList<StageFigures> stages;
    for (const QJsonValue &value : facts.value(QLatin1String("stages")).toArray()) {
        const QJsonObject stage = value.toObject();
        StageFigures figures;
        figures.id = stage.value(QLatin1String("id")).toString();
        figures.title = stage.value(QLatin1String("title")).toString(figures.id);
        figures.value = formatInteger(stage.value(QLatin1String("documents")).toInteger());
        figures.note = stageNote(stage, stages.isEmpty(), figures.isLoss);
        stages += figures;
    }
    const QJsonObject splits = facts.value(QLatin1String("splits")).toObject();
    if (splits.isEmpty())
        return stages;
    const auto documentsOf = [&](const char *split) {
        return formatInteger(splits.value(QLatin1String(split)).toObject().value(QLatin1String("documents")).toInteger());
    };
    if (!stages.isEmpty() && stages.last().id.contains(QLatin1String("split")))
        stages.removeLast();
    stages += {QStringLiteral("split"), QCoreApplication::translate("athanor", "Split"),
               documentsOf("train") + QStringLiteral(" | ") + documentsOf("validation"),
               QCoreApplication::translate("athanor", "no overlap"), false};
    return stages;
}

StageBox::StageBox(const StageFigures &figures, double depth, QWidget *parent)
    : QAbstractButton(parent), m_figures(figures), m_depth(depth)
{
    setFocusPolicy(Qt::TabFocus);
    setCursor(Qt::PointingHandCursor);
    setAccessibleName(QStringLiteral("%1: %2, %3").arg(figures.title, figures.value, figures.note));
    setToolTip(tr("%1: %2 documents, %3. Click to see them.").arg(figures.title, figures.value, figures.note));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize StageBox::sizeHint() const
{
    return {116, kBoxHeight + kNoteHeight};
}

QSize StageBox::minimumSizeHint() const
{
    return {46, kBoxHeight + kNoteHeight};
}

void StageBox::paintEvent(QPaintEvent *)
{
    const style::Tokens &tokens = style::tokens();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(0, 0, width(), kBoxHeight).adjusted(1, 1, -1, -1);
    const bool lit = hasFocus() || underMouse();
    painter.setPen(lit ? QPen(tokens.accent, 1.5) : QPen(Qt::NoPen));
    painter.setBrush(style::mixed(tokens.surface, tokens.series[0], 0.20 + 0.16 * m_depth));
    painter.drawRoundedRect(box, style::kFieldRadius, style::kFieldRadius);
    const QFont noteFont = style::sized(style::kNotePixels);
    const int inset = width() < 90 ? 6 : 10;
    const int inner = width() - 2 * inset;
    painter.setFont(noteFont);
    painter.setPen(style::mixed(tokens.second, tokens.text, 0.35));
    painter.save();
    painter.setClipRect(QRectF(inset, 6, inner, 2 * QFontMetrics(noteFont).lineSpacing()));  // no half lines
    painter.drawText(QRectF(inset, 6, inner, 34), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, m_figures.title);
    painter.restore();
    const QFont valueFont = style::sized(16, QFont::DemiBold);
    painter.setFont(valueFont);
    painter.setPen(tokens.text);
    painter.drawText(QRectF(inset, 44, inner, 24), Qt::AlignLeft | Qt::AlignVCenter,
                     QFontMetrics(valueFont).elidedText(m_figures.value, Qt::ElideRight, inner));
    painter.setFont(noteFont);
    painter.setPen(m_figures.isLoss ? tokens.bad : tokens.second);
    painter.drawText(QRectF(inset, kBoxHeight, inner, kNoteHeight), Qt::AlignLeft | Qt::AlignVCenter,
                     QFontMetrics(noteFont).elidedText(m_figures.note, Qt::ElideRight, inner));
}

PipelineStrip::PipelineStrip(QWidget *parent) : QWidget(parent), m_row(new QHBoxLayout(this))
{
    m_row->setContentsMargins(0, 0, 0, 0);
    m_row->setSpacing(4);
    connect(style::Appearance::instance(), &style::Appearance::changed, this, qOverload<>(&QWidget::update));
}

void PipelineStrip::setStages(const QList<StageFigures> &stages)
{
    while (QLayoutItem *item = m_row->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (qsizetype i = 0; i < stages.size(); ++i) {
        if (i > 0) {
            auto *arrow = new QLabel(QStringLiteral("›"));
            style::setRole(arrow, "second");
            arrow->setContentsMargins(0, 0, 0, kNoteHeight);
            m_row->addWidget(arrow);
        }
        auto *box = new StageBox(stages[i], stages.size() < 2 ? 0 : double(i) / double(stages.size() - 1), this);
        const QString id = stages[i].id;
        connect(box, &QAbstractButton::clicked, this, [this, id] { Q_EMIT stageChosen(id); });
        m_row->addWidget(box, 1);
    }
}

}  // namespace athanor::pages
