// Where tensors live and are computed with: the processor, or a graphics card through CUDA. Role: what there is, by which
// name, with how much memory; and the one decision whether Athanor's own kernels read a tensor's numbers. Elsewhere the
// same results come from LibTorch's operations, with its gradients. Thread: safe; PlainKernels: one at a time.
#pragma once

#include "core/base/error.h"
#include "core/tensor/libtorch.h"

#include <optional>
#include <vector>

namespace athanor::tensor {

/// Whether the kernels of this room may read the tensor's numbers: those of the processor, unless PlainKernels says no.
ATHANOR_EXPORT bool usesKernels(at::Device device);
inline bool usesKernels(const torch::Tensor &tensor) { return usesKernels(tensor.device()); }

/// While it lives, tensors of the processor go the way of a graphics card's too: that way can be tested anywhere.
/// ATHANOR_KERNELS=plain says the same for a whole process.
class ATHANOR_EXPORT PlainKernels {
public:
    PlainKernels();
    ~PlainKernels();
    PlainKernels(const PlainKernels &) = delete;
    PlainKernels &operator=(const PlainKernels &) = delete;

private:
    bool m_before;
};

/// What this LibTorch can compute on besides the processor.
struct CudaFacts {
    bool isBuiltIn = false;  // LibTorch has its CUDA part
    int count = 0;           // cards that it can use
};
ATHANOR_EXPORT CudaFacts cudaFacts();

/// "cpu", "cuda" (the first card) or "cuda:1". InvalidInput for other words; Unsupported where `cuda` has no such card,
/// with what to do.
ATHANOR_EXPORT Result<at::Device> deviceFromName(const QString &name, const CudaFacts &cuda = cudaFacts());
/// "cpu", "cuda:0".
ATHANOR_EXPORT QString deviceName(at::Device device);

/// [{"id","name","memoryBytes","freeMemoryBytes"}]: the cards that can be used, for people and plans.
ATHANOR_EXPORT QJsonArray deviceFacts();

struct DeviceMemory {
    qint64 total = 0, free = 0;
    qint64 taken = 0;  // by this process' tensors, with what the allocator keeps
};
/// Of a card; empty for the processor and where LibTorch does not say.
ATHANOR_EXPORT std::optional<DeviceMemory> deviceMemory(at::Device device);

/// Before a run on a card: results that do not depend on chance, and products of f32 as f32. Call before the first tensor.
ATHANOR_EXPORT void prepareDevice(at::Device device);
/// Waits for what was begun there, so that time can be measured. Nothing to wait for on the processor.
ATHANOR_EXPORT void finishWork(at::Device device);
/// After memory ran out: gives back what the allocator keeps of freed tensors.
ATHANOR_EXPORT void releaseKeptMemory(at::Device device);

}  // namespace athanor::tensor
