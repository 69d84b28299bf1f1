#include "core/base/format.h"
#include "ui/pages/project/wizard/steps.h"

namespace athanor::pages {

DataStep::DataStep(WizardState &state, QWidget *parent) : WizardStep(state, parent)
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(style::kGap);
    auto *drop = new style::Card({}, {}, this);
    auto *hint = style::makeWrappedLabel(tr("Drop files or folders here, or anywhere on the window."), "big", drop);
    hint->setAlignment(Qt::AlignCenter);
    auto *formats = style::makeWrappedLabel(
        tr("Text, Markdown, HTML, PDF, Word (docx), JSON Lines; also packed as .gz and .zst. Documents stay where they are."), "note", drop);
    formats->setAlignment(Qt::AlignCenter);
    auto *buttons = new QHBoxLayout;
    buttons->addStretch(1);
    QPushButton *folder = style::makeButton(tr("Add a folder…"), "", drop);
    QPushButton *files = style::makeButton(tr("Add files…"), "", drop);
    buttons->addWidget(folder);
    buttons->addWidget(files);
    buttons->addStretch(1);
    drop->body()->addSpacing(12);
    drop->body()->addWidget(hint);
    drop->body()->addWidget(formats);
    drop->body()->addLayout(buttons);
    drop->body()->addSpacing(12);
    layout->addWidget(drop);
    m_list = new style::Card(tr("Documents"), {}, this);
    m_rows = new QVBoxLayout;
    m_rows->setSpacing(10);
    m_list->body()->addLayout(m_rows);
    m_total = style::makeWrappedLabel({}, "second", m_list);
    m_list->body()->addWidget(m_total);
    layout->addWidget(m_list);
    layout->addStretch(1);
    connect(folder, &QPushButton::clicked, this, &DataStep::chooseFolder);
    connect(files, &QPushButton::clicked, this, &DataStep::chooseFiles);
    rebuildList();
}

QString DataStep::subtitle() const
{
    qint64 files = 0;
    for (const WizardSource &source : m_state.sources)
        files += source.count->result().readable;
    if (m_state.sources.isEmpty())
        return tr("They are only read, never changed");
    return tr("%1 files that can be read%2 · about %3 of text")
        .arg(formatInteger(files), m_state.isCounting() ? tr(" so far") : QString(), formatBytes(m_state.textBytes()));
}

// The sources that the project has already.
void DataStep::enter()
{
    if (!m_state.session.hasProject())
        return;
    for (const project::Source &source : m_state.session.project().sources().value_or(QList<project::Source>()))
        addPath(source.location, source.licence);
}

QStringList DataStep::readableExtensions() const
{
    QStringList all;
    for (const plugin::Metadata *reader : m_state.session.plugins().ofKind(QStringLiteral("reader")))
        for (const QJsonValue &extension : reader->all.value(QLatin1String("extensions")).toArray())
            all += extension.toString();
    if (all.isEmpty())
        all = QStringList{QStringLiteral("txt"), QStringLiteral("md"), QStringLiteral("html"), QStringLiteral("htm"),
                          QStringLiteral("pdf"), QStringLiteral("docx"), QStringLiteral("jsonl")};
    return all;
}

void DataStep::addPath(const QString &path, const QString &licence)
{
    const QString real = QFileInfo(path).canonicalFilePath();  // as the project keeps it
    const QString absolute = real.isEmpty() ? QFileInfo(path).absoluteFilePath() : real;
    for (const WizardSource &source : m_state.sources)
        if (source.path == absolute)
            return;
    auto *count = new FolderCount(absolute, readableExtensions(), this);
    m_state.sources += {absolute, licence, count};
    connect(count, &FolderCount::changed, this, &DataStep::refreshCounts);
    rebuildList();
    Q_EMIT completeChanged();
}

/// Whether the project has the source already.
bool DataStep::isKnown(const QString &path) const
{
    if (!m_state.session.hasProject())
        return false;
    const QList<project::Source> known = m_state.session.project().sources().value_or(QList<project::Source>());
    return std::any_of(known.begin(), known.end(), [&](const project::Source &source) { return source.location == path; });
}

void DataStep::rebuildList()
{
    style::clearLayout(m_rows);
    m_updaters.clear();
    m_list->setVisible(!m_state.sources.isEmpty());
    for (qsizetype at = 0; at < m_state.sources.size(); ++at) {
        const WizardSource source = m_state.sources[at];
        auto *row = new QWidget(m_list);
        auto *layout = new QHBoxLayout(row);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(12);
        auto *dot = new style::StatusDot(style::Tone::Active, row);
        auto *name = new style::ElidedLabel(source.path, "", row);
        auto *figures = style::makeLabel({}, "second", row);
        auto *licence = new QLineEdit(source.licence, row);
        licence->setPlaceholderText(tr("licence, if known: own, CC-BY…"));
        licence->setAccessibleName(tr("Licence of %1").arg(source.path));
        licence->setFixedWidth(220);
        licence->setReadOnly(isKnown(source.path));
        if (licence->isReadOnly())
            licence->setToolTip(tr("Its documents carry this licence already; to change it, remove the source and add it again."));
        QPushButton *remove = style::makeButton(tr("Remove"), "quiet", row);
        remove->setAccessibleName(tr("Remove %1").arg(source.path));
        for (QWidget *each : {static_cast<QWidget *>(dot), static_cast<QWidget *>(name), static_cast<QWidget *>(figures)})
            layout->addWidget(each, each == name ? 1 : 0);
        layout->addWidget(licence);
        layout->addWidget(remove);
        m_rows->addWidget(row);
        connect(licence, &QLineEdit::textEdited, this, [this, at](const QString &text) { m_state.sources[at].licence = text; });
        connect(remove, &QPushButton::clicked, this, [this, at] {
            m_state.sources.takeAt(at).count->deleteLater();
            rebuildList();
            Q_EMIT completeChanged();
        });
        m_updaters += [count = source.count, dot, figures] {
            const CountResult &now = count->result();
            const bool bad = !now.problem.isEmpty();
            dot->setState(bad ? style::Tone::Bad : now.isComplete ? style::Tone::Good : style::Tone::Active, now.problem);
            figures->setText(bad ? now.problem
                                 : tr("%1 of %2 files · %3").arg(formatInteger(now.readable), formatInteger(now.files), formatBytes(now.bytes)));
        };
    }
    refreshCounts();
}

void DataStep::refreshCounts()
{
    for (const auto &update : m_updaters)
        update();
    const qint64 text = m_state.textBytes();
    m_total->setText(tr("About %1 of text, some %2 tokens%3").arg(formatBytes(text), formatCount(static_cast<double>(text) / 4),
                                                                   m_state.isCounting() ? tr(", still counting") : QString()));
    Q_EMIT completeChanged();
}

bool DataStep::isComplete() const
{
    return std::any_of(m_state.sources.begin(), m_state.sources.end(),
                       [](const WizardSource &source) { return source.count->result().readable > 0; });
}

QString DataStep::missing() const
{
    return m_state.sources.isEmpty() ? tr("Add a folder or files.") : m_state.isCounting() ? tr("Counting…")
                                                                                            : tr("Nothing that can be read yet.");
}

void DataStep::chooseFolder()
{
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Add a folder of documents"));
    if (!folder.isEmpty())
        addPath(folder);
}

void DataStep::chooseFiles()
{
    for (const QString &file : QFileDialog::getOpenFileNames(this, tr("Add documents")))
        addPath(file);
}

Status DataStep::leave()
{
    const QList<project::Source> known = m_state.session.project().sources().value_or(QList<project::Source>());
    for (const project::Source &source : known)
        if (std::none_of(m_state.sources.begin(), m_state.sources.end(), [&](const WizardSource &s) { return s.path == source.location; }))
            ATHANOR_TRY(m_state.session.project().removeSource(source.id));
    for (const WizardSource &source : m_state.sources) {
        const bool stands = std::any_of(known.begin(), known.end(), [&](const project::Source &s) { return s.location == source.path; });
        if (!stands)
            ATHANOR_TRY(m_state.session.workbench().addSource(source.path, source.licence));
    }
    return {};
}

}  // namespace athanor::pages
