// libFuzzer: the index of a model in several files; no name of a file may leave the folder.
#include "fuzz.h"

#include "core/interop/shard_index.h"

#include <QFileInfo>

using namespace athanor::interop;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const auto index = parseShardIndex(QByteArrayView(data, qsizetype(size)));
    if (!index)
        return 0;
    for (const QString &name : index->files) {
        if (name.contains(QLatin1Char('/')) || name == QLatin1String(".."))
            std::abort();
        const auto path = shardPath(QStringLiteral("/usr"), name);
        if (path && !QFileInfo(*path).canonicalFilePath().startsWith(QLatin1String("/usr/")))
            std::abort();
    }
    return 0;
}
