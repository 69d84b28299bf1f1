// libFuzzer: the header of a safetensors file, and the bytes that a checked header points at.
#include "fuzz.h"

#include "core/interop/safetensors.h"

using namespace athanor::interop;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArrayView bytes(data, qsizetype(size));
    std::vector<TensorEntry> entries;
    QMap<QString, QString> metadata;
    (void)parseSafetensorsHeader(bytes, qint64(size), entries, metadata);
    const auto reader = SafetensorsReader::open(athanor::fuzz::file(bytes));
    if (reader) {
        for (const TensorEntry &entry : reader->tensors())
            athanor::fuzz::touch(reader->bytes(entry));
    }
    return 0;
}
