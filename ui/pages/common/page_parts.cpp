#include "ui/pages/common/page_parts.h"

#include "core/base/format.h"

namespace athanor::pages {

QString withHome(const QString &path)
{
    return path == QLatin1String("~") || path.startsWith(QLatin1String("~/")) ? QDir::homePath() + path.mid(1) : path;
}

void fillChoices(QComboBox *box, const QStringList &names, const QStringList &values)
{
    const QSignalBlocker quiet(box);
    const QString before = chosen(box);
    box->clear();
    for (qsizetype i = 0; i < names.size(); ++i)
        box->addItem(names[i], i < values.size() ? values[i] : names[i]);
    if (!choose(box, before) && box->count() > 0)
        box->setCurrentIndex(0);
    style::widenList(box);
}

QString chosen(const QComboBox *box)
{
    const QVariant data = box->currentData();
    return data.isValid() ? data.toString() : box->currentText();
}

bool choose(QComboBox *box, const QString &value)
{
    const int at = box->findData(value);
    if (at < 0 || value.isEmpty())
        return false;
    box->setCurrentIndex(at);
    return true;
}

QWidget *labelled(const QString &label, QWidget *field, const QString &tooltip)
{
    auto *both = new QWidget;
    auto *column = new QVBoxLayout(both);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    QLabel *words = style::makeLabel(label);
    words->setBuddy(field);
    words->setToolTip(tooltip);
    field->setAccessibleName(label);
    field->setToolTip(tooltip);
    column->addWidget(words);
    column->addWidget(field);
    return both;
}

void addDialogButtons(QDialog *dialog, QVBoxLayout *column, QPushButton *accept)
{
    auto *row = new QHBoxLayout;
    auto *cancel = style::makeButton(QCoreApplication::translate("PageParts", "Cancel"));
    row->addStretch(1);
    row->addWidget(cancel);
    row->addWidget(accept);
    column->addLayout(row);
    QObject::connect(cancel, &QPushButton::clicked, dialog, &QDialog::reject);
    QObject::connect(accept, &QPushButton::clicked, dialog, &QDialog::accept);
}

QStringList datasetNames(const project::Project &project)
{
    QStringList names;
    if (const auto datasets = project.datasets())
        for (const project::Dataset &dataset : *datasets)
            if (!names.contains(dataset.name))
                names += dataset.name;
    return names;
}

QStringList textDatasetNames(const project::Project &project)
{
    QStringList names;
    for (const QString &name : datasetNames(project))
        if (const auto newest = project.dataset(name); newest && newest->facts.value(QLatin1String("content")).toString() != QLatin1String("records"))
            names += name;
    return names;
}

std::optional<project::Dataset> currentDataset(const project::Project &project)
{
    const auto datasets = project.datasets();
    if (!datasets || datasets->isEmpty())
        return std::nullopt;
    return datasets->first();
}

QString freeName(const QString &wanted, const QStringList &taken)
{
    QString name = wanted;
    for (int number = 2; taken.contains(name); ++number)
        name = QStringLiteral("%1 %2").arg(wanted).arg(number);
    return name;
}

QTableWidget *makeTable(const QStringList &titles, const QString &accessibleName)
{
    auto *table = new QTableWidget(0, int(titles.size()));
    table->setHorizontalHeaderLabels(titles);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setShowGrid(false);
    table->verticalHeader()->hide();
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->setAccessibleName(accessibleName);
    table->setTabKeyNavigation(false);
    return table;
}

void askForNewFile(QWidget *parent, const QString &title, const QString &proposed, const QString &filter, const std::function<void(const QString &)> &then)
{
    auto *dialog = new QFileDialog(parent, title, QFileInfo(proposed).path(), filter);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setFileMode(QFileDialog::AnyFile);
    if (!filter.isEmpty())  // a folder has no suffix, whatever its name
        dialog->setDefaultSuffix(QFileInfo(proposed).suffix());
    dialog->selectFile(QFileInfo(proposed).fileName());
    QObject::connect(dialog, &QFileDialog::fileSelected, parent, then);
    dialog->open();
}

QString figure(double value)
{
    if (!std::isfinite(value))
        return QStringLiteral("–");
    return std::abs(value) < 100 ? QString::number(value, 'f', 3) : formatReal(value, 4);
}

double numberIn(const QJsonObject &object, const char *key)
{
    return object.value(QLatin1String(key)).toDouble(std::numeric_limits<double>::quiet_NaN());
}

}  // namespace athanor::pages
