// libFuzzer: a pickle alone, and inside an otherwise honest archive with a storage of 64 bytes, so that a changed pickle
// need not also keep the archive whole.
#include "fuzz.h"

#include "../core/interop/zip_file.h"
#include "core/interop/pickle_reader.h"
#include "core/interop/torch_checkpoint.h"

using namespace athanor::interop;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const QByteArray pickle(reinterpret_cast<const char *>(data), qsizetype(size));
    if (!readPickle(pickle))
        return 0;
    athanor::test::Zip zip;
    zip.entries = {{"a/data.pkl", pickle}, {"a/data/0", QByteArray(64, '\1')}, {"a/data/1", QByteArray(8, '\1')}};
    const auto weights = openTorchCheckpoint(athanor::fuzz::file(zip.make()));
    if (weights)
        athanor::fuzz::readAll(**weights);
    return 0;
}
