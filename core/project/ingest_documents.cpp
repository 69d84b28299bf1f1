// The documents of a finished curate job, row by row with prepared statements; a million take about half a minute.
#include "core/project/document_list.h"
#include "core/project/project_impl.h"

#include <QJsonDocument>

namespace athanor::project {

namespace {

struct DocumentStatements {
    Statement find, insert, update, index, unindex, place;
};

QString text(const QJsonObject &object, const char *key)
{
    return object.value(QLatin1String(key)).toString();
}

int statusOf(const QString &name)
{
    return name == QLatin1String("kept") ? kKept : name == QLatin1String("removed") ? kRemoved : kUnreadable;
}

Result<DocumentStatements> prepareStatements(const Database &database)
{
    ATHANOR_ASSIGN(Statement find, database.prepare("SELECT id, path FROM documents WHERE document=?"));
    ATHANOR_ASSIGN(Statement insert, database.prepare("INSERT INTO documents(document, path, source, licence, language, bytes, "
                                                      "text_sha, signals) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"));
    ATHANOR_ASSIGN(Statement update, database.prepare("UPDATE documents SET document=?, path=?, source=?, licence=?, "
                                                      "language=?, bytes=?, text_sha=?, signals=? WHERE id=?"));
    ATHANOR_ASSIGN(Statement index, database.prepare("INSERT INTO document_paths(rowid, path) VALUES(?, ?)"));
    ATHANOR_ASSIGN(Statement unindex, database.prepare("INSERT INTO document_paths(document_paths, rowid, path) "
                                                       "VALUES('delete', ?, ?)"));
    ATHANOR_ASSIGN(Statement place, database.prepare("INSERT OR REPLACE INTO dataset_documents(dataset, document, status, "
                                                     "reason, split, cluster, detail) VALUES(?, ?, ?, ?, ?, ?, ?)"));
    return DocumentStatements{std::move(find),  std::move(insert),  std::move(update),
                              std::move(index), std::move(unindex), std::move(place)};
}

}  // namespace

Status Project::Impl::ingestDocuments(qint64 dataset, const QString &file)
{
    ATHANOR_ASSIGN(DocumentStatements statements, prepareStatements(database));
    const auto bindFacts = [this](Statement &statement, const QByteArray &id, const QJsonObject &line) -> Status {
        ATHANOR_ASSIGN(const qint64 source, labelId(text(line, "source")));
        ATHANOR_ASSIGN(const qint64 licence, labelId(text(line, "licence")));
        ATHANOR_ASSIGN(const qint64 language, labelId(text(line, "language")));
        statement.bindBytes(id).bind(text(line, "path")).bind(source).bind(licence).bind(language)
            .bind(line.value(QLatin1String("bytes")).toInteger()).bindBytes(packHash(text(line, "textSha256")))
            .bind(toText(line.value(QLatin1String("signals")).toObject()));
        return {};
    };
    const auto rowOf = [&](const QJsonObject &line) -> Result<qint64> {
        const QByteArray id = packHash(text(line, "id"));
        ATHANOR_ASSIGN(const bool isKnown, statements.find.bindBytes(id).step());
        const qint64 known = isKnown ? statements.find.integer(0) : -1;
        const QString oldPath = isKnown ? statements.find.text(1) : QString();
        statements.find.reset();
        Statement &statement = isKnown ? statements.update : statements.insert;
        ATHANOR_TRY(bindFacts(statement, id, line));
        if (isKnown)
            statement.bind(known);
        ATHANOR_TRY(statement.run());
        const qint64 row = isKnown ? known : database.lastInsertId();
        if (isKnown && oldPath == text(line, "path"))
            return row;
        if (isKnown)
            ATHANOR_TRY(statements.unindex.bind(row).bind(oldPath).run());
        ATHANOR_TRY(statements.index.bind(row).bind(text(line, "path")).run());
        return row;
    };
    const auto bindLabel = [this](Statement &statement, const QString &label) -> Status {
        if (label.isEmpty()) {
            statement.bindNull();
            return {};
        }
        ATHANOR_ASSIGN(const qint64 id, labelId(label));
        statement.bind(id);
        return {};
    };
    std::map<QString, QString> titles;
    ATHANOR_TRY(readDocumentList(file, [&](QByteArrayView bytes) -> Status {
        const QJsonObject line = QJsonDocument::fromJson(bytes.toByteArray()).object();
        if (text(line, "id").isEmpty())
            return fail(ErrorCode::Corrupt, tr("“%1” has a line that is not a document.").arg(file), tr("Curate the dataset again."));
        ATHANOR_ASSIGN(const qint64 row, rowOf(line));
        const QString reason = text(line, "reason");
        if (!reason.isEmpty() && !titles.contains(reason))
            titles[reason] = text(line, "reasonTitle");
        statements.place.bind(dataset).bind(row).bind(statusOf(text(line, "status")));
        ATHANOR_TRY(bindLabel(statements.place, reason));
        ATHANOR_TRY(bindLabel(statements.place, text(line, "split")));
        const auto bindOptional = [&](const QString &value) {
            if (value.isEmpty())
                statements.place.bindNull();
            else
                statements.place.bind(value);
        };
        const QJsonValue cluster = line.value(QLatin1String("cluster"));
        bindOptional(cluster.isDouble() ? QString::number(cluster.toInteger()) : cluster.toString());
        bindOptional(text(line, "detail"));
        return statements.place.run();
    }));
    for (const auto &[reason, title] : titles) {
        ATHANOR_ASSIGN(const qint64 label, labelId(reason));
        ATHANOR_ASSIGN(Statement keep, database.prepare("INSERT OR REPLACE INTO reasons(label, title) VALUES(?, ?)"));
        ATHANOR_TRY(keep.bind(label).bind(title.isEmpty() ? reason : title).run());
    }
    return {};
}

}  // namespace athanor::project
