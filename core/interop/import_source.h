// A model on the disk, understood: a Hugging Face folder (safetensors or PyTorch), a GGUF file, or a folder of ours.
// Role: what inspecting and importing share; reads headers and the config, no weights. Thread: const after open().
#pragma once

#include "core/interop/exchange.h"

namespace athanor::interop {

class GgufReader;

enum class ModelKind { HuggingFace, Torch, Gguf, Athanor };

struct ModelSource {
    ModelKind kind = ModelKind::HuggingFace;
    QString folder;                         // absolute; of a GGUF file: that with the file
    std::unique_ptr<WeightSource> weights;
    std::shared_ptr<GgufReader> gguf;       // of a GGUF file
    QJsonObject config;                     // config.json as it came, or the GGUF file's keys without lists
    FamilyChoices family;
    QJsonObject architecture;               // expanded
    std::vector<TensorMove> moves;          // our tensors from those of `weights`
    QString name, licence;                  // empty: the model does not say
    QString tokenizerFile;                  // absolute; empty: none, or inside the GGUF file
    bool hasTokenizer = false;
    bool hasChatTemplate = false;
    QStringList warnings;

    qint64 parameters() const;
};

/// Errors: NotFound (no model there), Unsupported (the family, or what we cannot represent), Corrupt (names and shapes of
/// tensors that do not fit the config), and those of openWeights() and Exchange::readConfig().
ATHANOR_EXPORT Result<ModelSource> openModelSource(const plugin::Catalogue &plugins, const QString &path);

// What PEFT calls its files, in their folder.
inline constexpr char kAdapterConfig[] = "/adapter_config.json";
inline constexpr char kAdapterWeights[] = "/adapter_model.safetensors";
inline constexpr char kAdapterPickle[] = "/adapter_model.bin";  // of PEFT before 0.7
/// The file with an adapter's weights: safetensors where both are there. NotFound.
ATHANOR_EXPORT Result<QString> adapterWeightsIn(const QString &folder);
/// A folder that holds an adapter of PEFT and no model.
ATHANOR_EXPORT bool isAdapterOnly(const QString &path);

/// "huggingface", "pytorch", "gguf", "athanor".
ATHANOR_EXPORT QString modelKindName(ModelKind kind);

/// A GGUF file's keys as one flat object: texts, numbers (f32 as the shortest decimal that gives the same f32), booleans;
/// no lists but those of at most 512 numbers.
ATHANOR_EXPORT QJsonObject ggufKeys(const GgufReader &file);

}  // namespace athanor::interop
