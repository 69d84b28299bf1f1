#include "ui/pages/data/limits_view.h"

#include "core/base/format.h"
#include "ui/pages/common/page_parts.h"

#include <QSignalBlocker>

#include <cmath>

namespace athanor::pages {

namespace {

constexpr int kBins = 48;
constexpr size_t kMostNear = 5;

using Side = corpus::SignalLimit::Side;

/// From the smallest to the largest value, without the last hundredth at a far end; the limits are inside. Logarithmic
/// where most values would otherwise stand in the first bars.
struct Range {
    double low = 0, high = 1;
    bool isOpenBelow = false, isOpenAbove = false, isLog = false;

    double edge(int number) const
    {
        const double share = double(number) / kBins;
        return isLog ? low * std::pow(high / low, share) : low + (high - low) * share;
    }
    size_t binOf(double value) const
    {
        const double share = isLog ? std::log(std::max(value, low) / low) / std::log(high / low) : (value - low) / (high - low);
        return size_t(std::clamp(share * kBins, 0.0, kBins - 1.0));
    }
};

/// `values`: in their order.
Range rangeOf(const std::vector<double> &values, std::initializer_list<double> inside, bool mayBeLog)
{
    constexpr double kWide = 50;
    if (values.empty())
        return {};
    const double below = values[values.size() / 100], above = values[values.size() - 1 - values.size() / 100];
    const double reach = 0.5 * std::max(above - below, 1e-9);
    Range range{values.front() < below - reach ? below : values.front(), values.back() > above + reach ? above : values.back()};
    range.isLog = mayBeLog && values[values.size() / 20] > 0 && above > kWide * values[values.size() / 20];
    if (range.isLog && range.low <= 0)
        range.low = *std::upper_bound(values.begin(), values.end(), 0.0);
    for (const double value : inside) {
        if (range.isLog && value <= 0)
            continue;
        range.low = std::min(range.low, value);
        range.high = std::max(range.high, value);
    }
    if (!(range.high > range.low))
        range.high = range.low + 1;
    range.isOpenBelow = values.front() < range.low;
    range.isOpenAbove = values.back() > range.high;
    return range;
}

}  // namespace

LimitsView::LimitsView(QWidget *parent)
    : QWidget(parent), m_which(new QComboBox), m_histogram(new plots::Histogram), m_value(new QDoubleSpinBox),
      m_side(style::makeLabel({}, "second")), m_counts(style::makeLabel({}, "card-title")), m_notice(style::makeWrappedLabel({}, "note")),
      m_doc(style::makeWrappedLabel({}, "note")), m_reset(style::makeButton(tr("As in the recipe"), "link")),
      m_kept(makeList(tr("Nearest documents that stay"))), m_removed(makeList(tr("Nearest documents that go")))
{
    build();
    connect(m_which, &QComboBox::currentIndexChanged, this, &LimitsView::showCurrent);
    connect(m_histogram, &plots::Histogram::thresholdDragged, this, &LimitsView::tryValue);
    connect(m_value, &QDoubleSpinBox::valueChanged, this, [this](double value) { tryValue(value / factor()); });
    connect(m_reset, &QPushButton::clicked, this, [this] {
        if (const Entry *entry = current())
            tryValue(entry->limit.value);
    });
}

void LimitsView::build()
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    style::letShrink(m_which, 24);
    column->addWidget(labelled(tr("What is measured"), m_which));
    column->addWidget(m_doc);
    m_histogram->setMinimumHeight(130);
    column->addWidget(m_histogram, 3);
    m_notice->setAlignment(Qt::AlignCenter);
    m_notice->setMinimumHeight(130);
    column->addWidget(m_notice, 3);
    auto *row = new QHBoxLayout;
    m_value->setAccessibleName(tr("Limit"));
    m_value->setKeyboardTracking(true);
    m_value->setMinimumWidth(120);
    row->addWidget(m_side);
    row->addWidget(m_value);
    row->addWidget(m_reset);
    row->addStretch(1);
    row->addWidget(m_counts);
    column->addLayout(row);
    column->addWidget(makeNearLists(), 2);
}

QListWidget *LimitsView::makeList(const QString &name)
{
    auto *list = new QListWidget;
    list->setAccessibleName(name);
    list->setMinimumHeight(96);
    list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    list->setTextElideMode(Qt::ElideMiddle);
    list->setToolTip(tr("Return or a double click shows the document"));
    connect(list, &QListWidget::itemActivated, this, [this](const QListWidgetItem *item) { Q_EMIT documentRequested(item->data(Qt::UserRole).toString()); });
    return list;
}

QWidget *LimitsView::makeNearLists()
{
    auto *holder = new QWidget;
    auto *row = new QHBoxLayout(holder);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(style::kGap);
    row->addWidget(labelled(tr("Nearest that stay"), m_kept), 1);
    row->addWidget(labelled(tr("Nearest that go"), m_removed), 1);
    return holder;
}

void LimitsView::setLimits(std::vector<corpus::SignalLimit> limits, const plugin::Catalogue &plugins)
{
    const QString before = chosen(m_which);
    std::vector<Entry> entries;
    QStringList titles, ids;
    for (corpus::SignalLimit &limit : limits) {
        const plugin::Metadata *filter = plugins.find(limit.signal.filter);
        const plugin::Parameter *parameter = filter ? filter->parameters.find(limit.parameter()) : nullptr;
        if (!parameter)
            continue;
        titles += QStringLiteral("%1 – %2").arg(parameter->title, limit.signal.filterTitle);
        ids += limit.signal.filter + QLatin1Char('/') + limit.parameter();
        entries.push_back({limit, *parameter, limit.value});
        for (const Entry &known : m_entries)
            if (known.limit.signal.filter == limit.signal.filter && known.limit.parameter() == limit.parameter() && known.limit.value == limit.value)
                entries.back().tried = known.tried;
    }
    m_entries = std::move(entries);
    {
        const QSignalBlocker quiet(m_which);
        fillChoices(m_which, titles, ids);
        choose(m_which, before);
        style::widenList(m_which);
    }
    showCurrent();
}

void LimitsView::setValues(std::shared_ptr<const corpus::SignalValues> values)
{
    m_values = std::move(values);
    showCurrent();
}

void LimitsView::setNotice(const QString &text)
{
    m_values.reset();
    m_notice->setText(text);
    showCurrent();
}

LimitsView::Entry *LimitsView::current()
{
    const int index = m_which->currentIndex();
    return index >= 0 && index < int(m_entries.size()) ? &m_entries[size_t(index)] : nullptr;
}

std::optional<corpus::SignalLimit> LimitsView::tried() const
{
    const Entry *entry = current();
    if (!entry)
        return std::nullopt;
    corpus::SignalLimit limit = entry->limit;
    limit.value = entry->tried;
    limit.isOn = limit.side == Side::Least || limit.value != limit.signal.unlimited;
    return limit;
}

bool LimitsView::isMoved() const
{
    const Entry *entry = current();
    return entry && entry->tried != entry->limit.value;
}

void LimitsView::showFilter(const QString &filter)
{
    for (size_t i = 0; i < m_entries.size(); ++i)
        if (m_entries[i].limit.signal.filter == filter)
            return m_which->setCurrentIndex(int(i));
}

double LimitsView::factor() const
{
    const Entry *entry = current();
    return entry && entry->limit.signal.isShare ? 100 : 1;
}

QString LimitsView::amount(double value) const
{
    const Entry *entry = current();
    if (entry && entry->limit.signal.isShare)
        return QString::number(value * 100, 'f', 1) + QStringLiteral(" %");
    return value >= 1000 ? formatInteger(qRound64(value)) : formatReal(value, 4);
}

void LimitsView::showCurrent()
{
    const Entry *entry = current();
    m_side->setVisible(entry);
    m_value->setVisible(entry);
    if (entry) {
        const corpus::SignalDeclaration &signal = entry->limit.signal;
        const bool isInteger = entry->parameter.type == plugin::ParameterType::Integer;
        m_side->setText(entry->limit.side == Side::Least ? tr("At least") : tr("At most"));
        m_doc->setText(entry->parameter.doc);
        m_histogram->setAccessibleName(tr("Distribution of: %1").arg(signal.title));
        m_histogram->setUnit(signal.isShare ? QStringLiteral(" %") : QString(), factor());
        const QSignalBlocker quiet(m_value);
        m_value->setDecimals(isInteger ? 0 : signal.isShare ? 1 : 3);
        m_value->setSuffix(signal.isShare ? QStringLiteral(" %") : signal.unit.isEmpty() ? QString() : QLatin1Char(' ') + signal.unit);
        m_value->setRange(entry->parameter.minimum.value_or(-1e12) * factor(), entry->parameter.maximum.value_or(1e12) * factor());
        m_value->setToolTip(tr("%1 of %2").arg(entry->limit.parameter(), signal.filter));
    }
    sortValues();
    updateBins();
    tryValue(entry ? entry->tried : 0);
}

/// A value as it can be written into the recipe and read from the field.
void LimitsView::tryValue(double value)
{
    Entry *entry = current();
    if (entry) {
        const double steps = std::pow(10.0, entry->limit.signal.isShare ? m_value->decimals() + 2 : m_value->decimals());
        entry->tried = value == entry->limit.value ? value : std::round(value * steps) / steps;
        // Not while it stands there already: a field that is being typed into is left alone.
        if (const QSignalBlocker quiet(m_value); std::abs(m_value->value() - entry->tried * factor()) > 0.5 / steps)
            m_value->setValue(entry->tried * factor());
        m_histogram->setSmallestStep(1 / steps);
    }
    updateCounts();
    Q_EMIT changed();
}

/// Once for a signal: a line that is dragged asks with every move.
void LimitsView::sortValues()
{
    const Entry *entry = current();
    m_sorted = entry && m_values ? corpus::SortedSignal(m_values->of(entry->limit.signal.key)) : corpus::SortedSignal();
}

void LimitsView::updateBins()
{
    const Entry *entry = current();
    const std::vector<double> &values = m_sorted.finite();
    const bool isMeasured = entry && !values.empty();
    m_histogram->setVisible(isMeasured);
    m_notice->setVisible(!isMeasured);
    if (m_values)
        m_notice->setText(entry ? tr("No document was measured: this filter was not in the recipe when the dataset was prepared, or the format does not tell.")
                                : tr("The recipe has no filter with limits."));
    if (!isMeasured)
        return m_histogram->setBins({}, {});
    const auto limit = tried();
    const bool mayBeLog = !entry->limit.signal.isShare;
    const Range range = limit->isOn ? rangeOf(values, {entry->limit.value, entry->tried}, mayBeLog) : rangeOf(values, {}, mayBeLog);
    std::vector<double> edges(kBins + 1), counts(kBins, 0);
    for (int i = 0; i <= kBins; ++i)
        edges[size_t(i)] = range.edge(i);
    for (const double value : values)
        ++counts[range.binOf(value)];
    m_histogram->setBins(std::move(edges), std::move(counts));
    m_histogram->setLogScale(range.isLog);
    m_histogram->setOpenEnds(range.isOpenBelow, range.isOpenAbove);
}

void LimitsView::updateCounts()
{
    const auto limit = tried();
    m_reset->setVisible(isMoved());
    const std::vector<double> none;
    const std::vector<double> &values = limit && m_values ? m_values->of(limit->signal.key) : none;
    m_counts->setVisible(!values.empty());
    if (!limit || values.empty()) {
        m_kept->clear();
        m_removed->clear();
        return;
    }
    if (limit->isOn && !m_histogram->holds(limit->value))
        updateBins();
    m_histogram->setThreshold(limit->isOn ? limit->value : qQNaN(), limit->side == Side::Least ? plots::Histogram::KeepSide::Above : plots::Histogram::KeepSide::Below);
    const corpus::LimitCount counts = m_sorted.countsAt(*limit);
    m_counts->setText(tr("%1 kept · %2 removed by this").arg(formatInteger(counts.kept), formatInteger(counts.removed)));
    const corpus::NearLimit near = m_sorted.nearestTo(*limit, kMostNear);
    fillNear(m_kept, near.kept);
    fillNear(m_removed, near.removed);
}

void LimitsView::fillNear(QListWidget *list, const std::vector<size_t> &documents)
{
    list->clear();
    const std::vector<double> &values = m_values->of(current()->limit.signal.key);
    for (const size_t index : documents) {
        const corpus::MeasuredDocument &document = m_values->documents[index];
        auto *item = new QListWidgetItem(QStringLiteral("%1   %2").arg(amount(values[index]), QString::fromUtf8(document.path)), list);
        item->setData(Qt::UserRole, QString::fromLatin1(document.id.toHex()));
        item->setToolTip(QString::fromUtf8(document.path));
    }
}

}  // namespace athanor::pages
