// Job kind "evaluate". See handlers.h.
#include "core/base/atomic_file.h"
#include "core/generate/checkpoint_model.h"
#include "core/model/architecture.h"
#include "core/score/handlers.h"
#include "core/score/text_score.h"

#include "core/tensor/machine.h"

#include <QJsonDocument>

#include <optional>

namespace athanor::score {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::score", text); }

struct Input {
    std::unique_ptr<corpus::CorpusReader> corpus;  // lives as long as the stream
    DocumentStream stream;
};

Result<Input> openInput(const job::Context &context)
{
    const QJsonObject parameters = context.spec().parameters;
    const qint64 limit = qint64(parameters.value(QLatin1String("limitBytes")).toDouble());
    if (limit < 0)
        return fail(ErrorCode::InvalidInput, tr("“limitBytes” is %1; it must be 0 (all) or more.").arg(limit));
    const qint64 documents = parameters.value(QLatin1String("limitDocuments")).toInteger();
    if (documents < 0)
        return fail(ErrorCode::InvalidInput, tr("“limitDocuments” is %1; it must be 0 (all) or more.").arg(documents));
    Input input;
    const QString file = parameters.value(QLatin1String("file")).toString();
    if (!file.isEmpty()) {
        ATHANOR_ASSIGN(const QString path, generate::resolvePath(context.projectPath(), file));
        ATHANOR_ASSIGN(input.stream, fileStream(path, limit));
        return input;
    }
    ATHANOR_ASSIGN(const QString folder, generate::resolvePath(context.projectPath(),
                                                               parameters.value(QLatin1String("corpus")).toString()));
    ATHANOR_ASSIGN(corpus::CorpusReader reader, corpus::CorpusReader::open(folder));
    input.corpus = std::make_unique<corpus::CorpusReader>(std::move(reader));
    const QString split = parameters.value(QLatin1String("split")).toString(QStringLiteral("validation"));
    ATHANOR_ASSIGN(input.stream, splitStream(*input.corpus, split, limit, documents));
    return input;
}

}  // namespace

Result<QJsonObject> EvaluateHandler::run(job::Context &context)
{
    const QJsonObject parameters = context.spec().parameters;
    ATHANOR_ASSIGN(const QString folder, generate::resolvePath(context.projectPath(),
                                                               parameters.value(QLatin1String("checkpoint")).toString()));
    ATHANOR_ASSIGN(const Input input, openInput(context));
    context.report({tr("Loading the model"), 0, 0, {}});
    tensor::keepLargeBlocks();
    tensor::setThreadCount(parameters.value(QLatin1String("threads")).toInt(0));
    ATHANOR_ASSIGN(const generate::LoadedModel loaded,
                   generate::loadModel(context.plugins(), folder, generate::LoadPrecision::AsTrained));
    if (!model::continuesText(loaded.model->architecture()))
        return fail(ErrorCode::Unsupported, tr("This model does not continue text, so a text's bits per byte cannot be measured with it."),
                    tr("How well it does what it learned stands in the result of its training run."));
    std::optional<AtomicFile> samples;
    Status written;
    if (const QString to = parameters.value(QLatin1String("samples")).toString(); !to.isEmpty()) {
        ATHANOR_ASSIGN(AtomicFile opened, AtomicFile::create(to));
        samples.emplace(std::move(opened));
    }
    const auto onDocument = [&](const DocumentScore &each) {
        if (written)
            written = samples->write(QJsonDocument(toJson(each)).toJson(QJsonDocument::Compact) + '\n');
    };
    auto score = scoreText(*loaded.model, *loaded.tokenizer, input.stream, {}, Baselines::GzipAndXz, context,
                           context.cancelToken(), samples ? std::function(onDocument) : std::function<void(const DocumentScore &)>());
    if (!score && score.error().code == ErrorCode::Cancelled)
        return job::stoppedHere(tr("The checkpoint is unchanged; nothing of the evaluation is kept."));
    if (!score)
        return fail(score.error());
    ATHANOR_TRY(written);
    QJsonObject facts = toJson(*score);
    if (samples) {
        ATHANOR_TRY(samples->commit());
        facts.insert(QStringLiteral("samples"), parameters.value(QLatin1String("samples")));
    }
    return facts;
}

}  // namespace athanor::score
