#include "ui/pages/common/mixture_form.h"

#include "core/base/format.h"
#include "core/model/rules_of_thumb.h"
#include "ui/forms/number_edit.h"
#include "ui/pages/common/page_parts.h"
#include "ui/style/appearance.h"

#include <QHeaderView>
#include <QPainter>
#include <QStyledItemDelegate>

namespace athanor::pages {

namespace {

constexpr int kMostRowsShown = 6;
constexpr int kRowHeight = 34, kHeaderHeight = 36, kShareWidth = 92;
const auto kMixture = QStringLiteral("mixture");
const auto kChange = QStringLiteral("mixture_change");

enum FixedColumn { NameColumn, TokensColumn, FirstWeightColumn };

QTableWidgetItem *readOnlyItem(const QString &text)
{
    auto *item = new QTableWidgetItem(text);
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
    return item;
}

/// A cell that can be typed in looks like a field.
class FieldDelegate final : public QStyledItemDelegate {
public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter *painter, const QStyleOptionViewItem &option, const QModelIndex &index) const override
    {
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        painter->setPen(style::tokens().line);
        painter->setBrush(style::tokens().raised);
        painter->drawRoundedRect(QRectF(option.rect).adjusted(0.5, 3.5, -12.5, -3.5), 6, 6);
        painter->restore();
        QStyledItemDelegate::paint(painter, option, index);
    }
};

}  // namespace

MixtureForm::MixtureForm(forms::ParameterForm *form, QWidget *parent)
    : QWidget(parent), m_form(form), m_table(makeTable({}, tr("Sources and their weights"))), m_parts(new QWidget),
      m_addPart(style::makeButton(tr("Other weights later in the run"), "link")), m_problem(style::makeWrappedLabel({}, "note"))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    column->addWidget(style::makeLabel(tr("Sources"), "card-title"));
    column->addWidget(style::makeWrappedLabel(tr("A weight of 2 reads every token of a source twice as often as one of weight 1; 0 leaves the source out."), "note"));
    column->addWidget(m_table);
    column->addWidget(m_problem);
    column->addWidget(m_parts);
    column->addWidget(m_addPart, 0, Qt::AlignLeft);
    auto *parts = new QVBoxLayout(m_parts);
    parts->setContentsMargins(0, 0, 0, 0);
    style::setTone(m_problem, style::Tone::Bad);
    m_table->verticalHeader()->setSectionResizeMode(QHeaderView::Fixed);
    m_table->verticalHeader()->setDefaultSectionSize(kRowHeight);
    m_table->horizontalHeader()->setFixedHeight(kHeaderHeight);
    m_table->setEditTriggers(QAbstractItemView::AllEditTriggers);
    m_table->setSelectionBehavior(QAbstractItemView::SelectItems);
    m_addPart->setToolTip(tr("Curriculum: the weights change at a share of the run, as for a last stretch on the best texts"));
    connect(m_table, &QTableWidget::itemChanged, this, &MixtureForm::onWeight);
    connect(m_addPart, &QPushButton::clicked, this, &MixtureForm::addPart);
    connect(m_form, &forms::ParameterForm::changed, this, &MixtureForm::readForm);
    m_fields = new FieldDelegate(this);
    arrange();
}

void MixtureForm::setSources(const QList<workbench::DatasetSource> &sources)
{
    m_sources = sources;
    m_mixture.stages = {{0, std::vector<double>(static_cast<size_t>(sources.size()), 1.0)}};
    readForm();
    arrange();
}

void MixtureForm::setRun(double bytesPerToken, double tokens)
{
    m_bytesPerToken = bytesPerToken;
    m_tokens = tokens;
    fillOutcome();
}

/// The field may have been set by a run that is repeated, or by undo.
void MixtureForm::readForm()
{
    const QString text = m_form->values().value(kMixture).toString();
    if (m_sources.size() < 2)
        return arrange();
    if (m_filling || text == model::mixtureText(m_mixture, workbench::namesOf(m_sources)))
        return;
    const auto read = model::parseMixture(text, workbench::namesOf(m_sources));
    tell(read ? QString() : read.error().message + QLatin1Char(' ') + read.error().hint);
    if (!read)
        return;
    m_mixture = *read;
    if (m_mixture.stages.empty())
        m_mixture.stages = {{0, std::vector<double>(static_cast<size_t>(m_sources.size()), 1.0)}};
    arrange();
}

void MixtureForm::writeForm()
{
    tell({});
    m_filling = true;
    m_form->setValues({{kMixture, model::mixtureText(m_mixture, workbench::namesOf(m_sources))}});
    m_filling = false;
    fillOutcome();
}

void MixtureForm::tell(const QString &problem)
{
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
}

void MixtureForm::arrange()
{
    const bool isOffered = m_sources.size() > 1;
    setVisible(isOffered);
    const bool isWritten = !m_form->values().value(kMixture).toString().isEmpty();
    m_form->setFieldVisible(kMixture, !isOffered && isWritten);  // so that what does not fit can be taken out
    m_form->setFieldVisible(kChange, m_mixture.stages.size() > 1);
    m_problem->setVisible(!m_problem->text().isEmpty());
    if (!isOffered)
        return;
    style::clearLayout(m_parts->layout());
    for (size_t stage = 1; stage < m_mixture.stages.size(); ++stage)
        addPartRow(stage);
    fillTable();
    fillOutcome();
}

/// "From [50] % of the run on, other weights  [Remove]"
void MixtureForm::addPartRow(size_t stage)
{
    auto *line = new QWidget;
    auto *row = new QHBoxLayout(line);
    row->setContentsMargins(0, 0, 0, 0);
    auto *from = new forms::NumberEdit(forms::NumberEdit::Kind::Real);
    from->setLimits(0.01, 99.99);
    from->setUnit(QStringLiteral("%"));
    from->setMinimumWidth(kShareWidth);
    from->setNumber(100 * m_mixture.stages[stage].from);
    from->setAccessibleName(tr("Share of the run after which weights %1 hold").arg(stage + 1));
    auto *remove = style::makeButton(tr("Remove"), "link");
    row->addWidget(style::makeLabel(tr("Weights %1 hold from").arg(stage + 1)));
    row->addWidget(from);
    row->addWidget(style::makeLabel(tr("% of the run on")));
    row->addWidget(remove);
    row->addStretch(1);
    m_parts->layout()->addWidget(line);
    connect(from, &forms::NumberEdit::edited, this, [this, from, stage] {
        const double share = from->number().value_or(-1) / 100;
        const double after = m_mixture.stages[stage - 1].from, before = stage + 1 < m_mixture.stages.size() ? m_mixture.stages[stage + 1].from : 1.0;
        if (share <= after || share >= before)
            return tell(tr("It must lie between %1 % and %2 % of the run.").arg(100 * after).arg(100 * before));
        m_mixture.stages[stage].from = share;
        writeForm();
    });
    connect(remove, &QPushButton::clicked, this, [this, stage] {
        m_mixture.stages.erase(m_mixture.stages.begin() + static_cast<std::ptrdiff_t>(stage));
        writeForm();
        arrange();
    });
}

void MixtureForm::addPart()
{
    const double last = m_mixture.stages.back().from;
    m_mixture.stages.push_back({last < 0.5 ? 0.5 : last < 0.9 ? 0.9 : (1 + last) / 2, m_mixture.stages.back().weights});
    writeForm();
    arrange();
}

void MixtureForm::fillTable()
{
    const QSignalBlocker quiet(m_table);
    const int stages = static_cast<int>(m_mixture.stages.size()), rows = static_cast<int>(m_sources.size());
    QStringList titles{tr("Source"), tr("Tokens")};
    for (int stage = 0; stage < stages; ++stage)
        titles += stages == 1 ? tr("Weight") : tr("Weight %1").arg(stage + 1);
    titles += {tr("Share"), tr("Passes")};
    m_table->setColumnCount(static_cast<int>(titles.size()));
    m_table->setHorizontalHeaderLabels(titles);
    m_table->setRowCount(rows);
    for (int column = 0; column < titles.size(); ++column)
        m_table->setItemDelegateForColumn(column, column >= FirstWeightColumn && column < FirstWeightColumn + stages ? m_fields : nullptr);
    for (int row = 0; row < rows; ++row) {
        for (int column = 0; column < titles.size(); ++column)
            m_table->setItem(row, column, readOnlyItem({}));
        m_table->item(row, NameColumn)->setText(m_sources[row].name);
        m_table->item(row, NameColumn)->setToolTip(m_sources[row].location);
        for (int stage = 0; stage < stages; ++stage) {
            QTableWidgetItem *item = m_table->item(row, FirstWeightColumn + stage);
            item->setFlags(item->flags() | Qt::ItemIsEditable);
            item->setToolTip(tr("Type a weight: 2 reads this source twice as often, 0 leaves it out"));
            item->setText(QString::number(m_mixture.stages[static_cast<size_t>(stage)].weights[static_cast<size_t>(row)], 'g', 6));
        }
    }
    m_table->setFixedHeight(kHeaderHeight + std::min(rows, kMostRowsShown) * kRowHeight + 2 * m_table->frameWidth());
}

/// Tokens, shares and passes; the weights stay as they stand.
void MixtureForm::fillOutcome()
{
    if (m_sources.size() < 2 || m_table->rowCount() != m_sources.size())
        return;
    const auto plan = workbench::planMixture(m_sources, m_form->values(), m_bytesPerToken, m_tokens);
    if (!plan)
        return;
    const QSignalBlocker quiet(m_table);
    const int share = m_table->columnCount() - 2;
    for (int row = 0; row < m_table->rowCount(); ++row) {
        const auto at = static_cast<size_t>(row);
        m_table->item(row, TokensColumn)->setText(formatCount(plan->tokens[at]));
        m_table->item(row, share)->setText(tr("%1 %").arg(formatReal(100 * plan->shares[at], 3)));
        QTableWidgetItem *passes = m_table->item(row, share + 1);
        passes->setText(m_tokens > 0 ? formatReal(plan->passes[at], 2) : QStringLiteral("–"));
        passes->setToolTip(plan->passes[at] > model::kUsefulPasses ? tr("Beyond %1 passes a source teaches little more and is recited.").arg(model::kUsefulPasses) : QString());
    }
}

void MixtureForm::onWeight(QTableWidgetItem *item)
{
    const int stage = item->column() - FirstWeightColumn;
    if (stage < 0 || stage >= static_cast<int>(m_mixture.stages.size()))
        return;
    bool ok = false;
    const double weight = item->text().trimmed().toDouble(&ok);
    model::Mixture changed = m_mixture;
    std::vector<double> &weights = changed.stages[static_cast<size_t>(stage)].weights;
    if (!ok || !(weight >= 0) || weight > model::kLargestWeight)
        return tell(tr("The weight of “%1” must be a number from 0, which leaves the source out, to %2.").arg(m_sources[item->row()].name).arg(model::kLargestWeight, 0, 'f', 0));
    weights[static_cast<size_t>(item->row())] = weight;
    if (std::all_of(weights.begin(), weights.end(), [](double other) { return other == 0; }))
        return tell(tr("One of the sources needs a weight above 0."));
    m_mixture = changed;
    writeForm();
}

}  // namespace athanor::pages
