// Memory of the processor's tensors with a limit: an allocator that counts, and refuses what is beyond. Role: for tests of
// what is done when memory runs out; the error is the one that LibTorch's own allocator throws. Thread: one at a time may
// exist; allocating is safe from any.
#pragma once

#include "core/tensor/compatibility.h"

#include <atomic>

namespace athanor::test {

class ScarceMemory final : public tensor::PortableAllocator {
public:
    ScarceMemory() : m_own(c10::GetAllocator(at::kCPU))
    {
        s_taken = s_most = 0;
        s_limit = 0;
        c10::SetAllocator(at::kCPU, this);
    }
    ~ScarceMemory() override { c10::SetAllocator(at::kCPU, m_own); }

    /// Bytes that tensors made since then may take together; 0: as many as they like.
    void setLimit(int64_t bytes) { s_limit = bytes; }
    int64_t most() const { return s_most; }
    void forget() { s_most = s_taken.load(); }

private:
    struct Block {
        c10::DataPtr inner;
        int64_t bytes;
    };
    c10::DataPtr take(size_t count) const override
    {
        const auto bytes = int64_t(count);
        TORCH_CHECK(s_limit == 0 || s_taken + bytes <= s_limit, "DefaultCPUAllocator: not enough memory: you tried to allocate ", bytes, " bytes.");
        auto *block = new Block{m_own->allocate(count), bytes};
        const int64_t taken = s_taken += bytes;
        if (taken > s_most)
            s_most = taken;
        return {block->inner.get(), block, &release, at::Device(at::kCPU)};
    }
    static void release(void *context)
    {
        auto *block = static_cast<Block *>(context);
        s_taken -= block->bytes;
        delete block;
    }

    c10::Allocator *m_own;
    // Of the process: tensors may outlive the allocator that made them.
    inline static std::atomic<int64_t> s_taken = 0, s_most = 0, s_limit = 0;
};

}  // namespace athanor::test
