#include "ui/pages/chat/prompts_dialog.h"

#include "core/base/format.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/common/page_parts.h"
#include "ui/shell/session.h"

#include <QFileDialog>
#include <QHeaderView>

namespace athanor::pages {

namespace {

constexpr int kShownAnswers = 200;
constexpr qsizetype kShownCharacters = 2000;

QString askedIn(const QJsonObject &answer)
{
    const QJsonArray messages = answer.value(QLatin1String("messages")).toArray();
    return messages.isEmpty() ? answer.value(QLatin1String("prompt")).toString()
                              : messages.last().toObject().value(QLatin1String("content")).toString();
}

}  // namespace

PromptsDialog::PromptsDialog(shell::Session &session, workbench::PromptsRequest known, const QString &modelTitle, QWidget *parent)
    : JobDialog(session, tr("Open the answers"), tr("Progress of the answers"), parent), m_known(std::move(known)), m_file(new QLineEdit),
      m_to(new QLineEdit), m_asChat(new QCheckBox(tr("Ask them as questions"))), m_batch(new QSpinBox),
      m_table(makeTable({tr("Line"), tr("Prompt"), tr("Answer")}, tr("The first answers")))
{
    setWindowTitle(tr("Prompts from a file"));
    resize(640, 420);
    m_table->setWordWrap(true);
    m_table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Fixed);
    m_table->horizontalHeader()->resizeSection(0, 56);
    layOut({style::makeLabel(tr("Prompts for %1").arg(modelTitle), "title"),
            style::makeWrappedLabel(tr("Every prompt of a file is answered with the settings of this page, several at once, and each as it would be alone."), "note")},
           makeForm(), m_table);
    refresh();
}

PromptsDialog *PromptsDialog::open(shell::Session &session, const workbench::PromptsRequest &known, const QString &modelTitle, QWidget *parent)
{
    auto *dialog = new PromptsDialog(session, known, modelTitle, parent);
    dialog->openAlone();
    return dialog;
}

QWidget *PromptsDialog::makeForm()
{
    auto *form = new QWidget;
    auto *column = new QVBoxLayout(form);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    const auto addPlace = [&](const QString &title, QLineEdit *field, const QString &help, const QString &chooseName, void (PromptsDialog::*choose)()) {
        auto *row = new QHBoxLayout;
        auto *button = style::makeButton(tr("Choose…"));
        button->setAccessibleName(chooseName);
        row->addWidget(labelled(title, field, help), 1);
        row->addWidget(button, 0, Qt::AlignBottom);
        column->addLayout(row);
        connect(button, &QPushButton::clicked, this, choose);
    };
    addPlace(tr("File"), m_file, tr("JSON Lines with “prompt” or “messages”, or plain text with one prompt a line"), tr("Choose the file of prompts"), &PromptsDialog::chooseFile);
    addPlace(tr("Where the answers go"), m_to, tr("JSON Lines, in the order of the prompts"), tr("Choose where the answers go"), &PromptsDialog::choosePlace);
    m_batch->setRange(0, workbench::kLargestPromptBatch);
    m_batch->setSpecialValueText(tr("as memory allows"));
    column->addWidget(labelled(tr("At once"), m_batch, tr("Batch size: prompts that are written together")));
    m_asChat->setToolTip(tr("Each prompt is put as the model's chat template says, behind the page's system prompt"));
    m_asChat->setChecked(m_known.asksChat);
    m_asChat->setVisible(m_known.asksChat);
    column->addWidget(m_asChat);
    connect(m_file, &QLineEdit::textChanged, this, [this](const QString &text) {
        const QFileInfo file(withHome(text.trimmed()));
        if (m_placeIsProposed)
            m_to->setText(text.trimmed().isEmpty() ? QString() : file.absolutePath() + QLatin1Char('/') + file.completeBaseName() + QStringLiteral(".answers.jsonl"));
        refresh();
    });
    connect(m_to, &QLineEdit::textEdited, this, [this] {
        m_placeIsProposed = false;
        refresh();
    });
    return form;
}

void PromptsDialog::setFile(const QString &path) { m_file->setText(path); }

void PromptsDialog::chooseFile()
{
    auto *dialog = new QFileDialog(this, tr("Prompts from a file"), QFileInfo(m_file->text()).path(), tr("Prompts (*.jsonl *.ndjson *.txt);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &PromptsDialog::setFile);
    dialog->open();
}

void PromptsDialog::choosePlace()
{
    askForNewFile(this, tr("Where the answers go"), m_to->text(), tr("JSON Lines (*.jsonl)"), [this](const QString &place) {
        m_placeIsProposed = false;
        m_to->setText(place);
        refresh();
    });
}

workbench::PromptsRequest PromptsDialog::request() const
{
    workbench::PromptsRequest request = m_known;
    request.file = withHome(m_file->text().trimmed());
    request.to = withHome(m_to->text().trimmed());
    request.batch = m_batch->value();
    request.asksChat = m_asChat->isChecked();
    if (!request.asksChat)
        request.system.clear();
    return request;
}

Result<job::Folder> PromptsDialog::startJob()
{
    auto job = m_session.workbench().answerPrompts(request());
    if (job)
        m_session.setCommand(workbench::promptsCommand(request()));
    return job;
}

std::pair<QString, QString> PromptsDialog::endedWords(const job::Summary &summary) const
{
    return {tr("The answers ended before all were written (%1).").arg(stateWords(summary.state)),
            summary.kept.isEmpty() ? tr("What was written is kept; resuming the job writes the others.") : summary.kept};
}

void PromptsDialog::onResult(const QJsonObject &result)
{
    const auto number = [&](const char *key) { return result.value(QLatin1String(key)).toInteger(); };
    const QString to = result.value(QLatin1String("to")).toString();
    setWritten(to.isEmpty() ? m_session.projectPath() + QLatin1Char('/') + result.value(QLatin1String("file")).toString() : to);
    QString said = tr("%1 of %2 prompts answered").arg(number("answered")).arg(number("prompts"));
    if (number("tokens") > 0)  // labels have none
        said += tr(": %1 tokens, %2 tokens/s in batches of up to %3").arg(formatInteger(number("tokens")))
                    .arg(formatReal(result.value(QLatin1String("tokensPerSecond")).toDouble(), 3)).arg(number("largestBatch"));
    said += QStringLiteral(". ") + written();
    if (number("failed") > 0)
        said += QLatin1Char('\n') + (number("failed") == 1 ? tr("One line could not be answered; it says why in its “error”.") : tr("%1 lines could not be answered; each says why in its “error”.").arg(number("failed")));
    m_words->setText(said);
    m_words->show();
    showAnswers();
    resize(std::max(width(), 760), std::max(height(), 560));
}

void PromptsDialog::showAnswers()
{
    QFile file(written());
    if (!file.open(QIODevice::ReadOnly))
        return;
    while (!file.atEnd() && m_table->rowCount() < kShownAnswers) {
        const QJsonObject answer = QJsonDocument::fromJson(file.readLine()).object();
        const bool failed = answer.contains(QLatin1String("error"));
        const int row = m_table->rowCount();
        m_table->insertRow(row);
        const QStringList cells{QString::number(answer.value(QLatin1String("line")).toInteger()), askedIn(answer),
                                answer.value(failed ? QLatin1String("error") : QLatin1String("text")).toString()};
        for (int cell = 0; cell < 3; ++cell) {
            auto *item = new QTableWidgetItem(cells[cell].left(kShownCharacters));
            item->setToolTip(cells[cell].left(kShownCharacters));
            m_table->setItem(row, cell, item);
        }
    }
    m_table->resizeRowsToContents();
}

void PromptsDialog::refresh()
{
    updateButtons(tr("Start"), tr("Answering…"), !m_file->text().trimmed().isEmpty() && !m_to->text().trimmed().isEmpty());
}

}  // namespace athanor::pages
