#include "core/corpus/recipe.h"

#include "core/base/hash.h"
#include "core/corpus/record_settings.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QSet>

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

QStringList sorted(const QSet<QString> &ids)
{
    QStringList list(ids.begin(), ids.end());
    list.sort();
    return list;
}

Result<QJsonArray> checkKept(const QJsonValue &keep)
{
    constexpr qsizetype kMostKept = 100000;
    if (!keep.isUndefined() && (!keep.isArray() || keep.toArray().size() > kMostKept))
        return fail(ErrorCode::InvalidInput, tr("“keep” is no list of at most %1 documents.").arg(kMostKept));
    QSet<QString> ids;
    for (const QJsonValue &id : keep.toArray()) {
        if (id.toString().isEmpty())
            return fail(ErrorCode::InvalidInput, tr("“keep” names a document by something that is no id."));
        ids.insert(id.toString());
    }
    return QJsonArray::fromStringList(sorted(ids));
}

bool isOfRecords(const QJsonObject &recipe)
{
    return recipe.value(QLatin1String("content")).toString() == QLatin1String("records");
}

Status checkContent(const QJsonObject &recipe)
{
    const QJsonValue content = recipe.value(QLatin1String("content"));
    const bool isKnown = content.isUndefined() || content == QJsonValue(QStringLiteral("text")) || isOfRecords(recipe);
    if (!isKnown)
        return fail(ErrorCode::InvalidInput, tr("The recipe's “content” cannot be “%1”.").arg(plugin::valueText(content)),
                    tr("Choose text or records."));
    if (recipe.contains(QLatin1String("records")) && !isOfRecords(recipe))
        return fail(ErrorCode::InvalidInput, tr("The recipe says how records are written, and its content is not records."),
                    tr("Add \"content\":\"records\", or take “records” out."));
    return {};
}

Status checkRecordSteps(const QJsonArray &steps, const plugin::Catalogue &catalogue)
{
    for (const QJsonValue &step : steps) {
        const plugin::Metadata *method = catalogue.find(step.toObject().value(QLatin1String("plugin")).toString());
        if (method && method->kind == QLatin1String("cleaner"))
            return fail(ErrorCode::InvalidInput, tr("“%1” repairs texts; records stay as they are written.").arg(method->title),
                        tr("Take the step out of the recipe."));
    }
    return {};
}

QJsonArray defaultSteps(const plugin::Catalogue &catalogue, QLatin1String entry)
{
    QJsonArray steps;
    for (const QString &kind : stepKinds()) {
        for (const plugin::Metadata *method : catalogue.ofKind(kind)) {
            const QJsonValue chosen = method->all.value(entry);
            if (!chosen.toBool() && !chosen.isObject())
                continue;
            QJsonObject settings = method->parameters.defaults();
            const QJsonObject own = chosen.toObject();
            for (auto it = own.begin(); it != own.end(); ++it)
                settings.insert(it.key(), it.value());
            steps.append(QJsonObject{{QStringLiteral("plugin"), method->id}, {QStringLiteral("settings"), settings}});
        }
    }
    return steps;
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
    return {{QStringLiteral("format"), kRecipeFormat},
            {QStringLiteral("steps"), defaultSteps(catalogue, QLatin1String("default"))},
            {QStringLiteral("split"), splitSchema().defaults()}};
}

QJsonObject defaultRecordRecipe(const plugin::Catalogue &catalogue, const QJsonObject &records)
{
    return {{QStringLiteral("format"), kRecipeFormat},
            {QStringLiteral("content"), QStringLiteral("records")},
            {QStringLiteral("records"), checkRecordSettings(records).value_or(records)},
            {QStringLiteral("steps"), defaultSteps(catalogue, QLatin1String("default_records"))},
            {QStringLiteral("split"), splitSchema().defaults()}};
}

Result<QJsonObject> recipeWith(const QJsonObject &recipe, const QStringList &assignments, const plugin::Catalogue &catalogue)
{
    QStringList ofRecords, ofSplit;
    QJsonObject changed = recipe;
    for (const QString &assignment : assignments) {
        const QString key = assignment.section(QLatin1Char('='), 0, 0);
        const QString value = assignment.section(QLatin1Char('='), 1);
        if (key != QLatin1String("content")) {
            (splitSchema().find(key) ? ofSplit : ofRecords) += assignment;
        } else if (value == QLatin1String("records")) {
            if (!isOfRecords(changed))
                changed = defaultRecordRecipe(catalogue);
        } else if (value == QLatin1String("text")) {
            if (isOfRecords(changed))
                changed = defaultRecipe(catalogue);
        } else {
            return fail(ErrorCode::InvalidInput, tr("“content” cannot be “%1”.").arg(value), tr("Choose text or records."));
        }
    }
    ATHANOR_ASSIGN(const QJsonObject splitValues, splitSchema().parseAssignments(ofSplit));
    ATHANOR_ASSIGN(const QJsonObject recordValues, recordsSchema().parseAssignments(ofRecords));
    if (!recordValues.isEmpty() && !isOfRecords(changed))
        changed = defaultRecordRecipe(catalogue);
    QJsonObject split = changed.value(QLatin1String("split")).toObject();
    for (auto it = splitValues.begin(); it != splitValues.end(); ++it)
        split.insert(it.key(), it.value());
    changed.insert(QStringLiteral("split"), split);
    if (!recordValues.isEmpty()) {
        QJsonObject values = recordFormValues(changed.value(QLatin1String("records")).toObject());
        for (auto it = recordValues.begin(); it != recordValues.end(); ++it)
            values.insert(it.key(), it.value());
        changed.insert(QStringLiteral("records"), recordSettingsFrom(values));
    }
    return checkRecipe(changed, catalogue);
}

Result<QJsonObject> checkRecipe(const QJsonObject &recipe, const plugin::Catalogue &catalogue)
{
    const int format = recipe.value(QLatin1String("format")).toInt(kRecipeFormat);
    if (format > kRecipeFormat)
        return fail(ErrorCode::NewerVersion, tr("The recipe has format %1; this program knows %2.").arg(format).arg(kRecipeFormat));
    for (const QString &key : recipe.keys())
        if (!QStringList{QStringLiteral("format"), QStringLiteral("steps"), QStringLiteral("split"), QStringLiteral("readers"),
                         QStringLiteral("content"), QStringLiteral("records"), QStringLiteral("keep")}.contains(key))
            return fail(ErrorCode::InvalidInput, tr("The recipe has an entry “%1” that means nothing.").arg(key),
                        tr("Known are: steps, split, readers, content, records, keep."));
    ATHANOR_TRY(checkContent(recipe));
    const bool records = isOfRecords(recipe);
    const bool hasSteps = recipe.contains(QLatin1String("steps")) || !records;
    ATHANOR_ASSIGN(const QJsonArray steps, checkSteps(hasSteps ? recipe.value(QLatin1String("steps"))
                                                         : QJsonValue(defaultSteps(catalogue, QLatin1String("default_records"))),
                                                catalogue));
    if (records)
        ATHANOR_TRY(checkRecordSteps(steps, catalogue));
    ATHANOR_ASSIGN(const QJsonObject split, splitSchema().validate(recipe.value(QLatin1String("split")).toObject()));
    ATHANOR_ASSIGN(const QJsonObject readers, checkReaders(recipe.value(QLatin1String("readers")).toObject(), catalogue));
    QJsonObject checked{{QStringLiteral("format"), kRecipeFormat},
                        {QStringLiteral("steps"), steps},
                        {QStringLiteral("split"), split}};
    if (records) {
        checked[QStringLiteral("content")] = QStringLiteral("records");
        ATHANOR_ASSIGN(checked[QStringLiteral("records")], checkRecordSettings(recipe.value(QLatin1String("records")).toObject()));
    }
    if (!readers.isEmpty())
        checked[QStringLiteral("readers")] = readers;
    ATHANOR_ASSIGN(const QJsonArray kept, checkKept(recipe.value(QLatin1String("keep"))));
    if (!kept.isEmpty())
        checked[QStringLiteral("keep")] = kept;
    return checked;
}

QJsonObject recipeKeeping(const QJsonObject &recipe, const QStringList &documents, bool keep)
{
    QSet<QString> kept;
    for (const QJsonValue &id : recipe.value(QLatin1String("keep")).toArray())
        kept.insert(id.toString());
    for (const QString &id : documents)
        keep ? void(kept.insert(id)) : void(kept.remove(id));
    QJsonObject changed = recipe;
    changed.remove(QStringLiteral("keep"));
    if (!kept.isEmpty())
        changed.insert(QStringLiteral("keep"), QJsonArray::fromStringList(sorted(kept)));
    return changed;
}

QString recipeHash(const QJsonObject &recipe)
{
    return sha256(QJsonDocument(recipe).toJson(QJsonDocument::Compact));  // Qt writes keys in order
}

}  // namespace athanor::corpus
