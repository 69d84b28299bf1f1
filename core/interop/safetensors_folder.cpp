// Safetensors behind WeightSource. Thread: const after opening.
#include "core/interop/safetensors_folder.h"

#include "core/base/atomic_file.h"
#include "core/interop/shard_index.h"

#include <QCoreApplication>
#include <QFileInfo>

namespace athanor::interop {
namespace {

constexpr qint64 kLargestIndex = 100'000'000;

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

class SafetensorsWeights final : public WeightSource {
public:
    SafetensorsWeights() : WeightSource(WeightFormat::Safetensors) {}

    Status openFile(const QString &path)
    {
        ATHANOR_TRY(openReader(path));
        for (const TensorEntry &tensor : m_readers.back().tensors())
            ATHANOR_TRY(take(m_readers.size() - 1, tensor));
        return {};
    }
    Status openIndex(const QString &indexPath)
    {
        const QString folder = QFileInfo(indexPath).absolutePath();
        ATHANOR_ASSIGN(const QByteArray json, readFile(indexPath, kLargestIndex));
        ATHANOR_ASSIGN(const ShardIndex index, parseShardIndex(json));
        addFile(indexPath);
        for (const QString &name : index.files) {
            ATHANOR_ASSIGN(const QString path, shardPath(folder, name));
            ATHANOR_TRY(openReader(path));
        }
        ATHANOR_TRY(takeNamed(index));
        return checkAllFound(index);
    }
    Result<QByteArrayView> bytes(const WeightEntry &entry) const override
    {
        const Place &place = m_places[entry.index];
        return m_readers[place.reader].bytes(m_readers[place.reader].tensors()[place.tensor]);
    }

private:
    struct Place {
        size_t reader, tensor;
    };
    Status openReader(const QString &path)
    {
        ATHANOR_ASSIGN(SafetensorsReader reader, SafetensorsReader::open(path));
        addFile(path);
        m_readers.push_back(std::move(reader));
        return {};
    }
    Status take(size_t reader, const TensorEntry &tensor)
    {
        m_places.push_back({reader, size_t(&tensor - m_readers[reader].tensors().data())});
        return add({tensor.name, tensor.type, elementTypeName(tensor.type), tensor.shape, tensor.byteCount});
    }
    Status takeNamed(const ShardIndex &index)
    {
        QStringList surplus;
        for (size_t i = 0; i < m_readers.size(); ++i) {
            for (const TensorEntry &tensor : m_readers[i].tensors()) {
                const QString file = index.fileOf.value(tensor.name);
                if (file.isEmpty()) {
                    surplus.append(tensor.name);
                } else if (file != index.files[qsizetype(i)]) {
                    return disagree(tr("“%1” is in “%2”, and the index says “%3”")
                                        .arg(tensor.name, index.files[qsizetype(i)], file));
                } else {
                    ATHANOR_TRY(take(i, tensor));
                }
            }
        }
        if (!surplus.isEmpty())
            note(tr("%1 tensors are in the files and not in the index, and are left out: %2.")
                     .arg(surplus.size()).arg(someOf(surplus)));
        return {};
    }
    Status checkAllFound(const ShardIndex &index)
    {
        QStringList missing;
        for (auto it = index.fileOf.cbegin(); it != index.fileOf.cend(); ++it) {
            if (!find(it.key()))
                missing.append(tr("“%1” of “%2”").arg(it.key(), it.value()));
        }
        missing.sort();
        return missing.isEmpty() ? Status() : disagree(tr("the files lack %1").arg(someOf(missing)));
    }

    std::vector<SafetensorsReader> m_readers;
    std::vector<Place> m_places;
};

}  // namespace

Result<std::unique_ptr<WeightSource>> openSafetensors(const QString &path)
{
    auto weights = std::make_unique<SafetensorsWeights>();
    ATHANOR_TRY(weights->openFile(path));
    return std::unique_ptr<WeightSource>(std::move(weights));
}

Result<std::unique_ptr<WeightSource>> openShardedSafetensors(const QString &indexPath)
{
    auto weights = std::make_unique<SafetensorsWeights>();
    ATHANOR_TRY(weights->openIndex(indexPath));
    return std::unique_ptr<WeightSource>(std::move(weights));
}

}  // namespace athanor::interop
