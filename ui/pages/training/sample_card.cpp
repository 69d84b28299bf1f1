#include "ui/pages/training/sample_card.h"

#include "core/base/format.h"
#include "ui/style/appearance.h"
#include "ui/style/type.h"

namespace athanor::pages {

SampleCard::SampleCard(QWidget *parent)
    : Card(tr("What it writes now"), {}, parent), m_label(style::makeWrappedLabel({}, "note")), m_text(new QPlainTextEdit),
      m_prompt(style::makeWrappedLabel({}, "quiet")), m_back(style::makeButton(QStringLiteral("‹"), "quiet")),
      m_forward(style::makeButton(QStringLiteral("›"), "quiet"))
{
    addHeaderWidget(m_back);
    addHeaderWidget(m_forward);
    m_back->setAccessibleName(tr("Earlier sample"));
    m_forward->setAccessibleName(tr("Later sample"));
    m_text->setReadOnly(true);
    m_text->setFont(style::fixedFont(13));
    m_text->setAccessibleName(tr("Sample of the model"));
    m_text->setTabChangesFocus(true);
    m_text->setMinimumHeight(70);
    style::setRole(m_text, "plain");
    body()->addWidget(m_label);
    body()->addWidget(m_text, 1);
    body()->addWidget(m_prompt);
    connect(m_back, &QPushButton::clicked, this, [this] { show(m_shown - 1); });
    connect(m_forward, &QPushButton::clicked, this, [this] { show(m_shown + 1); });
    clear();
}

void SampleCard::clear()
{
    m_samples.clear();
    show(-1);
}

void SampleCard::add(const QList<job::Event> &events)
{
    const bool follows = m_shown == m_samples.size() - 1;
    bool added = false;
    for (const job::Event &event : events) {
        if (event.type != job::EventType::Sample)
            continue;
        const auto text = [&](const char *key) { return event.data.value(QLatin1String(key)).toString(); };
        while (!m_samples.isEmpty() && m_samples.last().step >= event.step)
            m_samples.removeLast();
        m_samples += {event.step, text("prompt"), text("text"), text("label")};
        added = true;
    }
    if (added)
        show(follows || m_shown >= m_samples.size() ? int(m_samples.size()) - 1 : m_shown);
}

void SampleCard::show(int index)
{
    m_shown = index;
    m_back->setEnabled(index > 0);
    m_forward->setEnabled(index >= 0 && index + 1 < m_samples.size());
    if (index < 0) {
        m_label->setText({});
        m_text->setPlainText(tr("The first sample comes before the first step: from scratch it is noise, for nothing has been learnt yet."));
        m_prompt->setText({});
        return;
    }
    const Sample &sample = m_samples[index];
    const bool addsNothing = sample.label.isEmpty() || sample.label.startsWith(QLatin1String("step"));
    m_label->setText(addsNothing ? tr("step %1").arg(formatInteger(sample.step))
                                            : tr("step %1 · %2").arg(formatInteger(sample.step), sample.label));
    m_text->clear();
    QTextCursor cursor(m_text->document());
    QTextCharFormat given, written;
    given.setFontWeight(QFont::DemiBold);
    cursor.insertText(sample.prompt, given);
    const bool repeatsPrompt = !sample.prompt.isEmpty() && sample.text.startsWith(sample.prompt);
    cursor.insertText(repeatsPrompt ? sample.text.mid(sample.prompt.size()) : sample.text, written);
    m_text->moveCursor(QTextCursor::Start);
    m_prompt->setText(sample.prompt.isEmpty() ? QString() : tr("prompt: “%1”").arg(sample.prompt.left(80)));
}

}  // namespace athanor::pages
