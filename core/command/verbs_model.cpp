// model create | list | info | presets; what goes in and out of the project stands in verbs_exchange.cpp.
#include "core/base/format.h"
#include "core/command/verb.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString licenceOf(const project::Model &stored)
{
    const QString licence = stored.facts.value(QLatin1String("licence")).toString();
    return licence.isEmpty() ? tr("unknown") : licence;
}

QString sourceOf(const project::Model &stored)
{
    return stored.facts.value(QLatin1String("source")).toObject().value(QLatin1String("location")).toString();
}

QJsonObject modelJson(const project::Model &row)
{
    QJsonObject object{{QStringLiteral("name"), row.name}, {QStringLiteral("parameters"), row.parameters}, {QStringLiteral("tokenizer"), row.tokenizer}};
    if (!row.base.isEmpty()) {
        object.insert(QStringLiteral("base"), row.base);
        object.insert(QStringLiteral("weightsSha256"), row.baseSha256);
        object.insert(QStringLiteral("facts"), row.facts);
    }
    return object;
}

Status printModel(Session &session, const project::Model &stored)
{
    ATHANOR_ASSIGN(const model::Accounting cost, model::account(session.plugins(), stored.architecture, {}));
    session.print(tr("%1: %2 parameters, tokenizer %3").arg(stored.name, formatCount(static_cast<double>(cost.parameters)), stored.tokenizer));
    session.print(tr("  training: %1 FLOPs a token, %2 of memory at batch 8").arg(formatCount(cost.flopsPerTokenTraining), formatMemory(cost.trainingBytes)));
    session.print(tr("  generating: %1 of memory; %2 tokens would suit it").arg(formatMemory(cost.generatingBytes), formatCount(static_cast<double>(cost.suitableTokens))));
    if (!stored.base.isEmpty())
        session.print(tr("  brought in from %1; licence: %2").arg(sourceOf(stored), licenceOf(stored)));
    QJsonObject object = modelJson(stored);
    object.insert(QStringLiteral("architecture"), stored.architecture);
    object.insert(QStringLiteral("accounting"), model::toJson(cost));
    session.emitJson(object);
    return {};
}

Status createModel(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    QString architecture = session.arguments.value(QStringLiteral("architecture"), QStringLiteral("llama"));
    QJsonObject choices;
    if (session.arguments.has(QStringLiteral("preset"))) {
        ATHANOR_ASSIGN(const model::Preset preset, model::presetNamed(session.plugins(), session.arguments.value(QStringLiteral("preset"))));
        architecture = preset.architecture;
        choices = preset.choices;
    } else if (const auto preset = bench->chosenPreset(); preset && !session.arguments.has(QStringLiteral("architecture"))) {
        architecture = preset->architecture;
        choices = preset->choices;
    }
    if (!architecture.startsWith(QLatin1String("architecture.")))
        architecture.prepend(QStringLiteral("architecture."));
    const plugin::Metadata *metadata = session.plugins().find(architecture);
    if (!metadata)
        return fail(ErrorCode::NotFound, tr("There is no architecture “%1”.").arg(architecture), tr("“athanor-cli plugin list” shows what there is."));
    ATHANOR_ASSIGN(const QJsonObject given, metadata->parameters.parseAssignments(session.arguments.values(QStringLiteral("set"))));
    for (auto it = given.begin(); it != given.end(); ++it)
        choices.insert(it.key(), it.value());
    QString tokenizer = session.arguments.value(QStringLiteral("tokenizer"));
    if (tokenizer.isEmpty()) {
        ATHANOR_ASSIGN(const QList<project::Tokenizer> tokenizers, bench->project().tokenizers());
        if (tokenizers.isEmpty())
            return fail(ErrorCode::NotFound, tr("There is no tokenizer yet."), tr("Train one first: athanor-cli tokenizer train NAME --dataset D."));
        tokenizer = tokenizers.first().name;
    }
    const QString name = session.arguments.word(0);
    const bool isReplaced = bench->project().model(name).has_value();
    ATHANOR_TRY(bench->createModel(name, architecture, choices, tokenizer));
    if (isReplaced)
        session.note(tr("It takes the place of the model “%1” that was there, which had not been trained.").arg(name));
    ATHANOR_ASSIGN(const project::Model stored, bench->project().model(name));
    return printModel(session, stored);
}

QString orUnknown(const QString &text)
{
    return text.isEmpty() ? tr("unknown") : text;
}

QString countOrUnknown(qint64 count)
{
    return count < 0 ? tr("unknown") : formatCount(static_cast<double>(count));
}

// A model on the disk that need not be in a project.
Status printInspection(Session &session, const workbench::ModelInspection &model)
{
    if (!model.isReadable)
        return fail(ErrorCode::Unsupported, tr("“%1” cannot be brought in: %2").arg(model.location, model.reason), model.hint);
    if (model.kind == QLatin1String("adapter")) {
        session.print(tr("%1: an adapter of %2, %3 parameters, %4").arg(model.name, orUnknown(model.base), countOrUnknown(model.parameters), formatBytes(model.bytes)));
    } else {
        session.print(tr("%1: %2, %3 parameters, context %4, vocabulary %5, %6").arg(model.name, orUnknown(model.familyTitle), countOrUnknown(model.parameters),
                  countOrUnknown(model.context), countOrUnknown(model.vocabulary), formatBytes(model.bytes)));
        session.print(tr("  licence: %1; tokenizer: %2; %3").arg(orUnknown(model.licence), model.tokenizerType.isEmpty() ? tr("none") : model.tokenizerType,
                  model.hasChatTemplate ? tr("with a chat template") : tr("no chat template")));
    }
    if (!model.labels.isEmpty())
        session.print(tr("  it sorts texts by the labels: %1").arg(model.labels.join(QStringLiteral(", "))));
    for (const QString &warning : model.warnings)
        session.note(warning);
    session.emitJson({{QStringLiteral("location"), model.location}, {QStringLiteral("kind"), model.kind}, {QStringLiteral("name"), model.name},
                      {QStringLiteral("base"), model.base}, {QStringLiteral("family"), model.family}, {QStringLiteral("parameters"), model.parameters},
                      {QStringLiteral("context"), model.context}, {QStringLiteral("vocabulary"), model.vocabulary}, {QStringLiteral("bytes"), model.bytes}, {QStringLiteral("licence"), model.licence},
                      {QStringLiteral("tokenizer"), model.tokenizerType}, {QStringLiteral("hasChatTemplate"), model.hasChatTemplate},
                      {QStringLiteral("labels"), QJsonArray::fromStringList(model.labels)},
                      {QStringLiteral("warnings"), QJsonArray::fromStringList(model.warnings)}});
    return {};
}

Status printOffer(Session &session, const QJsonObject &result)
{
    const workbench::ModelOffer offer = workbench::Workbench::offerFrom(result);
    session.print(tr("%1: %2, licence: %3").arg(offer.address, orUnknown(offer.format), orUnknown(offer.licence)));
    if (offer.format == QLatin1String("adapter"))
        session.print(tr("  it stands on the model %1").arg(orUnknown(offer.base)));
    session.print(QStringLiteral("  ") + offer.fitsText);
    QList<QStringList> rows;
    for (const workbench::ModelOffer::File &file : offer.choices.isEmpty() ? offer.files : offer.choices)
        rows += {file.name, file.bytes < 0 ? tr("unknown") : formatBytes(file.bytes), file.sha256.left(16)};
    session.printTable({offer.choices.isEmpty() ? tr("file") : tr("one of these, with --file"), tr("size"), tr("SHA-256")}, rows);
    session.emitJson(result);
    return {};
}

// A model of the project, else something on the disk, else an address.
Status showModel(Session &session)
{
    const QString what = session.arguments.word(0);
    const bool hasProject = project::Project::isProject(session.projectPath());
    if (hasProject) {
        ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
        if (const auto stored = bench->project().model(what))
            return printModel(session, *stored);
    }
    if (QFileInfo::exists(what)) {
        ATHANOR_ASSIGN(const workbench::ModelInspection model, workbench::Workbench::inspectModel(what, session.plugins()));
        return printInspection(session, model);
    }
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    if (!what.contains(QLatin1Char('/')))
        return fail(bench->project().model(what).error());
    ATHANOR_ASSIGN(const job::Folder folder, bench->lookUpModel(what, session.arguments.value(QStringLiteral("file"))));
    ATHANOR_ASSIGN(const QJsonObject result, session.follow(folder, Session::OnInterrupt::CancelJob));
    return printOffer(session, result);
}

Status listModels(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<project::Model> models, bench->project().models());
    QList<QStringList> rows;
    QJsonArray array;
    for (const project::Model &row : models) {
        rows += {row.name, formatCount(static_cast<double>(row.parameters)), row.tokenizer, row.base.isEmpty() ? tr("created here") : tr("brought in; licence: %1").arg(licenceOf(row))};
        array += modelJson(row);
    }
    session.printTable({tr("name"), tr("parameters"), tr("tokenizer"), tr("where from")}, rows);
    session.emitJson({{QStringLiteral("models"), array}});
    return {};
}

Status listPresets(Session &session)
{
    QList<QStringList> rows;
    QJsonArray array;
    for (const model::Preset &preset : model::presets(session.plugins())) {
        rows += {preset.id, formatCount(static_cast<double>(preset.approximateParameters)), preset.architecture, preset.title};
        array += QJsonObject{{QStringLiteral("id"), preset.id}, {QStringLiteral("architecture"), preset.architecture}, {QStringLiteral("choices"), preset.choices},
                             {QStringLiteral("parameters"), preset.approximateParameters}};
    }
    session.printTable({tr("preset"), tr("parameters"), tr("architecture"), tr("what it is")}, rows);
    session.emitJson({{QStringLiteral("presets"), array}});
    return {};
}

}  // namespace

QList<Verb> modelVerbs()
{
    const QString noun = QStringLiteral("model");
    return {
        {noun, QStringLiteral("create"), QStringLiteral("NAME"), tr("Chooses an architecture."), 1, 1,
         {{QStringLiteral("architecture"), QStringLiteral("A"), tr("llama, gpt2 …")},
          {QStringLiteral("preset"), QStringLiteral("P"), tr("a ready-made size; “model presets” lists them")},
          {QStringLiteral("tokenizer"), QStringLiteral("T"), tr("the tokenizer; the newest when left out")},
          {QStringLiteral("set"), QStringLiteral("key=value"), tr("a parameter of the architecture"), true}}, createModel},
        {noun, QStringLiteral("list"), {}, tr("Lists the models."), 0, 0, {}, listModels},
        {noun, QStringLiteral("info"), QStringLiteral("NAME|PATH|ADDRESS"),
         tr("Shows a model of the project, a folder or file on the disk, or what an address offers."), 1, 1,
         {{QStringLiteral("file"), QStringLiteral("NAME"), tr("of an address with several GGUF files: which")}}, showModel},
        {noun, QStringLiteral("presets"), {}, tr("Lists the ready-made sizes."), 0, 0, {}, listPresets},
    };
}

}  // namespace athanor::command
