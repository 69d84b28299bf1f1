#include "ui/pages/common/export_dialog.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/model/architecture.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/common/page_parts.h"
#include "ui/pages/common/parity_facts.h"
#include "ui/shell/session.h"

#include <QFileInfo>

namespace athanor::pages {

namespace {

struct FormatWords {
    const char *id, *title, *words;
};
constexpr std::array kFormats{
    FormatWords{"huggingface", QT_TRANSLATE_NOOP("ExportDialog", "Hugging Face folder"), QT_TRANSLATE_NOOP("ExportDialog", "For transformers and most tools: weights as safetensors, configuration, tokenizer, chat template, model card.")},
    FormatWords{"gguf", QT_TRANSLATE_NOOP("ExportDialog", "GGUF file"), QT_TRANSLATE_NOOP("ExportDialog", "For llama.cpp and the programs made from it: one file with everything in it.")},
    FormatWords{"adapter", QT_TRANSLATE_NOOP("ExportDialog", "Adapter alone"), QT_TRANSLATE_NOOP("ExportDialog", "Only what was taught, some megabytes in PEFT's form; who uses it needs the model that it stands on.")}};

QString dtypeWords(const QString &dtype)
{
    if (dtype == QLatin1String("f32"))
        return ExportDialog::tr("32 bits: exact");
    if (dtype == QLatin1String("q8_0"))
        return ExportDialog::tr("8 bits: a quarter of the size, a little less exact");
    return ExportDialog::tr("16 bits (%1): half the size").arg(dtype);
}

/// A checkpoint is called as the model that it is of, not as its folder.
QString nameOf(const project::Project &project, const QString &model)
{
    if (const auto run = project.run(model.section(QLatin1Char('/'), 1, 1)); run && model.startsWith(QLatin1String("jobs/")) && !run->model.isEmpty())
        return run->model;
    for (const project::Model &each : project.models().value_or(QList<project::Model>()))
        if (each.base == model)
            return each.name;
    return workbench::Workbench::suggestedModelName(model);
}

}  // namespace

ExportDialog::ExportDialog(shell::Session &session, const QString &model, QWidget *parent)
    : JobDialog(session, tr("Open folder"), tr("Progress of the export"), parent), m_model(model),
      m_title(style::makeLabel(tr("Export %1").arg(nameOf(session.project(), model)), "title")),
      m_why(style::makeWrappedLabel(tr("After writing, the files are read back and compared with the model inside: the same scores, the same text, the same perplexity. Only then it counts as exported."), "note"))
{
    setWindowTitle(tr("Export a model"));
    resize(600, 470);
    const auto checkpoint = session.workbench().resolveCheckpoint(model);
    m_checkpoint = checkpoint.value_or(QString());
    layOut({m_title, m_why}, makeForm(), makeResult());
    if (!checkpoint)
        errorPanel()->present(checkpoint.error());
    fillDtypes();
}

ExportDialog *ExportDialog::open(shell::Session &session, const QString &model, QWidget *parent)
{
    auto *dialog = new ExportDialog(session, model, parent);
    dialog->openAlone();
    return dialog;
}

QWidget *ExportDialog::makeForm()
{
    auto *form = new QWidget;
    auto *column = new QVBoxLayout(form);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    m_format = new QComboBox;
    const bool isAdapter = QFileInfo::exists(QStringLiteral("%1/%2/adapter.json").arg(m_session.projectPath(), m_checkpoint));
    const auto architecture = readJsonFile(QStringLiteral("%1/%2/architecture.json").arg(m_session.projectPath(), m_checkpoint));
    const bool sorts = architecture && !model::labelsOf(*architecture).isEmpty();  // GGUF has no place for labels
    for (const FormatWords &format : kFormats)
        if ((isAdapter || qstrcmp(format.id, "adapter") != 0) && (!sorts || qstrcmp(format.id, "gguf") != 0))
            m_format->addItem(tr(format.title), QString::fromLatin1(format.id));
    m_formatWords = style::makeWrappedLabel({}, "quiet");
    m_dtype = new QComboBox;
    m_to = new QLineEdit;
    m_name = new QLineEdit(nameOf(m_session.project(), m_model));
    auto *choosePlace = style::makeButton(tr("Choose…"));
    choosePlace->setAccessibleName(tr("Choose where the model is written"));
    column->addWidget(labelled(tr("Format"), m_format, tr("What the program that will use it reads")));
    column->addWidget(m_formatWords);
    auto *pair = new QHBoxLayout;
    pair->addWidget(labelled(tr("Numbers"), m_dtype, tr("dtype: bits of each weight")), 1);
    pair->addWidget(labelled(tr("Name in its files"), m_name), 1);
    column->addLayout(pair);
    auto *place = new QHBoxLayout;
    place->addWidget(labelled(tr("Where to"), m_to, tr("A new folder; an export never mixes with other files")), 1);
    place->addWidget(choosePlace, 0, Qt::AlignBottom);
    column->addLayout(place);
    connect(m_format, &QComboBox::currentIndexChanged, this, &ExportDialog::fillDtypes);
    connect(m_dtype, &QComboBox::currentIndexChanged, this, &ExportDialog::proposePlace);
    connect(m_name, &QLineEdit::textEdited, this, &ExportDialog::proposePlace);
    connect(m_to, &QLineEdit::textEdited, this, [this] {
        m_placeIsProposed = false;
        refresh();
    });
    connect(choosePlace, &QPushButton::clicked, this, &ExportDialog::choosePlace);
    return form;
}

QWidget *ExportDialog::makeResult()
{
    auto *result = new QWidget;
    auto *column = new QVBoxLayout(result);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(10);
    m_done = style::makeWrappedLabel({}, "card-title");
    m_parity = new style::FactList;
    m_files = new style::FactList;
    m_card = new QTextBrowser;
    m_card->setOpenExternalLinks(true);
    m_card->setAccessibleName(tr("Model card"));
    m_card->setMinimumHeight(160);
    column->addWidget(m_done);
    column->addWidget(m_parity);
    column->addWidget(style::makeLabel(tr("Files"), "card-title"));
    column->addWidget(m_files);
    column->addWidget(style::makeLabel(tr("Model card"), "card-title"));
    column->addWidget(m_card, 1);
    return result;
}

void ExportDialog::fillDtypes()
{
    const QString format = chosen(m_format);
    QStringList dtypes{QStringLiteral("f32"), QStringLiteral("bf16"), QStringLiteral("f16")};
    if (format == QLatin1String("gguf"))
        dtypes = {QStringLiteral("f16"), QStringLiteral("q8_0"), QStringLiteral("bf16"), QStringLiteral("f32")};
    else if (format == QLatin1String("adapter"))
        dtypes = {QStringLiteral("f32")};
    QStringList titles;
    for (const QString &dtype : dtypes)
        titles += dtypeWords(dtype);
    fillChoices(m_dtype, titles, dtypes);
    m_dtype->setCurrentIndex(0);  // the usual one of this format
    for (const FormatWords &each : kFormats)
        if (format == QLatin1String(each.id))
            m_formatWords->setText(tr(each.words));
    proposePlace();
}

/// Beside the project, where nothing stands yet, until the person says otherwise.
void ExportDialog::proposePlace()
{
    if (m_placeIsProposed) {
        const QString beside = QFileInfo(m_session.projectPath()).absolutePath() + QLatin1Char('/') + m_name->text().trimmed();
        const QString ending = chosen(m_format) == QLatin1String("gguf") ? QStringLiteral("-%1.gguf").arg(chosen(m_dtype)) : QString();
        QString place = beside + ending;
        for (int number = 2; QFileInfo::exists(place); ++number)
            place = QStringLiteral("%1-%2%3").arg(beside).arg(number).arg(ending);
        m_to->setText(place);
    }
    refresh();
}

void ExportDialog::choosePlace()
{
    askForNewFile(this, tr("Where to export to"), m_to->text(), {}, [this](const QString &place) {
        m_placeIsProposed = false;
        m_to->setText(place);
        refresh();
    });
}

workbench::ExportRequest ExportDialog::request() const
{
    workbench::ExportRequest request;
    request.model = m_model;
    request.format = chosen(m_format);
    request.dtype = chosen(m_dtype);
    request.to = withHome(m_to->text().trimmed());
    if (!request.to.isEmpty() && QDir::isRelativePath(request.to))
        request.to = QDir(QFileInfo(m_session.projectPath()).path()).absoluteFilePath(request.to);  // beside the project
    request.name = m_name->text().trimmed();
    return request;
}

Result<job::Folder> ExportDialog::startJob()
{
    auto job = m_session.workbench().exportModel(request());
    if (job)
        m_session.setCommand(workbench::exportModelCommand(request()));
    return job;
}

std::pair<QString, QString> ExportDialog::endedWords(const job::Summary &summary) const
{
    return {tr("The export ended before it was done (%1).").arg(stateWords(summary.state)), tr("Nothing was left behind. Export again when you like.")};
}

void ExportDialog::showResult(const QJsonObject &result)
{
    const QString path = result.value(QLatin1String("path")).toString();
    const QString folder = QFileInfo(path).isDir() ? path : QFileInfo(path).absolutePath();
    setWritten(folder);
    m_why->hide();
    m_title->setText(tr("Exported"));
    m_done->setText(tr("It behaves outside as it does inside. %1").arg(path));
    showParity(m_parity, result);
    m_files->clear();
    QString cardName = QStringLiteral("README.md");  // beside a GGUF file another model's card may stand
    for (const QJsonValue &value : result.value(QLatin1String("files")).toArray()) {
        const QJsonObject file = value.toObject();
        m_files->set(file.value(QLatin1String("name")).toString(), formatBytes(file.value(QLatin1String("bytes")).toInteger()), style::Tone::Neutral,
                     tr("SHA-256 %1").arg(file.value(QLatin1String("sha256")).toString()));
        if (file.value(QLatin1String("name")).toString().endsWith(QLatin1String("README.md")))
            cardName = file.value(QLatin1String("name")).toString();
    }
    QFile card(folder + QLatin1Char('/') + cardName);
    if (card.open(QIODevice::ReadOnly)) {
        QString text = QString::fromUtf8(card.read(1 << 20));
        if (text.startsWith(QLatin1String("---\n")))  // the header for machines
            text = text.mid(text.indexOf(QLatin1String("\n---\n"), 4) + 5);
        m_card->setMarkdown(text);
    } else {
        m_card->setPlainText(tr("The model card stands inside the file."));
    }
    resize(std::max(width(), 680), std::max(height(), 640));
}

void ExportDialog::refresh()
{
    updateButtons(tr("Export"), tr("Exporting…"), !m_checkpoint.isEmpty() && !m_to->text().trimmed().isEmpty() && !m_name->text().trimmed().isEmpty());
}

}  // namespace athanor::pages
