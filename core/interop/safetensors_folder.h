// Safetensors as weights: one file, or several with their index; and the writer that splits at a size.
// Role: what a sharded model adds to safetensors.h: every tensor of the index is in the named file and in no other,
// every file makes all checks of its own. Thread: see WeightSource; a writer belongs to one thread.
#pragma once

#include "core/interop/weight_source.h"

namespace athanor::interop {

/// One file. Errors: as SafetensorsReader::open().
ATHANOR_EXPORT Result<std::unique_ptr<WeightSource>> openSafetensors(const QString &path);
/// An index and its shards beside it. Tensors in a shard that the index does not name are left out, with a note.
/// Errors: as parseShardIndex(), shardPath() and SafetensorsReader::open(); Corrupt when index and shards disagree.
ATHANOR_EXPORT Result<std::unique_ptr<WeightSource>> openShardedSafetensors(const QString &indexPath);

/// Writes <folder>/model.safetensors, or model-00001-of-0000N.safetensors … with the index when the tensors need more
/// than `shardBytes`. All tensors are declared first and their bytes come in that order, in pieces of any size.
/// Each file appears whole or not at all, the index last.
class ATHANOR_EXPORT ShardedSafetensorsWriter {
public:
    struct WrittenFile {
        QString name;
        qint64 byteCount = 0;
        QString sha256;
    };
    /// InvalidInput, LimitExceeded and file errors as SafetensorsWriter::create().
    static Result<ShardedSafetensorsWriter> create(const QString &folder,
                                                   std::vector<SafetensorsWriter::Declaration> declarations,
                                                   qint64 shardBytes = 5'000'000'000,
                                                   QMap<QString, QString> metadata = {{QStringLiteral("format"),
                                                                                       QStringLiteral("pt")}});
    Status write(QByteArrayView bytes);
    /// Internal when fewer bytes came than declared. The files in their order, the index last.
    Result<std::vector<WrittenFile>> finish();

private:
    struct Shard {
        QString name;
        std::vector<SafetensorsWriter::Declaration> declarations;
        qint64 dataBytes = 0;
    };
    ShardedSafetensorsWriter() = default;
    Status nextShard();
    Status closeShard();
    Status writeIndex();

    QString m_folder;
    QMap<QString, QString> m_metadata;
    std::vector<Shard> m_shards;
    size_t m_next = 0;  // the shard after the open one
    std::optional<SafetensorsWriter> m_writer;
    qint64 m_left = 0;  // bytes that the open shard still takes
    qint64 m_totalBytes = 0;
    std::vector<WrittenFile> m_written;
};

}  // namespace athanor::interop
