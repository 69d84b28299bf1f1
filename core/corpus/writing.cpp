// Phase "Writing": the corpus (under its content hash), the texts before repair, the removed texts, and a line for
// every document. The three corpora are written side by side.
#include "core/base/atomic_file.h"
#include "core/base/parallel.h"
#include "core/corpus/corpus_file.h"
#include "core/corpus/curation.h"
#include "core/corpus/json_text.h"
#include "core/corpus/line_file.h"

#include <QCoreApplication>
#include <QDir>

namespace athanor::corpus {

namespace {

const QString kAll = QStringLiteral("all");

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

enum class Part { Kept, Extracted, Removed };

bool belongs(const Record &record, Part part)
{
    if (part == Part::Extracted)
        return record.status != DocumentStatus::Unreadable;
    return record.status == (part == Part::Kept ? DocumentStatus::Kept : DocumentStatus::Removed);
}

Result<QJsonObject> writeCorpus(Curation &curation, Part part, const QString &folder, PhaseProgress &progress)
{
    QDir(folder).removeRecursively();  // of an attempt that was stopped
    ATHANOR_ASSIGN(CorpusWriter writer, CorpusWriter::create(folder, curation.dataset));
    if (part == Part::Kept)
        writer.setFacts(recordFacts(curation));
    for (const Record &record : curation.documents) {
        if (!belongs(record, part))
            continue;
        ATHANOR_TRY(curation.checkStop());
        const SourceSpec &source = curation.sources[static_cast<size_t>(record.source)];
        CorpusDocument document{record.id, {}, source.id, source.licence, record.path};
        ATHANOR_ASSIGN(document.text, curation.spool->read(part == Part::Extracted ? record.extracted : record.current));
        ATHANOR_TRY(writer.add(part == Part::Kept ? record.split : kAll, document));
        progress.advance();
    }
    return writer.finish();
}

/// Moves the finished corpus to its content hash; one that is there already and whole is the same.
Result<QString> placeCorpus(Curation &curation, const QString &folder, const QString &hash)
{
    const QString relative = QStringLiteral("objects/corpora/") + hash;
    const QString target = curation.context.projectPath() + QLatin1Char('/') + relative;
    if (CorpusReader::open(target)) {
        QDir(folder).removeRecursively();
        return relative;
    }
    QDir(target).removeRecursively();
    if (!QDir().rename(folder, target))
        return fail(ErrorCode::External, tr("Cannot move the corpus to “%1”.").arg(target), tr("Check the permissions of the project's folder."));
    ATHANOR_TRY(syncFolder(curation.context.projectPath() + QStringLiteral("/objects/corpora")));
    return relative;
}

const char *statusName(DocumentStatus status)
{
    switch (status) {
    case DocumentStatus::Kept: return "kept";
    case DocumentStatus::Removed: return "removed";
    default: return "unreadable";
    }
}

QString clusterOf(const DocumentTable &documents, const Record &record)
{
    const Record *last = &record;
    while (last->original >= 0)
        last = &documents[static_cast<size_t>(last->original)];
    return last->id;
}

QByteArray signalsOf(const Record &record)
{
    QByteArray all = record.measured;
    for (auto it = record.facts.begin(); it != record.facts.end(); ++it) {
        if (!std::isfinite(it.value()))
            continue;
        all += all.isEmpty() ? "\"" : ",\"";
        all += it.key().toUtf8() + "\":" + QByteArray::number(it.value(), 'g', 6);
    }
    return all;
}

QByteArray documentLine(const Curation &curation, const Record &record)
{
    const SourceSpec &source = curation.sources[static_cast<size_t>(record.source)];
    const std::pair<const char *, QByteArray> entries[] = {
        {"id", record.id.toUtf8()},
        {"path", record.path.toUtf8()},
        {"source", source.id.toUtf8()},
        {"licence", source.licence.toUtf8()},
        {"textSha256", record.textSha256.toUtf8()},
        {"status", statusName(record.status)},
        {"reason", record.reason.toUtf8()},
        {"reasonTitle", record.reasonTitle.toUtf8()},
        {"detail", record.detail.toUtf8()},
        {"cluster", record.status == DocumentStatus::Unreadable ? QByteArray() : clusterOf(curation.documents, record).toUtf8()},
        {"split", record.split.toUtf8()},
        {"language", record.language.toUtf8()},
    };
    QByteArray line("{");
    for (const auto &[key, value] : entries) {
        appendJsonEntry(line, key, value);
        line += ',';
    }
    line += "\"bytes\":" + QByteArray::number(record.bytes) + ",\"signals\":{" + signalsOf(record) + "}}\n";
    return line;
}

Status writeDocumentList(const Curation &curation, const QString &path)
{
    ATHANOR_ASSIGN(LineFile file, LineFile::create(path));
    for (const Record &record : curation.documents)
        ATHANOR_TRY(file.add(documentLine(curation, record)));
    return file.finish();
}

struct ReasonCount {
    QString id, title;
    qint64 count = 0;
};

std::vector<ReasonCount> countReasons(const DocumentTable &documents)
{
    std::map<QString, ReasonCount> counts;
    for (const Record &record : documents) {
        if (record.isAlive())
            continue;
        ReasonCount &entry = counts[record.reason];
        entry.id = record.reason;
        entry.title = record.reasonTitle;
        ++entry.count;
    }
    std::vector<ReasonCount> sorted;
    for (const auto &[id, entry] : counts)
        sorted.push_back(entry);
    std::stable_sort(sorted.begin(), sorted.end(), [](const ReasonCount &a, const ReasonCount &b) { return a.count > b.count; });
    return sorted;
}

Status nothingLeft(const Curation &curation)
{
    QStringList parts;
    for (const ReasonCount &reason : countReasons(curation.documents))
        parts += QStringLiteral("%1: %2").arg(reason.title).arg(reason.count);
    const QString counts = tr("No document is left of %1. %2.").arg(curation.documents.size()).arg(parts.join(QStringLiteral("; ")));
    const auto example = std::find_if(curation.documents.begin(), curation.documents.end(), [](const Record &record) { return !record.detail.isEmpty(); });
    if (curation.isOfRecords() && example != curation.documents.end())
        return fail(ErrorCode::InvalidInput, tr("%1 For example %2: %3").arg(counts, example->path, example->detail),
                    tr("Correct the records, or say how they are written: “--records FORMAT --column WHAT=NAME”."));
    return fail(ErrorCode::InvalidInput, counts, tr("Add other documents, or make the rules of the recipe less strict."));
}

QJsonArray stagesOf(const Curation &curation)
{
    QJsonArray stages;
    for (const Stage &stage : curation.stages)
        stages.append(QJsonObject{{QStringLiteral("id"), stage.id},           {QStringLiteral("title"), stage.title},
                                  {QStringLiteral("documents"), stage.documents}, {QStringLiteral("bytes"), stage.bytes},
                                  {QStringLiteral("removed"), stage.removed}, {QStringLiteral("changed"), stage.changed}});
    return stages;
}

QJsonObject summaryOf(const Curation &curation)
{
    qint64 counts[3] = {};
    for (const Record &record : curation.documents)
        ++counts[static_cast<int>(record.status)];
    QJsonArray reasons, skipped;
    for (const ReasonCount &reason : countReasons(curation.documents))
        reasons.append(QJsonObject{{QStringLiteral("id"), reason.id}, {QStringLiteral("title"), reason.title}, {QStringLiteral("count"), reason.count}});
    for (const auto &[extension, count] : curation.skipped)
        skipped.append(QJsonObject{{QStringLiteral("extension"), extension}, {QStringLiteral("count"), count}});
    return {{QStringLiteral("documents"), static_cast<qint64>(curation.documents.size())},
            {QStringLiteral("kept"), counts[0]},
            {QStringLiteral("removed"), counts[1]},
            {QStringLiteral("unreadable"), counts[2]},
            {QStringLiteral("reasons"), reasons},
            {QStringLiteral("skipped"), skipped},
            {QStringLiteral("stages"), stagesOf(curation)}};
}

}  // namespace

Result<QJsonObject> writeResults(Curation &curation)
{
    const job::Context &context = curation.context;
    const QString job = context.jobPath();
    const QString corpora = context.projectPath() + QStringLiteral("/objects/corpora");
    ATHANOR_TRY(makeFolder(corpora));
    const QString temporary = corpora + QStringLiteral("/.tmp-") + context.spec().id;
    const QString folders[] = {temporary, job + QStringLiteral("/extracted"), job + QStringLiteral("/removed")};
    const Part parts[] = {Part::Kept, Part::Extracted, Part::Removed};
    qint64 total = 0;
    for (const Record &record : curation.documents)
        total += record.status == DocumentStatus::Unreadable ? 0 : 2;
    PhaseProgress progress(curation.context, tr("Writing"), total, tr("documents"));
    QJsonObject facts[3];
    ATHANOR_TRY(forEachIndex(3, curation.threadCount, [&] { return curation.checkStop(); }, [&](qint64 i) -> Status {
        ATHANOR_ASSIGN(facts[i], writeCorpus(curation, parts[i], folders[i], progress));
        return {};
    }));
    ATHANOR_TRY(writeDocumentList(curation, job + QStringLiteral("/documents.jsonl.zst")));
    if (curation.aliveCount() == 0) {
        QDir(temporary).removeRecursively();
        ATHANOR_TRY(nothingLeft(curation));
    }
    const QString hash = facts[0].value(QLatin1String("sha256")).toString();
    ATHANOR_ASSIGN(const QString corpus, placeCorpus(curation, temporary, hash));
    QJsonObject result = summaryOf(curation);
    result[QStringLiteral("corpus")] = corpus;
    result[QStringLiteral("corpusSha256")] = hash;
    result[QStringLiteral("splits")] = facts[0].value(QLatin1String("splits"));
    const QJsonObject ofRecords = recordFacts(curation);
    for (auto it = ofRecords.begin(); it != ofRecords.end(); ++it)
        result.insert(it.key(), it.value());
    if (curation.reusedFiles > 0)
        result[QStringLiteral("reusedFiles")] = curation.reusedFiles;
    result[QStringLiteral("documentsFile")] = QStringLiteral("jobs/%1/documents.jsonl.zst").arg(context.spec().id);
    return result;
}

}  // namespace athanor::corpus
