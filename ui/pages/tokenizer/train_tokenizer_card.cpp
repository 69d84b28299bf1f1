#include "ui/pages/tokenizer/train_tokenizer_card.h"

#include "core/workbench/command_lines.h"
#include "ui/shell/session.h"

namespace athanor::pages {

TrainTokenizerCard::TrainTokenizerCard(shell::Session &session, QWidget *parent)
    : Card(tr("Train a tokenizer"), tr("learns from your documents"), parent), m_session(session), m_method(new QComboBox), m_dataset(new QComboBox),
      m_name(new QLineEdit), m_methodHelp(style::makeWrappedLabel({}, "note")), m_formPlace(new QVBoxLayout)
{
    body()->addWidget(style::makeWrappedLabel(
        tr("A tokenizer cuts text into the pieces that the model reads and writes. Pieces that are frequent in your "
           "documents become one token, so the model needs fewer steps for the same text."), "note"));
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(style::kGap);
    grid->addWidget(labelled(tr("Name"), m_name), 0, 0);
    grid->addWidget(labelled(tr("Learn from"), m_dataset, tr("The training part of this dataset")), 0, 1);
    grid->addWidget(labelled(tr("Method"), m_method), 1, 0, 1, 2);
    grid->addWidget(m_methodHelp, 2, 0, 1, 2);
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    body()->addLayout(grid);
    body()->addLayout(m_formPlace);
    body()->addStretch(1);
    connect(m_method, &QComboBox::currentIndexChanged, this, &TrainTokenizerCard::makeForm);
    connect(m_method, &QComboBox::currentIndexChanged, this, &TrainTokenizerCard::changed);
    connect(m_dataset, &QComboBox::currentIndexChanged, this, &TrainTokenizerCard::changed);
    connect(m_name, &QLineEdit::textEdited, this, &TrainTokenizerCard::changed);
}

void TrainTokenizerCard::refresh()
{
    if (!m_session.hasProject())
        return;
    if (m_method->count() == 0)
        fillMethods();
    fillChoices(m_dataset, datasetNames(m_session.project()));
    QStringList taken;
    if (const auto tokenizers = m_session.project().tokenizers())
        for (const project::Tokenizer &tokenizer : *tokenizers)
            taken += tokenizer.name;
    if (m_name->text().isEmpty() || taken.contains(m_name->text()))
        m_name->setText(freeName(tr("tokenizer"), taken));
}

void TrainTokenizerCard::fillMethods()
{
    QStringList titles, ids;
    for (const plugin::Metadata *method : m_session.plugins().ofKind(QStringLiteral("tokenizer"))) {
        titles += method->title;
        ids += method->id;
    }
    fillChoices(m_method, titles, ids);
    makeForm();
}

void TrainTokenizerCard::makeForm()
{
    const QJsonObject before = m_form ? m_form->values() : QJsonObject();
    delete std::exchange(m_form, nullptr);
    const plugin::Metadata *method = m_session.plugins().find(chosen(m_method));
    if (!method)
        return;
    m_methodHelp->setText(method->source.isEmpty() ? method->summary : QStringLiteral("%1 (%2)").arg(method->summary, method->source));
    m_form = new forms::ParameterForm(method->parameters, forms::HelpPlacement::Below);
    m_form->setValues(before);
    m_formPlace->addWidget(m_form);
    connect(m_form, &forms::ParameterForm::changed, this, &TrainTokenizerCard::changed);
}

Result<QString> TrainTokenizerCard::start()
{
    if (!m_form)
        return fail(ErrorCode::NotFound, tr("No method of training a tokenizer is installed."), tr("“athanor-cli plugin list” says what was found and why a plugin failed."));
    if (!m_form->isValid())
        return fail(ErrorCode::InvalidInput, m_form->firstError(), tr("Change the marked field."));
    ATHANOR_ASSIGN(const job::Folder job, m_session.workbench().trainTokenizer(m_name->text().trimmed(), chosen(m_dataset), chosen(m_method), m_form->values()));
    return job.spec().id;
}

QString TrainTokenizerCard::command() const
{
    const plugin::Metadata *method = m_session.plugins().find(chosen(m_method));
    return m_form && method ? workbench::trainTokenizerCommand(m_name->text().trimmed(), chosen(m_dataset), *method, m_form->values()) : QString();
}

}  // namespace athanor::pages
