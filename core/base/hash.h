// SHA-256 through OpenSSL (Qt's makes 172 MB/s). Thread: each object for one thread; functions safe.
#pragma once

#include "core/base/error.h"

#include <QByteArray>

#include <memory>

namespace athanor {

class ATHANOR_EXPORT Sha256 {
public:
    Sha256();
    ~Sha256();
    void add(QByteArrayView bytes);
    /// The digest as 64 lower-case hexadecimal digits. The object starts anew afterwards.
    QString finish();

private:
    struct Context;
    std::unique_ptr<Context> m_context;
};

ATHANOR_EXPORT QString sha256(QByteArrayView bytes);
/// Reads the file in pieces of 1 MiB. Errors: as systemError().
ATHANOR_EXPORT Result<QString> sha256OfFile(const QString &path);

}  // namespace athanor
