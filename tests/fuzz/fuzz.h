// What the fuzz programs share. Thread: one program, one thread.
#pragma once

#include <QByteArrayView>
#include <QFile>

#include <cstdint>
#include <cstdlib>
#include <unistd.h>

namespace athanor::fuzz {

/// The bytes as a file in memory, the same path for every input of this process.
inline QString file(QByteArrayView bytes)
{
    static const QString path = QStringLiteral("/dev/shm/athanor-fuzz-%1").arg(::getpid());
    static const int registered = std::atexit([] { QFile::remove(path); });
    QFile file(path);
    if (registered != 0 || !file.open(QIODevice::WriteOnly) || file.write(bytes.data(), bytes.size()) != bytes.size())
        std::abort();
    return path;
}

/// Reads every byte, so that AddressSanitizer sees a view that leaves its memory.
inline void touch(QByteArrayView bytes)
{
    static volatile char sink = 0;
    for (const char byte : bytes)
        sink = char(sink ^ byte);
}

/// Every tensor of a source, as stored and as f32.
template <typename Source> void readAll(const Source &weights)
{
    for (const auto &entry : weights.entries()) {
        const auto bytes = weights.bytes(entry);
        if (bytes)
            touch(*bytes);
        std::vector<float> numbers(size_t(qMin(entry.elementCount, qint64(1) << 16)));
        if (!weights.readF32(entry, 0, qint64(numbers.size()), numbers.data()))
            std::abort();
    }
}

}  // namespace athanor::fuzz
