#include "core/insight/summary.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>
#include <cmath>

namespace athanor::insight {

namespace {

constexpr std::array kFigures{Figure::GradientNorm,  Figure::UpdateRatio,   Figure::ZeroGradients, Figure::ActivationRms,
                              Figure::ActivationMin, Figure::ActivationMax, Figure::DeadUnits,     Figure::AttentionEntropy};

QString tr(const char *text) { return QCoreApplication::translate("athanor::insight", text); }

double last(const job::Series &series)
{
    return series.values.empty() ? std::numeric_limits<double>::quiet_NaN() : series.values.back();
}

QJsonValue numberOrNull(double value) { return std::isfinite(value) ? QJsonValue(value) : QJsonValue(); }

/// A record holds the mean of the steps since the one before it, so it counts for as many. Only records that were timed
/// whole count: a run may have begun before others were.
double secondsOf(const job::Series &series, const std::vector<qint64> &timed, size_t first)
{
    double sum = 0;
    auto at = std::lower_bound(series.steps.begin(), series.steps.end(), timed[first]);
    for (size_t i = first; i < timed.size(); ++i) {
        at = std::find_if(at, series.steps.end(), [&](qint64 step) { return step >= timed[i]; });
        const bool isThere = at != series.steps.end() && *at == timed[i];
        const double value = isThere ? series.values[size_t(at - series.steps.begin())] : 0;
        if (std::isfinite(value))
            sum += value * double(i > 0 ? timed[i] - timed[i - 1] : 1);
    }
    return sum;
}

LayerFigures figuresOf(const job::MetricsReader &metrics, const QString &layer)
{
    LayerFigures figures;
    figures.layer = layer;
    for (const Figure figure : kFigures)
        if (const double value = last(metrics.series(figureName(figure, layer))); std::isfinite(value))
            figures.values[figure] = value;
    for (int head = 0;; ++head) {
        const double value = last(metrics.series(headName(layer, head)));
        if (!std::isfinite(value))
            return figures;
        figures.headEntropies.push_back(value);
    }
}

/// All layers that have any figure, in the order of the architecture.
QStringList layersOf(const job::MetricsReader &metrics, const QStringList &order)
{
    QStringList layers = order;
    for (const Figure figure : kFigures)
        for (const QString &layer : layersIn(metrics.names(), figure))
            if (!layers.contains(layer))
                layers += layer;
    return layers;
}

void takeMetrics(const job::MetricsReader &metrics, RunInside &inside, const QStringList &order)
{
    inside.phases = phaseTimes(metrics);
    for (const PhaseTime &time : inside.phases)
        inside.wallSeconds += time.seconds;
    inside.shareOfLimit = last(metrics.series(QLatin1String(kShareSeries)));
    inside.limitFlopsPerSecond = last(metrics.series(QLatin1String(kLimitSeries)));
    for (const QString &layer : layersOf(metrics, order)) {
        LayerFigures figures = figuresOf(metrics, layer);
        const job::Series &norm = metrics.series(figureName(Figure::GradientNorm, layer));
        if (!norm.steps.empty())
            inside.lookedAtStep = std::max(inside.lookedAtStep, norm.steps.back());
        if (!figures.values.empty())
            inside.layers += std::move(figures);
    }
}

QJsonObject toJson(const LayerFigures &figures)
{
    QJsonObject object{{QStringLiteral("layer"), figures.layer}};
    for (const auto &[figure, value] : figures.values)
        object.insert(figureName(figure, {}).chopped(1), value);
    QJsonArray heads;
    for (const double entropy : figures.headEntropies)
        heads += entropy;
    if (!heads.isEmpty())
        object.insert(QStringLiteral("head_entropies"), heads);
    return object;
}

QJsonArray tokensJson(const RunInside &inside)
{
    QJsonArray tokens;
    for (size_t i = 0; i < inside.losses.losses.size(); ++i)
        tokens += QJsonObject{{QStringLiteral("text"), inside.tokens[qsizetype(i)]},
                              {QStringLiteral("loss"), numberOrNull(inside.losses.losses[i])}};
    return tokens;
}

}  // namespace

std::vector<PhaseTime> phaseTimes(const job::MetricsReader &metrics, size_t records)
{
    std::vector<PhaseTime> times;
    const std::vector<qint64> &timed = metrics.series(QLatin1String(kStepSeries)).steps;
    if (timed.empty())
        return times;
    const size_t first = records > 0 ? timed.size() - std::min(timed.size(), records) : 0;
    double whole = 0;
    for (const Phase phase : kPhases) {
        times.push_back({phase, secondsOf(metrics.series(phaseSeries(phase)), timed, first), 0});
        whole += times.back().seconds;
    }
    for (PhaseTime &time : times)
        time.share = whole > 0 ? time.seconds / whole : 0;
    return times;
}

RunInside insideOf(job::Folder &folder)
{
    RunInside inside;
    InsideReader file(folder.path() + QLatin1Char('/') + QLatin1String(kInsideFile));
    file.poll();
    if (!file.looks().empty()) {
        inside.losses = file.looks().back();
        inside.tokens = file.head().tokens;
    }
    if (auto metrics = job::MetricsReader::open(folder.path() + QStringLiteral("/metrics.bin"))) {
        metrics->poll();
        takeMetrics(*metrics, inside, file.head().layers);
    }
    folder.rewind();
    addTold(inside.hints, folder.readNewEvents(job::Folder::Read::WithoutMetrics));
    return inside;
}

QJsonObject toJson(const RunInside &inside)
{
    QJsonObject phases;
    for (const PhaseTime &time : inside.phases)
        phases.insert(phaseSeries(time.phase).section(QLatin1Char('/'), 1),
                      QJsonObject{{QStringLiteral("seconds"), time.seconds}, {QStringLiteral("share"), time.share}});
    QJsonArray layers, hints;
    for (const LayerFigures &figures : inside.layers)
        layers += toJson(figures);
    for (const ToldHint &told : inside.hints) {
        QJsonObject hint = toJson(told.hint);
        hint.insert(QStringLiteral("open"), told.closedAt < 0);
        hint.insert(QStringLiteral("closedAt"), told.closedAt < 0 ? QJsonValue() : QJsonValue(told.closedAt));
        hints += hint;
    }
    return {{QStringLiteral("wallSeconds"), inside.wallSeconds},
            {QStringLiteral("phases"), phases},
            {QStringLiteral("shareOfLimit"), numberOrNull(inside.shareOfLimit)},
            {QStringLiteral("limitFlopsPerSecond"), numberOrNull(inside.limitFlopsPerSecond)},
            {QStringLiteral("lookedAtStep"), inside.lookedAtStep},
            {QStringLiteral("layers"), layers},
            {QStringLiteral("hints"), hints},
            {QStringLiteral("sampleStep"), inside.losses.losses.empty() ? QJsonValue() : QJsonValue(inside.losses.step)},
            {QStringLiteral("sampleTokens"), tokensJson(inside)}};
}

QString phaseTitle(Phase phase)
{
    switch (phase) {
    case Phase::Data: return tr("data");
    case Phase::Forward: return tr("forward");
    case Phase::Backward: return tr("backward");
    case Phase::Optimizer: return tr("optimizer");
    case Phase::Validation: return tr("validation");
    case Phase::Sample: return tr("samples");
    case Phase::Checkpoint: return tr("checkpoints");
    case Phase::Insight: return tr("looking inside");
    case Phase::Other: break;
    }
    return tr("the rest");
}

QString figureTitle(Figure figure)
{
    switch (figure) {
    case Figure::GradientNorm: return tr("gradient norm");
    case Figure::UpdateRatio: return tr("update / weights");
    case Figure::ZeroGradients: return tr("zeros in the gradient");
    case Figure::ActivationRms: return tr("activation rms");
    case Figure::ActivationMin: return tr("smallest activation");
    case Figure::ActivationMax: return tr("largest activation");
    case Figure::DeadUnits: return tr("dead units");
    case Figure::AttentionEntropy: break;
    }
    return tr("attention entropy");
}

}  // namespace athanor::insight
