// What a model on the disk is, before it is brought in. Role: reads headers and the config only. Thread: any.
#pragma once

#include "core/interop/import_source.h"

namespace athanor::interop {

struct ModelFacts {
    QString location;       // absolute
    bool isReadable = false;
    Error error;            // why it cannot be read, when it cannot
    QString kind;           // "huggingface", "pytorch", "gguf", "athanor", "adapter" (of PEFT); empty: unknown
    QString base;           // of an adapter: the model that it stands on, as its maker named it
    QString name;           // as the model calls itself; else the folder's or file's name
    QString family;         // "architecture.llama"
    QString familyTitle;
    qint64 parameters = -1, context = -1, vocabulary = -1, bytes = -1;  // -1: unknown; bytes: of the weights
    QString licence;        // empty: the model does not say
    QString tokenizerType;  // empty: it has none
    bool hasChatTemplate = false;
    QStringList labels;     // that it sorts texts by; empty: it has no head for labels
    QString storedAs;       // "BF16", "Q4_K": the type of most weights
    QStringList warnings;
};

/// Never fails: what cannot be read says why.
ATHANOR_EXPORT ModelFacts inspectModel(const QString &path, const plugin::Catalogue &plugins);

}  // namespace athanor::interop
