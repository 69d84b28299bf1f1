// One curation from beginning to end. Role: holds what the phases share; each phase is a file of its own.
// Thread: made and run on one thread; phases use many.
#pragma once

#include "core/corpus/curate_handler.h"
#include "core/corpus/document_table.h"
#include "core/corpus/record_form.h"
#include "core/corpus/steps.h"
#include "core/plugin/registry.h"

#include <mutex>

namespace athanor::corpus {

/// A file whose records were understood, and as what.
struct FileForm {
    QString path;
    RecordForm form;
};

struct Curation {
    job::Context &context;
    CurateOptions options;
    QString dataset;
    QJsonObject recipe;                 // checked and completed
    std::vector<SourceSpec> sources;
    std::unique_ptr<Spool> spool;
    DocumentTable documents;            // in id order once reading has ended
    std::vector<Stage> stages;
    std::map<QString, qint64> skipped;  // files that no reader takes, by extension
    std::vector<FileForm> forms;        // of records: in the order of the files
    int threadCount = 2;
    qint64 reusedFiles = 0;             // taken from what was read before

    /// Empty Status, or the error with which a handler stops for a pause or a cancel.
    Status checkStop() const;
    qint64 aliveCount() const;
    bool isOfRecords() const { return recipe.value(QLatin1String("content")).toString() == QLatin1String("records"); }
    void addStage(const QString &id, const QString &title, qint64 removed, qint64 changed);
};

/// Counts finished pieces of work of a phase from many threads and reports them.
class PhaseProgress {
public:
    PhaseProgress(job::Context &context, QString phase, qint64 total, QString unit)
        : m_context(context), m_phase(std::move(phase)), m_total(total), m_unit(std::move(unit))
    {
        m_context.report({m_phase, 0, m_total, m_unit});
    }
    void advance()
    {
        const std::lock_guard locked(m_mutex);
        m_context.report({m_phase, ++m_done, m_total, m_unit});
    }
    void setUnit(const QString &unit)
    {
        const std::lock_guard locked(m_mutex);
        m_unit = unit;
    }

private:
    job::Context &m_context;
    QString m_phase;
    qint64 m_done = 0;
    qint64 m_total;
    QString m_unit;
    std::mutex m_mutex;
};

/// Phase "Reading": lists all sources, reads every file, fills `documents`.
Status readSources(Curation &curation);
/// Of records: that they are one kind, and their labels labels; nothing for texts.
Status checkRecords(Curation &curation);
/// {"content","kind","recordFormat","columns","files","labels","labelCounts"}; empty for texts.
QJsonObject recordFacts(const Curation &curation);
/// Phases "Repairing", "Judging", "Removing duplicates": the recipe's steps in order.
Status runSteps(Curation &curation);
/// Decides the split of the documents that stay.
void splitDocuments(Curation &curation);
/// Phase "Writing": corpora and the list of documents; returns the job's result.
Result<QJsonObject> writeResults(Curation &curation);

}  // namespace athanor::corpus
