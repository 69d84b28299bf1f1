// See model_writer_parts.h.
#include "core/interop/model_writer_parts.h"

#include "core/base/atomic_file.h"
#include "core/interop/model_writer_labels.h"
#include "core/model/architecture.h"
#include "core/model/dimensions.h"
#include "core/tokenizer/tokenizer.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QSet>

namespace athanor::interop {
namespace {

constexpr qint64 kSpareBytes = qint64(32) << 20;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

// Each tensor of the model has a place, and each place its tensor in the right shape.
Status checkTensors(const ModelToWrite &model)
{
    QSet<QString> used;
    for (const TensorMove &move : model.moves)
        for (const TensorMove::Source &part : move.sources) {
            const WeightEntry *entry = model.weights->find(part.name);
            if (!entry)
                return fail(ErrorCode::Corrupt, tr("The model has no tensor “%1”, which “%2” is made of.").arg(part.name, move.name),
                            tr("The weights do not belong to architecture.json."));
            if (entry->shape != part.shape)
                return fail(ErrorCode::Corrupt, tr("“%1” has the shape %2; for “%3” it must be %4.")
                                                    .arg(part.name, shapeText(entry->shape), move.name, shapeText(part.shape)),
                            tr("The weights do not belong to architecture.json."));
            used.insert(part.name);
        }
    QStringList left;
    for (const WeightEntry &entry : model.weights->entries())
        if (!used.contains(entry.name))
            left += entry.name;
    if (!left.isEmpty())
        return fail(ErrorCode::Unsupported, tr("%1 tensors of this model have no place in the other program's: %2 …")
                                                .arg(left.size()).arg(left.mid(0, 3).join(u", ")),
                    tr("Models with these parts can be used here only."));
    return {};
}

}  // namespace

Result<ModelToWrite> openModelToWrite(const plugin::Catalogue &plugins, const WriteModelRequest &request, ExchangeForm form)
{
    ModelToWrite model;
    model.folder = QFileInfo(request.folder).absoluteFilePath();
    const QDir folder(model.folder);
    ATHANOR_ASSIGN(model.architecture, readJsonFile(folder.filePath(QStringLiteral("architecture.json"))));
    model.choices = model.architecture.value(QLatin1String("choices")).toObject();
    model.labels = model::labelsOf(model.architecture);
    model.vocabulary = model::dimension(model.architecture, "vocabulary");
    if (model.choices.isEmpty())
        return fail(ErrorCode::Unsupported, tr("The architecture of “%1” was written by hand and belongs to no family.").arg(model.folder),
                    tr("It can be used here only."));
    if (folder.exists(QStringLiteral("model.json"))) {
        ATHANOR_ASSIGN(model.facts, readJsonFile(folder.filePath(QStringLiteral("model.json"))));
    }
    ATHANOR_ASSIGN(model.exchange, Exchange::of(plugins, model.architecture.value(QLatin1String("architecture")).toString()));
    if (!model.exchange->knows(form))
        return fail(ErrorCode::Unsupported, tr("GGUF has no place for models of this family."), tr("Export as a Hugging Face folder."));
    ATHANOR_ASSIGN(model.weights, openWeights(request.weights.isEmpty() ? folder.filePath(QStringLiteral("model.safetensors")) : request.weights));
    const qint64 labels = form == ExchangeForm::HuggingFace ? model.labels.size() : 0;  // GGUF has no names for such a head
    ATHANOR_ASSIGN(model.moves, model.exchange->writeMoves(form, model.choices, model.vocabulary, labels));
    if (!model.labels.isEmpty())
        ATHANOR_TRY(checkLabelHead(model, form));
    ATHANOR_TRY(checkTensors(model));
    return model;
}

Result<std::optional<ElementType>> elementTypeOf(const QString &dtype)
{
    if (dtype.isEmpty())
        return std::optional<ElementType>();
    if (dtype == QLatin1String("f32"))
        return std::optional(ElementType::F32);
    if (dtype == QLatin1String("f16"))
        return std::optional(ElementType::F16);
    if (dtype == QLatin1String("bf16"))
        return std::optional(ElementType::BF16);
    return fail(ErrorCode::InvalidInput, tr("“%1” is no number format for weights.").arg(dtype), tr("Choose f32, f16 or bf16; GGUF has q8_0 too."));
}

Status checkTarget(const QString &path, qint64 bytes)
{
    const QFileInfo info(path);
    const bool isEmptyFolder = info.isDir() && QDir(path).isEmpty(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot);
    if (info.exists() && !isEmptyFolder)
        return fail(ErrorCode::AlreadyExists, tr("“%1” is there already.").arg(path), tr("Choose another name, or remove it first."));
    ATHANOR_TRY(makeFolder(info.absolutePath()));
    const qint64 room = freeDiskBytes(info.absolutePath());
    if (room >= 0 && room < bytes + kSpareBytes)
        return fail(ErrorCode::DiskFull, tr("The model needs %1 MB on the disk, and %2 MB are free.")
                                             .arg((bytes + kSpareBytes) / 1000000).arg(room / 1000000),
                    tr("Free some space, or choose another disk."));
    return {};
}

QJsonObject tokenIdsOf(const ModelToWrite &model)
{
    QJsonObject ids, config = model.facts.value(QLatin1String("config")).toObject();
    if (!config.contains(QLatin1String("eos_token_id")))
        if (const auto generation = readJsonFile(QDir(model.folder).filePath(QStringLiteral("generation_config.json"))))
            config = *generation;
    for (const char *key : {"bos_token_id", "eos_token_id", "pad_token_id", "sep_token_id", "cls_token_id", "decoder_start_token_id"})
        if (config.contains(QLatin1String(key)))
            ids.insert(QLatin1String(key), config.value(QLatin1String(key)));
    if (!ids.isEmpty())
        return ids;
    const auto file = tokenizer::findTokenizer(model.folder);
    const auto read = file ? tokenizer::readTokenizer(*file) : Result<std::shared_ptr<const tokenizer::Tokenizer>>(fail(file.error()));
    if (!read)
        return ids;
    if ((*read)->beginOfDocument() >= 0)
        ids.insert(QStringLiteral("bos_token_id"), (*read)->beginOfDocument());
    if ((*read)->endOfDocument() >= 0)
        ids.insert(QStringLiteral("eos_token_id"), (*read)->endOfDocument());
    return ids;
}

}  // namespace athanor::interop
