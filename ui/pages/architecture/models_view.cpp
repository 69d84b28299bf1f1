#include "ui/pages/architecture/models_view.h"

#include "core/base/format.h"
#include "ui/pages/common/hint_list.h"
#include "ui/shell/session.h"

namespace athanor::pages {

namespace {

enum Column { NameColumn, FamilyColumn, SizeColumn, FromColumn };

QString sourceWords(const QJsonObject &facts)
{
    const QJsonValue source = facts.value(QLatin1String("source"));
    return source.isObject() ? source.toObject().value(QLatin1String("location")).toString() : source.toString();
}

}  // namespace

ModelsView::ModelsView(shell::Session &session, QWidget *parent)
    : QWidget(parent), m_session(session),
      m_table(makeTable({tr("Model"), tr("Family"), tr("Parameters"), tr("Starts from")}, tr("Models of this project")))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    auto *columns = new SideBySide(700);
    auto *list = new style::Card(tr("Models of this project"));
    m_table->setMinimumHeight(180);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->horizontalHeader()->setSectionResizeMode(SizeColumn, QHeaderView::ResizeToContents);
    list->body()->addWidget(m_table, 1);
    columns->add(list, 6);
    columns->add(makeDetails(), 5);
    column->addWidget(columns, 1);
    connect(m_table, &QTableWidget::itemSelectionChanged, this, &ModelsView::showCurrent);
}

QWidget *ModelsView::makeDetails()
{
    m_details = new style::Card(tr("Model"));
    m_sentence = style::makeWrappedLabel({}, "");
    m_facts = new style::FactList;
    auto *warnings = new HintList;
    m_warnings = warnings;
    m_try = style::makeButton(tr("Try it"));
    m_try->setToolTip(tr("Write with it, as it came or as it was last trained"));
    m_export = style::makeButton(tr("Export…"));
    m_export->setToolTip(tr("For other programs: a Hugging Face folder or a GGUF file"));
    m_architecture = style::makeButton(tr("How it is built"));
    m_extend = style::makeButton(tr("More words…"));
    m_extend->setToolTip(tr("A model with more tokens, for words of your field that it cuts into many pieces"));
    m_delete = style::makeButton(tr("Delete"), "danger");
    m_delete->setToolTip(tr("Moves the model to the trash; it can be brought back"));
    for (QWidget *part : QList<QWidget *>{m_sentence, m_facts, m_warnings})
        m_details->body()->addWidget(part);
    m_details->body()->addStretch(1);
    for (const QList<QPushButton *> &buttons : {QList<QPushButton *>{m_extend, m_architecture}, {m_try, m_export, m_delete}}) {
        auto *row = new QHBoxLayout;
        for (QPushButton *button : buttons) {
            if (button == m_delete)
                row->addStretch(1);
            row->addWidget(button);
        }
        if (!buttons.contains(m_delete))
            row->addStretch(1);
        m_details->body()->addLayout(row);
    }
    const auto say = [this](void (ModelsView::*what)(const QString &)) {
        return [this, what] {
            if (const project::Model *model = current())
                Q_EMIT(this->*what)(model->name);
        };
    };
    connect(m_try, &QPushButton::clicked, this, say(&ModelsView::tryRequested));
    connect(m_export, &QPushButton::clicked, this, say(&ModelsView::exportRequested));
    connect(m_extend, &QPushButton::clicked, this, say(&ModelsView::extendRequested));
    connect(m_architecture, &QPushButton::clicked, this, say(&ModelsView::architectureRequested));
    connect(m_delete, &QPushButton::clicked, this, say(&ModelsView::deleteRequested));
    return m_details;
}

const project::Model *ModelsView::current() const
{
    const auto selected = m_table->selectionModel()->selectedRows();
    const int row = selected.isEmpty() ? 0 : selected.first().row();
    return row < m_models.size() ? &m_models[row] : nullptr;
}

void ModelsView::refresh()
{
    if (!m_session.hasProject())
        return;
    const QString before = current() ? current()->name : QString();
    m_models = m_session.project().models().value_or(QList<project::Model>());
    {
        const QSignalBlocker quiet(m_table);
        m_table->clearSelection();
        m_table->setRowCount(int(m_models.size()));
        for (int row = 0; row < m_models.size(); ++row)
            fillRow(row);
    }
    select(before);
    showCurrent();
}

void ModelsView::fillRow(int row)
{
    const project::Model &model = m_models[row];
    const plugin::Metadata *family = m_session.plugins().find(model.architecture.value(QLatin1String("architecture")).toString());
    const QStringList texts{model.name, family ? family->title : tr("unknown"), formatCount(double(model.parameters)),
                            model.base.isEmpty() ? tr("nothing") : tr("its own weights")};
    for (int column = 0; column < texts.size(); ++column) {
        auto *item = new QTableWidgetItem(texts[column]);
        item->setToolTip(texts[column]);
        m_table->setItem(row, column, item);
    }
}

void ModelsView::select(const QString &name)
{
    for (int row = 0; row < m_models.size(); ++row)
        if (m_models[row].name == name)
            return m_table->selectRow(row);
    if (!m_models.isEmpty())
        m_table->selectRow(0);
}

bool ModelsView::hasWeights(const project::Model &model) const
{
    return !model.base.isEmpty() || m_session.workbench().resolveCheckpoint(model.name).has_value();
}

void ModelsView::showCurrent()
{
    const project::Model *model = current();
    m_details->setVisible(model != nullptr);
    if (model)
        showFacts(*model);
    Q_EMIT currentChanged();
}

void ModelsView::showFacts(const project::Model &model)
{
    const plugin::Metadata *family = m_session.plugins().find(model.architecture.value(QLatin1String("architecture")).toString());
    const QJsonObject sizes = model.architecture.value(QLatin1String("dimensions")).toObject();
    const bool ready = hasWeights(model);
    m_details->setTitle(model.name);
    m_details->setNote(model.base.isEmpty() ? tr("made here") : tr("brought in"));
    m_sentence->setText(family ? QStringLiteral("%1. %2").arg(family->title, family->summary) : QString());
    m_facts->clear();
    m_facts->set(tr("Parameters"), formatInteger(model.parameters));
    m_facts->set(tr("Context"), tr("%1 tokens").arg(formatInteger(sizes.value(QLatin1String("context")).toInteger())));
    m_facts->set(tr("Vocabulary"), tr("%1 pieces").arg(formatInteger(sizes.value(QLatin1String("vocabulary")).toInteger())));
    m_facts->set(tr("Tokenizer"), model.tokenizer);
    if (!model.base.isEmpty()) {
        const QString licence = model.facts.value(QLatin1String("licence")).toString();
        m_facts->set(tr("Licence"), licence.isEmpty() ? tr("not said") : licence, licence.isEmpty() ? style::Tone::Attention : style::Tone::Neutral);
        m_facts->set(tr("Chat template"), model.facts.value(QLatin1String("hasChatTemplate")).toBool() ? tr("yes: it answers") : tr("no: it continues text"));
        m_facts->set(tr("Came from"), QFileInfo(sourceWords(model.facts)).fileName(), {}, sourceWords(model.facts));
        m_facts->set(tr("Weights"), model.baseSha256.left(12), {}, tr("SHA-256 %1\n%2").arg(model.baseSha256, model.base));
    } else {
        m_facts->set(tr("Weights"), ready ? tr("from its newest run") : tr("none yet: it was not trained"));
    }
    QList<HintLine> warnings;
    for (const QJsonValue &warning : model.facts.value(QLatin1String("warnings")).toArray())
        warnings += HintLine{style::Tone::Attention, warning.toString(), {}, {}};
    qobject_cast<HintList *>(m_warnings)->setLines(warnings);
    m_try->setEnabled(ready);
    m_export->setEnabled(ready);
    m_extend->setVisible(ready && !m_session.isReadOnly());
    m_architecture->setVisible(model.base.isEmpty());
    m_delete->setEnabled(!m_session.isReadOnly());
}

}  // namespace athanor::pages
