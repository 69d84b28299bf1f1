// The rows of an embedding (or of an untied head) for a tokenizer that got new tokens: each new row is the mean of the
// rows of the pieces that the token's text was made of until then. Hewitt 2021, "Initializing new word embeddings".
// Thread: pure function.
#pragma once

#include "core/interop/safetensors.h"
#include "core/tokenizer/tokenizer_files.h"

namespace athanor::interop {

/// `rows`: V×C elements of `type`, row by row; the result has as many rows as the largest new id asks for, at least V (a
/// model with more rows than its tokenizer has tokens keeps them). A token made of nothing gets the mean of all rows.
/// Errors: InvalidInput when `rows` is no whole number of rows, or an id is beyond them; Unsupported for `type`.
ATHANOR_EXPORT Result<QByteArray> extendedRows(QByteArrayView rows, ElementType type, qint64 columns,
                                               const std::vector<tokenizer::NewToken> &added);

}  // namespace athanor::interop
