// Safetensors behind WeightSource. Thread: const after opening.
#include "core/interop/safetensors_folder.h"

#include "core/interop/sharded_weights.h"

namespace athanor::interop {
namespace {

class SafetensorsWeights final : public WeightSource {
public:
    explicit SafetensorsWeights(SafetensorsReader reader)
        : WeightSource(WeightFormat::Safetensors), m_reader(std::move(reader))
    {
    }
    Status takeAll()
    {
        addFile(m_reader.path());
        for (const TensorEntry &tensor : m_reader.tensors())
            ATHANOR_TRY(add({tensor.name, tensor.type, elementTypeName(tensor.type), tensor.shape, tensor.byteCount}));
        return {};
    }
    Result<QByteArrayView> bytes(const WeightEntry &entry) const override
    {
        return m_reader.bytes(m_reader.tensors()[entry.index]);
    }

private:
    SafetensorsReader m_reader;
};

}  // namespace

Result<std::unique_ptr<WeightSource>> openSafetensors(const QString &path)
{
    ATHANOR_ASSIGN(SafetensorsReader reader, SafetensorsReader::open(path));
    auto weights = std::make_unique<SafetensorsWeights>(std::move(reader));
    ATHANOR_TRY(weights->takeAll());
    return std::unique_ptr<WeightSource>(std::move(weights));
}

Result<std::unique_ptr<WeightSource>> openShardedSafetensors(const QString &indexPath)
{
    return openShards(indexPath, openSafetensors);
}

}  // namespace athanor::interop
