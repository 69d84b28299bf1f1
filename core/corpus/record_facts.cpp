// What the kept records of a curation are together: one kind, its labels, the forms of its files.
#include "core/corpus/curation.h"
#include "core/corpus/record_settings.h"

#include <QCoreApplication>

namespace athanor::corpus {

namespace {

constexpr qsizetype kMostFormsNamed = 100;
constexpr qsizetype kLabelsNamed = 8;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

const FileForm *firstOf(const std::vector<FileForm> &forms, RecordKind kind)
{
    const auto found = std::find_if(forms.begin(), forms.end(), [kind](const FileForm &file) { return file.form.kind() == kind; });
    return found == forms.end() ? nullptr : &*found;
}

/// Numbers by their value where all are numbers, else by their bytes.
QStringList inOrder(QStringList labels)
{
    const bool areNumbers = std::all_of(labels.begin(), labels.end(), [](const QString &label) {
        bool ok = false;
        label.toLongLong(&ok);
        return ok;
    });
    std::sort(labels.begin(), labels.end(), [areNumbers](const QString &a, const QString &b) {
        return areNumbers && a.toLongLong() != b.toLongLong() ? a.toLongLong() < b.toLongLong() : a.toUtf8() < b.toUtf8();
    });
    return labels;
}

std::map<QString, qint64> countLabels(const DocumentTable &documents)
{
    std::map<QString, qint64> counts;
    for (const Record &record : documents)
        if (record.isAlive())
            ++counts[record.label];
    return counts;
}

Status checkLabels(const Curation &curation)
{
    const std::map<QString, qint64> counts = countLabels(curation.documents);
    const qint64 most = curation.recipe.value(QLatin1String("records")).toObject().value(QLatin1String("most_labels")).toInteger();
    QStringList examples;
    for (const auto &[label, count] : counts)
        if (examples.size() < kLabelsNamed)
            examples += label.left(40);
    if (static_cast<qint64>(counts.size()) > most)
        return fail(ErrorCode::InvalidInput,
                    tr("The records have %1 different labels, more than %2: “%3” …").arg(counts.size()).arg(most).arg(examples.join(QStringLiteral("”, “"))),
                    tr("Probably another column holds the labels: map it with “--column label=NAME”. Otherwise raise most_labels."));
    if (counts.size() == 1)
        return fail(ErrorCode::InvalidInput, tr("All records have the same label, “%1”: there is nothing to tell apart.").arg(examples.value(0)),
                    tr("Add records with other labels, or map the right column with “--column label=NAME”."));
    return {};
}

}  // namespace

Status checkRecords(Curation &curation)
{
    if (!curation.isOfRecords())
        return {};
    for (const Record &record : curation.documents)
        if (record.reason == QLatin1String("unreadable.columns"))
            return fail(ErrorCode::InvalidInput, QStringLiteral("“%1”: %2").arg(record.path, record.detail),
                        tr("Prepare the dataset again with the format or the columns named."));
    const FileForm *chat = firstOf(curation.forms, RecordKind::Chat);
    const FileForm *labels = firstOf(curation.forms, RecordKind::Labels);
    if (chat && labels)
        return fail(ErrorCode::InvalidInput,
                    tr("“%1” holds conversations and “%2” labelled texts; a dataset is one or the other.").arg(chat->path, labels->path),
                    tr("Take one of the two out of the sources, or choose the format."));
    for (const FileForm &file : curation.forms)
        curation.context.log(QStringLiteral("info"), tr("%1: %2 (%3).").arg(file.path, recordFormatTitle(file.form.format), file.form.why));
    return labels ? checkLabels(curation) : Status();
}

QJsonObject recordFacts(const Curation &curation)
{
    if (!curation.isOfRecords() || curation.forms.empty())
        return {};
    const RecordForm &first = curation.forms.front().form;
    QJsonArray files;
    bool isMixed = false;
    for (const FileForm &file : curation.forms) {
        isMixed = isMixed || file.form.format != first.format;
        if (files.size() >= kMostFormsNamed)
            continue;
        QJsonObject entry = file.form.toJson();
        entry.insert(QStringLiteral("path"), file.path);
        files.append(entry);
    }
    const bool isChat = first.kind() == RecordKind::Chat;
    QJsonObject facts{{QStringLiteral("content"), QStringLiteral("records")},
                      {QStringLiteral("kind"), isChat ? QStringLiteral("chat") : QStringLiteral("labels")},
                      {QStringLiteral("recordFormat"), isMixed ? QStringLiteral("mixed") : first.format},
                      {QStringLiteral("columns"), first.toJson().value(QLatin1String("columns"))},
                      {QStringLiteral("files"), files}};
    if (isChat)
        return facts;
    const std::map<QString, qint64> counts = countLabels(curation.documents);
    QStringList labels;
    for (const auto &[label, count] : counts)
        labels += label;
    QJsonArray numbers;
    labels = inOrder(labels);
    for (const QString &label : labels)
        numbers.append(counts.at(label));
    facts.insert(QStringLiteral("labels"), QJsonArray::fromStringList(labels));
    facts.insert(QStringLiteral("labelCounts"), numbers);
    return facts;
}

}  // namespace athanor::corpus
