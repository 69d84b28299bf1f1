// What a model that sorts texts needs besides its weights, so that transformers pools and cuts as it was taught. Private
// to the room. Thread: one.
#pragma once

#include "core/interop/model_writer_parts.h"

namespace athanor::interop {

/// Unsupported where the form has no class for such a head, or where the model's head is not the one of that class.
Status checkLabelHead(const ModelToWrite &model, ExchangeForm form);

/// The token that fills up shorter texts of a batch. Decoders read their scores at the last token that is not this one,
/// so it is none that a text ends with.
struct PaddingToken {
    qint64 id = -1;  // -1: there is none
    QString text;
};
/// `fixed`: the id that the family's config demands; -1: none.
PaddingToken paddingOf(const ModelToWrite &model, qint64 fixed);

/// Adds to `folder`'s tokenizer_config.json the padding and, as the run had them, where long texts are cut.
Status placeLabelReading(const ModelToWrite &model, const PaddingToken &padding, const QString &folder);

}  // namespace athanor::interop
