// Takes what a reader finds in one file: documents with their texts in the spool, problems with their reasons.
// Private to the room. Thread: each object for one thread; many at once.
#pragma once

#include "core/corpus/curation.h"
#include "core/corpus/record_intake.h"
#include "core/corpus/source.h"

namespace athanor::corpus {

/// A file of a source. `source` is the source's number.
struct Item {
    SourceItem file;
    int source = 0;
};

/// What the bytes of a document are hashed after, so that its id is of its source as well.
QByteArray hashPrefix(const SourceSpec &source);

class RecordSink final : public ReadSink {
public:
    RecordSink(const Curation &curation, const Item &item);
    Status document(ReadDocument &&document) override;
    /// The reader has reached the end of the file.
    Status endOfFile() { return m_intake.finish(); }
    const std::optional<RecordForm> &form() const { return m_intake.form(); }
    void problemAt(const QString &place, const Error &error) override;
    /// `fileHash`: the id of the document that is the whole file.
    std::vector<Record> finish(const QString &fileHash);

private:
    Status takeText(ReadDocument &&document);
    Status takeRecord(ReadDocument &&document, CanonicalResult &&made);
    Record begun(const ReadDocument &document) const;
    Record begin(const QString &place) const;
    const SourceSpec &source() const { return m_curation.sources[static_cast<size_t>(m_item.source)]; }

    const Curation &m_curation;
    const Item &m_item;
    std::vector<Record> m_records;
    size_t m_problems = 0;
    size_t m_mostProblems;
    RecordIntake m_intake;
};

}  // namespace athanor::corpus
