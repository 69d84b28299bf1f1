#include "core/tokenizer/mapped_shard.h"

#include <QCoreApplication>

namespace athanor::tokenizer {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

}  // namespace

tl::unexpected<Error> damagedTokens(const QString &file, const QString &what)
{
    return fail(ErrorCode::Corrupt, tr("The prepared tokens in “%1” are damaged: %2.").arg(file, what),
                tr("Delete this folder; the tokens are prepared again when training starts."));
}

Result<MappedShard> mapShard(const QString &path)
{
    MappedShard map;
    map.file = std::make_unique<QFile>(path);
    if (!map.file->open(QIODevice::ReadOnly))
        return damagedTokens(path, tr("the file cannot be read (%1)").arg(map.file->errorString()));
    map.size = map.file->size();
    if (map.size == 0)
        return map;
    map.bytes = map.file->map(0, map.size);
    if (!map.bytes)
        return damagedTokens(path, tr("the file cannot be mapped (%1)").arg(map.file->errorString()));
    return map;
}

}  // namespace athanor::tokenizer
