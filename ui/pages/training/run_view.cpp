#include "ui/pages/training/run_view.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/machine.h"
#include "core/model/forecast_and_truth.h"
#include "ui/pages/common/page_parts.h"
#include "ui/pages/training/left_out_hints.h"
#include "ui/shell/session.h"

namespace athanor::pages {

namespace {

constexpr int kSidePlotHeight = 190;
constexpr int kNoSeries = 4;  // beyond the colours of series: the quiet one

plots::LineLook look(const QString &title, int series, bool smooth, bool points, bool right = false)
{
    plots::LineLook result;
    result.title = title;
    result.series = series;
    result.smooth = smooth;
    result.points = points;
    result.rightAxis = right;
    return result;
}

QString perplexityText(double value)
{
    return value >= 1000 ? formatInteger(qint64(value)) : formatReal(value, 3);
}

QString endWord(job::State state)
{
    switch (state) {
    case job::State::Finished: return RunView::tr("done");
    case job::State::Lost: return RunView::tr("broke off");
    default: return stateWords(state);
    }
}

/// {"4.1 min", "done · forecast 3.9 min"} of a run that has ended.
std::pair<QString, QString> timeTaken(const job::Summary &summary, const QJsonObject &parameters)
{
    for (const model::ForecastLine &line : model::forecastBesideTruth(parameters, summary.result))
        if (line.what == model::ForecastLine::What::Time)
            return {line.measuredText, RunView::tr("%1 · forecast %2").arg(endWord(summary.state), line.forecastText)};
    const qint64 seconds = summary.started.isValid() ? summary.started.secsTo(summary.ended) : 0;
    return {seconds > 0 ? formatDuration(double(seconds)) : QStringLiteral("–"), endWord(summary.state)};
}

/// "forecast 820 MiB"; of a run without a forecast, what the machine has.
QString memoryNote(const QJsonObject &parameters)
{
    for (const model::ForecastLine &line : model::forecastLines(parameters, {}))
        if (line.what == model::ForecastLine::What::Memory)
            return RunView::tr("forecast %1").arg(line.forecastText);
    return RunView::tr("of %1").arg(formatMemory(machineFacts().memoryBytes));
}

/// What a hint offers to do, whoever gave it.
QString linkWords(const QString &target)
{
    if (target == QLatin1String("clone-slower"))
        return RunView::tr("Clone with half the learning rate");
    return target == QLatin1String("data") ? RunView::tr("Add documents") : QString();
}

const job::Series *tokensOf(job::MetricsReader &metrics)
{
    const job::Series &tokens = metrics.series(QStringLiteral("tokens"));
    return tokens.steps.empty() ? nullptr : &tokens;
}

}  // namespace

RunView::RunView(shell::Session &session, JobFollower *follower, QWidget *parent)
    : QWidget(parent), m_session(session), m_follower(follower)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    column->addWidget(makeCards());
    column->addWidget(makePlots(), 1);
    column->addWidget(makeTimeCard());
    m_inside = new InsideCard;
    column->addWidget(m_inside);
    connect(m_inside, &InsideCard::chosen, this, &RunView::drawInside);
    connect(follower, &JobFollower::changed, this, &RunView::onPoll);
    connect(follower, &JobFollower::eventsArrived, m_samples, &SampleCard::add);
    connect(follower, &JobFollower::eventsArrived, this, [this](const QList<job::Event> &events) { insight::addTold(m_told, events); });
}

QWidget *RunView::makeCards()
{
    auto *holder = new CardRows(900);
    const std::array<QString, CardCount> names{QString(), QString(), tr("Tokens per second"), tr("Memory"), tr("Time left")};
    const std::array<QString, CardCount> terms{QString(), QString(), tr("Tokens learnt from in a second"), tr("Memory of the worker's process"),
                                               tr("Until the budget is used up")};
    for (size_t i = 0; i < CardCount; ++i) {
        m_cards[i] = new style::ValueCard(names[i]);
        m_cards[i]->setTerm(terms[i]);
        holder->add(m_cards[i]);
    }
    return holder;
}

QWidget *RunView::makePlots()
{
    auto *holder = new SideBySide(860);
    auto *main = new style::Card(tr("Learning curve"));
    m_plot = new plots::RunPlot;
    nameWhatIsMeasured();
    m_plot->setXAxis(plots::XAxis::Tokens);
    m_plot->setSmoothing(0.6);
    m_plot->setEmptyText(tr("The first point comes with the first step."));
    m_plot->setMinimumHeight(300);
    m_plot->setMinimumWidth(360);
    main->body()->addWidget(m_plot, 1);
    holder->add(main, 9);
    auto *sideColumn = new QWidget;
    auto *side = new QVBoxLayout(sideColumn);
    side->setContentsMargins(0, 0, 0, 0);
    side->setSpacing(style::kGap);
    auto *rates = new style::Card(tr("Learning rate and gradient norm"));
    m_side = new plots::RunPlot;
    m_side->setControlsVisible(false);
    m_side->setSmoothing(0.8);
    m_side->setXAxis(plots::XAxis::Step);
    m_side->setYTitles(tr("learning rate"), tr("gradient norm"));
    m_side->setEmptyText(tr("Comes with the first step."));
    m_side->setMinimumHeight(kSidePlotHeight - 60);
    rates->body()->addWidget(m_side, 1);
    m_samples = new SampleCard;
    side->addWidget(rates, 1);
    side->addWidget(m_samples, 1);
    holder->add(sideColumn, 5);
    return holder;
}

QWidget *RunView::makeTimeCard()
{
    m_timeCard = new style::Card(tr("Where the time goes"));
    m_timeBar = new plots::StackedBar;
    m_timeCard->body()->addWidget(m_timeBar);
    m_hints = new HintList;
    m_timeCard->body()->addWidget(m_hints);
    connect(m_hints, &HintList::activated, this, &RunView::hintActivated);
    return m_timeCard;
}

/// A model that sorts texts is measured by its labels, one that writes by the text.
void RunView::nameWhatIsMeasured()
{
    if (m_sortsTexts)
        m_plot->setQuantities({QStringLiteral("loss"), QStringLiteral("accuracy"), QStringLiteral("macro_f1")}, {tr("loss"), tr("labels that are right"), tr("macro F1")});
    else
        m_plot->setQuantities({QStringLiteral("loss"), QStringLiteral("perplexity"), QStringLiteral("bits_per_byte")}, {tr("loss"), tr("perplexity"), tr("bits per byte")});
    m_cards[BitsCard]->setLabel(m_sortsTexts ? tr("Labels that are right") : tr("Validation bits per byte"));
    m_cards[BitsCard]->setTerm(m_sortsTexts ? tr("Share of the held-out texts that get their label (accuracy)")
                                            : tr("Bits that the model needs for each byte of held-out text; less is better"));
    m_cards[PerplexityCard]->setLabel(m_sortsTexts ? tr("Macro F1") : tr("Perplexity"));
    m_cards[PerplexityCard]->setTerm(m_sortsTexts ? tr("F1 of each label, then their mean: a rare label counts as much as a frequent one")
                                                  : tr("Among how many tokens the model hesitates on average, on held-out text"));
}

void RunView::reset()
{
    m_plot->clear();
    const QJsonObject teaching = m_follower->folder() ? m_follower->folder()->spec().parameters.value(QLatin1String("teaching")).toObject() : QJsonObject();
    m_sortsTexts = teaching.value(QLatin1String("kind")).toString() == QLatin1String("labels");
    nameWhatIsMeasured();
    m_samples->setVisible(!m_sortsTexts);  // texts are sorted, not written
    m_side->clear();
    m_samples->clear();
    m_told.clear();
    m_inside->setRun(m_follower->folder() ? m_follower->folder()->path() : QString());
    m_drawn = false;
    m_leftOut.clear();
    m_leftOutKnown = 0;
    m_hints->setLines({});
    m_others.erase(m_follower->jobId());  // it was drawn over another run; now it is the run itself
    for (auto &[id, other] : m_others)
        other.drawn = false;
    for (style::ValueCard *card : m_cards)
        card->setValue(QStringLiteral("–"));
    if (job::Folder *folder = m_follower->folder()) {
        folder->rewind();  // samples from the first step on
        m_follower->poll();
    }
}

void RunView::setYardsticks(const Yardsticks &yardsticks)
{
    m_yardsticks = yardsticks;
}

void RunView::setCompared(const QStringList &runIds)
{
    for (auto it = m_others.begin(); it != m_others.end();) {
        if (runIds.contains(it->first)) {
            ++it;
            continue;
        }
        for (const QString &id : m_plot->lineIds())
            if (id.startsWith(it->first + QLatin1Char('/')))
                m_plot->removeLine(id);
        it = m_others.erase(it);
    }
    for (const QString &id : runIds) {
        if (m_others.contains(id) || id == m_follower->jobId())
            continue;
        auto folder = job::Folder::open(m_session.projectPath(), id);
        if (!folder)
            continue;
        auto metrics = job::MetricsReader::open(folder->path() + QStringLiteral("/metrics.bin"));
        if (metrics)
            m_others.emplace(id, Other{std::move(*folder), std::move(*metrics), false});
    }
    drawCompared();
}

void RunView::onPoll()
{
    job::MetricsReader *metrics = m_follower->metrics();
    const int fresh = metrics ? metrics->poll() : 0;
    if (!metrics || !m_follower->hasJob())
        return;
    // Long runs are given to the plot more seldom: copying ten million points takes longer than a person looks.
    const size_t points = metrics->series(QStringLiteral("train/loss")).steps.size();
    const qint64 pause = points > 200'000 ? 2000 : 0;
    const bool settled = !m_follower->isRunning();
    if (!m_drawn || m_drawnRunning != m_follower->isRunning() || (fresh > 0 && (settled || !m_sinceDrawn.isValid() || m_sinceDrawn.elapsed() >= pause))) {
        drawRun(*metrics);
        drawSide(*metrics);
        m_sinceDrawn.start();
        m_drawnRunning = m_follower->isRunning();
        m_drawn = m_drawn || points > 0;
        drawInside();
    }
    const RunFigures figures = figuresOf(*metrics);
    updateCards(figures);
    updateTime(figures);
    updateHints(leftOut(*metrics) + healthHints(*metrics, figures, m_trainTokens));
    drawCompared();
}

void RunView::drawInside()
{
    if (const job::MetricsReader *metrics = m_follower->metrics())
        m_inside->refresh(*metrics);
}

/// The plan is read again only when the metrics say that the run went back.
QList<Hint> RunView::leftOut(const job::MetricsReader &metrics)
{
    const job::Series &restarts = metrics.series(QString::fromLatin1(job::kRestartSeries));
    if (restarts.restarts.size() + restarts.steps.size() != m_leftOutKnown) {
        m_leftOutKnown = restarts.restarts.size() + restarts.steps.size();
        m_leftOut = leftOutHints(readJsonFile(m_follower->folder()->path() + QStringLiteral("/plan.json")).value_or(QJsonObject()));
    }
    return m_leftOut;
}

void RunView::drawRun(job::MetricsReader &metrics)
{
    addLines(m_follower->jobId(), {}, metrics, 0);
    const qint64 total = totalSteps(m_follower->summary());
    const job::Series &loss = metrics.series(QStringLiteral("train/loss"));
    m_plot->setExpectedEnd(m_follower->isRunning() ? double(total) : 0);
    m_plot->setMarker(m_follower->isRunning() && !loss.steps.empty() ? double(loss.steps.back()) : std::numeric_limits<double>::quiet_NaN(), tr("now"));
}

void RunView::addLines(const QString &runId, const QString &title, job::MetricsReader &metrics, int number)
{
    const job::Series *tokens = tokensOf(metrics);
    const auto line = [&](const char *quantity, const char *part, const plots::LineLook &how, const job::Series &series) {
        if (!series.steps.empty())
            m_plot->setLine(QLatin1String(quantity), runId + QLatin1Char('/') + QLatin1String(part), how, plots::seriesFrom(series, tokens));
    };
    const auto series = [&](const char *name) -> const job::Series & { return metrics.series(QString::fromLatin1(name)); };
    // A compared run is one quiet line: its held-out one, or its training one while there is no other.
    const bool isCompared = number > 0;
    const bool hasValidation = !series("validation/loss").steps.empty();
    const plots::LineLook training = look(isCompared ? title : tr("training"), isCompared ? number + 1 : 0, true, false);
    const plots::LineLook validation = look(isCompared ? title : tr("validation"), isCompared ? number + 1 : 1, false, !isCompared);
    line("accuracy", "validation", validation, series("validation/accuracy"));
    line("macro_f1", "validation", validation, series("validation/macro_f1"));
    if (isCompared && hasValidation) {
        line("loss", "validation", validation, series("validation/loss"));
        line("perplexity", "validation", validation, series("validation/perplexity"));
        line("bits_per_byte", "validation", validation, series("validation/bits_per_byte"));
        return;
    }
    line("loss", "train", training, series("train/loss"));
    line("loss", "validation", validation, series("validation/loss"));
    // Beside them where a run has them: what is minimised, and the two sets that a mean of the weights makes of one.
    line("loss", "objective", look(tr("what is minimised"), 2, true, false), series("train/objective"));
    line("loss", "own", look(tr("weights of the step"), 3, false, false), series("validation/own_loss"));
    line("loss", "average", look(tr("mean of the weights"), 4, false, false), series("validation/average_loss"));
    line("perplexity", "train", training, perplexityOf(series("train/loss")));
    line("perplexity", "validation", validation, series("validation/perplexity"));
    line("bits_per_byte", "train", training, series("train/bits_per_byte"));
    line("bits_per_byte", "validation", validation, series("validation/bits_per_byte"));
}

void RunView::drawSide(job::MetricsReader &metrics)
{
    const job::Series &rate = metrics.series(QStringLiteral("lr"));
    const job::Series &norm = metrics.series(QStringLiteral("gradient_norm"));
    if (!rate.steps.empty())
        m_side->setLine({}, QStringLiteral("lr"), look(tr("learning rate"), 0, false, false), plots::seriesFrom(rate));
    if (!norm.steps.empty())
        m_side->setLine({}, QStringLiteral("norm"), look(tr("gradient norm"), 3, true, false, true), plots::seriesFrom(norm));
}

void RunView::drawCompared()
{
    int number = 1;
    for (auto &[id, other] : m_others) {
        const int fresh = other.metrics.poll();
        if (fresh > 0 || !other.drawn)
            addLines(id, other.folder.spec().title, other.metrics, number);
        other.drawn = true;
        ++number;
    }
}

void RunView::updateCards(const RunFigures &f)
{
    QStringList beside;
    if (std::isfinite(m_yardsticks.gzip))
        beside += tr("gzip %1").arg(figure(m_yardsticks.gzip));
    if (std::isfinite(m_yardsticks.xz))
        beside += tr("xz %1").arg(figure(m_yardsticks.xz));
    if (std::isfinite(f.startBitsPerByte))
        beside += tr("start %1").arg(QString::number(f.startBitsPerByte, 'f', 2));
    const bool beatsGzip = std::isfinite(m_yardsticks.gzip) && f.bitsPerByte < m_yardsticks.gzip;
    m_cards[BitsCard]->setValue(figure(f.bitsPerByte), beside.join(QStringLiteral(" · ")), beatsGzip ? style::Tone::Good : style::Tone::Neutral);
    const bool findsHidden = std::isfinite(f.maskedAccuracy);  // hidden words are named, not a text continued
    if (!m_sortsTexts)
        m_cards[BitsCard]->setLabel(findsHidden ? tr("Hidden tokens found") : tr("Validation bits per byte"));
    if (findsHidden) {
        m_cards[BitsCard]->setValue(tr("%1 %").arg(formatReal(100 * f.maskedAccuracy, 3)),
                                    std::isfinite(f.nextSentenceAccuracy) ? tr("of the held-out ones · pairs right %1 %").arg(formatReal(100 * f.nextSentenceAccuracy, 3))
                                                                          : tr("of the held-out ones"));
    }
    const bool hasEarlier = std::isfinite(f.earlierPerplexity) && f.earlierSeconds > 0;
    m_cards[PerplexityCard]->setValue(std::isfinite(f.perplexity) ? perplexityText(f.perplexity) : QStringLiteral("–"),
                                      hasEarlier ? tr("%1 ago: %2").arg(formatDuration(f.earlierSeconds), perplexityText(f.earlierPerplexity)) : tr("on held-out text"));
    if (m_sortsTexts)
        showLabelFigures(f);
    m_cards[SpeedCard]->setValue(std::isfinite(f.tokensPerSecond) ? formatInteger(qint64(f.tokensPerSecond)) : QStringLiteral("–"),
                                 std::isfinite(f.shareOfLimit) ? tr("%1 % of this machine's limit").arg(formatReal(100 * f.shareOfLimit, 2))
                                                               : tr("%1 so far").arg(formatCount(f.tokens)));
    const job::Folder *folder = m_follower->folder();
    m_cards[MemoryCard]->setLabel(f.isOnCard ? tr("Memory of the card") : tr("Memory"));
    m_cards[MemoryCard]->setValue(std::isfinite(f.memoryBytes) ? formatMemory(qint64(f.memoryBytes)) : QStringLiteral("–"), memoryNote(folder->spec().parameters));
    const job::Summary &summary = m_follower->summary();
    showForecast(folder->spec().parameters, summary.result);
    const double left = summary.progress.value(QLatin1String("etaSeconds")).toDouble();
    m_cards[TimeCard]->setLabel(m_follower->isRunning() ? tr("Time left") : tr("Time taken"));
    m_cards[TimeCard]->setTerm(m_follower->isRunning() ? tr("Until the budget is used up") : tr("From the start to the end"));
    if (m_follower->isRunning() && left > 0 && totalSteps(summary) > 0)  // not of what comes before the first step
        m_cards[TimeCard]->setValue(formatDuration(left), tr("ends %1").arg(QDateTime::currentDateTime().addSecs(qint64(left)).toString(QStringLiteral("HH:mm"))));
    else if (m_follower->isRunning())
        m_cards[TimeCard]->setValue(summary.state == job::State::Queued ? QStringLiteral("–") : tr("measuring"), stateWords(summary.state));
    else
        std::apply([this](const QString &value, const QString &note) { m_cards[TimeCard]->setValue(value, note); }, timeTaken(summary, folder->spec().parameters));
}

void RunView::showLabelFigures(const RunFigures &f)
{
    const bool isKnown = std::isfinite(f.accuracy);
    m_cards[BitsCard]->setValue(isKnown ? tr("%1 %").arg(formatReal(100 * f.accuracy, 3)) : QStringLiteral("–"), tr("of the held-out ones"));
    m_cards[PerplexityCard]->setValue(std::isfinite(f.macroF1) ? formatReal(f.macroF1, 3) : QStringLiteral("–"), tr("mean over the labels; 1 is best"));
}

/// Of a run that has ended: what was forecast beside what it came to.
void RunView::showForecast(const QJsonObject &parameters, const QJsonObject &result)
{
    for (const model::ForecastLine &line : model::forecastBesideTruth(parameters, result)) {
        if (line.what == model::ForecastLine::What::Memory)
            m_cards[MemoryCard]->setValue(line.measuredText, tr("at its peak · forecast %1").arg(line.forecastText));
        if (line.what == model::ForecastLine::What::Speed)
            m_cards[SpeedCard]->setValue(formatInteger(qint64(line.measured)), tr("forecast %1").arg(line.forecastText));
    }
}

/// Of runs that were timed whole; small ones go together.
QList<plots::BarPart> RunView::timeParts(const RunFigures &f) const
{
    using insight::Phase;
    static const std::map<Phase, int> kColours{{Phase::Forward, 0}, {Phase::Backward, 1}, {Phase::Optimizer, 2}, {Phase::Validation, 3}};
    constexpr double kSmall = 0.005;
    QList<plots::BarPart> parts;
    double rest = 0;
    for (const insight::PhaseTime &time : f.phases) {
        if (time.phase != Phase::Data && (time.phase == Phase::Other || time.share < kSmall)) {
            rest += time.share;
            continue;
        }
        const auto colour = kColours.find(time.phase);
        parts += {insight::phaseTitle(time.phase), time.share, tr("%1 %").arg(formatReal(100 * time.share, time.share < 0.01 ? 1 : 2)),
                  colour != kColours.end() ? colour->second : kNoSeries};
    }
    if (rest > 0)
        parts += {insight::phaseTitle(Phase::Other), rest, tr("%1 %").arg(formatReal(100 * rest, rest < 0.01 ? 1 : 2)), kNoSeries};
    return parts;
}

void RunView::updateTime(const RunFigures &f)
{
    const double known = f.forwardSeconds + f.backwardSeconds + f.optimizerSeconds;
    const double whole = std::max(f.stepSeconds, known);
    m_timeBar->setVisible(known > 0);
    if (known <= 0) {
        m_timeBar->setParts({});
        m_timeCard->setNote(tr("comes with the first steps"));
        return;
    }
    QList<plots::BarPart> parts = timeParts(f);
    if (parts.isEmpty()) {
        parts = {{tr("forward"), f.forwardSeconds, {}, 0}, {tr("backward"), f.backwardSeconds, {}, 1}, {tr("optimizer"), f.optimizerSeconds, {}, 2}};
        if (whole > known * 1.01)
            parts += {tr("validation, samples, saving"), whole - known, {}, 3};
    }
    m_timeBar->setParts(parts);
    m_timeCard->setNote(tr("one step %1").arg(known < 1 ? tr("%1 ms").arg(formatReal(1000 * known, 3)) : tr("%1 s").arg(formatReal(known, 3))));
}

void RunView::updateHints(const QList<Hint> &hints)
{
    QList<HintLine> lines;
    QSet<QString> told;
    for (const insight::ToldHint &known : m_told) {
        if (known.closedAt >= 0)
            continue;
        told += known.hint.id;
        lines += {style::Tone::Attention, tr("Step %1: %2").arg(formatInteger(known.hint.step), known.hint.words()),
                  linkWords(known.hint.target), known.hint.target};
    }
    for (const Hint &hint : hints)
        if (!told.contains(hint.about))
            lines += {hint.level == HintLevel::Good ? style::Tone::Good : hint.level == HintLevel::Attention ? style::Tone::Attention : style::Tone::Bad,
                      hint.text, linkWords(hint.target), hint.target};
    m_hints->setLines(lines);
}

}  // namespace athanor::pages
