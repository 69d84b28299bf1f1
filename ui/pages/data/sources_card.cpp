#include "ui/pages/data/sources_card.h"

#include "ui/pages/common/page_parts.h"

namespace athanor::pages {

SourcesCard::SourcesCard(QWidget *parent)
    : Card(tr("Sources"), {}, parent), m_table(makeTable({tr("Where"), tr("Licence"), tr("Added")}, tr("Sources of the documents"))),
      m_remove(style::makeButton(tr("Remove source")))
{
    m_table->setMinimumHeight(88);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_table->setTextElideMode(Qt::ElideMiddle);
    m_remove->setToolTip(tr("Its documents leave the dataset when it is prepared again; the files themselves stay"));
    addHeaderWidget(m_remove);
    body()->addWidget(m_table, 1);
    m_remove->setEnabled(false);
    connect(m_table, &QTableWidget::itemSelectionChanged, this, [this] { m_remove->setEnabled(!m_table->selectedItems().isEmpty()); });
    connect(m_remove, &QPushButton::clicked, this, [this] {
        const auto rows = m_table->selectionModel()->selectedRows();
        if (!rows.isEmpty() && rows.first().row() < m_sources.size())
            Q_EMIT removeRequested(m_sources[rows.first().row()].id);
    });
}

void SourcesCard::setSources(const QList<project::Source> &sources)
{
    m_sources = sources;
    m_table->setRowCount(int(sources.size()));
    for (int row = 0; row < sources.size(); ++row) {
        const project::Source &source = sources[row];
        auto *where = new QTableWidgetItem(source.location);
        where->setToolTip(source.location);
        m_table->setItem(row, 0, where);
        m_table->setItem(row, 1, new QTableWidgetItem(source.licence.isEmpty() ? tr("not said") : source.licence));
        m_table->setItem(row, 2, new QTableWidgetItem(source.added.toLocalTime().toString(QStringLiteral("d MMM HH:mm"))));
    }
}

LicenceDialog::LicenceDialog(const QStringList &paths, QWidget *parent)
    : QDialog(parent), m_licence(new QComboBox), m_accept(style::makeButton(tr("Add"), "primary"))
{
    setWindowTitle(tr("Add sources"));
    setMinimumWidth(460);
    m_licence->setEditable(true);
    for (const QString &usual : {tr("own documents"), QStringLiteral("CC0-1.0"), QStringLiteral("CC-BY-4.0"), QStringLiteral("CC-BY-SA-4.0"),
                                 QStringLiteral("PSF-2.0"), QStringLiteral("MIT"), tr("not known")})
        m_licence->addItem(usual);
    m_licence->setCurrentIndex(-1);  // nobody claims a licence by pressing Return
    m_licence->lineEdit()->setPlaceholderText(tr("not said"));
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 20, 24, 20);
    column->setSpacing(style::kGap);
    column->addWidget(style::makeLabel(paths.size() == 1 ? tr("Add one source") : tr("Add %1 sources").arg(paths.size()), "title"));
    column->addWidget(style::makeWrappedLabel(paths.mid(0, 6).join(QLatin1Char('\n')) + (paths.size() > 6 ? tr("\nand %1 more").arg(paths.size() - 6) : QString()), "note"));
    column->addWidget(labelled(tr("Under which licence may they be used?"), m_licence));
    column->addWidget(style::makeWrappedLabel(tr("It is kept with every document, so that you can always say what a model was made from."), "note"));
    addDialogButtons(this, column, m_accept);
    m_accept->setDefault(true);
}

QString LicenceDialog::licence() const
{
    return m_licence->currentText().trimmed();
}

}  // namespace athanor::pages
