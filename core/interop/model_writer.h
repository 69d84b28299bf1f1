// From a model folder of ours to what other programs read: a Hugging Face folder or a GGUF file.
// Role: names, layouts, config and tokenizer; the weights stream from the mapped file. What stands at the target
// appears whole or not at all. Thread: one call at a time for a target.
#pragma once

#include "core/base/progress.h"
#include "core/interop/safetensors.h"
#include "core/plugin/catalogue.h"

namespace athanor::interop {

/// AlreadyExists when something stands at `path` (an empty folder may); makes the folder that it lies in; DiskFull when
/// `bytes` do not fit there.
ATHANOR_EXPORT Status checkTarget(const QString &path, qint64 bytes);

struct WriteModelRequest {
    QString folder;   // of the model: architecture.json, model.safetensors, tokenizer …
    QString to;       // absolute; must not exist (a folder may be empty)
    QString name;     // for people
    QString dtype;    // "f32", "f16", "bf16", for GGUF also "q8_0"; empty: as stored
    QString chatTemplate;  // instead of the folder's; empty: that one
    QString weights;  // safetensors file with our names; empty: the folder's own
    qint64 shardBytes = 5'000'000'000;
};

struct WrittenModelFile {
    QString name;
    qint64 bytes = 0;
    QString sha256;
};

struct WrittenModel {
    QList<WrittenModelFile> files;
    QStringList warnings;
};

/// config.json that transformers 4 and 5 read, model.safetensors (or shards with their index), tokenizer files, chat
/// template and generation_config.json. Errors: AlreadyExists, Unsupported (the family or a choice has no words there;
/// a tensor that the class does not hold), DiskFull, Cancelled, and those of reading.
ATHANOR_EXPORT Result<WrittenModel> writeHuggingFaceModel(const plugin::Catalogue &plugins, const WriteModelRequest &request,
                                                          ProgressSink &progress, const CancelToken &cancel);

/// For an adapter of labels, which leaves without its model: adds to `folder`'s tokenizer files the padding and where long
/// texts are cut, as writeHuggingFaceModel() does for the model in `modelFolder`. The padding token's id; -1: there is none.
ATHANOR_EXPORT Result<qint64> writeLabelReading(const plugin::Catalogue &plugins, const QString &modelFolder, const QString &folder);

/// A GGUF file of version 3 that llama.cpp reads: keys of the family, the tokenizer's tables, weights. Vectors stay f32;
/// in "q8_0" matrices whose rows are no multiple of 32 stay f16.
ATHANOR_EXPORT Result<WrittenModel> writeGgufModel(const plugin::Catalogue &plugins, const WriteModelRequest &request,
                                                   ProgressSink &progress, const CancelToken &cancel);

}  // namespace athanor::interop
