// Job kind "export". See handlers.h.
#include "core/generate/checkpoint_model.h"
#include "core/score/export_gate.h"
#include "core/score/handlers.h"
#include "core/score/text_score.h"
#include "core/tensor/machine.h"

#include <QCoreApplication>

namespace athanor::score {
namespace {

constexpr qint64 kTextBytes = 4096;  // of each text; more than kTokensOfText tokens need

QString tr(const char *text) { return QCoreApplication::translate("athanor::score", text); }

// Held-out documents where the job names some that can be read; otherwise the built-in texts.
QList<QByteArray> textsFor(const job::Context &context)
{
    const QString named = context.spec().parameters.value(QLatin1String("corpus")).toString();
    const auto folder = generate::resolvePath(context.projectPath(), named);
    auto corpus = named.isEmpty() || !folder ? Result<corpus::CorpusReader>(fail(ErrorCode::NotFound, {})) : corpus::CorpusReader::open(*folder);
    if (!corpus)
        return builtInTexts();
    QList<QByteArray> texts;
    const qint64 count = std::min<qint64>(kMostTexts, corpus->documentCount(QStringLiteral("validation")));
    for (qint64 i = 0; i < count; ++i)
        if (const auto document = corpus->document(QStringLiteral("validation"), i))
            texts += document->text.left(kTextBytes);
    return texts.isEmpty() ? builtInTexts() : texts;
}

}  // namespace

Result<QJsonObject> ExportHandler::run(job::Context &context)
{
    const QJsonObject parameters = context.spec().parameters;
    const auto text = [&](const char *key) { return parameters.value(QLatin1String(key)).toString(); };
    ExportPlan plan;
    ATHANOR_ASSIGN(plan.checkpoint, generate::resolvePath(context.projectPath(), text("checkpoint")));
    plan.numbers = {text("format"), text("dtype")};
    plan.to = text("to");
    plan.name = text("name");
    plan.facts = parameters.value(QLatin1String("facts")).toObject();
    if (plan.to.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("The job does not say where to write the model."));
    static const QStringList formats{QStringLiteral("huggingface"), QStringLiteral("gguf"), QStringLiteral("adapter")};
    if (!formats.contains(plan.numbers.format))
        return fail(ErrorCode::InvalidInput, tr("There is no export format “%1”.").arg(plan.numbers.format), tr("Formats: huggingface, gguf, adapter."));
    plan.texts = textsFor(context);
    tensor::keepLargeBlocks();
    tensor::setThreadCount(parameters.value(QLatin1String("threads")).toInt(0));
    return exportModel(context, plan);
}

}  // namespace athanor::score
