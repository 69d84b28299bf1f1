// Tensors of a PyTorch checkpoint behind WeightSource. Thread: const after opening; gathering is guarded.
#include "core/interop/torch_checkpoint.h"

#include "core/interop/mapped_file.h"
#include "core/interop/sharded_weights.h"
#include "core/interop/torch_container.h"

#include <QCoreApplication>

#include <cstring>
#include <mutex>

namespace athanor::interop {
namespace {

constexpr size_t kHighestRank = 32;
constexpr qint64 kMostRepeated = 1 << 20;
constexpr const char *kContainers[] = {"state_dict", "model_state_dict", "model", "module", "weights"};
constexpr int kDeepestContainer = 3;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

tl::unexpected<Error> corrupt(const QString &what)
{
    return fail(ErrorCode::Corrupt, tr("The checkpoint is broken: %1.").arg(what), tr("Copy or download the file again."));
}

struct StoredTensor {
    QByteArrayView storage;
    qint64 first = 0;  // elements into the storage
    std::vector<qint64> shape, strides;
    bool isContiguous = false;
};

bool isContiguous(const StoredTensor &tensor)
{
    qint64 expected = 1;
    for (size_t i = tensor.shape.size(); i-- > 0;) {
        if (tensor.shape[i] != 1 && tensor.strides[i] != expected)
            return false;
        expected *= tensor.shape[i];
    }
    return true;
}

/// The furthest element that shape and strides reach must lie in the storage.
Status checkExtent(const QString &name, const StoredTensor &tensor, qint64 count, qint64 elementSize)
{
    const qint64 stored = tensor.storage.size() / elementSize;
    qint64 last = tensor.first;
    bool isInside = tensor.first >= 0;
    for (size_t i = 0; i < tensor.shape.size() && isInside; ++i) {
        qint64 reach = 0;
        isInside = tensor.strides[i] >= 0
                   && !__builtin_mul_overflow(qMax(qint64(0), tensor.shape[i] - 1), tensor.strides[i], &reach)
                   && !__builtin_add_overflow(last, reach, &last);
    }
    if (!isInside || (count > 0 ? last >= stored : tensor.first > stored))
        return corrupt(tr("“%1” reaches beyond its storage of %2 elements").arg(name).arg(stored));
    if (count > qMax(stored, kMostRepeated))
        return fail(ErrorCode::LimitExceeded, tr("“%1” repeats the %2 elements of its storage to %3.")
                                                  .arg(name).arg(stored).arg(count),
                    tr("Get the model as safetensors."));
    return {};
}

/// Row after row, the last size fastest.
QByteArray gather(const StoredTensor &tensor, qint64 count, qint64 elementSize)
{
    QByteArray out(count * elementSize, Qt::Uninitialized);
    std::vector<qint64> at(tensor.shape.size(), 0);
    qint64 from = tensor.first;
    for (qint64 i = 0; i < count; ++i) {
        std::memcpy(out.data() + i * elementSize, tensor.storage.data() + from * elementSize, size_t(elementSize));
        for (size_t axis = at.size(); axis-- > 0;) {
            from += tensor.strides[axis];
            if (++at[axis] < tensor.shape[axis])
                break;
            from -= at[axis] * tensor.strides[axis];
            at[axis] = 0;
        }
    }
    return out;
}

class TorchWeights final : public WeightSource {
public:
    explicit TorchWeights(MappedFile file) : WeightSource(WeightFormat::Torch), m_file(std::move(file)) {}

    Status takeAll()
    {
        addFile(m_file.path());
        ATHANOR_ASSIGN(const TorchContents contents, readTorchFile(m_file.bytes()));
        ATHANOR_ASSIGN(const quint32 place, findWeights(contents.tree, contents.tree.root, 0));
        const PickleNode &weights = contents.tree[place];
        QStringList others;
        for (size_t i = 0; i + 1 < weights.items.size(); i += 2) {
            const PickleNode &key = contents.tree[weights.items[i]], &value = contents.tree[weights.items[i + 1]];
            if (value.kind == PickleKind::Tensor && key.kind == PickleKind::Text)
                ATHANOR_TRY(take(contents, key.text, value));
            else
                others.append(key.kind == PickleKind::Text ? key.text.left(80) : tr("(no text)"));
        }
        if (!others.isEmpty())
            note(tr("Entries that are no tensors are left out: %1.").arg(others.mid(0, 20).join(QStringLiteral(", "))));
        m_gathered.resize(entries().size());
        return {};
    }
    Result<QByteArrayView> bytes(const WeightEntry &entry) const override
    {
        const StoredTensor &tensor = m_tensors[entry.index];
        const qint64 size = elementBytes(*entry.element);
        if (tensor.isContiguous)
            return tensor.storage.sliced(entry.byteCount == 0 ? 0 : tensor.first * size, entry.byteCount);
        const std::lock_guard lock(m_mutex);
        QByteArray &gathered = m_gathered[entry.index];
        if (gathered.isEmpty())
            gathered = gather(tensor, entry.elementCount, size);
        return QByteArrayView(gathered);
    }

private:
    static bool hasTensors(const PickleTree &tree, const PickleNode &dictionary)
    {
        for (size_t i = 1; i < dictionary.items.size(); i += 2) {
            if (tree[dictionary.items[i]].kind == PickleKind::Tensor)
                return true;
        }
        return false;
    }
    Result<quint32> findWeights(const PickleTree &tree, quint32 place, int depth)
    {
        const PickleNode &node = tree[place];
        if (node.kind == PickleKind::Dictionary && hasTensors(tree, node))
            return place;
        for (const char *name : kContainers) {
            for (size_t i = 0; node.kind == PickleKind::Dictionary && i + 1 < node.items.size(); i += 2) {
                const PickleNode &key = tree[node.items[i]], &value = tree[node.items[i + 1]];
                if (key.kind != PickleKind::Text || key.text != QLatin1String(name)
                    || value.kind != PickleKind::Dictionary || depth == kDeepestContainer)
                    continue;
                note(tr("The weights are those under “%1”.").arg(key.text));
                return findWeights(tree, node.items[i + 1], depth + 1);
            }
        }
        return fail(ErrorCode::InvalidInput, tr("The checkpoint holds no dictionary of named tensors."),
                    tr("Save the model's state_dict() with torch.save, or get it as safetensors."));
    }
    Status take(const TorchContents &contents, const QString &name, const PickleNode &node)
    {
        const PickleNode &storage = contents.tree[node.items[0]];
        StoredTensor tensor;
        tensor.storage = contents.storages.value(storage.text);
        tensor.first = node.whole;
        const auto shape = contents.tree.wholes(contents.tree[node.items[1]]);  // a list may have changed since
        const auto strides = contents.tree.wholes(contents.tree[node.items[2]]);
        if (!node.element || !shape || !strides)
            return corrupt(tr("“%1” has no element type, shape or strides").arg(name));
        tensor.shape = *shape;
        tensor.strides = *strides;
        if (tensor.shape.size() != tensor.strides.size() || tensor.shape.size() > kHighestRank)
            return corrupt(tr("“%1” has %2 sizes and %3 strides (at most %4)").arg(name).arg(tensor.shape.size())
                               .arg(tensor.strides.size()).arg(kHighestRank));
        const qint64 size = elementBytes(*node.element);
        auto count = interop::elementCount(tensor.shape);
        if (!count)
            return corrupt(tr("the sizes of “%1” are negative or multiply to more than 63 bits can count").arg(name));
        for (size_t i = 0; i < tensor.shape.size(); ++i)
            tensor.strides[i] = tensor.shape[i] == 1 ? 0 : tensor.strides[i];  // never stepped along
        ATHANOR_TRY(checkExtent(name, tensor, *count, size));
        tensor.isContiguous = *count == 0 || isContiguous(tensor);
        ATHANOR_TRY(add({name, node.element, elementTypeName(*node.element), tensor.shape, *count * size}));
        m_tensors.push_back(std::move(tensor));
        return {};
    }

    MappedFile m_file;
    std::vector<StoredTensor> m_tensors;
    mutable std::mutex m_mutex;
    mutable std::vector<QByteArray> m_gathered;
};

}  // namespace

Result<std::unique_ptr<WeightSource>> openTorchCheckpoint(const QString &path)
{
    ATHANOR_ASSIGN(MappedFile file, MappedFile::open(path));
    auto weights = std::make_unique<TorchWeights>(std::move(file));
    if (auto status = weights->takeAll(); !status) {
        status.error().message = tr("“%1” cannot be used. %2").arg(path, status.error().message);
        return fail(status.error());
    }
    return std::unique_ptr<WeightSource>(std::move(weights));
}

Result<std::unique_ptr<WeightSource>> openShardedTorchCheckpoint(const QString &indexPath)
{
    return openShards(indexPath, openTorchCheckpoint);
}

}  // namespace athanor::interop
