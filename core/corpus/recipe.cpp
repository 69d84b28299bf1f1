#include "core/corpus/recipe.h"

#include "core/base/hash.h"

#include <QCoreApplication>
#include <QJsonDocument>

namespace athanor::corpus {

namespace {

constexpr int kMostSteps = 64;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

const QStringList &stepKinds()
{
    static const QStringList kinds{QStringLiteral("cleaner"), QStringLiteral("filter"), QStringLiteral("deduplicator")};
    return kinds;
}

tl::unexpected<Error> inStep(int number, const Error &error)
{
    return fail(ErrorCode::InvalidInput, tr("Step %1 of the recipe: %2").arg(number).arg(error.message), error.hint, error.detail);
}

Result<QJsonObject> checkStep(const QJsonObject &step, const plugin::Catalogue &catalogue)
{
    const QString id = step.value(QLatin1String("plugin")).toString();
    const plugin::Metadata *method = catalogue.find(id);
    if (!method || method->state == plugin::PluginState::Failed)
        return fail(ErrorCode::NotFound, tr("there is no method “%1”.").arg(id), tr("“athanor-cli plugin list” shows what there is."));
    if (!stepKinds().contains(method->kind))
        return fail(ErrorCode::InvalidInput, tr("“%1” is a %2; a step is a cleaner, filter or deduplicator.").arg(id, method->kind));
    const QJsonValue settings = step.value(QLatin1String("settings"));
    if (!settings.isUndefined() && !settings.isObject())
        return fail(ErrorCode::InvalidInput, tr("“settings” of “%1” is not an object.").arg(id));
    ATHANOR_ASSIGN(const QJsonObject completed, method->parameters.validate(settings.toObject()));
    return QJsonObject{{QStringLiteral("plugin"), id}, {QStringLiteral("settings"), completed}};
}

Result<QJsonArray> checkSteps(const QJsonValue &steps, const plugin::Catalogue &catalogue)
{
    if (!steps.isArray() || steps.toArray().size() > kMostSteps)
        return fail(ErrorCode::InvalidInput, tr("The recipe has no list of at most %1 “steps”.").arg(kMostSteps));
    QJsonArray checked;
    for (const QJsonValue &step : steps.toArray()) {
        auto completed = checkStep(step.toObject(), catalogue);
        if (!completed)
            return inStep(static_cast<int>(checked.size()) + 1, completed.error());
        checked.append(*completed);
    }
    return checked;
}

/// Settings of readers; only the readers that are named are completed, so that a new reader changes no old recipe's hash.
Result<QJsonObject> checkReaders(const QJsonObject &readers, const plugin::Catalogue &catalogue)
{
    QJsonObject checked;
    for (auto it = readers.begin(); it != readers.end(); ++it) {
        const plugin::Metadata *reader = catalogue.find(it.key());
        if (!reader || reader->kind != QLatin1String("reader"))
            return fail(ErrorCode::InvalidInput, tr("The recipe names the reader “%1”, which there is not.").arg(it.key()));
        ATHANOR_ASSIGN(checked[it.key()], reader->parameters.validate(it.value().toObject()));
    }
    return checked;
}

constexpr char kSplitDeclaration[] = R"json([
 {"key":"validation_share","type":"real","title":"Held out for measuring","term":"validation share",
  "doc":"Part of the documents that the model never learns from, so that its quality can be measured. Copies of one document always stand on the same side.",
  "default":0.05,"min":0,"max":0.5},
 {"key":"seed","type":"int","title":"Another choice of documents","term":"split seed",
  "doc":"A different number holds out different documents.","default":1,"min":0,"max":1000000,"advanced":true}
])json";

}  // namespace

const plugin::ParameterSchema &splitSchema()
{
    static const plugin::ParameterSchema schema =
        plugin::ParameterSchema::fromJson(QJsonDocument::fromJson(kSplitDeclaration).array()).value_or(plugin::ParameterSchema());
    return schema;
}

QJsonObject defaultRecipe(const plugin::Catalogue &catalogue)
{
    QJsonArray steps;
    for (const QString &kind : stepKinds())
        for (const plugin::Metadata *method : catalogue.ofKind(kind))
            if (method->all.value(QLatin1String("default")).toBool())
                steps.append(QJsonObject{{QStringLiteral("plugin"), method->id},
                                         {QStringLiteral("settings"), method->parameters.defaults()}});
    return {{QStringLiteral("format"), kRecipeFormat},
            {QStringLiteral("steps"), steps},
            {QStringLiteral("split"), splitSchema().defaults()}};
}

Result<QJsonObject> checkRecipe(const QJsonObject &recipe, const plugin::Catalogue &catalogue)
{
    const int format = recipe.value(QLatin1String("format")).toInt(kRecipeFormat);
    if (format > kRecipeFormat)
        return fail(ErrorCode::NewerVersion, tr("The recipe has format %1; this program knows %2.").arg(format).arg(kRecipeFormat));
    for (const QString &key : recipe.keys())
        if (!QStringList{QStringLiteral("format"), QStringLiteral("steps"), QStringLiteral("split"), QStringLiteral("readers")}.contains(key))
            return fail(ErrorCode::InvalidInput, tr("The recipe has an entry “%1” that means nothing.").arg(key),
                        tr("Known are: steps, split, readers."));
    ATHANOR_ASSIGN(const QJsonArray steps, checkSteps(recipe.value(QLatin1String("steps")), catalogue));
    ATHANOR_ASSIGN(const QJsonObject split, splitSchema().validate(recipe.value(QLatin1String("split")).toObject()));
    ATHANOR_ASSIGN(const QJsonObject readers, checkReaders(recipe.value(QLatin1String("readers")).toObject(), catalogue));
    QJsonObject checked{{QStringLiteral("format"), kRecipeFormat},
                        {QStringLiteral("steps"), steps},
                        {QStringLiteral("split"), split}};
    if (!readers.isEmpty())
        checked[QStringLiteral("readers")] = readers;
    return checked;
}

QString recipeHash(const QJsonObject &recipe)
{
    return sha256(QJsonDocument(recipe).toJson(QJsonDocument::Compact));  // Qt writes keys in order
}

}  // namespace athanor::corpus
