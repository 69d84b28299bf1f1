// What both forms of writing a model share. Private to the room. Thread: one.
#pragma once

#include "core/interop/exchange.h"
#include "core/interop/model_writer.h"

namespace athanor::interop {

struct ModelToWrite {
    QString folder;
    QJsonObject architecture, choices, facts;  // facts: model.json
    QStringList labels;  // that the model sorts texts by
    qint64 vocabulary = 0;
    std::unique_ptr<WeightSource> weights;
    std::vector<TensorMove> moves;  // their tensors from ours
    std::optional<Exchange> exchange;
};

/// Opens the folder and finds every tensor. Unsupported when a tensor of the model has no place in the form.
Result<ModelToWrite> openModelToWrite(const plugin::Catalogue &plugins, const WriteModelRequest &request, ExchangeForm form);

/// "f16" to ElementType::F16; none for "" (as stored). InvalidInput for other words.
Result<std::optional<ElementType>> elementTypeOf(const QString &dtype);

/// Ids of tokens that a config names ("bos_token_id" …): of the config that the model came with, else of the tokenizer.
QJsonObject tokenIdsOf(const ModelToWrite &model);

}  // namespace athanor::interop
