#include "ui/pages/data/documents_card.h"

#include "core/base/format.h"
#include "ui/pages/data/document_delegate.h"

namespace athanor::pages {

namespace {
constexpr int kSearchDelayMs = 150;
constexpr int kMostReasonChips = 8;
}  // namespace

DocumentsCard::DocumentsCard(QWidget *parent)
    : Card(tr("Documents"), {}, parent), m_search(new QLineEdit), m_chips(new style::ChipBar), m_list(new QListView),
      m_nothing(style::makeWrappedLabel({}, "note")), m_model(new DocumentListModel(this))
{
    m_search->setPlaceholderText(tr("Search documents"));
    m_search->setAccessibleName(tr("Search documents by path"));
    m_search->setClearButtonEnabled(true);
    m_list->setModel(m_model);
    m_list->setItemDelegate(new DocumentDelegate(m_list));
    m_list->setUniformItemSizes(true);
    m_list->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setAccessibleName(tr("Documents"));
    m_list->setMinimumHeight(180);
    body()->addWidget(m_search);
    body()->addWidget(m_chips);
    body()->addWidget(m_nothing);
    body()->addWidget(m_list, 1);
    m_nothing->hide();
    m_delay.setSingleShot(true);
    m_delay.setInterval(kSearchDelayMs);
    connect(&m_delay, &QTimer::timeout, this, &DocumentsCard::applyFilter);
    connect(m_search, &QLineEdit::textChanged, this, [this] { m_delay.start(); });
    connect(m_chips, &style::ChipBar::currentChanged, this, &DocumentsCard::applyFilter);
    connect(m_list->selectionModel(), &QItemSelectionModel::currentChanged, this, &DocumentsCard::currentChanged);
}

void DocumentsCard::setDataset(project::Project *project, const project::Dataset &dataset)
{
    if (m_project == project && m_dataset == dataset.rowId)
        return;
    m_project = project;
    m_dataset = dataset.rowId;
    setNote(tr("%1, version %2").arg(dataset.name).arg(dataset.version));
    fillChips(dataset);
    applyFilter();
}

void DocumentsCard::clear()
{
    m_project = nullptr;
    m_dataset = -1;
    m_chips->clear();
    m_model->clear();
}

void DocumentsCard::fillChips(const project::Dataset &dataset)
{
    const QSignalBlocker quiet(m_chips);
    const QString before = m_chips->current();
    m_chips->clear();
    const auto chip = [this](const QString &id, const QString &words, qint64 count) {
        m_chips->setChip(id, QStringLiteral("%1 %2").arg(words, formatInteger(count)));
    };
    chip(QStringLiteral("all"), tr("all"), dataset.documents);
    chip(QStringLiteral("kept"), tr("kept"), dataset.kept);
    chip(QStringLiteral("removed"), tr("removed"), dataset.removed);
    if (dataset.unreadable > 0)
        chip(QStringLiteral("unreadable"), tr("unreadable"), dataset.unreadable);
    if (const auto reasons = m_project->reasonCounts(dataset.rowId)) {
        int shown = 0;
        for (const project::ReasonCount &reason : *reasons)
            if (shown++ < kMostReasonChips)
                chip(QStringLiteral("reason:") + reason.reason, reason.title.isEmpty() ? reason.reason : reason.title, reason.count);
    }
    if (m_chips->ids().contains(before))
        m_chips->setCurrent(before);
    m_search->setPlaceholderText(tr("Search %1 documents").arg(formatInteger(dataset.documents)));
}

void DocumentsCard::showOnly(const QString &chip)
{
    if (m_chips->ids().contains(chip))
        m_chips->setCurrent(chip);
}

void DocumentsCard::applyFilter()
{
    m_delay.stop();
    if (!m_project)
        return;
    project::DocumentFilter filter;
    filter.dataset = m_dataset;
    filter.text = m_search->text().trimmed();
    const QString chip = m_chips->current();
    if (chip.startsWith(QLatin1String("reason:")))
        filter.reason = chip.mid(7);
    else if (chip != QLatin1String("all"))
        filter.status = chip;
    m_model->setFilter(m_project, filter);
    const bool empty = m_model->rowCount() == 0;
    m_nothing->setVisible(empty);
    if (m_model->problem())
        m_nothing->setText(m_model->problem()->message);
    else
        m_nothing->setText(filter.text.isEmpty() ? tr("No document is in this state.") : tr("No path has these words. The search goes by words and their beginnings."));
    if (!empty)
        m_list->setCurrentIndex(m_model->index(0));
    else
        Q_EMIT currentChanged();
}

void DocumentsCard::select(const QString &documentId)
{
    for (;;) {
        const int row = m_model->rowOf(documentId);
        if (row >= 0)
            return m_list->setCurrentIndex(m_model->index(row));
        if (!m_model->canFetchMore({}) || m_model->rowCount() > 20'000)
            return;
        m_model->fetchMore({});
    }
}

void DocumentsCard::step(int rows)
{
    const int row = m_list->currentIndex().row() + rows;
    if (row >= m_model->rowCount() && m_model->canFetchMore({}))
        m_model->fetchMore({});
    if (row >= 0 && row < m_model->rowCount())
        m_list->setCurrentIndex(m_model->index(row));
}

const project::Document *DocumentsCard::current() const
{
    return m_model->at(m_list->currentIndex().row());
}

}  // namespace athanor::pages
