#include "core/corpus/curate_handler.h"

#include "core/base/machine.h"
#include "core/corpus/curation.h"
#include "core/corpus/recipe.h"
#include "core/base/locations.h"
#include "core/corpus/source_look.h"
#include "core/corpus/split.h"

#include <QCoreApplication>
#include <QSet>

namespace athanor::corpus {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Result<std::vector<SourceSpec>> sourcesOf(const QJsonArray &array, const QString &projectPath)
{
    std::vector<SourceSpec> sources;
    QSet<QString> seen;
    for (const QJsonValue &value : array) {
        const QJsonObject object = value.toObject();
        SourceSpec source{object.value(QLatin1String("id")).toString(),
                          object.value(QLatin1String("plugin")).toString(QStringLiteral("source.files")),
                          object.value(QLatin1String("location")).toString(),
                          object.value(QLatin1String("licence")).toString(),
                          object.value(QLatin1String("settings")).toObject()};
        if (source.id.isEmpty() || source.location.isEmpty())
            return fail(ErrorCode::InvalidInput, tr("A source has no id or no location."));
        source.location = placeOf(source.location, source.plugin, projectPath);
        if (seen.contains(source.id))
            return fail(ErrorCode::InvalidInput, tr("The source “%1” is named twice.").arg(source.id));
        seen.insert(source.id);
        sources.push_back(std::move(source));
    }
    if (sources.empty())
        return fail(ErrorCode::InvalidInput, tr("The dataset has no source."), tr("Add a folder or files first."));
    return sources;
}

class CurateHandler final : public job::Handler {
public:
    explicit CurateHandler(CurateOptions options) : m_options(std::move(options)) {}
    QString kind() const override { return QStringLiteral("curate"); }
    Result<QJsonObject> run(job::Context &context) override
    {
        const QJsonObject &parameters = context.spec().parameters;
        Curation curation{context, m_options};
        if (curation.options.readerProgram.isEmpty())
            curation.options.readerProgram = programPath(QStringLiteral("athanor-worker"));
        curation.threadCount = m_options.threadCount > 0 ? m_options.threadCount : std::max(2, machineFacts().coreCount);
        curation.dataset = parameters.value(QLatin1String("dataset")).toString();
        const QJsonValue recipe = parameters.value(QLatin1String("recipe"));
        ATHANOR_ASSIGN(curation.recipe, checkRecipe(recipe.isObject() ? recipe.toObject() : defaultRecipe(context.plugins()),
                                                    context.plugins()));
        ATHANOR_ASSIGN(curation.sources, sourcesOf(parameters.value(QLatin1String("sources")).toArray(), context.projectPath()));
        ATHANOR_ASSIGN(curation.spool, Spool::create(context.jobPath()));
        ATHANOR_TRY(readSources(curation));
        ATHANOR_TRY(checkRecords(curation));
        ATHANOR_TRY(runSteps(curation));
        splitDocuments(curation);
        return writeResults(curation);
    }

private:
    CurateOptions m_options;
};

/// The document that a chain of copies ends at.
qint64 originalOf(const DocumentTable &documents, qint64 index)
{
    while (documents[static_cast<size_t>(index)].original >= 0)
        index = documents[static_cast<size_t>(index)].original;
    return index;
}

/// Documents of one cluster of copies, or (where the recipe has no deduplicator) with the same text, have one key.
QString splitKey(const DocumentTable &documents, size_t index)
{
    return documents[static_cast<size_t>(originalOf(documents, static_cast<qint64>(index)))].textSha256;
}

}  // namespace

std::unique_ptr<job::Handler> makeCurateHandler()
{
    return makeCurateHandler(CurateOptions());
}

std::unique_ptr<job::Handler> makeCurateHandler(const CurateOptions &options)
{
    return std::make_unique<CurateHandler>(options);
}

Status Curation::checkStop() const
{
    if (context.cancelToken().isCancelled())
        return job::stoppedHere(tr("Nothing of this curation is kept; earlier versions of the dataset are as they were."));
    if (context.pauseRequested())
        return job::stoppedHere(tr("The sources are as they were; reading begins again when the job is resumed."));
    return {};
}

qint64 Curation::aliveCount() const
{
    return std::count_if(documents.begin(), documents.end(), [](const Record &record) { return record.isAlive(); });
}

void Curation::addStage(const QString &id, const QString &title, qint64 removed, qint64 changed)
{
    Stage stage{id, title, 0, 0, removed, changed};
    for (const Record &record : documents) {
        if (!record.isAlive())
            continue;
        ++stage.documents;
        stage.bytes += record.current.length;
    }
    stages.push_back(stage);
}

void splitDocuments(Curation &curation)
{
    const QJsonObject settings = curation.recipe.value(QLatin1String("split")).toObject();
    QStringList keys;
    std::map<QString, size_t> numbers;
    DocumentTable &documents = curation.documents;
    for (size_t i = 0; i < documents.size(); ++i)
        if (documents[i].isAlive() && numbers.emplace(splitKey(documents, i), static_cast<size_t>(keys.size())).second)
            keys += splitKey(documents, i);
    const std::vector<bool> heldOut =
        chooseValidation(keys, {settings.value(QLatin1String("validation_share")).toDouble(),
                                settings.value(QLatin1String("seed")).toInteger()});
    for (size_t i = 0; i < documents.size(); ++i)
        if (documents[i].isAlive())
            documents[i].split = heldOut[numbers[splitKey(documents, i)]] ? QStringLiteral("validation") : QStringLiteral("train");
}

}  // namespace athanor::corpus
