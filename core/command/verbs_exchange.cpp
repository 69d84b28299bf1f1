// model import | export | exports | logits | suggestions: what comes into a project and what leaves it.
#include "core/base/format.h"
#include "core/command/verb.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include <cstring>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

// ---- import

// What a job waits on, and what that waits on, in the order in which they run; the job itself is the last.
Status addChain(Session &session, const job::Folder &job, std::vector<job::Folder> &chain)
{
    for (const job::Folder &known : chain)
        if (known.spec().id == job.spec().id)
            return {};
    for (const QString &id : job.spec().after) {
        ATHANOR_ASSIGN(const job::Folder before, job::Folder::open(session.projectPath(), id));
        ATHANOR_TRY(addChain(session, before, chain));
    }
    chain.push_back(job);
    return {};
}

// Downloads first, each with its own progress; the import begins when they have ended. What ends one of them ends those
// that were to follow, which may run already.
Result<QJsonObject> followImport(Session &session, workbench::Workbench &bench, const job::Folder &import)
{
    std::vector<job::Folder> chain;
    ATHANOR_TRY(addChain(session, import, chain));
    Result<QJsonObject> result{QJsonObject()};
    for (size_t i = 0; i < chain.size() && result; ++i) {
        result = session.follow(chain[i], Session::OnInterrupt::CancelJob);
        for (size_t rest = i + 1; !result && rest < chain.size(); ++rest)
            if (const Status stopped = bench.queue().cancel(chain[rest].spec().id); !stopped)
                continue;  // it has ended already
    }
    return result;
}

// What an address offers decides how it comes in: an adapter needs the model that it stands on.
Status askAddress(Session &session, workbench::Workbench &bench, workbench::ImportRequest &request)
{
    ATHANOR_ASSIGN(const job::Folder question, bench.lookUpModel(request.source, request.file));
    ATHANOR_ASSIGN(const QJsonObject answer, session.follow(question, Session::OnInterrupt::CancelJob));
    const workbench::ModelOffer offer = workbench::Workbench::offerFrom(answer);
    const bool bringsBase = session.arguments.has(QStringLiteral("with-base"));
    request.isAdapter = offer.format == QLatin1String("adapter");
    if (!request.isAdapter)
        return request.base.isEmpty() && !bringsBase ? Status()
                                                     : fail(ErrorCode::InvalidInput, tr("“%1” is a whole model: it stands on no other.").arg(request.source),
                                                            tr("Leave --base and --with-base out."));
    if (!request.base.isEmpty())
        return {};
    const auto known = bench.baseOfAdapter(offer.base);
    if (known)
        request.base = *known;
    else if (bringsBase && workbench::Workbench::isModelAddress(offer.base))
        request.baseSource = offer.base;
    else
        return fail(known.error().code, known.error().message,
                    workbench::Workbench::isModelAddress(offer.base) ? tr("Bring “%1” in along with it: --with-base; or say which model here it is: --base MODEL.").arg(offer.base)
                                                                     : known.error().hint);
    session.note(tr("An adapter of %1, in this project: %2.").arg(offer.base, known ? *known : tr("brought in first")));
    return {};
}

Status importModel(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    workbench::ImportRequest request;
    request.source = session.arguments.word(0);
    request.name = session.arguments.value(QStringLiteral("as"));
    request.licence = session.arguments.value(QStringLiteral("licence"));
    request.file = session.arguments.value(QStringLiteral("file"));
    request.base = session.arguments.value(QStringLiteral("base"));
    if (workbench::Workbench::isModelAddress(request.source))
        ATHANOR_TRY(askAddress(session, *bench, request));
    ATHANOR_ASSIGN(const job::Folder folder, bench->importModel(request));
    ATHANOR_ASSIGN(QJsonObject result, followImport(session, *bench, folder));
    const QString licence = result.value(QLatin1String("licence")).toString();
    session.print(tr("Brought in %1: %2 parameters, licence: %3.").arg(result.value(QLatin1String("name")).toString(),
                  formatCount(result.value(QLatin1String("parameters")).toDouble()), licence.isEmpty() ? tr("unknown") : licence));
    for (const QJsonValue &warning : result.value(QLatin1String("warnings")).toArray())
        session.note(warning.toString());
    result.insert(QStringLiteral("job"), folder.spec().id);
    session.emitJson(result);
    return {};
}

Status extendModel(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString model = session.arguments.word(0);
    const QString name = session.arguments.value(QStringLiteral("as"), model + QStringLiteral("-extended"));
    ATHANOR_ASSIGN(const job::Folder folder, bench->extendModel(model, session.arguments.values(QStringLiteral("add")), name));
    ATHANOR_ASSIGN(QJsonObject result, session.follow(folder, Session::OnInterrupt::CancelJob));
    session.print(tr("Made %1: %2 tokens, %3 parameters. Teach it documents with the new words, so that they get a meaning of their own.")
                      .arg(name, formatInteger(result.value(QLatin1String("tokenizer")).toObject().value(QLatin1String("vocabulary")).toInteger()),
                           formatCount(result.value(QLatin1String("parameters")).toDouble())));
    for (const QJsonValue &warning : result.value(QLatin1String("warnings")).toArray())
        session.note(warning.toString());
    session.emitJson(result);
    return {};
}

// ---- export

Status exportModel(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    workbench::ExportRequest request;
    request.model = session.arguments.word(0);
    request.format = session.arguments.value(QStringLiteral("format"), QStringLiteral("hf"));
    request.dtype = session.arguments.value(QStringLiteral("dtype"));
    request.to = session.arguments.value(QStringLiteral("to"));
    request.name = session.arguments.value(QStringLiteral("as"));
    ATHANOR_ASSIGN(const job::Folder folder, bench->exportModel(request));
    ATHANOR_ASSIGN(QJsonObject result, session.follow(folder, Session::OnInterrupt::CancelJob));
    const QJsonObject parity = result.value(QLatin1String("parity")).toObject();
    const auto figure = [&](const char *key, int digits) { return formatReal(parity.value(QLatin1String(key)).toDouble(), digits); };
    session.print(tr("Wrote %1 and read it back.").arg(result.value(QLatin1String("path")).toString()));
    if (parity.value(QLatin1String("sortsTexts")).toBool())
        session.print(tr("  largest difference of the scores %1 (limit %2); %3 of %4 texts get the same label")
                          .arg(figure("maxLogitDifference", 3), figure("tolerance", 3)).arg(parity.value(QLatin1String("greedyAgree")).toInteger())
                          .arg(parity.value(QLatin1String("greedyTokens")).toInteger()));
    else
        session.print(tr("  largest difference of the scores %1 (limit %2); %3 of %4 greedy tokens agree; perplexity %5 inside, %6 outside")
                      .arg(figure("maxLogitDifference", 3), figure("tolerance", 3)).arg(parity.value(QLatin1String("greedyAgree")).toInteger())
                      .arg(parity.value(QLatin1String("greedyTokens")).toInteger()).arg(figure("perplexityInside", 6), figure("perplexityOutside", 6)));
    result.insert(QStringLiteral("job"), folder.spec().id);
    session.emitJson(result);
    return {};
}

Status listExports(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<project::Export> exports, bench->project().exports(session.arguments.word(0)));
    QList<QStringList> rows;
    QJsonArray array;
    for (const project::Export &row : exports) {
        rows += {row.id, row.format, row.dtype, formatBytes(row.bytes), row.path};
        array += QJsonObject{{QStringLiteral("id"), row.id}, {QStringLiteral("run"), row.runId}, {QStringLiteral("checkpoint"), row.checkpoint},
                             {QStringLiteral("format"), row.format}, {QStringLiteral("dtype"), row.dtype}, {QStringLiteral("path"), row.path},
                             {QStringLiteral("bytes"), row.bytes}, {QStringLiteral("result"), row.facts}};
    }
    session.printTable({tr("export"), tr("format"), tr("numbers"), tr("size"), tr("where to")}, rows);
    session.emitJson({{QStringLiteral("exports"), array}});
    return {};
}

// ---- logits

Result<QList<qint32>> idsFrom(const QString &text)
{
    QList<qint32> ids;
    for (const QString &word : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const qint32 id = word.trimmed().toInt(&isNumber);
        if (!isNumber || id < 0)
            return fail(ErrorCode::InvalidInput, tr("“%1” is not a token id.").arg(word), tr("Write whole numbers with commas: --ids 1,2,3."));
        ids += id;
    }
    return ids;
}

// All scores of the job's file: one row of `vocabulary` numbers (32-bit, little-endian) a position.
Result<QJsonArray> rowsFrom(const QString &path, qint64 positions, qint64 vocabulary)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() != positions * vocabulary * qint64(sizeof(float)))
        return fail(ErrorCode::Unreadable, tr("The scores in “%1” cannot be read.").arg(path));
    QJsonArray rows;
    for (qint64 p = 0; p < positions; ++p) {
        const QByteArray bytes = file.read(vocabulary * qint64(sizeof(float)));
        QJsonArray row;
        for (qint64 v = 0; v < vocabulary; ++v) {
            float score = 0;
            std::memcpy(&score, bytes.constData() + v * qint64(sizeof(float)), sizeof(float));
            row += static_cast<double>(score);
        }
        rows += row;
    }
    return rows;
}

Status showLogits(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<qint32> ids, idsFrom(session.arguments.value(QStringLiteral("ids"))));
    ATHANOR_ASSIGN(const job::Folder folder, bench->logits(session.arguments.word(0), ids, session.arguments.has(QStringLiteral("last"))));
    ATHANOR_ASSIGN(QJsonObject result, session.follow(folder, Session::OnInterrupt::CancelJob));
    QList<QStringList> rows;
    for (const QJsonValue &value : result.value(QLatin1String("top")).toArray()) {
        const QJsonObject position = value.toObject();
        QStringList best;
        for (const QJsonValue &one : position.value(QLatin1String("best")).toArray())
            best += QStringLiteral("%1 “%2” %3").arg(one[QLatin1String("id")].toInteger()).arg(one[QLatin1String("text")].toString(), formatReal(one[QLatin1String("score")].toDouble(), 6));
        rows += {QString::number(position.value(QLatin1String("position")).toInteger()), best.join(QStringLiteral(" · "))};
    }
    session.printTable({tr("position"), tr("highest scores for the next token")}, rows);
    if (session.isJson()) {
        const QString file = session.projectPath() + QLatin1Char('/') + result.value(QLatin1String("file")).toString();
        ATHANOR_ASSIGN(const QJsonArray logits, rowsFrom(file, result.value(QLatin1String("positions")).toInteger(), result.value(QLatin1String("vocabulary")).toInteger()));
        result.insert(QStringLiteral("logits"), logits);
    }
    session.emitJson(result);
    return {};
}

// ---- suggestions

Status listSuggestions(Session &session)
{
    ATHANOR_ASSIGN(const QList<workbench::ModelSuggestion> models, workbench::Workbench::modelSuggestions());
    QList<QStringList> rows;
    QJsonArray array;
    for (const workbench::ModelSuggestion &model : models) {
        rows += {model.repository, formatCount(model.parameters), formatBytes(model.bytes), model.licence, model.goodFor};
        array += QJsonObject{{QStringLiteral("name"), model.name}, {QStringLiteral("repository"), model.repository}, {QStringLiteral("file"), model.file},
                             {QStringLiteral("parameters"), model.parameters}, {QStringLiteral("bytes"), model.bytes}, {QStringLiteral("licence"), model.licence},
                             {QStringLiteral("languages"), QJsonArray::fromStringList(model.languages)}, {QStringLiteral("goodFor"), model.goodFor}};
    }
    session.printTable({tr("repository"), tr("parameters"), tr("download"), tr("licence"), tr("good for")}, rows);
    session.note(tr("The list is %1; a copy at ~/.config/athanor/models.json takes its place.").arg(workbench::Workbench::suggestionsFile()));
    session.emitJson({{QStringLiteral("models"), array}, {QStringLiteral("file"), workbench::Workbench::suggestionsFile()}});
    return {};
}

}  // namespace

QList<Verb> exchangeVerbs()
{
    const QString noun = QStringLiteral("model");
    return {
        {noun, QStringLiteral("import"), QStringLiteral("FILE|DIR|ADDRESS"),
         tr("Brings a model in: a Hugging Face folder, a GGUF file, an adapter of PEFT, a repository “owner/name[@revision]”, or an address."), 1, 1,
         {{QStringLiteral("as"), QStringLiteral("NAME"), tr("its name here")},
          {QStringLiteral("licence"), QStringLiteral("L"), tr("its licence, where the model does not say")},
          {QStringLiteral("file"), QStringLiteral("NAME"), tr("of a repository with several GGUF files: which")},
          {QStringLiteral("base"), QStringLiteral("MODEL"), tr("of an adapter: the model of this project that it stands on")},
          {QStringLiteral("with-base"), {}, tr("of an adapter by address: downloads the model that it stands on too")}}, importModel},
        {noun, QStringLiteral("extend"), QStringLiteral("MODEL"), tr("Makes a model with more tokens, each with a row made of its old pieces."), 1, 1,
         {{QStringLiteral("add"), QStringLiteral("TEXT"), tr("a new token, found wherever its text stands"), true},
          {QStringLiteral("as"), QStringLiteral("NAME"), tr("the new model's name; MODEL-extended when left out")}}, extendModel},
        {noun, QStringLiteral("suggestions"), {}, tr("Lists models that are good to start from."), 0, 0, {}, listSuggestions},
        {noun, QStringLiteral("export"), QStringLiteral("MODEL"),
         tr("Writes a model for other programs, reads it back, and compares: an export that differs is not kept."), 1, 1,
         {{QStringLiteral("format"), QStringLiteral("hf|gguf|adapter"), tr("a Hugging Face folder, a GGUF file, or the adapter alone; hf when left out")},
          {QStringLiteral("dtype"), QStringLiteral("f32|f16|bf16|q8_0"), tr("the kind of numbers; f32, for GGUF f16, when left out")},
          {QStringLiteral("to"), QStringLiteral("DIR"), tr("a new or empty folder")},
          {QStringLiteral("as"), QStringLiteral("NAME"), tr("what it is called in its files")}}, exportModel},
        {noun, QStringLiteral("exports"), QStringLiteral("[RUN]"), tr("Lists what was exported, of a run or of all."), 0, 1, {}, listExports},
        {noun, QStringLiteral("logits"), QStringLiteral("MODEL"), tr("The raw scores that a model gives for token ids."), 1, 1,
         {{QStringLiteral("ids"), QStringLiteral("1,2,3"), tr("the tokens")},
          {QStringLiteral("last"), {}, tr("only after the last token")}}, showLogits},
    };
}

}  // namespace athanor::command
