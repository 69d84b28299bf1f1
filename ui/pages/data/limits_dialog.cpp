#include "ui/pages/data/limits_dialog.h"

#include "core/base/format.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/common/page_parts.h"

namespace athanor::pages {

LimitsDialog::LimitsDialog(shell::Session &session, const project::Dataset &dataset, QWidget *parent)
    : QDialog(parent), m_session(session), m_dataset(dataset), m_view(new LimitsView), m_note(style::makeWrappedLabel({}, "note")),
      m_use(style::makeButton(tr("Use this limit"), "primary"))
{
    setWindowTitle(tr("Limits of the filters"));
    resize(720, 620);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 20, 24, 20);
    column->setSpacing(style::kGap);
    column->addWidget(style::makeLabel(tr("Where the filters draw the line"), "title"));
    column->addWidget(m_view, 1);
    column->addWidget(m_note);
    auto *row = new QHBoxLayout;
    auto *close = style::makeButton(tr("Close"));
    m_use->setAutoDefault(false);
    close->setAutoDefault(false);
    row->addStretch(1);
    row->addWidget(close);
    row->addWidget(m_use);
    column->addLayout(row);
    connect(close, &QPushButton::clicked, this, &QDialog::close);
    connect(m_use, &QPushButton::clicked, this, &LimitsDialog::use);
    connect(m_view, &LimitsView::changed, this, &LimitsDialog::updateTexts);
    connect(m_view, &LimitsView::documentRequested, this, &LimitsDialog::documentRequested);
    connect(&session, &shell::Session::projectChanged, this, &QDialog::close);
    connect(&session, &shell::Session::changed, this, &LimitsDialog::reload);
    load();
}

void LimitsDialog::load()
{
    m_recipe = m_session.workbench().recipeOf(m_dataset.name).value_or(m_dataset.recipe);
    const std::vector<corpus::SignalLimit> limits = corpus::signalLimits(m_recipe, m_session.plugins());
    QStringList keys;
    for (const corpus::SignalLimit &limit : limits)
        if (!keys.contains(limit.signal.key))
            keys += limit.signal.key;
    m_view->setNotice(tr("Reading what was measured…"));
    m_view->setLimits(limits, m_session.plugins());
    m_loader = std::make_unique<SignalLoader>(m_session.workbench().documentsFile(m_dataset), keys);
    connect(m_loader.get(), &SignalLoader::loaded, m_view, &LimitsView::setValues);
    connect(m_loader.get(), &SignalLoader::failed, this, [this](const Error &error) { m_view->setNotice(error.message + QLatin1Char(' ') + error.hint); });
}

/// The dataset may have been prepared again, or its recipe changed elsewhere.
void LimitsDialog::reload()
{
    if (!m_session.hasProject())
        return;
    const auto dataset = m_session.project().dataset(m_dataset.name);
    if (!dataset)
        return void(close());
    const bool isOther = dataset->jobId != m_dataset.jobId;
    m_dataset = *dataset;
    if (isOther)
        return load();
    const auto recipe = m_session.workbench().recipeOf(m_dataset.name);
    if (!recipe || *recipe == m_recipe)
        return;  // what is being typed is left alone
    m_recipe = *recipe;
    m_view->setLimits(corpus::signalLimits(m_recipe, m_session.plugins()), m_session.plugins());
}

void LimitsDialog::use()
{
    const auto limit = m_view->tried();
    if (!limit || !m_session.tell(m_session.workbench().setLimit(m_dataset.name, *limit, limit->value)))
        return;
    m_session.refreshNow();
    reload();
    Q_EMIT used();
}

void LimitsDialog::updateTexts()
{
    const auto limit = m_view->tried();
    m_use->setEnabled(m_view->isMoved() && !m_session.isReadOnly());
    if (!limit)
        return m_note->setText({});
    const QString still = m_recipe == m_dataset.recipe ? tr("Drag the line, type a number, or move it with the arrow keys. Counted are the documents that this filter saw.")
                                                       : tr("The recipe has changed since: prepare the documents again to apply it. Only what was not read before is read.");
    m_note->setText(m_view->isMoved() ? tr("The recipe has another limit. Use this one, then prepare the documents again: only what was not read before is read.")
                                      : still);
    m_session.setCommand(workbench::signalsCommand(m_dataset.name, limit->signal.filter));
}

}  // namespace athanor::pages
