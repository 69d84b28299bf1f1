#include "ui/pages/training/sweep_dialog.h"

#include "core/base/format.h"
#include "core/experiment/sweep.h"
#include "core/model/training_settings.h"
#include "ui/pages/common/page_parts.h"
#include "ui/shell/session.h"

namespace athanor::pages {

namespace {

/// What is tried most often, with values to begin with; a row is left out while its field is empty.
struct Proposal {
    const char *key, *values, *example;
};
constexpr Proposal kProposals[] = {{"learning_rate", "5e-4..8e-3:log", "5e-4..8e-3:log"}, {"batch", "", "4,8,16"}, {"weight_decay", "", "0,0.1,0.3"}};
constexpr int kUsualDraws = 8;

}  // namespace

SweepDialog::SweepDialog(shell::Session &session, const workbench::RunRequest &request, QWidget *parent)
    : QDialog(parent), m_session(session), m_run(request), m_manner(new QComboBox), m_draws(new QSpinBox),
      m_stops(new QCheckBox(tr("Runs that fall behind end early"))), m_words(style::makeWrappedLabel({}, "note")),
      m_start(style::makeButton(tr("Start"), "primary"))
{
    setWindowTitle(tr("Try several settings"));
    resize(560, 380);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 20, 24, 20);
    column->setSpacing(style::kGap);
    column->addWidget(style::makeLabel(tr("Try several settings of %1").arg(request.model), "title"));
    column->addWidget(style::makeWrappedLabel(tr("One run for each combination, one after the other, also with this window closed. Values: a list (4,8,16) or a range (1e-4..1e-2:log)."), "note"));
    column->addWidget(makeRows());
    column->addWidget(makeManner());
    column->addWidget(m_words);
    column->addStretch(1);
    addDialogButtons(this, column, m_start);
    disconnect(m_start, &QPushButton::clicked, this, nullptr);  // what cannot start keeps the dialog open
    connect(m_start, &QPushButton::clicked, this, &SweepDialog::start);
    review();
}

SweepDialog *SweepDialog::open(shell::Session &session, const workbench::RunRequest &request, QWidget *parent)
{
    auto *dialog = new SweepDialog(session, request, parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->QDialog::open();
    return dialog;
}

QWidget *SweepDialog::makeRows()
{
    QStringList titles, keys;
    const plugin::ParameterSchema schema = model::trainingSettings(m_session.plugins()).schemaFor(m_run.settings);
    for (const plugin::Parameter &parameter : schema.parameters()) {
        titles += parameter.title;
        keys += parameter.key;
    }
    auto *rows = new QWidget;
    auto *grid = new QGridLayout(rows);
    grid->setContentsMargins(0, 0, 0, 0);
    for (const Proposal &proposal : kProposals) {
        Row row{new QComboBox, new QLineEdit(QString::fromLatin1(proposal.values))};
        fillChoices(row.setting, titles, keys);
        choose(row.setting, QString::fromLatin1(proposal.key));
        style::letShrink(row.setting, 16);
        row.setting->setAccessibleName(tr("Setting %1").arg(m_rows.size() + 1));
        row.values->setAccessibleName(tr("Values of setting %1").arg(m_rows.size() + 1));
        row.values->setPlaceholderText(tr("left as it is; for example %1").arg(QLatin1String(proposal.example)));
        grid->addWidget(row.setting, int(m_rows.size()), 0);
        grid->addWidget(row.values, int(m_rows.size()), 1);
        connect(row.setting, &QComboBox::currentIndexChanged, this, &SweepDialog::review);
        connect(row.values, &QLineEdit::textChanged, this, &SweepDialog::review);
        m_rows.push_back(row);
    }
    grid->setColumnStretch(1, 1);
    return rows;
}

QWidget *SweepDialog::makeManner()
{
    m_manner->addItem(tr("All combinations"));
    m_manner->addItem(tr("Some, drawn at random"));
    m_manner->setAccessibleName(tr("Which combinations"));
    m_draws->setRange(1, experiment::kMostSweepRuns);
    m_draws->setValue(kUsualDraws);
    m_draws->setAccessibleName(tr("Number of combinations"));
    m_draws->setEnabled(false);
    m_stops->setChecked(true);
    m_stops->setToolTip(tr("At a quarter and at half of its way a run goes on only while it is among the best third (successive halving, Li et al. 2020)"));
    auto *manner = new QWidget;
    auto *row = new QHBoxLayout(manner);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_manner);
    row->addWidget(m_draws);
    row->addStretch(1);
    row->addWidget(m_stops);
    connect(m_manner, &QComboBox::currentIndexChanged, this, [this](int index) { m_draws->setEnabled(index == 1); review(); });
    connect(m_draws, &QSpinBox::valueChanged, this, &SweepDialog::review);
    connect(m_stops, &QCheckBox::toggled, this, &SweepDialog::review);
    return manner;
}

workbench::SweepRequest SweepDialog::request() const
{
    workbench::SweepRequest request;
    request.run = m_run;
    for (const Row &row : m_rows)
        if (!row.values->text().trimmed().isEmpty())
            request.vary += chosen(row.setting) + QLatin1Char('=') + row.values->text().trimmed();
    request.draws = m_draws->isEnabled() ? m_draws->value() : 0;
    request.stopsHopeless = m_stops->isChecked();
    return request;
}

void SweepDialog::review()
{
    const auto runs = workbench::sweepRuns(m_session.plugins(), request());
    m_start->setEnabled(runs && !m_session.isReadOnly());
    if (!runs) {
        m_words->setText((runs.error().message + QLatin1Char(' ') + runs.error().hint).trimmed());
        return;
    }
    const auto plan = m_session.workbench().plan(m_run);
    const QString takes = plan && plan->seconds > 0 ? tr(", at most about %1").arg(formatDuration(plan->seconds * double(runs->size()))) : QString();
    m_words->setText(tr("%1 runs%2.").arg(runs->size()).arg(takes));
}

void SweepDialog::start()
{
    QHash<QString, QString> titles;
    for (const Row &row : m_rows)
        titles.insert(chosen(row.setting), row.setting->currentText());
    const auto id = workbench::startSweep(m_session.workbench(), request(), titles);
    if (!id) {
        m_words->setText((id.error().message + QLatin1Char(' ') + id.error().hint).trimmed());
        return;
    }
    m_session.setCommand(workbench::sweepCommand(m_session.plugins(), request()));
    m_session.refreshNow();
    Q_EMIT started(*id);
    accept();
}

}  // namespace athanor::pages
