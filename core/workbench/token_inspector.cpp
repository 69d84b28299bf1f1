// A record of a dataset as a model will see it, for the token inspector: by the same encoder as training.
#include "core/corpus/corpus_file.h"
#include "core/model/dimensions.h"
#include "core/tokenizer/record_encoder.h"
#include "core/workbench/workbench.h"

#include <QCoreApplication>
#include <QDir>

namespace athanor::workbench {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QStringList labelsOf(const project::Dataset &dataset)
{
    QStringList labels;
    for (const QJsonValue &label : dataset.facts.value(QLatin1String("labels")).toArray())
        labels += label.toString();
    return labels;
}

// As training takes it: 0 stands for what the model can see at once, and nothing is longer than that.
QJsonObject withLimit(QJsonObject teaching, const project::Model &model)
{
    const qint64 context = model::dimension(model.architecture, "context");
    const qint64 asked = teaching.value(QLatin1String("maxTokens")).toInteger();
    if (context > 0)
        teaching.insert(QStringLiteral("maxTokens"), asked > 0 ? std::min(asked, context) : context);
    return teaching;
}

TokenInspection inspectionFrom(const tokenizer::EncodedRecord &record, const tokenizer::RecordEncoder &encoder)
{
    TokenInspection view;
    for (size_t i = 0; i < record.ids.size(); ++i) {
        const tokenizer::TextSpan span = record.spans[i];
        const QString shown = QString::fromUtf8(QByteArrayView(record.text).sliced(span.begin, span.end - span.begin));
        const bool isWhole = !shown.isEmpty() && !shown.contains(QChar::ReplacementCharacter);
        view.pieces += {record.ids[i], isWhole ? shown : encoder.tokenizer().tokenText(record.ids[i]), record.fromTemplate[i], record.learns[i]};
    }
    view.tokens = static_cast<qint64>(record.ids.size());
    view.learnedTokens = record.learnedTokens();
    view.cutTokens = record.truncatedTokens;
    view.label = encoder.settings().labels.value(record.label);
    view.teachesNothing = record.reasonTeachesNothing;
    view.rendered = QString::fromUtf8(record.text);
    view.wording = encoder.wordingTitle();
    view.notes = encoder.notes();
    return view;
}

}  // namespace

Result<TokenInspection> Workbench::tokenInspector(const QString &datasetName, const QString &recordId, const QString &modelName,
                                                  const QJsonObject &teaching) const
{
    ATHANOR_ASSIGN(const project::Dataset dataset, m_project->dataset(datasetName));
    if (dataset.facts.value(QLatin1String("content")).toString() != QLatin1String("records"))
        return fail(ErrorCode::InvalidInput, tr("The dataset “%1” is plain text, so every token is learned.").arg(dataset.name),
                    tr("Choose a dataset of records."));
    ATHANOR_ASSIGN(const project::Model model, m_project->model(modelName));
    ATHANOR_ASSIGN(const DocumentText record, documentText(datasetName, recordId));
    if (record.after.isEmpty())
        return fail(ErrorCode::NotFound, tr("The record “%1” is not in “%2”.").arg(recordId, dataset.name));
    ATHANOR_ASSIGN(tokenizer::RecordSettings settings, tokenizer::RecordSettings::fromJson(withLimit(teaching, model), labelsOf(dataset)));
    settings.sides = model::hasEncoder(model.architecture) && settings.labels.isEmpty() ? tokenizer::RecordSides::Two : tokenizer::RecordSides::One;
    if (const auto folder = resolveCheckpoint(modelName)) {
        ATHANOR_ASSIGN(const auto encoder, tokenizer::RecordEncoder::forFolder(QDir(path()).absoluteFilePath(*folder), settings));
        return inspectionFrom(encoder.encode(record.after.toUtf8()), encoder);
    }
    ATHANOR_ASSIGN(auto words, tokenizer(model.tokenizerSha256.isEmpty() ? model.tokenizer : model.tokenizerSha256));
    ATHANOR_ASSIGN(const auto encoder, tokenizer::RecordEncoder::create(words, std::nullopt, settings));
    return inspectionFrom(encoder.encode(record.after.toUtf8()), encoder);
}

}  // namespace athanor::workbench
