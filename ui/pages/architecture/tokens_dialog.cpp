#include "ui/pages/architecture/tokens_dialog.h"

namespace athanor::pages {

TokensDialog::TokensDialog(const QString &model, const QString &proposedName, QWidget *parent)
    : QDialog(parent), m_tokens(new QPlainTextEdit), m_name(new QLineEdit(proposedName)), m_accept(style::makeButton(tr("Add words"), "primary"))
{
    setWindowTitle(tr("More words"));
    setMinimumWidth(460);
    m_tokens->setPlaceholderText(tr("myocarditis\ntroponin"));
    m_tokens->setMinimumHeight(160);
    m_tokens->setTabChangesFocus(true);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 20, 24, 20);
    column->setSpacing(style::kGap);
    column->addWidget(style::makeLabel(tr("More words for %1").arg(model), "title"));
    column->addWidget(style::makeWrappedLabel(tr("Words of your field that the model cuts into many pieces become tokens of their own: the same text in fewer tokens. Each begins as the mean of its old pieces; teach the new model documents with these words afterwards."), "note"));
    column->addWidget(labelled(tr("One token a line"), m_tokens));
    column->addWidget(labelled(tr("Name of the new model"), m_name));
    addDialogButtons(this, column, m_accept);
    const auto check = [this] { m_accept->setEnabled(!tokens().isEmpty() && !name().isEmpty()); };
    connect(m_tokens, &QPlainTextEdit::textChanged, this, check);
    connect(m_name, &QLineEdit::textChanged, this, check);
    check();
}

QStringList TokensDialog::tokens() const
{
    QStringList tokens;
    for (const QString &line : m_tokens->toPlainText().split(QLatin1Char('\n')))
        if (!line.trimmed().isEmpty() && !tokens.contains(line.trimmed()))
            tokens += line.trimmed();
    return tokens;
}

QString TokensDialog::name() const { return m_name->text().trimmed(); }

}  // namespace athanor::pages
