#include "ui/pages/training/inside_card.h"

#include "core/base/format.h"

#include <QStackedWidget>

#include <cmath>
#include <map>

namespace athanor::pages {

namespace {

using insight::Figure;
using plots::HeatMap;

/// What a chip shows: a figure by layer, with how it is drawn and what it means.
struct View {
    Figure figure = Figure::GradientNorm;
    HeatMap::Scale scale = HeatMap::Scale::Logarithmic;
    bool isShare = false;
    QString explanation;
};

const char kText[] = "text";

const std::map<QString, View> &views()
{
    static const std::map<QString, View> kViews{
        {QStringLiteral("gradient"), {Figure::GradientNorm, HeatMap::Scale::Logarithmic, false,
            InsideCard::tr("How strongly each layer is asked to change. Even shades are healthy; a layer that stays pale gets no gradient.")}},
        {QStringLiteral("update"), {Figure::UpdateRatio, HeatMap::Scale::Logarithmic, true,
            InsideCard::tr("How far one update moves the weights of a layer, as a share of their size. About 0.1 % is usual.")}},
        {QStringLiteral("activations"), {Figure::ActivationRms, HeatMap::Scale::Logarithmic, false,
            InsideCard::tr("How large the numbers behind each layer are on the sample text. They grow from layer to layer; a jump over time is a warning.")}},
        {QStringLiteral("entropy"), {Figure::AttentionEntropy, HeatMap::Scale::Linear, false,
            InsideCard::tr("How widely each layer's attention looks, in nats. Near 0 it looks at one token alone.")}},
        {QStringLiteral("dead"), {Figure::DeadUnits, HeatMap::Scale::Linear, true,
            InsideCard::tr("Share of the hidden units that stay off on the whole sample text: they compute nothing.")}}};
    return kViews;
}

/// "Layer 4", "The embedding"
QString titleOf(const QString &layer)
{
    const QString words = insight::layerWords(layer);
    return words == layer ? layer : words.left(1).toUpper() + words.mid(1);
}

plots::HeatRow rowOf(const QString &layer, const job::Series &series)
{
    return {titleOf(layer), series.steps, series.values};
}

/// "3.16, 2.9, 3.01": of all heads of a layer; empty for other figures.
QString headsOf(const job::MetricsReader &metrics, const QString &layer, Figure figure)
{
    QStringList heads;
    while (figure == Figure::AttentionEntropy) {
        const job::Series &head = metrics.series(insight::headName(layer, int(heads.size())));
        if (head.values.empty())
            break;
        heads += formatReal(head.values.back(), 3);
    }
    return heads.join(QStringLiteral(", "));
}

QString shareText(double share) { return QStringLiteral("%1 %").arg(formatReal(100 * share, 2)); }

}  // namespace

InsideCard::InsideCard(QWidget *parent)
    : Card(tr("Inside"), {}, parent), m_chips(new style::ChipBar), m_stack(new QStackedWidget), m_map(new HeatMap),
      m_text(new TokenLossView), m_explanation(style::makeWrappedLabel({}, "quiet")), m_readout(style::makeWrappedLabel({}, "note"))
{
    addChips();
    m_stack->setStyleSheet(QStringLiteral("QStackedWidget { background: transparent; }"));
    m_stack->addWidget(m_map);
    m_stack->addWidget(m_text);
    m_map->setEmptyText(tr("The first look comes with the first step."));
    body()->addWidget(m_chips);
    body()->addWidget(m_explanation);
    body()->addWidget(m_stack, 1);
    body()->addWidget(m_readout);
    connect(m_chips, &style::ChipBar::currentChanged, this, [this] { m_readout->clear(); Q_EMIT chosen(); });
    connect(m_map, &HeatMap::cellChanged, this, &InsideCard::readCell);
    connect(m_text, &TokenLossView::readoutChanged, m_readout, &QLabel::setText);
}

void InsideCard::addChips()
{
    m_chips->setChip(QStringLiteral("gradient"), tr("Gradients"), tr("Gradient norm of each layer, before clipping"));
    m_chips->setChip(QStringLiteral("update"), tr("Updates"), tr("Norm of the update over the norm of the weights"));
    m_chips->setChip(QStringLiteral("activations"), tr("Activations"), tr("Root mean square of the residual stream behind each layer"));
    m_chips->setChip(QStringLiteral("entropy"), tr("Attention"), tr("Mean entropy of the attention's weights"));
    m_chips->setChip(QStringLiteral("dead"), tr("Dead units"), tr("Hidden units whose activation never rises above zero"));
    m_chips->setChip(QLatin1String(kText), tr("Sample text"), tr("Loss of each token, negative log likelihood in nats"));
}

void InsideCard::choose(const QString &what) { m_chips->setCurrent(what); }

void InsideCard::setRun(const QString &jobPath)
{
    m_file.reset();
    if (!jobPath.isEmpty())
        m_file.emplace(jobPath + QLatin1Char('/') + QLatin1String(insight::kInsideFile));
    m_map->setRows({}, HeatMap::Scale::Linear);
    m_text->setLosses({}, {});
    m_readout->clear();
    setNote({});
}

void InsideCard::refresh(const job::MetricsReader &metrics)
{
    if (m_file)
        m_file->poll();
    const auto view = views().find(m_chips->current());
    m_stack->setCurrentWidget(view == views().end() ? static_cast<QWidget *>(m_text) : m_map);
    if (view == views().end())
        return drawText();
    m_explanation->setText(view->second.explanation);
    m_map->setFormat(view->second.isShare ? shareText : [](double value) { return formatReal(value, 3); });
    m_map->setAccessibleName(tr("%1 of each layer over the steps").arg(m_chips->button(m_chips->current())->text()));
    drawMap(metrics, view->second.figure);
}

void InsideCard::drawMap(const job::MetricsReader &metrics, Figure figure)
{
    QList<plots::HeatRow> rows;
    qint64 step = -1;
    m_headWords.clear();
    for (const QString &layer : insight::layersIn(metrics.names(), figure, m_file ? m_file->head().layers : QStringList())) {
        const job::Series &series = metrics.series(insight::figureName(figure, layer));
        rows += rowOf(layer, series);
        m_headWords.insert(titleOf(layer), headsOf(metrics, layer, figure));
        step = series.steps.empty() ? step : std::max(step, series.steps.back());
    }
    m_map->setRows(std::move(rows), views().at(m_chips->current()).scale);
    setNote(step < 0 ? QString() : tr("looked at in step %1").arg(formatInteger(step)));
}

void InsideCard::readCell(const QString &words)
{
    const QString heads = m_headWords.value(words.section(QStringLiteral(" · "), 0, 0));
    m_readout->setText(heads.isEmpty() ? words : tr("%1 · its heads now: %2").arg(words, heads));
}

void InsideCard::drawText()
{
    m_explanation->setText(tr("The darker a token's ground, the less the model expected it. The text is held out, or the beginning of the training text where nothing is."));
    if (!m_file || m_file->looks().empty()) {
        m_text->setLosses({tr("The first look comes with the first step.")}, {});
        return setNote({});
    }
    const insight::TokenLosses &newest = m_file->looks().back();
    m_text->setLosses(m_file->head().tokens, newest);
    double sum = 0;
    int count = 0;
    for (const double loss : newest.losses)
        if (std::isfinite(loss))
            sum += loss, ++count;
    setNote(tr("step %1 · mean %2 nats").arg(formatInteger(newest.step), count > 0 ? formatReal(sum / count, 3) : QStringLiteral("–")));
}

}  // namespace athanor::pages
