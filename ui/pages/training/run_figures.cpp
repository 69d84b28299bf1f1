#include "ui/pages/training/run_figures.h"

#include "core/base/format.h"
#include "core/model/rules_of_thumb.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace athanor::pages {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

const job::Series &seriesOf(const job::MetricsReader &metrics, const char *name)
{
    return metrics.series(QString::fromLatin1(name));
}

double last(const job::Series &series)
{
    return series.values.empty() ? std::numeric_limits<double>::quiet_NaN() : series.values.back();
}

/// Mean of the finite ones of the last `count` values.
double recentMean(const job::Series &series, size_t count)
{
    double sum = 0;
    size_t used = 0;
    const size_t size = series.values.size();
    for (size_t i = size - std::min(size, count); i < size; ++i) {
        if (std::isfinite(series.values[i])) {
            sum += series.values[i];
            ++used;
        }
    }
    return used ? sum / double(used) : std::numeric_limits<double>::quiet_NaN();
}

void takeValidation(const job::MetricsReader &metrics, RunFigures &figures)
{
    const job::Series &bits = seriesOf(metrics, "validation/bits_per_byte");
    figures.bitsPerByte = last(bits);
    for (size_t i = 0; i < bits.values.size(); ++i) {
        const double value = bits.values[i];
        if (i == 0)
            figures.startBitsPerByte = value;
        if (std::isfinite(value) && !(value >= figures.bestBitsPerByte)) {
            figures.bestBitsPerByte = value;
            figures.bestStep = bits.steps[i];
        }
    }
    const job::Series &perplexity = seriesOf(metrics, "validation/perplexity");
    figures.perplexity = last(perplexity);
    figures.accuracy = last(seriesOf(metrics, "validation/accuracy"));
    figures.macroF1 = last(seriesOf(metrics, "validation/macro_f1"));
    figures.maskedAccuracy = last(seriesOf(metrics, "validation/masked_accuracy"));
    figures.nextSentenceAccuracy = last(seriesOf(metrics, "validation/next_sentence_accuracy"));
    if (perplexity.values.size() < 2)
        return;
    // The comparison is the newest value that is at least two minutes old, or the first one of a younger run.
    const qint64 now = perplexity.utcMs.back();
    size_t earlier = 0;
    for (size_t i = 0; i + 1 < perplexity.values.size(); ++i)
        if (now - perplexity.utcMs[i] >= 120'000)
            earlier = i;
    figures.earlierPerplexity = perplexity.values[earlier];
    figures.earlierSeconds = double(now - perplexity.utcMs[earlier]) / 1000;
}

void takeTimes(const job::MetricsReader &metrics, RunFigures &figures)
{
    const auto finite = [](double value) { return std::isfinite(value) ? value : 0.0; };
    figures.forwardSeconds = finite(recentMean(seriesOf(metrics, "time/forward"), 50));
    figures.backwardSeconds = finite(recentMean(seriesOf(metrics, "time/backward"), 50));
    figures.optimizerSeconds = finite(recentMean(seriesOf(metrics, "time/optimizer"), 50));
    figures.phases = insight::phaseTimes(metrics, 200);
    figures.shareOfLimit = last(seriesOf(metrics, insight::kShareSeries));
    const job::Series &loss = seriesOf(metrics, "train/loss");
    const size_t count = loss.steps.size();
    if (count < 3)
        return;
    const size_t from = count - std::min<size_t>(count, 50);
    const qint64 steps = loss.steps.back() - loss.steps[from];
    const double seconds = double(loss.utcMs.back() - loss.utcMs[from]) / 1000;
    if (steps > 0 && seconds > 0)
        figures.stepSeconds = seconds / double(steps);
}

}  // namespace

RunFigures figuresOf(const job::MetricsReader &metrics)
{
    RunFigures figures;
    takeValidation(metrics, figures);
    takeTimes(metrics, figures);
    const job::Series &loss = seriesOf(metrics, "train/loss");
    figures.trainLoss = recentMean(loss, 20);
    figures.step = loss.steps.empty() ? -1 : loss.steps.back();
    figures.tokensPerSecond = recentMean(seriesOf(metrics, "tokens_per_second"), 20);
    const double onCard = last(seriesOf(metrics, "device_memory_bytes"));
    figures.isOnCard = std::isfinite(onCard);
    figures.memoryBytes = figures.isOnCard ? onCard : last(seriesOf(metrics, "memory_bytes"));
    const double tokens = last(seriesOf(metrics, "tokens"));
    figures.tokens = std::isfinite(tokens) ? tokens : 0;
    const size_t count = loss.values.size();
    for (size_t i = count - std::min<size_t>(count, 2000); i < count; ++i) {
        if (!std::isfinite(loss.values[i])) {
            figures.sawNotANumber = true;
            figures.notANumberStep = loss.steps[i];
            break;
        }
    }
    return figures;
}

namespace {

/// True when the validation loss rose at each of the last three measurements.
bool validationRises(const job::Series &validation)
{
    const std::vector<double> &v = validation.values;
    const size_t n = v.size();
    return n >= 4 && v[n - 1] > v[n - 2] && v[n - 2] > v[n - 3] && v[n - 3] > v[n - 4];
}

void addGradientHint(const job::MetricsReader &metrics, QList<Hint> &hints)
{
    const job::Series &norm = seriesOf(metrics, "gradient_norm");
    if (norm.values.size() < 20)
        return;
    std::vector<double> recent(norm.values.end() - std::ptrdiff_t(std::min<size_t>(norm.values.size(), 200)), norm.values.end());
    std::erase_if(recent, [](double value) { return !std::isfinite(value); });
    if (recent.size() < 20)
        return;
    const double now = recent.back();
    std::nth_element(recent.begin(), recent.begin() + std::ptrdiff_t(recent.size() / 2), recent.end());
    const double median = recent[recent.size() / 2];
    if (median > 0 && now > 10 * median)
        hints += {HintLevel::Attention, tr("The gradient is %1 times its usual size. If the loss jumps too, a lower learning rate helps.").arg(formatInteger(qint64(now / median))),
                  QStringLiteral("clone-slower"), QStringLiteral("exploding-gradient")};
    else
        hints += {HintLevel::Good, tr("Gradients are even (norm %1, usually %2): training is stable.").arg(formatReal(now, 2), formatReal(median, 2)), {}, QStringLiteral("exploding-gradient")};
}

/// Blocks whose update is neither hardly any nor a good part of the weights.
void addUpdateHint(const job::MetricsReader &metrics, QList<Hint> &hints)
{
    constexpr double kHardly = 1e-5, kMuch = 0.02;
    double least = std::numeric_limits<double>::infinity(), most = 0;
    for (const QString &layer : insight::layersIn(metrics.names(), insight::Figure::UpdateRatio)) {
        const double ratio = last(metrics.series(insight::figureName(insight::Figure::UpdateRatio, layer)));
        least = std::min(least, ratio);
        most = std::max(most, ratio);
    }
    if (least < kHardly || most > kMuch || most < least)
        return;
    const auto percent = [](double share) { return formatReal(100 * share, 1); };
    const QString size = percent(least) == percent(most) ? percent(most) : tr("%1 to %2").arg(percent(least), percent(most));
    hints += {HintLevel::Good, tr("One update is %1 % of the weights of a layer, in every layer: healthy.").arg(size), {}, QStringLiteral("learning-rate")};
}

void addPassHint(const RunFigures &figures, double trainTokens, QList<Hint> &hints)
{
    if (trainTokens <= 0 || figures.tokens <= 0)
        return;
    const double passes = figures.tokens / trainTokens;
    const QString so_far = tr("%1 passes over %2 tokens so far.").arg(formatReal(passes, 2), formatCount(trainTokens));
    if (passes > model::kUsefulPasses)
        hints += {HintLevel::Attention, so_far + QLatin1Char(' ') + tr("From about %1 passes on, a model mostly memorises: more documents would help more than more time.").arg(model::kUsefulPasses), QStringLiteral("data")};
    else
        hints += {HintLevel::Good, so_far + QLatin1Char(' ') + tr("After about %1 it will start to memorise; more documents help more than a larger model.").arg(model::kUsefulPasses)};
}

}  // namespace

QList<Hint> healthHints(const job::MetricsReader &metrics, const RunFigures &figures, double trainTokens)
{
    QList<Hint> hints;
    if (figures.sawNotANumber) {
        hints += {HintLevel::Bad, tr("The loss is not a number since step %1: the updates were too large. The last good checkpoint is kept.").arg(formatInteger(figures.notANumberStep)),
                  QStringLiteral("clone-slower")};
        return hints;
    }
    if (validationRises(seriesOf(metrics, "validation/loss")))
        hints += {HintLevel::Attention, tr("The loss on held-out text has risen three times in a row: the model begins to memorise. The best checkpoint (step %1) is kept.").arg(formatInteger(figures.bestStep)), {}, QStringLiteral("learning-by-heart")};
    else if (figures.bestStep >= 0 && std::isfinite(figures.bestBitsPerByte))
        hints += {HintLevel::Good, tr("Best on held-out text so far: step %1 with %2 bits per byte.").arg(formatInteger(figures.bestStep), formatReal(figures.bestBitsPerByte))};
    addGradientHint(metrics, hints);
    addUpdateHint(metrics, hints);
    addPassHint(figures, trainTokens, hints);
    return hints;
}

job::Series perplexityOf(const job::Series &loss)
{
    job::Series perplexity = loss;
    for (double &value : perplexity.values)
        value = std::exp(value);
    return perplexity;
}

qint64 totalSteps(const job::Summary &summary)
{
    if (summary.progress.value(QLatin1String("unit")).toString().startsWith(QLatin1String("step")))
        return summary.progress.value(QLatin1String("total")).toInteger();
    return summary.result.value(QLatin1String("steps")).toInteger();
}

}  // namespace athanor::pages
