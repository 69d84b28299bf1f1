// Data, tokenizers and models: the actions before training.
#include "core/base/atomic_file.h"
#include "core/base/identifier.h"
#include "core/corpus/corpus_file.h"
#include "core/corpus/recipe.h"
#include "core/workbench/specs.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonDocument>

namespace athanor::workbench {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

// The document `id` of a corpus split: documents stand in id order, so a binary search finds it.
Result<corpus::CorpusDocument> findDocument(const corpus::CorpusReader &reader, const QString &split, const QString &id)
{
    qint64 low = 0;
    qint64 high = reader.documentCount(split);
    while (low < high) {
        const qint64 middle = low + (high - low) / 2;
        ATHANOR_ASSIGN(corpus::CorpusDocument document, reader.document(split, middle));
        if (document.id == id)
            return document;
        if (document.id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return fail(ErrorCode::NotFound, tr("The document “%1” is not in this part of the corpus.").arg(id));
}

QString textFrom(const QString &folder, const QStringList &splits, const QString &id)
{
    const auto reader = corpus::CorpusReader::open(folder);
    if (!reader)
        return {};
    for (const QString &split : splits)
        if (const auto document = findDocument(*reader, split, id))
            return QString::fromUtf8(document->text);
    return {};
}

}  // namespace

Result<job::Folder> Workbench::curate(const QString &dataset, const QJsonObject &recipe)
{
    ATHANOR_TRY(checkName(dataset));
    ATHANOR_ASSIGN(const QJsonArray sources, m_project->sourcesForSpec());
    if (sources.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("There are no documents to prepare."),
                    tr("Add a file or a folder first: “athanor-cli source add PATH”, or drop it on the Data page."));
    QJsonObject used = recipe;
    if (used.isEmpty()) {
        ATHANOR_ASSIGN(used, recipeOf(dataset));
    }
    ATHANOR_ASSIGN(used, corpus::checkRecipe(used, *m_plugins));
    ATHANOR_TRY(m_project->setRecipe(dataset, used));
    return m_queue->add(curateSpec(dataset, used, sources));
}

Result<QJsonObject> Workbench::recipeOf(const QString &dataset) const
{
    const QJsonObject stored = m_project->recipe(dataset);
    return stored.isEmpty() ? corpus::defaultRecipe(*m_plugins) : stored;
}

Status Workbench::keepDocuments(const QString &dataset, const QStringList &documents, bool keep)
{
    ATHANOR_ASSIGN(const project::Dataset row, m_project->dataset(dataset));
    for (const QString &id : documents)
        ATHANOR_TRY(m_project->document(row.rowId, id));
    ATHANOR_ASSIGN(const QJsonObject recipe, recipeOf(dataset));
    ATHANOR_ASSIGN(const QJsonObject checked, corpus::checkRecipe(corpus::recipeKeeping(recipe, documents, keep), *m_plugins));
    return m_project->setRecipe(dataset, checked);
}

Result<corpus::SourceLook> Workbench::sourceLook(const project::Dataset &dataset) const
{
    ATHANOR_ASSIGN(const job::Folder folder, job::Folder::open(path(), dataset.jobId));
    return corpus::SourceLook::create(folder.path(), folder.parameters(), *m_plugins);
}

bool Workbench::noteSourceChanges(const QString &jobId, const corpus::SourceChanges &changes)
{
    return m_project->noteSourceChanges(jobId, corpus::changesText(changes));
}

QString Workbench::documentsFile(const project::Dataset &dataset) const
{
    return QStringLiteral("%1/jobs/%2/documents.jsonl.zst").arg(path(), dataset.jobId);
}

Status Workbench::setLimit(const QString &dataset, const corpus::SignalLimit &limit, double value)
{
    ATHANOR_ASSIGN(const QJsonObject recipe, recipeOf(dataset));
    ATHANOR_ASSIGN(const QJsonObject changed, corpus::recipeWithLimit(recipe, limit, value, *m_plugins));
    return m_project->setRecipe(dataset, changed);
}

Result<qint64> Workbench::exportDataset(const QString &dataset, const QString &file) const
{
    ATHANOR_ASSIGN(const project::Dataset row, m_project->dataset(dataset));
    ATHANOR_ASSIGN(const corpus::CorpusReader reader, corpus::CorpusReader::open(path() + QLatin1Char('/') + row.corpus));
    ATHANOR_ASSIGN(AtomicFile out, AtomicFile::create(file));
    qint64 count = 0;
    for (const QString &split : {QStringLiteral("train"), QStringLiteral("validation")}) {
        for (qint64 i = 0; i < reader.documentCount(split); ++i, ++count) {
            ATHANOR_ASSIGN(const corpus::CorpusDocument document, reader.document(split, i));
            const QJsonObject line{{QStringLiteral("id"), document.id},
                                   {QStringLiteral("text"), QString::fromUtf8(document.text)},
                                   {QStringLiteral("source"), document.source},
                                   {QStringLiteral("licence"), document.licence},
                                   {QStringLiteral("path"), document.path},
                                   {QStringLiteral("split"), split}};
            ATHANOR_TRY(out.write(QJsonDocument(line).toJson(QJsonDocument::Compact) + '\n'));
        }
    }
    ATHANOR_TRY(out.commit());
    return count;
}

Result<Workbench::DocumentText> Workbench::documentText(const QString &dataset, const QString &documentId) const
{
    ATHANOR_ASSIGN(const project::Dataset row, m_project->dataset(dataset));
    const QString job = path() + QStringLiteral("/jobs/") + row.jobId;
    DocumentText text;
    text.before = textFrom(job + QStringLiteral("/extracted"), {QStringLiteral("all")}, documentId);
    text.after = textFrom(path() + QLatin1Char('/') + row.corpus,
                          {QStringLiteral("train"), QStringLiteral("validation")}, documentId);
    if (text.after.isEmpty())
        text.after = textFrom(job + QStringLiteral("/removed"), {QStringLiteral("all")}, documentId);
    return text;
}

Result<job::Folder> Workbench::trainTokenizer(const QString &name, const QString &dataset, const QString &pluginId,
                                              const QJsonObject &settings)
{
    ATHANOR_TRY(checkName(name));
    const plugin::Metadata *metadata = m_plugins->find(pluginId);
    if (!metadata || metadata->kind != QLatin1String("tokenizer"))
        return fail(ErrorCode::NotFound, tr("There is no tokenizer method “%1”.").arg(pluginId),
                    tr("“athanor-cli plugin list” shows what there is."));
    ATHANOR_ASSIGN(const QJsonObject complete, metadata->parameters.validate(settings));
    ATHANOR_ASSIGN(const project::Dataset row, m_project->dataset(dataset));
    job::Spec spec = tokenizerSpec(name, pluginId, complete, row.corpus);
    spec.command = trainTokenizerCommand(name, dataset, *metadata, complete);
    return m_queue->add(spec);
}

Result<job::Folder> Workbench::importTokenizer(const QString &name, const QString &file)
{
    ATHANOR_TRY(checkName(name));
    const QFileInfo info(file);
    if (!info.exists())
        return fail(ErrorCode::NotFound, tr("“%1” does not exist.").arg(file));
    return m_queue->add(importTokenizerSpec(name, info.absoluteFilePath()));
}

Result<std::shared_ptr<const tokenizer::Tokenizer>> Workbench::tokenizer(const QString &name) const
{
    ATHANOR_ASSIGN(const project::Tokenizer row, m_project->tokenizer(name));
    return tokenizer::readTokenizer(path() + QLatin1Char('/') + row.path);
}

Result<QJsonObject> Workbench::newArchitecture(const QString &architecture, const QJsonObject &choices, const QString &tokenizerName) const
{
    constexpr qint64 kUsualVocabulary = 8192;
    const auto row = m_project->tokenizer(tokenizerName);
    std::shared_ptr<const tokenizer::Tokenizer> known;
    const auto knows = [&](const QByteArray &name) {
        if (!known && row)
            known = tokenizer(tokenizerName).value_or(nullptr);
        return known && known->tokenId(name) >= 0;
    };
    return model::newArchitecture(*m_plugins, architecture, choices, row ? row->vocabulary : kUsualVocabulary, knows);
}

Result<QJsonObject> Workbench::createModel(const QString &name, const QString &architecture, const QJsonObject &choices,
                                           const QString &tokenizer)
{
    ATHANOR_TRY(checkName(name));
    ATHANOR_ASSIGN(const project::Tokenizer row, m_project->tokenizer(tokenizer));
    ATHANOR_ASSIGN(QJsonObject expanded, newArchitecture(architecture, choices, tokenizer));
    expanded.insert(QStringLiteral("name"), name);
    ATHANOR_ASSIGN(const model::Accounting accounting, model::account(*m_plugins, expanded, {}));
    project::Model stored;
    stored.name = name;
    stored.architecture = expanded;
    stored.tokenizer = row.name;
    stored.tokenizerSha256 = row.sha256;
    stored.parameters = accounting.parameters;
    stored.created = QDateTime::currentDateTimeUtc();
    ATHANOR_TRY(m_project->addModel(stored));
    return expanded;
}

}  // namespace athanor::workbench
