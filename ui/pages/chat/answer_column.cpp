#include "ui/pages/chat/answer_column.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/model/architecture.h"
#include "core/tokenizer/chat_template.h"
#include "ui/pages/common/checkpoint_choice.h"
#include "ui/pages/common/page_parts.h"

namespace athanor::pages {

namespace {

QString firstTokenWords(double seconds)
{
    return seconds < 1 ? AnswerColumn::tr("%1 ms").arg(formatReal(1000 * seconds, 2)) : formatDuration(seconds);
}

// A template of its own, or answers that it was taught in the built-in wording; completions were taught without one.
/// What has an encoder is taught questions as they stand, unless the built-in wording was chosen.
bool converses(const QString &folder, bool hasEncoder)
{
    if (tokenizer::ChatTemplate::read(folder))
        return true;
    const QString state = folder + QStringLiteral("/state.json");
    const auto known = QFileInfo::exists(state) ? readJsonFile(state) : Result<QJsonObject>(QJsonObject());
    const QJsonObject teaching = known ? known->value(QLatin1String("teaching")).toObject() : QJsonObject();
    const QString wording = teaching.value(QLatin1String("wording")).toString();
    return teaching.value(QLatin1String("kind")) == QLatin1String("chat") && (hasEncoder ? wording == QLatin1String("plain") : wording != QLatin1String("completion"));
}

}  // namespace

AnswerColumn::AnswerColumn(QWidget *parent)
    : Card(tr("Text"), {}, parent), m_checkpoint(new QComboBox), m_sentence(new style::HintRow(style::Tone::Neutral,
          tr("This is a base model: it continues your text in the manner of your documents. It does not answer questions and does not follow instructions."))),
      m_stack(new PageStack), m_completion(new CompletionView), m_view(new ConversationView), m_token(style::makeWrappedLabel({}, "note")),
      m_facts(new style::FactList), m_client(new ChatClient(this))
{
    build();
    connect(m_checkpoint, &QComboBox::currentIndexChanged, this, &AnswerColumn::onCheckpoint);
    connect(m_completion, &CompletionView::tokenUnderCursor, this, [this](const QString &text) {
        if (!text.isEmpty())
            m_token->setText(text);
    });
    connect(m_view, &ConversationView::editRequested, this, &AnswerColumn::editRequested);
    connect(m_view, &ConversationView::writeAgainRequested, this, &AnswerColumn::writeAgainRequested);
    connect(m_client, &ChatClient::stateChanged, this, &AnswerColumn::onState);
    connect(m_client, &ChatClient::tokenArrived, this, &AnswerColumn::onToken);
    connect(m_client, &ChatClient::finished, this, &AnswerColumn::onFinished);
    connect(m_client, &ChatClient::failed, this, [this](const Error &error) {
        m_conversation.finish({});
        m_view->show(m_conversation);
        Q_EMIT failed(error);
        Q_EMIT ended();
    });
}

void AnswerColumn::build()
{
    m_checkpoint->setAccessibleName(tr("Checkpoint"));
    style::letShrink(m_checkpoint, 18);
    addHeaderWidget(m_checkpoint);
    m_completion->setMinimumHeight(180);
    m_view->setMinimumHeight(180);
    m_stack->addWidget(m_completion);
    m_stack->addWidget(m_view);
    for (const QString &key : {tr("Speed"), tr("First token after"), tr("Tokens")})
        m_facts->set(key, QStringLiteral("–"));
    body()->addWidget(m_sentence);
    body()->addWidget(m_stack, 1);
    body()->addWidget(m_token);
    body()->addWidget(m_facts);
}

int AnswerColumn::fill(const project::Project &project, const QString &projectPath)
{
    m_projectPath = projectPath;
    const QString before = checkpoint();
    const int count = fillCheckpoints(m_checkpoint, project);
    if (before != checkpoint() || m_hasTemplate.isEmpty())
        onCheckpoint();
    return count;
}

void AnswerColumn::setCheckpoint(const QString &path) { choose(m_checkpoint, path); }

QString AnswerColumn::checkpoint() const { return m_checkpoint->count() > 0 ? chosen(m_checkpoint) : QString(); }

bool AnswerColumn::isBusy() const
{
    return m_client->state() == ChatClient::State::Writing || m_client->state() == ChatClient::State::Starting;
}

/// A model with a chat template converses, any other continues.
void AnswerColumn::onCheckpoint()
{
    const QString path = checkpoint();
    if (path.isEmpty())
        return;
    const auto architecture = readJsonFile(QDir(m_projectPath).absoluteFilePath(path) + QStringLiteral("/architecture.json"));
    m_readsFirst = architecture && model::hasEncoder(*architecture);
    if (!m_hasTemplate.contains(path))
        m_hasTemplate.insert(path, converses(QDir(m_projectPath).absoluteFilePath(path), m_readsFirst));
    const QStringList labels = architecture ? model::labelsOf(*architecture) : QStringList();
    m_sorts = !labels.isEmpty();
    m_isChat = !m_sorts && m_hasTemplate.value(path);
    m_token->setText(m_sorts ? QString() : tr("The deeper the shade, the less certain the model was. Hover a token, or move the cursor into it, to see what else could have come."));
    m_facts->setVisible(!m_sorts);
    m_completion->setPlaceholderText(m_sorts ? tr("The label appears here.") : tr("The text appears here, token by token."));
    m_sentence->set(style::Tone::Neutral,
                    m_readsFirst && labels.isEmpty() ? tr("This model reads your text and writes another from it, as it was taught: a translation, an answer, a summary. What was asked before it does not know.")
                    : labels.isEmpty() ? tr("This is a base model: it continues your text in the manner of your documents. It does not answer questions and does not follow instructions.")
                                       : tr("This model was taught labels: give it a text, and it names one of %1.").arg(labels.join(QStringLiteral(", "))));
    setTitle(m_isChat ? tr("Conversation") : m_sorts ? tr("Label") : tr("Text"));
    m_sentence->setVisible(!m_isChat);
    m_token->setVisible(!m_isChat);
    m_stack->setCurrentIndex(m_isChat ? 1 : 0);
    Q_EMIT modeChanged();
    Q_EMIT changed();
}

void AnswerColumn::ask(const QString &text, const QString &systemPrompt, const QJsonObject &sampling, const QString &weights)
{
    ChatRequest request{m_isChat ? QString() : text, sampling, {}, weights};
    if (m_isChat) {
        m_conversation.ask(text);
        request.messages = m_conversation.messages(systemPrompt);
        m_view->show(m_conversation);
    } else {
        m_completion->begin(m_readsFirst ? text + QLatin1Char('\n') : text);
    }
    send(request);
}

void AnswerColumn::writeAgain(const QString &systemPrompt, const QJsonObject &sampling, const QString &weights)
{
    if (!m_conversation.canWriteAgain())
        return;
    m_conversation.writeAgain();
    m_view->show(m_conversation);
    send({{}, sampling, m_conversation.messages(systemPrompt), weights});
}

void AnswerColumn::send(ChatRequest request)
{
    m_tokens = 0;
    m_facts->set(tr("Tokens"), QStringLiteral("0"));
    m_isSending = true;
    m_client->complete(checkpoint(), request);
    m_isSending = false;
    Q_EMIT changed();
}

/// A job that is gone answers no more; while a question is sent, the job of another model may just be ending.
void AnswerColumn::onState()
{
    if (m_client->state() == ChatClient::State::Idle && !m_isSending && m_conversation.isAnswering()) {
        m_conversation.finish({});
        m_view->show(m_conversation);
    }
    Q_EMIT changed();
}

void AnswerColumn::onToken(const ChatToken &token)
{
    if (m_tokens++ == 0)
        m_sinceFirst.start();
    if (m_isChat) {
        m_conversation.append(token.text);
        m_view->show(m_conversation);
    } else {
        m_completion->append(token);
    }
    if (m_sorts) {
        QStringList shares;
        for (const ChatToken::Alternative &label : token.alternatives)
            shares += tr("%1 %2 %").arg(label.text, formatReal(100 * label.probability, 3));
        m_token->setText(shares.join(QStringLiteral(" · ")));
    }
    m_facts->set(tr("Tokens"), formatInteger(m_tokens));
    if (m_tokens > 2 && m_sinceFirst.elapsed() > 0)
        m_facts->set(tr("Speed"), tr("%1 tokens/s").arg(formatCount(1000.0 * double(m_tokens - 1) / double(m_sinceFirst.elapsed()))));
}

void AnswerColumn::onFinished(const ChatEnd &end)
{
    const QString speed = tr("%1 tokens/s").arg(formatCount(end.tokensPerSecond));
    m_facts->set(tr("Tokens"), formatInteger(end.tokens));
    m_facts->set(tr("Speed"), speed);
    m_facts->set(tr("First token after"), firstTokenWords(end.firstTokenSeconds), style::Tone::Neutral,
                 end.reusedTokens > 0 ? tr("%1 of %2 tokens before it were still in the cache").arg(formatInteger(end.reusedTokens), formatInteger(end.promptTokens)) : QString());
    const QString cut = end.stoppedBecause == QLatin1String("length") ? tr(" · cut at the length that was asked for") : QString();
    const QString dropped = end.droppedMessages > 0 ? tr(" · the oldest %1 messages did not fit and were left out").arg(end.droppedMessages) : QString();
    m_conversation.finish(tr("%1 tokens · %2 · first token after %3").arg(formatInteger(end.tokens), speed, firstTokenWords(end.firstTokenSeconds)) + cut + dropped);
    m_view->show(m_conversation);
    Q_EMIT changed();
    Q_EMIT ended();
}

QString AnswerColumn::takeBackLast()
{
    const QString question = m_conversation.takeBackLast();
    m_view->show(m_conversation);
    Q_EMIT changed();
    return question;
}

void AnswerColumn::clear()
{
    m_conversation.clear();
    m_view->show(m_conversation);
    m_completion->begin({});
    Q_EMIT changed();
}

QString AnswerColumn::wholeText() const
{
    if (!m_isChat)
        return m_completion->toPlainText();
    QStringList parts;
    for (const Turn &turn : m_conversation.turns())
        parts += (turn.isPerson ? tr("You: %1") : tr("Model: %1")).arg(turn.text);
    return parts.join(QStringLiteral("\n\n"));
}

}  // namespace athanor::pages
