// See hints.h. Limits stand at the top, so that a look at them is a look at what the rules hold for healthy.
#include "core/insight/hints.h"

#include "core/base/format.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <limits>

namespace athanor::insight {

namespace {

constexpr double kUpdateFactor = 5;        // times the usual update at the same learning rate
constexpr double kGradientFactor = 20;     // times the usual gradient of a layer
constexpr double kVanishing = 1e-4;        // of the largest gradient among the blocks
constexpr double kRandomShare = 0.97;      // of ln V
constexpr qint64 kRandomSteps = 100;       // a model from scratch has left ln V by then
constexpr double kFallen = 0.002;          // a loss that fell less over a third of the run has not fallen
constexpr double kDead = 0.4;              // share of a layer's units, over three looks: many are off for a while at first
constexpr double kCollapsed = 0.1;         // nats
constexpr double kRoomToSpread = 1;        // nats that an attention could have, for the rule to mean something
constexpr double kZeros = 0.5;             // share of a gradient's numbers
constexpr double kDataShare = 0.01;        // of a step
constexpr double kDataSeconds = 0.001;     // below this nobody waits for data
constexpr double kSlowed = 0.6;            // of the usual speed
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr size_t kLooksBefore = 5;         // that "usual" is made of

QString tr(const char *text) { return QCoreApplication::translate("athanor::insight", text); }

bool isBlock(const QString &layer) { return !layer.isEmpty() && layer.back().isDigit(); }
QString times(double factor) { return factor >= 10 ? formatInteger(qint64(std::llround(factor))) : formatReal(factor, 2); }
QString percent(double share) { return formatReal(100 * share, share < 0.1 ? 2 : 3); }
QString number(double value) { return formatReal(value, 3); }

/// A hint of the newest step.
Hint made(const History &history, const char *id, const QString &seen, const QString &why, const QString &act)
{
    Hint hint;
    hint.id = QLatin1String(id);
    hint.seen = seen;
    hint.why = why;
    hint.act = act;
    hint.step = history.lastStep();
    return hint;
}

struct Place {
    QString layer;
    double value = 0;
};

/// The layer with the largest value of `measure`; NaN counts for nothing.
template <typename Measure> std::optional<Place> largest(const QStringList &layers, const Measure &measure)
{
    std::optional<Place> found;
    for (const QString &layer : layers)
        if (const double value = measure(layer); std::isfinite(value) && (!found || value > found->value))
            found = Place{layer, value};
    return found;
}

QStringList blocksOf(const History &history, Figure figure)
{
    QStringList blocks = history.layers(figure);
    blocks.removeIf([](const QString &layer) { return !isBlock(layer); });
    return blocks;
}

/// The newest update of a layer against its usual one at the same learning rate; a warm-up is no alarm.
double updateFactor(const History &history, const QString &layer)
{
    std::vector<double> atOneRate;
    for (const Point &ratio : history.of(figureName(Figure::UpdateRatio, layer)))
        if (const double rate = history.at(QStringLiteral("lr"), ratio.step); rate > 0)
            atOneRate.push_back(ratio.value / rate);
    if (atOneRate.size() <= kLooksBefore)
        return kNone;
    const double newest = atOneRate.back();
    atOneRate.pop_back();
    const double median = medianOf(std::move(atOneRate));
    return median > 0 ? newest / median : kNone;
}

/// The newest gradient of a layer against its usual one.
double gradientFactor(const History &history, const QString &layer)
{
    const QString name = figureName(Figure::GradientNorm, layer);
    const double usual = history.usual(name, 1, kLooksBefore);
    return usual > 0 ? history.last(name) / usual : kNone;
}

double meanOf(const std::vector<Point> &points, size_t first, size_t end)
{
    double sum = 0;
    for (size_t i = first; i < end; ++i)
        sum += points[i].value;
    return sum / double(end - first);
}

}  // namespace

std::optional<Hint> learningRateTooHigh(const History &history, const RunFacts &)
{
    const auto worst = largest(history.layers(Figure::UpdateRatio), [&](const QString &layer) { return updateFactor(history, layer); });
    if (!worst || worst->value < kUpdateFactor)
        return {};
    const double ratio = history.last(figureName(Figure::UpdateRatio, worst->layer));
    Hint hint = made(history, "learning-rate",
                     tr("The learning rate is too high here: the update norm is %1 times its usual value at %2 (%3 % of the weights in one step).")
                         .arg(times(worst->value), layerWords(worst->layer), percent(ratio)),
                     tr("Updates of this size overwrite what was learnt, and the loss jumps."),
                     tr("If it happens again, start again with a lower learning rate (a third of it, say) or a lower clipping norm."));
    hint.layer = worst->layer;
    hint.target = QStringLiteral("clone-slower");
    return hint;
}

std::optional<Hint> explodingGradient(const History &history, const RunFacts &)
{
    const auto worst = largest(history.layers(Figure::GradientNorm), [&](const QString &layer) { return gradientFactor(history, layer); });
    if (!worst || worst->value < kGradientFactor)
        return {};
    const double norm = history.last(figureName(Figure::GradientNorm, worst->layer));
    Hint hint = made(history, "exploding-gradient",
                     tr("The gradient explodes at %1: its norm is %2, %3 times its usual value.").arg(layerWords(worst->layer), number(norm), times(worst->value)),
                     tr("One such batch can throw the weights far off."),
                     tr("Clipping softens it; if the loss jumps too, lower the learning rate or lengthen the warm-up."));
    hint.layer = worst->layer;
    hint.target = QStringLiteral("clone-slower");
    return hint;
}

std::optional<Hint> vanishingGradient(const History &history, const RunFacts &)
{
    const QStringList blocks = blocksOf(history, Figure::GradientNorm);
    const auto recent = [&](const QString &layer) { return history.recent(figureName(Figure::GradientNorm, layer), 3); };
    const auto most = largest(blocks, recent), least = largest(blocks, [&](const QString &layer) { return -recent(layer); });
    if (!most || !least || most->value <= 0 || -least->value > kVanishing * most->value)
        return {};
    Hint hint = made(history, "vanishing-gradient",
                     tr("Hardly any gradient reaches %1: its norm is %2, that of %3 is %4.")
                         .arg(layerWords(least->layer), number(-least->value), layerWords(most->layer), number(most->value)),
                     tr("A layer without gradient learns nothing; its parameters are dead weight."),
                     tr("Check that the blocks have norms in front and residual connections; a model with fewer layers may do as well."));
    hint.layer = least->layer;
    return hint;
}

std::optional<Hint> randomGuessing(const History &history, const RunFacts &facts)
{
    const double loss = history.recent(QStringLiteral("train/loss"), 3);
    const qint64 step = history.lastStep();
    if (!(facts.randomLoss > 0) || step < kRandomSteps + facts.warmupSteps || !(loss > kRandomShare * facts.randomLoss))
        return {};
    return made(history, "random-guessing",
                tr("After %1 steps the loss is %2; guessing among all tokens alike gives %3.").arg(formatInteger(step), number(loss), number(facts.randomLoss)),
                tr("The model has learnt nothing yet, not even which tokens are frequent."),
                tr("Raise the learning rate (three times, say), and check that the tokenizer belongs to these documents."));
}

std::optional<Hint> lossNotFalling(const History &history, const RunFacts &facts)
{
    const std::vector<Point> &loss = history.of(QStringLiteral("train/loss"));
    const size_t n = loss.size();
    const qint64 step = history.lastStep();
    // Near its end a run falls slowly by its schedule, and a short one says nothing.
    if (n < 12 || step < 2 * facts.warmupSteps || (facts.steps > 0 && 4 * step > 3 * facts.steps))
        return {};
    const double before = meanOf(loss, n / 3, 2 * n / 3), now = meanOf(loss, 2 * n / 3, n);
    if (now < before * (1 - kFallen))
        return {};
    return made(history, "loss-not-falling",
                tr("The training loss does not fall: %1 on average since step %2, %3 before that.")
                    .arg(number(now), formatInteger(loss[2 * n / 3].step), number(before)),
                tr("More steps like these will not make the model better."),
                tr("Change the learning rate (lower if the curve is ragged, higher if it is smooth), or give the model more layers or width."));
}

std::optional<Hint> learningByHeart(const History &history, const RunFacts &)
{
    const std::vector<Point> &held = history.of(QStringLiteral("validation/loss")), &loss = history.of(QStringLiteral("train/loss"));
    const size_t n = held.size();
    if (n < 4 || loss.size() < 4)
        return {};
    for (size_t i = n - 3; i < n; ++i)
        if (held[i].value <= held[i - 1].value)
            return {};
    const auto first = std::find_if(loss.begin(), loss.end(), [&](const Point &point) { return point.step >= held[n - 4].step; });
    if (first == loss.end() || loss.back().value >= first->value)
        return {};
    Hint hint = made(history, "learning-by-heart",
                     tr("The loss on held-out text rose three times in a row (%1 to %2) while the training loss fell (%3 to %4).")
                         .arg(number(held[n - 4].value), number(held.back().value), number(first->value), number(loss.back().value)),
                     tr("The model learns the documents by heart instead of what they have in common."),
                     tr("Stop here (the best checkpoint is kept), add documents, or train a smaller model, or with dropout."));
    hint.target = QStringLiteral("data");
    return hint;
}

std::optional<Hint> deadUnits(const History &history, const RunFacts &facts)
{
    if (history.lastStep() < facts.warmupSteps)
        return {};
    // Of a young model half the units may be off: its rows still look alike.
    const auto share = [&](const QString &layer) {
        const QString name = figureName(Figure::DeadUnits, layer);
        return history.of(name).size() > 2 * kLooksBefore ? history.recent(name, 3) : kNone;
    };
    const auto worst = largest(history.layers(Figure::DeadUnits), share);
    if (!worst || worst->value < kDead)
        return {};
    Hint hint = made(history, "dead-units",
                     tr("%1 % of the hidden units of %2 stay off on the whole sample text.").arg(percent(worst->value), layerWords(worst->layer)),
                     tr("A unit that never answers gets no gradient: the layer computes with less than it has."),
                     tr("A lower learning rate or a longer warm-up keeps units alive; units that are dead stay so."));
    hint.layer = worst->layer;
    hint.target = QStringLiteral("clone-slower");
    return hint;
}

std::optional<Hint> attentionCollapse(const History &history, const RunFacts &facts)
{
    if (facts.sampleEntropy < kRoomToSpread)
        return {};
    const auto worst = largest(history.layers(Figure::AttentionEntropy),
                               [&](const QString &layer) { return -history.last(figureName(Figure::AttentionEntropy, layer)); });
    if (!worst || -worst->value > kCollapsed)
        return {};
    Hint hint = made(history, "attention-collapse",
                     tr("The attention of %1 has collapsed: its entropy is %2 nats, of at most %3.")
                         .arg(layerWords(worst->layer), number(-worst->value), number(facts.sampleEntropy)),
                     tr("Each token looks at one other alone, and training easily goes out of bounds from here."),
                     tr("Lower the learning rate, lengthen the warm-up, or choose an architecture with norms on queries and keys."));
    hint.layer = worst->layer;
    hint.target = QStringLiteral("clone-slower");
    return hint;
}

std::optional<Hint> gradientUnderflow(const History &history, const RunFacts &facts)
{
    if (!facts.isHalfPrecision)
        return {};
    const auto worst = largest(blocksOf(history, Figure::ZeroGradients),
                               [&](const QString &layer) { return history.recent(figureName(Figure::ZeroGradients, layer), 2); });
    if (!worst || worst->value < kZeros)
        return {};
    Hint hint = made(history, "underflow",
                     tr("%1 % of the gradient of %2 is exactly zero in 16 bits.").arg(percent(worst->value), layerWords(worst->layer)),
                     tr("Numbers too small for the format are lost, and the weights behind them stand still."),
                     tr("Train in f32 (“precision”), or see whether the layer gets any gradient at all."));
    hint.layer = worst->layer;
    return hint;
}

std::optional<Hint> dataStarved(const History &history, const RunFacts &)
{
    const double data = history.recent(phaseSeries(Phase::Data), 3), step = history.recent(QLatin1String(kStepSeries), 3);
    if (!(step > 0) || data < kDataSeconds || data / step < kDataShare)
        return {};
    return made(history, "data-starved",
                tr("The processor waits for data: %1 % of a step (%2 ms) goes into reading it.").arg(percent(data / step), number(1000 * data)),
                tr("That should be below 1 %; the rest of the machine stands idle meanwhile."),
                tr("Keep the project on a local disk, and see whether other programs read from it or memory is short."));
}

std::optional<Hint> machineBusy(const History &history, const RunFacts &)
{
    const bool hasShare = history.of(QLatin1String(kShareSeries)).size() > 3 + kLooksBefore;
    const QString name = hasShare ? QString::fromLatin1(kShareSeries) : QStringLiteral("tokens_per_second");
    const double now = history.recent(name, 3), usual = history.usual(name, 3, kLooksBefore);
    if (!(usual > 0) || !(now < kSlowed * usual))
        return {};
    const QString seen = hasShare ? tr("The run is down to %1 % of the machine's limit; usually it is %2 %.").arg(percent(now), percent(usual))
                                  : tr("The run is down to %1 tokens a second; usually it is %2.").arg(formatInteger(qint64(now)), formatInteger(qint64(usual)));
    return made(history, "machine-busy", seen, tr("Something else uses the processor or the memory, or the machine has slowed down to cool off."),
                tr("Close what is not needed, or let the run have the machine for itself; the result stays the same, it only takes longer."));
}

const std::vector<NamedRule> &rules()
{
    static const std::vector<NamedRule> kRules{{QStringLiteral("learning-rate"), true, learningRateTooHigh},
                                               {QStringLiteral("exploding-gradient"), true, explodingGradient},
                                               {QStringLiteral("attention-collapse"), false, attentionCollapse},
                                               {QStringLiteral("random-guessing"), false, randomGuessing},
                                               {QStringLiteral("learning-by-heart"), true, learningByHeart},
                                               {QStringLiteral("loss-not-falling"), false, lossNotFalling},
                                               {QStringLiteral("vanishing-gradient"), false, vanishingGradient},
                                               {QStringLiteral("dead-units"), false, deadUnits},
                                               {QStringLiteral("underflow"), false, gradientUnderflow},
                                               {QStringLiteral("data-starved"), false, dataStarved},
                                               {QStringLiteral("machine-busy"), false, machineBusy}};
    return kRules;
}

QJsonObject toJson(const Hint &hint)
{
    return {{QStringLiteral("id"), hint.id},   {QStringLiteral("layer"), hint.layer}, {QStringLiteral("seen"), hint.seen},
            {QStringLiteral("why"), hint.why}, {QStringLiteral("act"), hint.act},     {QStringLiteral("target"), hint.target},
            {QStringLiteral("step"), hint.step}};
}

Hint hintFromJson(const QJsonObject &object)
{
    const auto text = [&](const char *key) { return object.value(QLatin1String(key)).toString(); };
    return {text("id"), text("layer"), text("seen"), text("why"), text("act"), text("target"), object.value(QLatin1String("step")).toInteger()};
}

}  // namespace athanor::insight
