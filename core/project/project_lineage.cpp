// How things were made: nodes by content hash, edges from what was used to what came of it.
#include "core/project/project_impl.h"

namespace athanor::project {

namespace {

LineageNode nodeFrom(const Statement &row)
{
    return {row.text(0), row.text(1), row.text(2), row.text(3), static_cast<int>(row.integer(4))};
}

}  // namespace

Status Project::Impl::addNode(const QString &hash, const QString &kind, const QString &title, const QString &job)
{
    ATHANOR_ASSIGN(Statement insert, database.prepare("INSERT OR IGNORE INTO nodes(hash, kind, title, job) VALUES(?, ?, ?, ?)"));
    return insert.bind(hash).bind(kind).bind(title).bind(job).run();
}

Status Project::Impl::addEdge(const QString &source, const QString &target, const QString &job)
{
    ATHANOR_ASSIGN(Statement insert, database.prepare("INSERT OR IGNORE INTO edges(source, target, job) VALUES(?, ?, ?)"));
    return insert.bind(source).bind(target).bind(job).run();
}

Result<QList<LineageNode>> Project::whatMade(const QString &hash) const
{
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepare(
        "WITH RECURSIVE up(hash, distance) AS ("
        "  SELECT coalesce((SELECT weights_sha FROM checkpoints WHERE path = ?1), ?1), 0"
        "  UNION SELECT edges.source, up.distance + 1 FROM up JOIN edges ON edges.target = up.hash WHERE up.distance < 1000)"
        " SELECT nodes.kind, nodes.hash, nodes.title, nodes.job, min(up.distance) AS d FROM up JOIN nodes ON nodes.hash = up.hash"
        " GROUP BY nodes.hash ORDER BY d, nodes.kind, nodes.hash"));
    statement.bind(hash);
    return rowsOf<LineageNode>(statement, nodeFrom);
}

Result<QList<LineageNode>> Project::whatWasMadeFrom(const QString &hash) const
{
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepare(
        "WITH RECURSIVE down(hash, distance) AS ("
        "  SELECT coalesce((SELECT weights_sha FROM checkpoints WHERE path = ?1), ?1), 0"
        "  UNION SELECT edges.target, down.distance + 1 FROM down JOIN edges ON edges.source = down.hash WHERE down.distance < 1000)"
        " SELECT nodes.kind, nodes.hash, nodes.title, nodes.job, min(down.distance) AS d FROM down JOIN nodes ON nodes.hash = down.hash"
        " GROUP BY nodes.hash ORDER BY d, nodes.kind, nodes.hash"));
    statement.bind(hash);
    return rowsOf<LineageNode>(statement, nodeFrom);
}

// Seen means trained on: in the training part of a corpus of which a run read tokens, or by a run that such a run's
// checkpoint started. A tokenizer trained on the document does not count.
Result<QList<Run>> Project::runsThatSaw(const QString &documentId) const
{
    const QByteArray sql =
        QByteArray("WITH RECURSIVE saw(hash) AS ("
                   "  SELECT ds.corpus_sha FROM documents d JOIN dataset_documents dd ON dd.document = d.id"
                   "    JOIN labels ON labels.id = dd.split AND labels.text = 'train' JOIN datasets ds ON ds.id = dd.dataset"
                   "    WHERE d.document = ? AND dd.status = 0 AND ds.corpus_sha <> ''"  // not half taken in
                   "  UNION SELECT edges.target FROM saw JOIN edges ON edges.source = saw.hash"
                   "    JOIN nodes ON nodes.hash = edges.target AND nodes.kind IN ('shards', 'run', 'checkpoint')) ")
        + kRunColumns + "WHERE r.id IN (SELECT hash FROM saw) AND r.trash IS NULL ORDER BY r.id";
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepareText(sql));
    statement.bindBytes(packHash(documentId));
    return rowsOf<Run>(statement, runFrom);
}

}  // namespace athanor::project
