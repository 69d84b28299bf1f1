#include "core/base/format.h"
#include "core/base/machine.h"
#include "ui/pages/project/wizard/steps.h"

namespace athanor::pages {

MachineStep::MachineStep(WizardState &state, QWidget *parent) : WizardStep(state, parent)
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(style::kGap);
    auto *machine = new style::Card(tr("Found on this machine"), {}, this);
    m_facts = new style::FactList(machine);
    machine->body()->addWidget(m_facts);
    machine->body()->addStretch(1);
    auto *rules = new style::Card(tr("Rules that apply"), {}, this);
    rules->body()->addWidget(style::makeWrappedLabel(
        tr("A model can repeat what it was trained on, word for word. What must not be repeated must not be in the documents."), "", rules));
    m_personal = new QCheckBox(tr("The documents may hold personal data"), rules);
    m_personal->setToolTip(tr("Noted in the project and in its report, so that nobody passes the model on unawares."));
    m_rights = new QCheckBox(tr("I may use these documents for training"), rules);
    rules->body()->addWidget(m_personal);
    rules->body()->addWidget(m_rights);
    rules->body()->addSpacing(8);
    m_licences = new QVBoxLayout;
    rules->body()->addLayout(m_licences);
    rules->body()->addStretch(1);
    layout->addWidget(machine, 1, Qt::AlignTop);
    layout->addWidget(rules, 1, Qt::AlignTop);
    connect(m_rights, &QCheckBox::toggled, this, &WizardStep::completeChanged);
}

void MachineStep::enter()
{
    const MachineFacts facts = machineFacts();
    const qint64 disk = QStorageInfo(m_state.session.projectPath()).bytesAvailable();
    m_facts->set(tr("Processor"), facts.processor);
    m_facts->set(tr("Cores"), QString::number(facts.coreCount));
    m_facts->set(tr("Memory"), tr("%1, %2 free").arg(formatMemory(facts.memoryBytes), formatMemory(facts.freeMemoryBytes)));
    m_facts->set(tr("Disk"), tr("%1 free").arg(formatBytes(disk)), disk < 2'000'000'000 ? style::Tone::Attention : style::Tone::Neutral);
    m_facts->set(tr("Fast number formats"), facts.prefersBf16() ? tr("bf16 and f32") : tr("f32"));
    const QSignalBlocker first(m_personal);
    const QSignalBlocker second(m_rights);
    m_personal->setChecked(m_state.personalData || m_state.objective.value(QLatin1String("personalData")).toBool());
    m_rights->setChecked(m_state.hasRights || m_state.objective.value(QLatin1String("mayTrain")).toBool());
    style::clearLayout(m_licences);
    for (const WizardSource &source : m_state.sources) {
        const bool named = !source.licence.trimmed().isEmpty();
        const QString name = QFileInfo(source.path).fileName();
        m_licences->addWidget(new style::HintRow(named ? style::Tone::Good : style::Tone::Attention,
                                                 named ? tr("%1: %2").arg(name, source.licence)
                                                       : tr("%1: no licence named. The report will say so.").arg(name)));
    }
}

bool MachineStep::isComplete() const { return m_rights->isChecked(); }

Status MachineStep::leave()
{
    m_state.personalData = m_personal->isChecked();
    m_state.hasRights = m_rights->isChecked();
    m_state.objective.insert(QStringLiteral("personalData"), m_state.personalData);
    m_state.objective.insert(QStringLiteral("mayTrain"), m_state.hasRights);
    return m_state.session.workbench().setObjective(m_state.objective);
}

}  // namespace athanor::pages
