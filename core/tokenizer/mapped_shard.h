// A file of prepared tokens, mapped. Private to the room. Thread: const after open.
#pragma once

#include "core/base/hash.h"

#include <QFile>

#include <memory>

namespace athanor::tokenizer {

struct MappedShard {
    std::unique_ptr<QFile> file;
    const uchar *bytes = nullptr;
    qint64 size = 0;

    QString sha256() const { return athanor::sha256(QByteArrayView(reinterpret_cast<const char *>(bytes), static_cast<qsizetype>(size))); }
};

/// Errors: Corrupt, in the words of damagedTokens().
Result<MappedShard> mapShard(const QString &path);
/// "The prepared tokens in … are damaged: …", and what to do.
tl::unexpected<Error> damagedTokens(const QString &file, const QString &what);

}  // namespace athanor::tokenizer
