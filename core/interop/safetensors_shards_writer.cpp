// Writing safetensors in one file or several. Thread: one.
#include "core/interop/safetensors_folder.h"

#include <QCoreApplication>
#include <QDir>

#include <nlohmann/json.hpp>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

Result<qint64> bytesOf(const SafetensorsWriter::Declaration &declaration)
{
    ATHANOR_ASSIGN(const qint64 count, elementCount(declaration.shape));
    qint64 bytes = 0;
    if (__builtin_mul_overflow(count, elementBytes(declaration.type), &bytes))
        return fail(ErrorCode::LimitExceeded, tr("“%1” is too large for a file.").arg(declaration.name));
    return bytes;
}

QString shardName(size_t number, size_t count)
{
    if (count == 1)
        return QStringLiteral("model.safetensors");
    return QStringLiteral("model-%1-of-%2.safetensors").arg(number, 5, 10, QLatin1Char('0'))
        .arg(count, 5, 10, QLatin1Char('0'));
}

}  // namespace

Result<ShardedSafetensorsWriter>
ShardedSafetensorsWriter::create(const QString &folder, std::vector<SafetensorsWriter::Declaration> declarations,
                                 qint64 shardBytes, QMap<QString, QString> metadata)
{
    ShardedSafetensorsWriter writer;
    writer.m_folder = folder;
    writer.m_metadata = std::move(metadata);
    writer.m_shards.emplace_back();
    QHash<QString, int> names;
    for (auto &declaration : declarations) {
        if (names.contains(declaration.name))
            return fail(ErrorCode::InvalidInput, tr("The tensor “%1” is declared twice.").arg(declaration.name));
        names.insert(declaration.name, 0);
        ATHANOR_ASSIGN(const qint64 bytes, bytesOf(declaration));
        if (!writer.m_shards.back().declarations.empty() && bytes > shardBytes - writer.m_shards.back().dataBytes)
            writer.m_shards.emplace_back();
        Shard &shard = writer.m_shards.back();
        if (__builtin_add_overflow(shard.dataBytes, bytes, &shard.dataBytes)
            || __builtin_add_overflow(writer.m_totalBytes, bytes, &writer.m_totalBytes))
            return fail(ErrorCode::LimitExceeded, tr("“%1” is too large for a file.").arg(declaration.name));
        shard.declarations.push_back(std::move(declaration));
    }
    for (size_t i = 0; i < writer.m_shards.size(); ++i)
        writer.m_shards[i].name = shardName(i + 1, writer.m_shards.size());
    ATHANOR_TRY(writer.nextShard());
    return writer;
}

Status ShardedSafetensorsWriter::nextShard()
{
    const Shard &shard = m_shards[m_next++];
    ATHANOR_ASSIGN(SafetensorsWriter writer,
                   SafetensorsWriter::create(QDir(m_folder).filePath(shard.name), shard.declarations, m_metadata));
    m_writer.emplace(std::move(writer));
    m_left = shard.dataBytes;
    return {};
}

Status ShardedSafetensorsWriter::closeShard()
{
    ATHANOR_ASSIGN(const QString hash, m_writer->finish());
    const QString name = m_shards[m_next - 1].name;
    m_written.push_back({name, QFileInfo(QDir(m_folder).filePath(name)).size(), hash});
    m_writer.reset();
    return {};
}

Status ShardedSafetensorsWriter::write(QByteArrayView bytes)
{
    while (!bytes.isEmpty()) {
        if (m_left == 0) {
            if (m_next == m_shards.size())
                return fail(ErrorCode::Internal, tr("More bytes of tensors were written than declared."));
            ATHANOR_TRY(closeShard());
            ATHANOR_TRY(nextShard());
            continue;
        }
        const QByteArrayView piece = bytes.first(qMin(bytes.size(), qsizetype(m_left)));
        ATHANOR_TRY(m_writer->write(piece));
        m_left -= piece.size();
        bytes = bytes.sliced(piece.size());
    }
    return {};
}

Result<std::vector<ShardedSafetensorsWriter::WrittenFile>> ShardedSafetensorsWriter::finish()
{
    while (m_left == 0 && m_next < m_shards.size()) {  // shards of empty tensors only
        ATHANOR_TRY(closeShard());
        ATHANOR_TRY(nextShard());
    }
    if (m_left != 0 || m_next != m_shards.size())
        return fail(ErrorCode::Internal, tr("Fewer bytes of tensors were written than declared."));
    ATHANOR_TRY(closeShard());
    if (m_shards.size() > 1)
        ATHANOR_TRY(writeIndex());
    return m_written;
}

Status ShardedSafetensorsWriter::writeIndex()
{
    nlohmann::ordered_json index;
    index["metadata"]["total_size"] = m_totalBytes;
    nlohmann::json map = nlohmann::json::object();  // sorted by name
    for (const Shard &shard : m_shards) {
        for (const auto &declaration : shard.declarations)
            map[declaration.name.toStdString()] = shard.name.toStdString();
    }
    index["weight_map"] = map;
    const QByteArray text = QByteArray::fromStdString(index.dump(2) + "\n");
    const QString name = QStringLiteral("model.safetensors.index.json");
    ATHANOR_TRY(writeFileAtomically(QDir(m_folder).filePath(name), text));
    m_written.push_back({name, text.size(), sha256(text)});
    return {};
}

}  // namespace athanor::interop
