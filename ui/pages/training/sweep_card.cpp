#include "ui/pages/training/sweep_card.h"

#include "core/base/format.h"
#include "ui/pages/common/job_follower.h"
#include "ui/pages/common/page_parts.h"

#include <algorithm>
#include <cmath>

namespace athanor::pages {

namespace {

constexpr int kShortestTitle = 24, kLongestTitle = 52;  // characters of the list of sweeps
constexpr double kLogFrom = 20;  // largest over smallest: such settings are thought of in factors

/// Where each value of an axis stands: numbers on their scale, words one above the other.
struct Placed {
    plots::ParallelAxis axis;
    std::vector<double> heights;
};

Placed placedNumbers(const QString &title, const std::vector<double> &values)
{
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double value : values)
        if (std::isfinite(value)) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    if (!(low <= high))
        return {{title, QString(), QString()}, std::vector<double>(values.size(), std::nan(""))};
    const bool isLog = low > 0 && high / low >= kLogFrom;
    Placed placed{{title, formatReal(low, 3), formatReal(high, 3)}, {}};
    for (const double value : values) {
        const double share = isLog ? std::log(value / low) / std::log(high / low) : (value - low) / (high - low);
        placed.heights.push_back(high > low ? share : std::isfinite(value) ? 0.5 : value);
    }
    return placed;
}

Placed placedWords(const QString &title, const QStringList &values)
{
    QStringList distinct = values;
    distinct.removeDuplicates();
    distinct.sort();
    Placed placed{{title, distinct.first(), distinct.size() > 1 ? distinct.last() : QString()}, {}};
    for (const QString &value : values)
        placed.heights.push_back(distinct.size() > 1 ? double(distinct.indexOf(value)) / double(distinct.size() - 1) : 0.5);
    return placed;
}

Placed placedSetting(const workbench::Sweep &sweep, const QString &key, const QString &title)
{
    std::vector<double> numbers;
    QStringList words;
    bool isNumber = true;
    for (const project::Run &run : sweep.runs) {
        const QJsonValue value = sweep.settingsOf(run).value(key);
        isNumber = isNumber && value.isDouble();
        numbers.push_back(value.toDouble());
        words += plugin::valueText(value);
    }
    return isNumber ? placedNumbers(title, numbers) : placedWords(title, words);
}

/// 0 the best … 1 the worst; runs without a loss are the worst.
std::vector<double> ranksOf(const QList<project::Run> &runs)
{
    std::vector<double> ranks;
    for (const project::Run &run : runs) {
        const auto better = std::count_if(runs.begin(), runs.end(), [&](const project::Run &other) {
            return std::isfinite(other.validationLoss) && !(other.validationLoss >= run.validationLoss);
        });
        const double place = std::isfinite(run.validationLoss) ? double(better) : double(runs.size() - 1);
        ranks.push_back(runs.size() > 1 ? place / double(runs.size() - 1) : 0);
    }
    return ranks;
}

bool endedEarly(const project::Run &run) { return run.facts.value(QLatin1String("stoppedBecause")) == QLatin1String("hopeless"); }

/// "Learning rate 0.002, Sequences at once 8: loss 2.310 (stopped early)"
QString wordsOf(const workbench::Sweep &sweep, const project::Run &run, const QHash<QString, QString> &titles)
{
    QStringList parts;
    const QJsonObject settings = sweep.settingsOf(run);
    for (const QString &key : sweep.keys)
        parts += titles.value(key, key) + QLatin1Char(' ') + plugin::valueText(settings.value(key));
    return SweepCard::tr("%1: loss %2").arg(parts.join(QStringLiteral(", ")), figure(run.validationLoss)) + (endedEarly(run) ? SweepCard::tr(" (stopped early)") : QString());
}

QString outcomeOf(const project::Run &run)
{
    if (endedEarly(run))
        return SweepCard::tr("stopped early");
    const std::optional<job::State> state = job::stateFromName(run.state);
    return state ? stateWords(*state) : run.state;
}

}  // namespace

SweepCard::SweepCard(QWidget *parent)
    : Card(tr("Several settings tried"), tr("a line is a run; click it to see it"), parent), m_choice(new QComboBox), m_plot(new plots::ParallelPlot),
      m_both(new plots::WithTable(m_plot)), m_words(style::makeWrappedLabel({}, "note")), m_stop(style::makeButton(tr("Stop the rest"), "danger"))
{
    style::letShrink(m_choice, kShortestTitle);
    m_choice->setAccessibleName(tr("Sweep"));
    m_stop->setToolTip(tr("Takes the runs that wait out of the queue and stops the one that runs; what has ended stays"));
    m_plot->setEmptyText(tr("No run of this sweep has ended yet."));
    m_plot->setMinimumHeight(200);
    addHeaderWidget(m_choice);
    body()->addWidget(m_both, 1);
    body()->addWidget(m_words);
    body()->addWidget(m_stop, 0, Qt::AlignLeft);
    connect(m_choice, &QComboBox::currentIndexChanged, this, &SweepCard::present);
    connect(m_plot, &plots::ParallelPlot::chosen, this, &SweepCard::runChosen);
    connect(m_both, &plots::WithTable::rowActivated, this, [this](int row) { Q_EMIT runChosen(m_rows.value(row)); });
    connect(m_stop, &QPushButton::clicked, this, [this] { Q_EMIT stopRequested(chosen(m_choice)); });
    hide();
}

QString SweepCard::words() const { return m_words->text(); }

void SweepCard::setSweeps(const QList<workbench::Sweep> &sweeps)
{
    m_sweeps = sweeps;
    QStringList titles, ids;
    for (const workbench::Sweep &sweep : sweeps) {
        const QHash<QString, QString> words = titlesOf(sweep);
        QStringList keys;
        for (const QString &key : sweep.keys)
            keys += words.value(key, key);
        titles += tr("%1: %2").arg(sweep.model, keys.join(QStringLiteral(", ")));
        ids += sweep.id;
    }
    fillChoices(m_choice, titles, ids);
    qsizetype longest = kShortestTitle;
    for (const QString &title : std::as_const(titles))
        longest = std::max(longest, title.size());
    style::letShrink(m_choice, int(std::min<qsizetype>(longest, kLongestTitle)));
    setVisible(!sweeps.isEmpty());
    present();
}

QHash<QString, QString> SweepCard::titlesOf(const workbench::Sweep &sweep) const
{
    QHash<QString, QString> titles;
    if (!m_settings || sweep.runs.isEmpty())
        return titles;
    const plugin::ParameterSchema schema = m_settings->schemaFor(sweep.runs.first().parameters.value(QLatin1String("settings")).toObject());
    for (const QString &key : sweep.keys)
        if (const plugin::Parameter *parameter = schema.find(key))
            titles.insert(key, parameter->title);
    return titles;
}

/// The best first; those without a loss last.
void SweepCard::fillTable(const workbench::Sweep &sweep, const QHash<QString, QString> &titles)
{
    QList<project::Run> runs = sweep.runs;
    const auto place = [](const project::Run &run) { return std::isfinite(run.validationLoss) ? run.validationLoss : std::numeric_limits<double>::infinity(); };
    std::stable_sort(runs.begin(), runs.end(), [&](const project::Run &a, const project::Run &b) { return place(a) < place(b); });
    QStringList heads;
    for (const QString &key : sweep.keys)
        heads += titles.value(key, key);
    heads += {tr("Loss"), tr("Steps"), tr("State")};
    QList<QStringList> rows;
    m_rows.clear();
    for (const project::Run &run : std::as_const(runs)) {
        QStringList row;
        for (const QString &key : sweep.keys)
            row += plugin::valueText(sweep.settingsOf(run).value(key));
        rows += row + QStringList{figure(run.validationLoss), run.steps > 0 ? formatInteger(run.steps) : QStringLiteral("–"), outcomeOf(run)};
        m_rows += run.id;
    }
    m_both->setTable(heads, rows);
}

void SweepCard::present()
{
    const auto sweep = std::find_if(m_sweeps.begin(), m_sweeps.end(), [this](const workbench::Sweep &one) { return one.id == chosen(m_choice); });
    if (sweep == m_sweeps.end())
        return;
    std::vector<double> losses;
    for (const project::Run &run : sweep->runs)
        losses.push_back(run.validationLoss);
    const QHash<QString, QString> titles = titlesOf(*sweep);
    std::vector<Placed> columns;
    for (const QString &key : sweep->keys)
        columns.push_back(placedSetting(*sweep, key, titles.value(key, key)));
    columns.push_back(placedNumbers(tr("loss"), losses));
    std::vector<plots::ParallelAxis> axes;
    for (const Placed &column : columns)
        axes.push_back(column.axis);
    const std::vector<double> ranks = ranksOf(sweep->runs);
    std::vector<plots::ParallelRun> runs;
    for (size_t i = 0; i < ranks.size(); ++i) {
        const project::Run &run = sweep->runs[qsizetype(i)];
        plots::ParallelRun line{run.id, wordsOf(*sweep, run, titles), {}, ranks[i]};
        for (const Placed &column : columns)
            line.heights.push_back(column.heights[i]);
        if (run.steps >= 0 || std::isfinite(run.validationLoss))
            runs.push_back(std::move(line));
    }
    m_plot->setData(std::move(axes), std::move(runs));
    fillTable(*sweep, titles);
    m_words->setText(workbench::sweepWords(*sweep, titles).join(QLatin1Char(' ')));
    m_stop->setVisible(sweep->endedCount() < sweep->runs.size());
}

}  // namespace athanor::pages
