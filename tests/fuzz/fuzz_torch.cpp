// libFuzzer: a whole PyTorch checkpoint, zip or older form, and every tensor that it lets one read.
#include "fuzz.h"

#include "core/interop/torch_checkpoint.h"

using namespace athanor::interop;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const auto weights = openTorchCheckpoint(athanor::fuzz::file(QByteArrayView(data, qsizetype(size))));
    if (weights)
        athanor::fuzz::readAll(**weights);
    return 0;
}
