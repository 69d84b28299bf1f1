// Lines, paragraphs and words of a text as views, and words as hashes: what the statistics of filters stand on.
// Thread: pure functions. The views live as long as the text.
#pragma once

#include "core/base/export.h"

#include <QByteArray>

#include <vector>

namespace athanor::text {

/// Without their line feeds; an empty last line is not one.
ATHANOR_EXPORT std::vector<QByteArrayView> lines(QByteArrayView text);
/// Runs of non-blank lines.
ATHANOR_EXPORT std::vector<QByteArrayView> paragraphs(QByteArrayView text);
/// Runs of characters that are not ASCII white space.
ATHANOR_EXPORT std::vector<QByteArrayView> words(QByteArrayView text);

/// Without white space at both ends.
ATHANOR_EXPORT QByteArrayView trimmed(QByteArrayView text);

/// 64 bits, well mixed, the same on every machine and in every version: numbers made with it are written to disk.
ATHANOR_EXPORT quint64 hash64(QByteArrayView bytes, quint64 seed = 0);

}  // namespace athanor::text
