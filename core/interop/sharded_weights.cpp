// Several sources as one. Thread: const after opening.
#include "core/interop/sharded_weights.h"

#include "core/interop/mapped_file.h"
#include "core/interop/shard_index.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

tl::unexpected<Error> disagree(const QString &what)
{
    return fail(ErrorCode::Corrupt, tr("The index and the shards do not belong together: %1.").arg(what),
                tr("Download the whole folder again."));
}

QString someOf(const QStringList &names)
{
    const QString text = names.mid(0, 5).join(QStringLiteral(", "));
    return names.size() > 5 ? tr("%1 and %2 more").arg(text).arg(names.size() - 5) : text;
}

class ShardedWeights final : public WeightSource {
public:
    explicit ShardedWeights(std::vector<std::unique_ptr<WeightSource>> shards)
        : WeightSource(shards.front()->format()), m_shards(std::move(shards))
    {
    }
    Status takeNamed(const QString &indexPath, const ShardIndex &index)
    {
        addFile(indexPath);
        QStringList surplus;
        for (size_t i = 0; i < m_shards.size(); ++i) {
            addFile(m_shards[i]->files().front());
            for (const QString &text : m_shards[i]->notes())
                note(text);
            ATHANOR_TRY(takeShard(index, i, surplus));
        }
        if (!surplus.isEmpty())
            note(tr("%1 tensors are in the files and not in the index, and are left out: %2.")
                     .arg(surplus.size()).arg(someOf(surplus)));
        return checkAllFound(index);
    }
    Result<QByteArrayView> bytes(const WeightEntry &entry) const override
    {
        const Place &place = m_places[entry.index];
        return m_shards[place.shard]->bytes(m_shards[place.shard]->entries()[place.entry]);
    }

protected:
    Status readRange(const WeightEntry &entry, qint64 first, qint64 count, float *out) const override
    {
        const Place &place = m_places[entry.index];
        return m_shards[place.shard]->readF32(m_shards[place.shard]->entries()[place.entry], first, count, out);
    }

private:
    struct Place {
        size_t shard, entry;
    };
    Status takeShard(const ShardIndex &index, size_t shard, QStringList &surplus)
    {
        const QString name = index.files[qsizetype(shard)];
        for (const WeightEntry &entry : m_shards[shard]->entries()) {
            const QString file = index.fileOf.value(entry.name);
            if (file.isEmpty()) {
                surplus.append(entry.name);
                continue;
            }
            if (file != name)
                return disagree(tr("“%1” is in “%2”, and the index says “%3”").arg(entry.name, name, file));
            m_places.push_back({shard, entry.index});
            ATHANOR_TRY(add(entry));
        }
        return {};
    }
    Status checkAllFound(const ShardIndex &index) const
    {
        QStringList missing;
        for (auto it = index.fileOf.cbegin(); it != index.fileOf.cend(); ++it) {
            if (!find(it.key()))
                missing.append(tr("“%1” of “%2”").arg(it.key(), it.value()));
        }
        missing.sort();
        return missing.isEmpty() ? Status() : disagree(tr("the files lack %1").arg(someOf(missing)));
    }

    std::vector<std::unique_ptr<WeightSource>> m_shards;
    std::vector<Place> m_places;
};

}  // namespace

Result<std::unique_ptr<WeightSource>> openShards(const QString &indexPath, const WeightOpener &open)
{
    ATHANOR_ASSIGN(const MappedFile file, MappedFile::open(indexPath));
    auto index = parseShardIndex(file.bytes());
    if (!index) {
        index.error().message = tr("“%1” cannot be used. %2").arg(indexPath, index.error().message);
        return fail(index.error());
    }
    std::vector<std::unique_ptr<WeightSource>> shards;
    for (const QString &name : index->files) {
        ATHANOR_ASSIGN(const QString path, shardPath(QFileInfo(indexPath).absolutePath(), name));
        ATHANOR_ASSIGN(auto shard, open(path));
        shards.push_back(std::move(shard));
    }
    auto weights = std::make_unique<ShardedWeights>(std::move(shards));
    ATHANOR_TRY(weights->takeNamed(indexPath, *index));
    return std::unique_ptr<WeightSource>(std::move(weights));
}

}  // namespace athanor::interop
