#include "ui/pages/project/objective_words.h"
#include "ui/pages/project/wizard/steps.h"

namespace athanor::pages {

namespace {

// A file name from a title: letters, digits and dashes.
QString fileNameFrom(const QString &title)
{
    QString name = title.toLower().normalized(QString::NormalizationForm_C);
    for (QChar &letter : name)
        if (!letter.isLetterOrNumber())
            letter = u'-';
    while (name.contains(QLatin1String("--")))
        name.replace(QLatin1String("--"), QLatin1String("-"));
    while (name.startsWith(u'-'))
        name.remove(0, 1);
    while (name.endsWith(u'-'))
        name.chop(1);
    return name.isEmpty() ? QStringLiteral("project") : name.left(60);
}

QString freeFolder(const QString &title)
{
    const QString base = QDir::homePath() + QStringLiteral("/Athanor/") + fileNameFrom(title);
    QString path = base;
    for (int number = 2; QFileInfo::exists(path); ++number)
        path = base + QStringLiteral("-%1").arg(number);
    return path;
}

}  // namespace

ObjectiveStep::ObjectiveStep(WizardState &state, QWidget *parent) : WizardStep(state, parent)
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    auto *card = new style::Card({}, {}, this);
    m_form = new forms::ParameterForm(objectiveSchema(), forms::HelpPlacement::Beside, card);
    card->body()->addWidget(m_form);
    layout->addWidget(card);
    layout->addStretch(1);
    QJsonObject known = state.objective;
    if (const QJsonValue languages = known.value(QLatin1String("languages")); languages.isArray()) {
        QStringList names;
        for (const QJsonValue &one : languages.toArray())
            names += one.toString();
        known.insert(QLatin1String("languages"), names.join(QStringLiteral(", ")));
    }
    m_form->setValues(known);
    for (const char *key : {"name", "folder"})
        m_form->setFieldVisible(QLatin1String(key), state.forNewProject);
    connect(m_form, &forms::ParameterForm::changed, this, [this] {
        if (auto *edit = qobject_cast<QLineEdit *>(m_form->editor(QStringLiteral("folder"))))
            edit->setPlaceholderText(freeFolder(m_form->values().value(QLatin1String("name")).toString()));
        Q_EMIT completeChanged();
    });
    m_form->setValues({});
}

QString ObjectiveStep::folder() const
{
    const QString given = m_form->values().value(QLatin1String("folder")).toString().trimmed();
    return given.isEmpty() ? freeFolder(m_form->values().value(QLatin1String("name")).toString()) : given;
}

Status ObjectiveStep::createProject(const QString &folder, const QString &name)
{
    if (!QDir().mkpath(QFileInfo(folder).absolutePath()))
        return fail(ErrorCode::ReadOnly, tr("The folder %1 could not be made.").arg(QFileInfo(folder).absolutePath()),
                    tr("Choose another place under “More”."));
    ATHANOR_TRY(m_state.session.createProject(folder, name));
    m_state.forNewProject = false;
    for (const char *key : {"name", "folder"})
        m_form->setFieldVisible(QLatin1String(key), false);
    return {};
}

Status ObjectiveStep::leave()
{
    QJsonObject values = m_form->values();
    const QString name = values.take(QLatin1String("name")).toString().trimmed();
    const QString where = folder();
    values.remove(QLatin1String("folder"));
    QJsonArray languages;
    for (const QString &one : values.value(QLatin1String("languages")).toString().split(u',', Qt::SkipEmptyParts))
        languages.append(one.trimmed());
    values.insert(QLatin1String("languages"), languages);
    if (m_state.forNewProject)
        ATHANOR_TRY(createProject(where, name));
    for (const char *key : {"task", "latency"})  // other wishes, another recommendation
        if (m_state.objective.value(QLatin1String(key)) != values.value(QLatin1String(key)))
            m_state.approach.clear();
    for (auto it = values.constBegin(); it != values.constEnd(); ++it)
        m_state.objective.insert(it.key(), it.value());
    return m_state.session.workbench().setObjective(m_state.objective);
}

}  // namespace athanor::pages
