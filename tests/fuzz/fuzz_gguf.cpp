// libFuzzer: a whole GGUF file, every value of its header and the numbers of every tensor.
#include "fuzz.h"

#include "core/interop/gguf.h"

using namespace athanor::interop;

namespace {

void readValue(const GgufValue &value)
{
    (void)value.integer();
    (void)value.number();
    (void)value.boolean();
    (void)value.text();
    (void)value.integers();
    (void)value.numbers();
    for (const QByteArrayView text : value.texts())
        athanor::fuzz::touch(text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const auto reader = GgufReader::parse(QByteArrayView(data, qsizetype(size)));
    if (!reader)
        return 0;
    for (const QString &key : reader->keys())
        readValue(*reader->value(key));
    std::vector<float> numbers(4096);
    for (const GgufTensor &tensor : reader->tensors()) {
        const qint64 count = *elementCount(tensor.shape);
        for (qint64 first = 0; first < count; first += 4096)
            ggufToF32(*tensor.type, reader->bytes(tensor).data(), first, qMin(count - first, qint64(4096)), numbers.data());
    }
    return 0;
}
