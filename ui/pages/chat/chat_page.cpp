#include "ui/pages/chat/chat_page.h"

#include "core/base/format.h"
#include "core/model/generation_settings.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/chat/prompts_dialog.h"
#include "ui/pages/common/job_follower.h"
#include "ui/shell/session.h"
#include "ui/style/type.h"

namespace athanor::pages {

namespace {
constexpr int kQuitDelayMs = 30'000;  // a glance at another page does not unload the model
constexpr int kNarrow = 720;
}

ChatPage::ChatPage(shell::Session &session, QWidget *parent)
    : ScrollPage(session, parent), m_header(new style::PageHeader(tr("Chat"))),
      m_prompts(m_header->addButton(tr("Prompts from a file…"), tr("Answers every prompt of a file and writes the answers to another"))),
      m_compare(m_header->addButton(tr("Side by side"), tr("Two models on the same prompt"))), m_clear(m_header->addButton(tr("Begin anew"), tr("Forgets the conversation"))),
      m_error(new ErrorPanel), m_stack(new PageStack),
      m_empty(new style::EmptyState(QStringLiteral("chat"), tr("There is no model to try yet."),
                                    tr("Train one first, or bring one in. You can try it from its first checkpoint on, while it still learns."), tr("Go to Training"))),
      m_left(new AnswerColumn), m_right(new AnswerColumn)
{
    content()->addWidget(m_header);
    content()->addWidget(m_error);
    content()->addWidget(m_stack, 1);
    m_stack->addWidget(m_empty);
    auto *body = new QWidget;
    auto *row = new QHBoxLayout(body);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(style::kGap);
    row->addWidget(makeTextColumn(), 7);
    row->addWidget(makeSideColumn(), 3);
    m_stack->addWidget(body);
    m_compare->setCheckable(true);
    m_right->hide();
    m_quitTimer.setSingleShot(true);
    m_quitTimer.setInterval(kQuitDelayMs);
    connect(&m_quitTimer, &QTimer::timeout, this, [this] {
        if (isBusy())
            m_quitTimer.start();  // an answer under way is written to its end
        else
            quit();
    });
    connect(m_header->setPrimary(tr("Continue the text"), tr("Ctrl+Return")), &QPushButton::clicked, this, &ChatPage::onPrimary);
    connect(m_empty, &style::EmptyState::activated, this, [this] { this->session().goTo(project::Stage::Training); });
    connect(m_prompts, &QPushButton::clicked, this, &ChatPage::answerFile);
    connect(m_compare, &QPushButton::toggled, this, &ChatPage::setComparing);
    connect(m_clear, &QPushButton::clicked, this, [this] {
        for (AnswerColumn *column : columns())
            column->clear();
        m_error->dismiss();
    });
    connectColumn(m_left);
    connectColumn(m_right);
}

ChatPage::~ChatPage()
{
    for (AnswerColumn *column : {m_left, m_right}) {
        column->disconnect(this);
        column->client()->disconnect(column);
        column->client()->quit();
    }
}

QWidget *ChatPage::makeTextColumn()
{
    auto *holder = new QWidget;
    auto *column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    auto *pair = new SideBySide(kNarrow);
    pair->add(m_left, 1);
    pair->add(m_right, 1);
    column->addWidget(pair, 1);
    column->addWidget(makePromptCard());
    return holder;
}

QWidget *ChatPage::makePromptCard()
{
    m_promptCard = new style::Card(tr("Begin with"), tr("Ctrl+Return continues it"));
    m_prompt = new QPlainTextEdit;
    m_prompt->setAccessibleName(tr("Beginning of the text"));
    m_prompt->setFont(style::fixedFont(14));
    m_prompt->setTabChangesFocus(true);
    m_prompt->setFixedHeight(92);
    m_promptCard->body()->addWidget(m_prompt);
    auto *row = new QHBoxLayout;
    m_again = style::makeButton(tr("Go on from here"));
    m_again->setToolTip(tr("Takes all of the text above as the new beginning"));
    m_copy = style::makeButton(tr("Copy text"));
    row->addWidget(m_again);
    row->addWidget(m_copy);
    row->addStretch(1);
    m_promptCard->body()->addLayout(row);
    connect(m_prompt, &QPlainTextEdit::textChanged, this, &ChatPage::updateHeader);
    connect(m_again, &QPushButton::clicked, this, &ChatPage::goOn);
    connect(m_copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_left->wholeText()); });
    return m_promptCard;
}

QWidget *ChatPage::makeSideColumn()
{
    auto *holder = new QWidget;
    auto *column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    m_systemCard = new style::Card(tr("How it should answer"), tr("system prompt"));
    m_system = new QPlainTextEdit;
    m_system->setAccessibleName(tr("How it should answer"));
    m_system->setToolTip(tr("System prompt: stands before the conversation; empty leaves it to the model's template"));
    m_system->setPlaceholderText(tr("You answer briefly and say when you do not know."));
    m_system->setTabChangesFocus(true);
    m_system->setFixedHeight(84);
    m_systemCard->body()->addWidget(m_system);
    auto *card = new style::Card(tr("How it chooses"));
    m_form = new forms::ParameterForm(model::generationSchema(), forms::HelpPlacement::AtFoot);
    card->body()->addWidget(m_form);
    column->addWidget(m_systemCard);
    column->addWidget(card);
    column->addStretch(1);
    holder->setMinimumWidth(230);
    connect(m_form, &forms::ParameterForm::changed, this, &ChatPage::updateHeader);
    return holder;
}

void ChatPage::connectColumn(AnswerColumn *column)
{
    column->client()->setStarter([this](const QString &checkpoint) { return startJob(checkpoint); });
    column->client()->setWatcher([this](const QString &jobPath) { return jobProblem(jobPath); });
    column->client()->setCanceller([](const QString &jobPath) {
        const QDir jobs = QFileInfo(jobPath).dir();
        if (auto folder = job::Folder::open(QFileInfo(jobs.path()).path(), QFileInfo(jobPath).fileName()))
            [[maybe_unused]] const auto asked = folder->sendControl(QStringLiteral("cancel"));
    });
    connect(column, &AnswerColumn::changed, this, &ChatPage::updateHeader);
    connect(column, &AnswerColumn::modeChanged, this, &ChatPage::updateMode);
    connect(column, &AnswerColumn::ended, this, &ChatPage::askNext);
    connect(column, &AnswerColumn::editRequested, this, &ChatPage::editLast);
    connect(column, &AnswerColumn::writeAgainRequested, this, [this, column] { writeAgain(column); });
    connect(column, &AnswerColumn::failed, this, [this](const Error &error) { m_error->present(error); });
}

QList<AnswerColumn *> ChatPage::columns() const
{
    return isComparing() ? QList<AnswerColumn *>{m_left, m_right} : QList<AnswerColumn *>{m_left};
}

bool ChatPage::isBusy() const
{
    return m_left->isBusy() || m_right->isBusy() || !m_waiting.isEmpty();
}

bool ChatPage::anyChat() const
{
    return m_left->isChat() || (isComparing() && m_right->isChat());
}

QString ChatPage::weights() const
{
    return m_form->values().value(QLatin1String("weights")).toString();
}

Result<QString> ChatPage::startJob(const QString &checkpoint)
{
    ATHANOR_ASSIGN(const job::Folder job, session().workbench().chat(checkpoint, weights()));
    session().jobs().pollNow();
    return job.path();
}

std::optional<Error> ChatPage::jobProblem(const QString &jobPath) const
{
    auto folder = job::Folder::open(session().projectPath(), QFileInfo(jobPath).fileName());
    if (!folder)
        return folder.error();
    const job::Summary summary = folder->summary();
    if (isRunningState(summary.state))
        return std::nullopt;
    if (summary.state == job::State::Failed)
        return summary.error;
    return Error{ErrorCode::External, tr("The chat job ended before it was ready (%1).").arg(stateWords(summary.state)), tr("Ask again to start it anew."), {}};
}

void ChatPage::refresh()
{
    if (!session().hasProject())
        return;
    const int count = m_left->fill(session().project(), session().projectPath());
    m_right->fill(session().project(), session().projectPath());
    m_stack->setCurrentIndex(count > 0 ? 1 : 0);
    updateMode();
    updateHeader();
}

void ChatPage::open(const QJsonObject &argument)
{
    refresh();
    const auto text = [&](const char *key) { return argument.value(QLatin1String(key)).toString(); };
    m_left->setCheckpoint(text("checkpoint"));
    if (argument.contains(QLatin1String("model")))
        if (const auto folder = session().workbench().resolveCheckpoint(text("model")))
            m_left->setCheckpoint(*folder);
    if (argument.contains(QLatin1String("compare"))) {
        setComparing(true);
        m_right->setCheckpoint(text("compare"));
    }
    if (argument.contains(QLatin1String("prompt")))
        m_prompt->setPlainText(text("prompt"));
    m_prompt->setFocus();
}

void ChatPage::setComparing(bool comparing)
{
    m_compare->setChecked(comparing);
    if (comparing == isComparing())
        return;
    m_right->setVisible(comparing);
    if (comparing && m_right->checkpointBox()->count() > 1 && m_right->checkpoint() == m_left->checkpoint())
        m_right->checkpointBox()->setCurrentIndex((m_left->checkpointBox()->currentIndex() + 1) % m_right->checkpointBox()->count());
    if (!comparing) {
        m_waiting.clear();
        m_right->client()->quit();
        m_right->clear();
    }
    updateMode();
    updateHeader();
}

struct ChatPage::Words {
    QString prompt, note, placeholder, action, subtitle;
};

/// What the page says: it answers, it names labels, it writes one text from another, or it continues.
ChatPage::Words ChatPage::words() const
{
    const QString model = m_left->modelTitle();
    if (anyChat())
        return {tr("Your question"), tr("Ctrl+Return sends it"), tr("Ask, or say what to do."), tr("Ask"), tr("Converses with %1").arg(model)};
    if (m_left->sorts())
        return {tr("Text to sort"), tr("Ctrl+Return sends it"), tr("Write or paste a text like those of your examples."), tr("Name its label"),
                tr("Names the label of a text with %1").arg(model)};
    if (m_left->readsFirst())
        return {tr("Text to read"), tr("Ctrl+Return sends it"), tr("Write a text like the prompts of your examples."), tr("Write the answer"),
                tr("Writes one text from another with %1").arg(model)};
    return {tr("Begin with"), tr("Ctrl+Return continues it"), tr("Write the beginning of a sentence as your documents would."), tr("Continue the text"),
            tr("Continues text with %1; it does not answer").arg(model)};
}

void ChatPage::updateMode()
{
    const Words said = words();
    m_systemCard->setVisible(anyChat());
    m_systemCard->parentWidget()->setVisible(!m_left->sorts() || isComparing());  // a label is not chosen by chance
    m_promptCard->setTitle(said.prompt);
    m_promptCard->setNote(said.note);
    m_prompt->setAccessibleName(said.prompt);
    m_prompt->setPlaceholderText(said.placeholder);
    m_again->setVisible(!anyChat() && !m_left->sorts() && !m_left->readsFirst());
    updateHeader();
}

void ChatPage::updateHeader()
{
    const bool usable = m_stack->currentIndex() == 1;
    m_header->primary()->setVisible(usable);
    m_prompts->setVisible(usable);
    m_prompts->setEnabled(m_form->isValid() && !session().isReadOnly());
    m_compare->setVisible(usable && m_left->checkpointBox()->count() > 1);
    m_clear->setVisible(usable && anyChat());
    if (!usable)
        return m_header->setSubtitle(tr("Try what a model has learnt"));
    const bool busy = isBusy();
    QPushButton *primary = m_header->setPrimary(busy ? tr("Stop") : words().action);
    primary->setEnabled(busy || (!m_prompt->toPlainText().isEmpty() && m_form->isValid() && !session().isReadOnly()));
    m_again->setEnabled(!busy && m_left->completion()->tokenCount() > 0);
    m_copy->setEnabled(!m_left->wholeText().isEmpty());
    m_clear->setEnabled(!busy && !m_left->conversation().isEmpty());
    m_compare->setEnabled(!busy);
    for (AnswerColumn *column : {m_left, m_right})
        column->checkpointBox()->setEnabled(!busy);
    QJsonObject asked = sampling();
    asked.insert(QStringLiteral("prompt"), m_prompt->toPlainText());
    asked.insert(QStringLiteral("weights"), weights());
    offerCommand(workbench::generateCommand(m_left->checkpoint(), asked));
    const AnswerColumn *writing = m_right->isBusy() ? m_right : m_left;
    if (writing->client()->state() == ChatClient::State::Starting)
        m_header->setSubtitle(tr("Loading %1…").arg(writing->modelTitle()));
    else if (busy)
        m_header->setSubtitle(tr("Writing…"));
    else
        m_header->setSubtitle(words().subtitle);
}

void ChatPage::onPrimary()
{
    if (isBusy())
        return stop();
    send();
}

QJsonObject ChatPage::sampling() const
{
    QJsonObject request = model::requestFromValues(m_form->values());
    request.remove(QStringLiteral("weights"));  // of the job, not of one answer
    return request;
}

void ChatPage::send()
{
    const QString text = m_prompt->toPlainText();
    if (text.isEmpty() || !m_form->isValid())
        return;
    m_error->dismiss();
    m_asked = text;
    m_waiting = columns();
    askNext();
    if (anyChat())
        m_prompt->clear();
}

void ChatPage::goOn()
{
    m_prompt->setPlainText(m_left->completion()->toPlainText());
    send();
}

/// The columns write one after the other.
void ChatPage::askNext()
{
    if (!m_waiting.isEmpty() && !m_left->isBusy() && !m_right->isBusy())
        m_waiting.takeFirst()->ask(m_asked, m_system->toPlainText(), sampling(), weights());
    updateHeader();
}

void ChatPage::editLast()
{
    if (isBusy())
        return;
    QString question;
    for (AnswerColumn *column : columns())
        if (const QString taken = column->takeBackLast(); question.isEmpty())
            question = taken;
    if (!question.isEmpty())
        m_prompt->setPlainText(question);
    m_prompt->moveCursor(QTextCursor::End);
    m_prompt->setFocus();
}

void ChatPage::writeAgain(AnswerColumn *column)
{
    if (isBusy() || !m_form->isValid())
        return;
    QJsonObject other = sampling();
    other.insert(QStringLiteral("seed"), other.value(QLatin1String("seed")).toInteger() + ++m_draws);
    column->writeAgain(m_system->toPlainText(), other, weights());
}

void ChatPage::answerFile()
{
    workbench::PromptsRequest known;
    known.model = m_left->checkpoint();
    known.settings = model::requestFromValues(m_form->values());
    known.asksChat = m_left->isChat();
    known.system = known.asksChat ? m_system->toPlainText() : QString();
    PromptsDialog::open(session(), known, m_left->modelTitle(), this);
}

void ChatPage::stop()
{
    m_waiting.clear();
    for (AnswerColumn *column : {m_left, m_right})
        column->client()->stop();
    updateHeader();
}

void ChatPage::quit()
{
    m_left->client()->quit();
    m_right->client()->quit();
}

void ChatPage::hideEvent(QHideEvent *event)
{
    m_quitTimer.start();
    ScrollPage::hideEvent(event);
}

void ChatPage::showEvent(QShowEvent *event)
{
    m_quitTimer.stop();
    ScrollPage::showEvent(event);
}

}  // namespace athanor::pages
