#include "core/base/hash.h"

#include <QFile>

#include <openssl/evp.h>

#include <cerrno>

namespace athanor {

struct Sha256::Context {
    EVP_MD_CTX *handle = EVP_MD_CTX_new();
    ~Context() { EVP_MD_CTX_free(handle); }
};

Sha256::Sha256() : m_context(std::make_unique<Context>())
{
    EVP_DigestInit_ex(m_context->handle, EVP_sha256(), nullptr);
}

Sha256::~Sha256() = default;

void Sha256::add(QByteArrayView bytes)
{
    EVP_DigestUpdate(m_context->handle, bytes.data(), static_cast<size_t>(bytes.size()));
}

QString Sha256::finish()
{
    QByteArray digest(32, Qt::Uninitialized);
    EVP_DigestFinal_ex(m_context->handle, reinterpret_cast<unsigned char *>(digest.data()), nullptr);
    EVP_DigestInit_ex(m_context->handle, EVP_sha256(), nullptr);
    return QString::fromLatin1(digest.toHex());
}

QString sha256(QByteArrayView bytes)
{
    Sha256 hash;
    hash.add(bytes);
    return hash.finish();
}

Result<QString> sha256OfFile(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(systemError(errno ? errno : ENOENT, QStringLiteral("Cannot read"), path));
    Sha256 hash;
    QByteArray buffer(1 << 20, Qt::Uninitialized);
    for (;;) {
        const qint64 count = file.read(buffer.data(), buffer.size());
        if (count < 0)
            return fail(systemError(EIO, QStringLiteral("Cannot read"), path));
        if (count == 0)
            return hash.finish();
        hash.add(QByteArrayView(buffer.constData(), count));
    }
}

}  // namespace athanor
