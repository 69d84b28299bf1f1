#include "ui/pages/chat/chat_page.h"

#include "core/base/format.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/common/checkpoint_choice.h"
#include "ui/pages/common/job_follower.h"
#include "ui/shell/session.h"
#include "ui/style/type.h"

namespace athanor::pages {

namespace {
constexpr int kQuitDelayMs = 30'000;  // a glance at another page does not unload the model
}

ChatPage::ChatPage(shell::Session &session, QWidget *parent)
    : ScrollPage(session, parent), m_header(new style::PageHeader(tr("Chat"))), m_error(new ErrorPanel), m_stack(new PageStack),
      m_empty(new style::EmptyState(QStringLiteral("chat"), tr("There is no model to try yet."),
                                    tr("Train one first. You can try it from its first checkpoint on, while it still learns."), tr("Go to Training"))),
      m_client(new ChatClient(this))
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
    m_quitTimer.setSingleShot(true);
    m_quitTimer.setInterval(kQuitDelayMs);
    connect(&m_quitTimer, &QTimer::timeout, m_client, &ChatClient::quit);
    connect(m_header->setPrimary(tr("Continue the text"), tr("Ctrl+Return")), &QPushButton::clicked, this, &ChatPage::onPrimary);
    connect(m_empty, &style::EmptyState::activated, this, [this] { this->session().goTo(project::Stage::Training); });
    connectClient();
}

ChatPage::~ChatPage()
{
    m_client->disconnect(this);
    m_client->quit();
}

QWidget *ChatPage::makeTextColumn()
{
    auto *holder = new QWidget;
    auto *column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    auto *card = new style::Card(tr("Text"));
    m_checkpoint = new QComboBox;
    m_checkpoint->setAccessibleName(tr("Checkpoint"));
    m_checkpoint->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_checkpoint->setMinimumContentsLength(26);
    card->addHeaderWidget(m_checkpoint);
    card->body()->addWidget(new style::HintRow(style::Tone::Neutral,
        tr("This is a base model: it continues your text in the manner of your documents. It does not answer questions and does not follow instructions.")));
    m_view = new CompletionView;
    m_view->setMinimumHeight(180);
    m_view->setPlaceholderText(tr("The text appears here, token by token."));
    card->body()->addWidget(m_view, 1);
    m_token = style::makeWrappedLabel(tr("The deeper the shade, the less certain the model was. Hover a token, or move the cursor into it, to see what else could have come."), "note");
    card->body()->addWidget(m_token);
    column->addWidget(card, 1);
    auto *promptCard = new style::Card(tr("Begin with"), tr("Ctrl+Return continues it"));
    m_prompt = new QPlainTextEdit;
    m_prompt->setAccessibleName(tr("Beginning of the text"));
    m_prompt->setPlaceholderText(tr("Write the beginning of a sentence as your documents would."));
    m_prompt->setFont(style::fixedFont(14));
    m_prompt->setTabChangesFocus(true);
    m_prompt->setFixedHeight(92);
    m_prompt->installEventFilter(this);
    promptCard->body()->addWidget(m_prompt);
    auto *row = new QHBoxLayout;
    m_again = style::makeButton(tr("Go on from here"));
    m_again->setToolTip(tr("Takes all of the text above as the new beginning"));
    m_copy = style::makeButton(tr("Copy text"));
    row->addWidget(m_again);
    row->addWidget(m_copy);
    row->addStretch(1);
    promptCard->body()->addLayout(row);
    column->addWidget(promptCard);
    connect(m_checkpoint, &QComboBox::currentIndexChanged, this, &ChatPage::updateHeader);
    connect(m_prompt, &QPlainTextEdit::textChanged, this, &ChatPage::updateHeader);
    connect(m_again, &QPushButton::clicked, this, [this] {
        m_prompt->setPlainText(m_view->toPlainText());
        write();
    });
    connect(m_copy, &QPushButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_view->toPlainText()); });
    connect(m_view, &CompletionView::tokenUnderCursor, this, [this](const QString &text) {
        if (!text.isEmpty())
            m_token->setText(text);
    });
    return holder;
}

QWidget *ChatPage::makeSideColumn()
{
    auto *holder = new QWidget;
    auto *column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    auto *card = new style::Card(tr("How it chooses"));
    m_form = new forms::ParameterForm(samplingSchema(), forms::HelpPlacement::AtFoot);
    card->body()->addWidget(m_form);
    auto *facts = new style::Card(tr("This text"));
    m_facts = new style::FactList;
    m_facts->set(tr("Speed"), QStringLiteral("–"));
    m_facts->set(tr("First token after"), QStringLiteral("–"));
    m_facts->set(tr("Tokens"), QStringLiteral("–"));
    facts->body()->addWidget(m_facts);
    column->addWidget(card);
    column->addWidget(facts);
    column->addStretch(1);
    holder->setMinimumWidth(230);
    connect(m_form, &forms::ParameterForm::changed, this, &ChatPage::updateHeader);
    return holder;
}

void ChatPage::connectClient()
{
    m_client->setStarter([this](const QString &checkpoint) { return startJob(checkpoint); });
    m_client->setWatcher([this](const QString &jobPath) { return jobProblem(jobPath); });
    connect(m_client, &ChatClient::stateChanged, this, &ChatPage::updateHeader);
    connect(m_client, &ChatClient::tokenArrived, this, [this](const ChatToken &token) {
        if (m_view->tokenCount() == 0)
            m_sinceFirst.start();
        m_view->append(token);
        const int count = m_view->tokenCount();
        m_facts->set(tr("Tokens"), formatInteger(count));
        if (count > 2 && m_sinceFirst.elapsed() > 0)
            m_facts->set(tr("Speed"), tr("%1 tokens/s").arg(formatCount(1000.0 * (count - 1) / double(m_sinceFirst.elapsed()))));
    });
    connect(m_client, &ChatClient::finished, this, [this](const ChatEnd &end) {
        m_facts->set(tr("Tokens"), formatInteger(end.tokens));
        m_facts->set(tr("Speed"), tr("%1 tokens/s").arg(formatCount(end.tokensPerSecond)));
        m_facts->set(tr("First token after"), end.firstTokenSeconds < 1 ? tr("%1 ms").arg(formatReal(1000 * end.firstTokenSeconds, 2)) : formatDuration(end.firstTokenSeconds));
        updateHeader();
    });
    connect(m_client, &ChatClient::failed, this, [this](const Error &error) {
        m_error->present(error);
        updateHeader();
    });
}

Result<QString> ChatPage::startJob(const QString &checkpoint)
{
    ATHANOR_ASSIGN(const job::Folder job, session().workbench().chat(checkpoint));
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
    return Error{ErrorCode::External, tr("The chat job ended before it was ready (%1).").arg(stateWords(summary.state)), tr("Press Continue to start it again."), {}};
}

void ChatPage::refresh()
{
    if (!session().hasProject())
        return;
    const int count = fillCheckpoints(m_checkpoint, session().project());
    m_stack->setCurrentIndex(count > 0 ? 1 : 0);
    updateHeader();
}

void ChatPage::open(const QJsonObject &argument)
{
    refresh();
    choose(m_checkpoint, argument.value(QLatin1String("checkpoint")).toString());
    if (argument.contains(QLatin1String("prompt")))
        m_prompt->setPlainText(argument.value(QLatin1String("prompt")).toString());
    m_prompt->setFocus();
}

void ChatPage::updateHeader()
{
    if (m_stack->currentIndex() == 0) {
        m_header->primary()->setVisible(false);
        m_header->setSubtitle(tr("Try what a model has learnt"));
        return;
    }
    const ChatClient::State state = m_client->state();
    const bool busy = state == ChatClient::State::Writing || state == ChatClient::State::Starting;
    m_header->primary()->setVisible(true);
    QPushButton *primary = m_header->setPrimary(busy ? tr("Stop") : tr("Continue the text"));
    primary->setEnabled(busy || (!m_prompt->toPlainText().isEmpty() && m_form->isValid() && !session().isReadOnly()));
    m_again->setEnabled(!busy && m_view->tokenCount() > 0);
    m_copy->setEnabled(!m_view->toPlainText().isEmpty());
    m_checkpoint->setEnabled(!busy);
    QJsonObject asked = sampling();
    asked.insert(QStringLiteral("prompt"), m_prompt->toPlainText());
    offerCommand(workbench::generateCommand(chosen(m_checkpoint), asked));
    switch (state) {
    case ChatClient::State::Starting: m_header->setSubtitle(tr("Loading the model…")); break;
    case ChatClient::State::Writing: m_header->setSubtitle(tr("Writing…")); break;
    default: m_header->setSubtitle(tr("Continues text with %1; it does not answer").arg(m_checkpoint->currentText()));
    }
}

void ChatPage::onPrimary()
{
    if (m_stack->currentIndex() == 0)
        return session().goTo(project::Stage::Training);
    if (m_client->state() == ChatClient::State::Writing || m_client->state() == ChatClient::State::Starting)
        return m_client->stop();
    write();
}

QJsonObject ChatPage::sampling() const
{
    const QJsonObject values = m_form->values();
    QJsonArray stops;
    if (const QString stop = values.value(QLatin1String("stop")).toString(); !stop.isEmpty())
        stops.append(stop);
    return {{QStringLiteral("maxTokens"), values.value(QLatin1String("max_tokens"))},
            {QStringLiteral("temperature"), values.value(QLatin1String("temperature"))},
            {QStringLiteral("topK"), values.value(QLatin1String("top_k"))},
            {QStringLiteral("topP"), values.value(QLatin1String("top_p"))},
            {QStringLiteral("seed"), values.value(QLatin1String("seed"))},
            {QStringLiteral("stop"), stops}};
}

void ChatPage::write()
{
    if (m_prompt->toPlainText().isEmpty() || !m_form->isValid())
        return;
    m_error->dismiss();
    m_lastPrompt = m_prompt->toPlainText();
    ChatRequest request;
    request.prompt = m_lastPrompt;
    request.sampling = sampling();
    m_view->begin(m_lastPrompt);
    m_facts->set(tr("Tokens"), QStringLiteral("0"));
    m_client->complete(chosen(m_checkpoint), request);
    updateHeader();
}

bool ChatPage::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_prompt && event->type() == QEvent::KeyPress) {
        const auto *key = static_cast<QKeyEvent *>(event);
        const bool isReturn = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
        if (isReturn && key->modifiers().testFlag(Qt::ControlModifier)) {
            if (m_header->primary()->isEnabled())
                onPrimary();
            return true;
        }
    }
    return ScrollPage::eventFilter(watched, event);
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
