#include "ui/pages/training/teaching_form.h"

#include "core/model/training_settings.h"
#include "ui/pages/common/layouts.h"

#include <QVBoxLayout>

namespace athanor::pages {

namespace {

constexpr int kNarrow = 460;
const auto kDocuments = QStringLiteral("documents");
const auto kChat = QStringLiteral("chat");
const auto kLabels = QStringLiteral("labels");

QString kindWords(const QString &kind)
{
    if (kind == kChat)
        return TeachingForm::tr("It learns to write the answers of your examples: questions are read, answers are learnt.");
    if (kind == kLabels)
        return TeachingForm::tr("It learns which label belongs to a text, and gets a head of its own for that.");
    return TeachingForm::tr("It goes on reading: style, words and facts of your documents, without forgetting how to write.");
}

}  // namespace

QString teachesWhat(const project::Dataset &dataset)
{
    if (dataset.facts.value(QLatin1String("content")).toString() != QLatin1String("records"))
        return kDocuments;
    return dataset.facts.value(QLatin1String("kind")).toString() == kLabels ? kLabels : kChat;
}

TeachingForm::TeachingForm(QWidget *parent)
    : QWidget(parent), m_kinds(new style::ChipBar), m_words(style::makeWrappedLabel({}, "note")),
      m_missing(new style::HintRow(style::Tone::Attention, {}, {})),
      m_teaching(new forms::ParameterForm(model::teachingSchema(), forms::HelpPlacement::Below)),
      m_learns(new forms::ParameterForm(model::learnsSchema(), forms::HelpPlacement::Below)),
      m_adapter(new forms::ParameterForm(model::adapterSchema(), forms::HelpPlacement::Below))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    m_kinds->setChip(kDocuments, tr("documents"), tr("Continued pre-training"));
    m_kinds->setChip(kChat, tr("answers, from examples"), tr("Supervised fine-tuning on instructions and conversations"));
    m_kinds->setChip(kLabels, tr("labels"), tr("Classification: texts that are sorted"));
    m_kinds->setAccessibleName(tr("What should be taught?"));
    m_teaching->setFieldVisible(QStringLiteral("kind"), false);
    m_learns->setMoreOffered(false);  // its further field is for layers that are named, and shown then
    m_adapter->setFieldVisible(QStringLiteral("method"), model::adapterSchema().find(QStringLiteral("method"))->choices.size() > 1);
    column->addWidget(style::makeLabel(tr("What should be taught?"), "card-title"));
    for (QWidget *part : QList<QWidget *>{m_kinds, m_words, m_missing})
        column->addWidget(part);
    auto *what = new QWidget;
    auto *whatColumn = new QVBoxLayout(what);
    whatColumn->setContentsMargins(0, 0, 0, 0);
    whatColumn->setSpacing(14);
    whatColumn->addWidget(m_learns);
    whatColumn->addWidget(m_adapter);
    whatColumn->addStretch(1);
    auto *pair = new SideBySide(kNarrow);
    pair->add(what, 1);
    pair->add(m_teaching, 1);
    column->addWidget(pair);
    connect(m_kinds, &style::ChipBar::currentChanged, this, [this] {
        arrange();
        Q_EMIT kindChanged();
        Q_EMIT changed();
    });
    connect(m_missing, &style::HintRow::activated, this, &TeachingForm::examplesWanted);
    connect(m_learns, &forms::ParameterForm::changed, this, &TeachingForm::arrange);
    for (forms::ParameterForm *form : {m_teaching, m_learns, m_adapter})
        connect(form, &forms::ParameterForm::changed, this, &TeachingForm::changed);
    arrange();
}

void TeachingForm::setHasWeights(bool hasWeights)
{
    m_hasWeights = hasWeights;
    arrange();
}

void TeachingForm::setOffered(const QStringList &kinds)
{
    m_offered = kinds;
    arrange();
}

void TeachingForm::setUndoStack(QUndoStack *stack)
{
    for (forms::ParameterForm *form : {m_teaching, m_learns, m_adapter})
        form->setUndoStack(stack);
}

void TeachingForm::setValues(const QJsonObject &teaching, const QJsonObject &adapter, const QString &learns)
{
    m_teaching->setValues(teaching);
    m_adapter->setValues(adapter);
    const QString what = learns.isEmpty() ? (adapter.isEmpty() ? QStringLiteral("all") : QStringLiteral("adapter")) : learns;
    const bool isNamed = QStringList{QStringLiteral("all"), QStringLiteral("adapter"), QStringLiteral("head")}.contains(what);
    m_learns->setValues({{QStringLiteral("learns"), isNamed ? what : QStringLiteral("chosen")}, {QStringLiteral("layers"), isNamed ? QString() : what}});
    m_kinds->setCurrent(teaching.isEmpty() ? kDocuments : teaching.value(QLatin1String("kind")).toString(kChat));
    arrange();
}

void TeachingForm::arrange()
{
    const bool isRecords = kind() != kDocuments;
    m_words->setText(kindWords(kind()));
    m_missing->set(style::Tone::Attention,
                   isRecords ? tr("There are no such examples in this project yet: prepare a file of them first.") : tr("There are no documents in this project yet."),
                   isRecords ? tr("Prepare examples") : tr("Add documents"));
    m_missing->setVisible(!isOffered());
    m_teaching->setVisible(isRecords);
    m_teaching->setFieldVisible(QStringLiteral("learnFrom"), kind() == kChat);
    m_teaching->setFieldVisible(QStringLiteral("packing"), kind() == kChat);
    m_learns->setVisible(m_hasWeights);
    const QString what = m_learns->values().value(QLatin1String("learns")).toString();
    const bool isChosen = what == QLatin1String("chosen");
    if (m_learns->isMoreVisible() != isChosen)
        m_learns->setMoreVisible(isChosen);
    m_adapter->setVisible(m_hasWeights && what == QLatin1String("adapter"));
}

QJsonObject TeachingForm::teaching() const
{
    if (kind() == kDocuments)
        return {};
    QJsonObject values = m_teaching->values();
    values.insert(QStringLiteral("kind"), kind());
    return values;
}

QJsonObject TeachingForm::adapter() const
{
    const bool wanted = m_hasWeights && m_learns->values().value(QLatin1String("learns")).toString() == QLatin1String("adapter");
    return wanted ? m_adapter->values() : QJsonObject();
}

QString TeachingForm::learns() const
{
    return m_hasWeights ? model::learnsText(m_learns->values()) : QString();
}

QString TeachingForm::firstError() const
{
    if (kind() != kDocuments && !m_teaching->isValid())
        return m_teaching->firstError();
    if (!m_hasWeights)
        return {};
    const QJsonObject learns = m_learns->values();
    if (learns.value(QLatin1String("learns")).toString() == QLatin1String("chosen") && learns.value(QLatin1String("layers")).toString().trimmed().isEmpty())
        return tr("Say which layers learn: a pattern of weights' names, as blocks.5.*");
    return learns.value(QLatin1String("learns")).toString() == QLatin1String("adapter") ? m_adapter->firstError() : m_learns->firstError();
}

}  // namespace athanor::pages
