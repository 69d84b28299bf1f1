#include "ui/pages/data/document_card.h"

#include "ui/pages/data/record_words.h"
#include "ui/shell/session.h"

#include <QFileInfo>

namespace athanor::pages {

namespace {

bool isOfRecords(const project::Dataset &dataset)
{
    return dataset.facts.value(QLatin1String("content")).toString() == QLatin1String("records");
}

}  // namespace

DocumentCard::DocumentCard(shell::Session &session, QWidget *parent)
    : Card(tr("Document"), {}, parent), m_session(session), m_previous(style::makeButton(QStringLiteral("‹"), "quiet")),
      m_next(style::makeButton(QStringLiteral("›"), "quiet")), m_retry(style::makeButton(tr("Read again"))),
      m_keep(style::makeButton(tr("Keep anyway"))), m_views(new style::ChipBar),
      m_reason(style::makeWrappedLabel({}, "note")), m_stack(new PageStack), m_diff(new DiffView), m_inspector(new TokenInspector(session))
{
    m_retry->setToolTip(tr("Reads the sources once more, after you have mended or replaced the file"));
    m_previous->setAccessibleName(tr("Previous in the list"));
    m_next->setAccessibleName(tr("Next in the list"));
    for (QPushButton *button : {m_keep, m_retry, m_previous, m_next})
        addHeaderWidget(button);
    m_views->setChip(QStringLiteral("text"), tr("as it is written"));
    m_views->setChip(QStringLiteral("tokens"), tr("as the model sees it"), tr("The token inspector: every token, and what is learned"));
    m_views->setAccessibleName(tr("How the record is shown"));
    m_diff->setMinimumHeight(200);
    m_stack->addWidget(m_diff);
    m_stack->addWidget(m_inspector);
    body()->addWidget(m_views);
    body()->addWidget(m_reason);
    body()->addWidget(m_stack, 1);
    connect(m_retry, &QPushButton::clicked, this, &DocumentCard::retryRequested);
    connect(m_keep, &QPushButton::clicked, this, [this] { Q_EMIT keepRequested(m_shown, !m_isKeptByPerson); });
    connect(m_previous, &QPushButton::clicked, this, [this] { Q_EMIT stepRequested(-1); });
    connect(m_next, &QPushButton::clicked, this, [this] { Q_EMIT stepRequested(1); });
    connect(m_views, &style::ChipBar::currentChanged, this, [this](const QString &view) { m_stack->setCurrentIndex(view == QLatin1String("tokens") ? 1 : 0); });
}

void DocumentCard::show(const std::optional<project::Dataset> &dataset, const project::Document *document)
{
    const bool records = dataset && isOfRecords(*dataset);
    m_retry->setVisible(document && document->status == QLatin1String("unreadable"));
    showKeep(dataset, document);
    m_previous->setEnabled(document);
    m_next->setEnabled(document);
    m_views->setVisible(records && document && document->status == QLatin1String("kept"));
    m_stack->setCurrentIndex(!m_views->isHidden() && m_views->current() == QLatin1String("tokens") ? 1 : 0);
    if (!document || !dataset)
        return showNothing();
    showHead(*document);
    showReason(*document);
    showText(*dataset, *document);
}

// Rules can be overruled; a copy stays a copy, and what could not be read has no text.
void DocumentCard::showKeep(const std::optional<project::Dataset> &dataset, const project::Document *document)
{
    m_shown = document ? document->id : QString();
    const QJsonArray kept = dataset ? m_session.project().recipe(dataset->name).value(QLatin1String("keep")).toArray() : QJsonArray();
    m_isKeptByPerson = document && kept.contains(m_shown);
    const bool byRule = document && document->status == QLatin1String("removed") && document->reason.startsWith(QLatin1String("filter."));
    m_keep->setVisible((byRule || m_isKeptByPerson) && !m_session.isReadOnly());
    m_keep->setText(m_isKeptByPerson ? tr("Let the rules decide") : tr("Keep anyway"));
    m_keep->setToolTip(m_isKeptByPerson ? tr("It was kept because somebody chose so")
                                        : tr("It stays whatever the rules say, once the documents are prepared again"));
}

void DocumentCard::showNothing()
{
    setTitle(tr("Document"));
    setNote({});
    m_reason->setText(tr("Choose a document to see it before and after repair."));
    style::setTone(m_reason, style::Tone::Neutral);
    m_diff->clear();
    m_inspector->setRecord({}, {}, {});
}

void DocumentCard::showHead(const project::Document &document)
{
    setTitle(QFileInfo(document.path).fileName());
    QStringList facts;
    if (const QLocale::Language language = QLocale(document.language).language(); language != QLocale::C && !document.language.isEmpty())
        facts += QLocale::languageToString(language);
    if (!document.licence.isEmpty())
        facts += document.licence;
    if (document.split == QLatin1String("validation"))
        facts += tr("held out");
    setNote(facts.join(QStringLiteral(" · ")));
}

void DocumentCard::showReason(const project::Document &document)
{
    const QString why = document.reasonTitle.isEmpty() ? document.reason : document.reasonTitle;
    const bool isKept = document.status == QLatin1String("kept");
    if (isKept)
        m_reason->setText(document.detail.isEmpty() ? tr("Kept. %1").arg(document.path) : tr("Kept. %1").arg(document.detail));
    else if (document.status == QLatin1String("removed"))
        m_reason->setText(tr("Removed by %1: %2").arg(why, document.detail));
    else
        m_reason->setText(tr("Could not be read (%1): %2").arg(why, document.detail));
    style::setTone(m_reason, isKept ? style::Tone::Neutral : style::Tone::Bad);
}

void DocumentCard::showText(const project::Dataset &dataset, const project::Document &document)
{
    if (document.status == QLatin1String("unreadable"))
        return m_diff->setSingle({}, tr("There is no text to show."));
    const auto text = m_session.workbench().documentText(dataset.name, document.id);
    if (!text)
        m_diff->setSingle(text.error().message, text.error().hint);
    else if (isOfRecords(dataset))
        showRecord(dataset, document, text->before, text->after);
    else if (text->before.isEmpty())
        m_diff->setSingle(tr("after repair"), text->after);
    else if (text->after.isEmpty())
        m_diff->setSingle(tr("before"), text->before);
    else
        m_diff->setTexts(text->before, text->after);
}

/// A record that is kept reads as a conversation; a bad one is shown as it stands in the file.
void DocumentCard::showRecord(const project::Dataset &dataset, const project::Document &document, const QString &before, const QString &after)
{
    const bool isKept = document.status == QLatin1String("kept");
    if (isKept)
        m_diff->setSingle(tr("the example"), recordWords(after.isEmpty() ? before : after));
    else
        m_diff->setSingle(tr("as it stands in the file"), before.isEmpty() ? after : before);
    m_inspector->refresh();
    m_inspector->setRecord(isKept ? dataset.name : QString(), isKept ? document.id : QString(), dataset.facts.value(QLatin1String("kind")).toString());
}

}  // namespace athanor::pages
