// See run_inputs.h.
#include "core/train/run_inputs.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/machine.h"
#include "core/generate/checkpoint_model.h"
#include "core/model/dimensions.h"
#include "core/model/training_settings.h"
#include "core/train/mixture_inputs.h"
#include "core/train/record_inputs.h"
#include "core/train/trainer.h"

#include <QDir>
#include <QFileInfo>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

QString text(const QJsonObject &parameters, const char *key) { return parameters.value(QLatin1String(key)).toString(); }

QString shardFolder(const job::Context &context, const QString &corpusSha256, const QString &tokenizerSha256,
                    const QString &split)
{
    return context.projectPath()
           + QStringLiteral("/objects/tokens/%1-%2/%3").arg(corpusSha256.left(16), tokenizerSha256.left(16), split);
}

/// Names of content must be hashes: they become folder names.
Result<QString> contentHash(const QString &given, const QString &found)
{
    static const QRegularExpression pattern(QStringLiteral("^[0-9a-f]{64}$"));
    const QString hash = given.isEmpty() ? found : given;
    if (!pattern.match(hash).hasMatch())
        return fail(ErrorCode::InvalidInput, tr("“%1” is no SHA-256 of a dataset or tokenizer.").arg(hash.left(80)));
    return hash;
}

struct ShardRequest {
    job::Context *context;
    const corpus::CorpusReader *corpus;
    const tokenizer::Tokenizer *tokenizer;
    QString folder;
    QString split;
    int threads;
};

Result<std::unique_ptr<tokenizer::TokenShards>> openShards(const ShardRequest &request)
{
    if (QFileInfo::exists(request.folder + QStringLiteral("/tokens.json"))) {
        auto shards = tokenizer::TokenShards::open(request.folder, true);
        if (shards)
            return std::make_unique<tokenizer::TokenShards>(std::move(*shards));
        if (shards.error().code != ErrorCode::Corrupt)
            return fail(shards.error());
        request.context->log(QStringLiteral("warning"),
                             tr("The stored tokens are damaged and are made again. %1").arg(shards.error().message));
    }
    QDir(request.folder).removeRecursively();
    ATHANOR_TRY(makeFolder(QFileInfo(request.folder).path()));
    UntilPaused progress(*request.context);
    auto written = tokenizer::writeTokenShards(*request.corpus, request.split, *request.tokenizer, request.folder,
                                               request.threads, progress, progress.stop());
    if (!written && written.error().code == ErrorCode::Cancelled)
        return job::stoppedHere(tr("Training had not begun; nothing is lost."));
    if (!written)
        return fail(written.error());
    ATHANOR_ASSIGN(tokenizer::TokenShards shards, tokenizer::TokenShards::open(request.folder, false));
    return std::make_unique<tokenizer::TokenShards>(std::move(shards));
}

Status checkVocabulary(const RunInputs &inputs)
{
    const qint64 room = model::dimension(inputs.architecture, "vocabulary");
    const qint64 needed = inputs.tokenizer->vocabularySize();
    if (room < needed)
        return fail(ErrorCode::InvalidInput,
                    tr("The model has room for %1 tokens and the tokenizer has %2.").arg(room).arg(needed),
                    tr("Create the model again with this tokenizer."));
    return {};
}

/// Runs that were planned before this was refused come to the same weights, and say so.
void tellShortened(job::Context &context, const RunInputs &inputs)
{
    const qint64 room = model::dimension(inputs.architecture, "context");
    if (inputs.settings.sequence > room)
        context.log(QStringLiteral("warning"), tr("The settings ask for sequences of %1 tokens; the model's context is %2, so they have %2.")
                                                   .arg(formatInteger(inputs.settings.sequence), formatInteger(room)));
}

Status openTokens(job::Context &context, RunInputs &inputs)
{
    const QJsonObject parameters = context.spec().parameters;
    const QString corpusFound = inputs.corpus->facts().value(QLatin1String("sha256")).toString();
    ATHANOR_ASSIGN(const QString corpusSha256, contentHash(text(parameters, "corpusSha256"), corpusFound));
    if (corpusSha256 != corpusFound)  // else the tokens of one corpus would be kept under the name of another
        return fail(ErrorCode::Corrupt, tr("The corpus is not the one that the run was planned with."),
                    tr("Curate the dataset again, then start a new run."));
    ATHANOR_ASSIGN(const QString tokenizerSha256,
                   contentHash(text(parameters, "tokenizerSha256"), inputs.tokenizer->sha256()));
    if (tokenizerSha256 != inputs.tokenizer->sha256())
        return fail(ErrorCode::Corrupt, tr("The tokenizer file is not the one that the run was planned with."),
                    tr("Train or import the tokenizer again."));
    ATHANOR_TRY(checkReading(inputs));
    tellShortened(context, inputs);
    if (inputs.teachesRecords())
        return openRecords(context, inputs);
    const int threads = inputs.settings.threads > 0 ? inputs.settings.threads : machineFacts().coreCount;
    const auto request = [&](const QString &split) {
        return ShardRequest{&context, inputs.corpus.get(), inputs.tokenizer.get(),
                            shardFolder(context, corpusSha256, tokenizerSha256, split), split, threads};
    };
    const ShardRequest training = request(QStringLiteral("train"));
    ATHANOR_ASSIGN(inputs.trainTokens, openShards(training));
    ATHANOR_TRY(openMixture(context, training.folder, inputs));
    if (inputs.corpus->documentCount(QStringLiteral("validation")) > 0) {
        ATHANOR_ASSIGN(inputs.validationTokens, openShards(request(QStringLiteral("validation"))));
    }
    return {};
}

/// "teaching" of the job, completed; what is no setting (columns, labels) stands there for others.
Result<QJsonObject> teachingOf(const QJsonObject &parameters)
{
    QJsonObject given = parameters.value(QLatin1String("teaching")).toObject();
    if (given.isEmpty())
        return given;
    given.remove(QStringLiteral("columns"));
    given.remove(QStringLiteral("labels"));
    return model::teachingSchema().validate(given);
}

Status readParameters(job::Context &context, RunInputs &inputs)
{
    const QJsonObject parameters = context.spec().parameters;
    ATHANOR_ASSIGN(inputs.settings, RunSettings::fromJson(context.plugins(), parameters.value(QLatin1String("settings")).toObject()));
    inputs.architecture = parameters.value(QLatin1String("architecture")).toObject();
    inputs.expect = parameters.value(QLatin1String("expect")).toObject();
    ATHANOR_ASSIGN(inputs.teaching, teachingOf(parameters));
    ATHANOR_ASSIGN(inputs.learning, Learning::fromJson(parameters.value(QLatin1String("adapter")).toObject(),
                                                       parameters.value(QLatin1String("learns"))));
    const QString from = text(parameters, "from");
    if (!from.isEmpty()) {
        ATHANOR_ASSIGN(inputs.fromFolder, generate::resolvePath(context.projectPath(), from));
    }
    if (inputs.learning.adapter && inputs.fromFolder.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("An adapter needs a trained model to stand on, and this one begins from nothing."),
                    tr("Bring a model in or train one first, or train all weights."));
    return {};
}

}  // namespace

Result<RunInputs> openInputs(job::Context &context)
{
    const QJsonObject parameters = context.spec().parameters;
    RunInputs inputs;
    ATHANOR_TRY(readParameters(context, inputs));
    context.report({tr("Preparing tokens"), 0, 0, {}});
    ATHANOR_ASSIGN(inputs.tokenizerFile, generate::resolvePath(context.projectPath(), text(parameters, "tokenizer")));
    ATHANOR_ASSIGN(inputs.tokenizer, tokenizer::readTokenizer(inputs.tokenizerFile));
    ATHANOR_TRY(checkVocabulary(inputs));
    ATHANOR_ASSIGN(const QString corpusFolder,
                   generate::resolvePath(context.projectPath(), text(parameters, "corpus")));
    ATHANOR_ASSIGN(corpus::CorpusReader corpus, corpus::CorpusReader::open(corpusFolder));
    inputs.corpus = std::make_unique<corpus::CorpusReader>(std::move(corpus));
    ATHANOR_TRY(openTokens(context, inputs));
    inputs.tokenByteCounts = tokenByteCounts(*inputs.tokenizer);
    return inputs;
}

}  // namespace athanor::train
