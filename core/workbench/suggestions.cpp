// The catalogue of models that are good to start from: a file that people can edit.
#include "core/base/atomic_file.h"
#include "core/base/locations.h"
#include "core/workbench/workbench.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace athanor::workbench {

namespace {

constexpr qsizetype kMostModels = 1000;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString text(const QJsonObject &object, const char *key)
{
    return object.value(QLatin1String(key)).toString();
}

Result<ModelSuggestion> suggestionFrom(const QJsonValue &value, const QString &file)
{
    const QJsonObject object = value.toObject();
    ModelSuggestion model;
    model.name = text(object, "name");
    model.repository = text(object, "repository");
    if (model.name.isEmpty() || model.repository.isEmpty())
        return fail(ErrorCode::Corrupt, tr("A model in “%1” has no name or no repository.").arg(file),
                    tr("Give every model “name” and “repository”, or remove the file to get the usual list."));
    model.file = text(object, "file");
    model.parameters = object.value(QLatin1String("parameters")).toDouble();
    model.bytes = object.value(QLatin1String("bytes")).toInteger();
    model.licence = text(object, "licence");
    model.goodFor = text(object, "good_for");
    for (const QJsonValue &language : object.value(QLatin1String("languages")).toArray())
        model.languages += language.toString();
    return model;
}

}  // namespace

QString Workbench::suggestionsFile()
{
    const QString own = QFileInfo(userConfigFile()).absolutePath() + QStringLiteral("/models.json");
    return QFileInfo::exists(own) ? own : shareFolder() + QStringLiteral("/models/catalogue.json");
}

Result<QList<ModelSuggestion>> Workbench::modelSuggestions()
{
    const QString file = suggestionsFile();
    ATHANOR_ASSIGN(const QJsonObject catalogue, readJsonFile(file));
    if (catalogue.value(QLatin1String("format")).toInt() > 1)
        return fail(ErrorCode::NewerVersion, tr("The list of models “%1” is of a later Athanor.").arg(file),
                    tr("Remove the file to get the usual list."));
    const QJsonArray models = catalogue.value(QLatin1String("models")).toArray();
    if (models.size() > kMostModels)
        return fail(ErrorCode::LimitExceeded, tr("The list “%1” names %2 models; %3 are read.").arg(file).arg(models.size()).arg(kMostModels));
    QList<ModelSuggestion> suggestions;
    for (const QJsonValue &value : models) {
        ATHANOR_ASSIGN(ModelSuggestion one, suggestionFrom(value, file));
        suggestions += std::move(one);
    }
    return suggestions;
}

}  // namespace athanor::workbench
