// From which source each document of token shards came, so that a run can read its sources in other shares than they
// have. Role: a table beside the shards, written with them, or made from the corpus for shards that are older.
//   documents.sources  "ATHTOKS1", documents, sources (8 bytes each), per source the length of its id (4) and the id,
//                      per document the number of its source (4), SHA-256 of all before; little-endian
// Limits: 4 bytes a document. Thread: values.
#pragma once

#include "core/base/progress.h"
#include "core/corpus/corpus_file.h"

#include <QHash>
#include <QStringList>

#include <vector>

namespace athanor::tokenizer {

class ATHANOR_EXPORT DocumentSources {
public:
    /// The next document.
    void add(const QString &source);
    /// Ids, in the order in which the documents name them first.
    const QStringList &ids() const { return m_ids; }
    qint64 documentCount() const { return static_cast<qint64>(m_ofDocument.size()); }
    /// Place in ids().
    qint64 sourceOf(qint64 document) const { return m_ofDocument[static_cast<size_t>(document)]; }

    /// Into the folder of the shards.
    Status write(const QString &folder) const;
    /// NotFound where there is no table; Corrupt when it is not of `documents` documents or damaged.
    static Result<DocumentSources> read(const QString &folder, qint64 documents);

private:
    QStringList m_ids;
    QHash<QString, quint32> m_places;
    std::vector<quint32> m_ofDocument;
};

/// The table of the shards in `folder`; made from the split that they hold and stored where it is missing or damaged.
/// Errors: as reading the corpus; Cancelled.
ATHANOR_EXPORT Result<DocumentSources> documentSources(const QString &folder, const corpus::CorpusReader &corpus,
                                                       const QString &split, ProgressSink &progress,
                                                       const CancelToken &cancel);

}  // namespace athanor::tokenizer
