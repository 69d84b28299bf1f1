// See record_inputs.h.
#include "core/train/record_inputs.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/machine.h"
#include "core/generate/manners.h"
#include "core/model/architecture.h"
#include "core/model/dimensions.h"
#include "core/model/label_head.h"
#include "core/model/training_settings.h"
#include "core/tokenizer/record_encoder.h"
#include "core/train/checkpoint_store.h"
#include "core/train/mixture_inputs.h"
#include "core/train/trainer.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

bool teachesLabels(const RunInputs &inputs)
{
    return inputs.teaching.value(QLatin1String("kind")).toString() == QLatin1String("labels");
}

/// The labels of all records, sorted: those that the dataset's facts list, or found by reading.
Result<QStringList> labelsOf(const job::Context &context, const RunInputs &inputs)
{
    const QJsonObject given = context.spec().parameters.value(QLatin1String("teaching")).toObject();
    for (const QJsonObject &facts : {given, inputs.corpus->facts()})
        if (facts.value(QLatin1String("labels")).isArray())
            return adapt::textList(facts.value(QLatin1String("labels")));
    QSet<QString> found;
    for (const QString &split : {QStringLiteral("train"), QStringLiteral("validation")}) {
        for (qint64 i = 0; i < inputs.corpus->documentCount(split); ++i) {
            ATHANOR_ASSIGN(const corpus::CorpusDocument document, inputs.corpus->document(split, i));
            const QString label = QJsonDocument::fromJson(document.text).object().value(QLatin1String("label")).toString();
            if (!label.isEmpty())
                found.insert(label);
        }
    }
    QStringList labels(found.begin(), found.end());
    labels.sort();
    return labels;
}

Result<tokenizer::RecordEncoder> encoderOf(const RunInputs &inputs, const tokenizer::RecordSettings &settings)
{
    const bool hasFolder = !inputs.fromFolder.isEmpty() && tokenizer::findTokenizer(inputs.fromFolder);
    if (!hasFolder)
        return tokenizer::RecordEncoder::create(inputs.tokenizer, std::nullopt, settings);
    ATHANOR_ASSIGN(tokenizer::RecordEncoder encoder, tokenizer::RecordEncoder::forFolder(inputs.fromFolder, settings));
    if (encoder.tokenizer().sha256() != inputs.tokenizer->sha256())
        return fail(ErrorCode::InvalidInput, tr("The tokenizer of the run is not that of the model “%1”.").arg(inputs.fromFolder),
                    tr("Teach the model with the tokenizer that it was trained with."));
    return encoder;
}

/// What was left out, in the log: the count, the reasons and the first records.
void tellSilent(job::Context &context, const QString &split, const QJsonObject &facts)
{
    const QJsonObject summary = facts.value(QLatin1String("summary")).toObject();
    const qint64 silent = summary.value(QLatin1String("teachNothing")).toInteger();
    if (silent == 0)
        return;
    QStringList some;
    for (const QJsonValue &value : summary.value(QLatin1String("examples")).toArray()) {
        const QJsonObject example = value.toObject();
        some += QStringLiteral("%1: %2").arg(example.value(QLatin1String("path")).toString(),
                                             example.value(QLatin1String("reason")).toString());
    }
    context.log(QStringLiteral("warning"), tr("%1 records of the part “%2” teach nothing and are left out. %3")
                                               .arg(formatInteger(silent), split, some.mid(0, 5).join(QLatin1Char('\n'))));
}

QString folderOf(const job::Context &context, const RunInputs &inputs, const tokenizer::RecordEncoder &encoder, const QString &split)
{
    const QString corpusSha256 = inputs.corpus->facts().value(QLatin1String("sha256")).toString();
    return context.projectPath()
           + QStringLiteral("/objects/tokens/%1-%2/%3").arg(corpusSha256.left(16), encoder.fingerprint().left(16), split);
}

Result<std::unique_ptr<OpenedRecords>> openSplit(job::Context &context, const RunInputs &inputs,
                                                 const tokenizer::RecordEncoder &encoder, const QString &split)
{
    const QString folder = folderOf(context, inputs, encoder, split);
    ATHANOR_TRY(makeFolder(QFileInfo(folder).path()));
    UntilPaused progress(context);
    const int threads = inputs.settings.threads > 0 ? inputs.settings.threads : machineFacts().coreCount;
    const auto facts = tokenizer::encodeRecords(*inputs.corpus, split, encoder, folder, threads, progress, progress.stop());
    if (!facts && facts.error().code == ErrorCode::Cancelled)
        return job::stoppedHere(tr("Training had not begun; nothing is lost."));
    if (!facts)
        return fail(facts.error());
    tellSilent(context, split, *facts);
    ATHANOR_ASSIGN(tokenizer::RecordShards shards, tokenizer::RecordShards::open(folder, false));
    return std::make_unique<OpenedRecords>(std::move(shards));
}

/// A run goes on with the head that it began with, also where new ones are made otherwise by now.
Result<QJsonObject> withHead(const job::Context &context, const QJsonObject &architecture, const QStringList &labels)
{
    const CheckpointStore store(context.jobPath() + QStringLiteral("/checkpoints"));
    const std::vector<qint64> steps = store.steps();
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        const QString name = QStringLiteral("architecture.json");
        const auto state = interop::readSealed(store.folderOf(*step));
        const auto begun = readJsonFile(store.folderOf(*step) + QLatin1Char('/') + name);
        if (!begun || !state || !interop::checkFile(store.folderOf(*step), name, *state) || model::labelsOf(*begun) != labels)
            continue;
        QJsonObject same = architecture;
        for (const QString &key : {QStringLiteral("layers"), QStringLiteral("labels")})
            same.insert(key, begun->value(key));
        return same;
    }
    return model::labelsOf(architecture) == labels ? architecture : model::withLabelHead(architecture, labels);
}

qint64 longestOf(const adapt::Records &records)
{
    qint64 longest = 2;
    for (qint64 i = 0; i < records.count(); ++i)
        longest = std::max(longest, records.tokenCount(i));
    return longest;
}

}  // namespace

void UntilPaused::report(const Progress &progress)
{
    m_context->report(progress);
    if (m_context->pauseRequested() || m_context->cancelToken().isCancelled())
        m_stop.cancel();
}

Status openRecords(job::Context &context, RunInputs &inputs)
{
    const qint64 room = model::dimension(inputs.architecture, "context");
    QStringList labels;
    const generate::Task task = generate::taskOf(inputs.architecture).value_or(generate::Task::FillMasks);
    const bool isTwoSided = !teachesLabels(inputs) && task == generate::Task::Answer;
    if (!teachesLabels(inputs) && task != generate::Task::Continue && !isTwoSided)
        return fail(ErrorCode::InvalidInput, tr("Answers can be taught only to a model that writes texts."),
                    tr("Choose a model of the LLaMA, GPT-2 or T5 family, or records with labels."));
    if (teachesLabels(inputs)) {
        ATHANOR_ASSIGN(labels, labelsOf(context, inputs));
        ATHANOR_ASSIGN(inputs.architecture, withHead(context, inputs.architecture, labels));
    }
    ATHANOR_ASSIGN(tokenizer::RecordSettings settings, tokenizer::RecordSettings::fromJson(inputs.teaching, labels));
    settings.sides = isTwoSided ? tokenizer::RecordSides::Two : tokenizer::RecordSides::One;
    settings.maxTokens = settings.maxTokens > 0 ? std::min(settings.maxTokens, room) : room;
    ATHANOR_ASSIGN(const tokenizer::RecordEncoder encoder, encoderOf(inputs, settings));
    for (const QString &note : encoder.notes())
        context.log(QStringLiteral("info"), note);
    ATHANOR_ASSIGN(inputs.trainRecords, openSplit(context, inputs, encoder, QStringLiteral("train")));
    ATHANOR_TRY(openMixture(context, folderOf(context, inputs, encoder, QStringLiteral("train")), inputs));
    if (inputs.corpus->documentCount(QStringLiteral("validation")) > 0) {
        auto heldOut = openSplit(context, inputs, encoder, QStringLiteral("validation"));
        if (!heldOut && heldOut.error().code != ErrorCode::InvalidInput)
            return fail(heldOut.error());
        if (heldOut)
            inputs.validationRecords = std::move(*heldOut);
        else
            context.log(QStringLiteral("warning"), tr("Nothing can be measured on held-out records: %1").arg(heldOut.error().message));
    }
    adapt::BatchSettings &batches = inputs.recordSettings;
    batches.rows = inputs.settings.batch;
    batches.seed = inputs.settings.seed;
    batches.asks = teachesLabels(inputs) ? adapt::Asks::Label : isTwoSided ? adapt::Asks::Answer : adapt::Asks::Tokens;
    batches.packing = batches.asks == adapt::Asks::Tokens && inputs.teaching.value(QLatin1String("packing")).toBool(true);
    if (isTwoSided) {
        ATHANOR_ASSIGN(batches.decoderStart, generate::decoderStartOf(inputs.fromFolder, inputs.architecture, *inputs.tokenizer));
    }
    batches.length = model::recordRowLength(longestOf(inputs.trainRecords->records), settings.maxTokens,
                                            inputs.settings.sequence, batches.packing);
    return {};
}

}  // namespace athanor::train
