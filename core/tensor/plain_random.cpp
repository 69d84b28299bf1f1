// Philox by operations on whole tensors: a dropout on a graphics card drops what it would drop on the processor.
#include "core/tensor/philox.h"
#include "core/tensor/plain.h"

#include <array>

namespace athanor::tensor {

namespace {

constexpr int64_t kLow = 0xFFFFFFFF;

torch::Tensor low(const torch::Tensor &product) { return product.bitwise_and(kLow); }
torch::Tensor high(const torch::Tensor &product) { return low(at::bitwise_right_shift(product, 32)); }

}  // namespace

torch::Tensor plainUniform(const RandomKey &key, int64_t count, at::Device device)
{
    const auto options = at::TensorOptions(at::kLong).device(device);
    const torch::Tensor blocks = torch::arange((count + 3) / 4, options);
    const auto same = [&](uint64_t word) { return at::full_like(blocks, int64_t(word)); };
    const uint64_t folded = philox::keyOf(key);
    std::array<torch::Tensor, 4> c{low(blocks), high(blocks), same(key.site & kLow), same(key.site >> 32)};
    uint32_t key0 = uint32_t(folded), key1 = uint32_t(folded >> 32);
    for (int round = 0; round < philox::kRounds; ++round) {
        const torch::Tensor product0 = c[0] * int64_t(philox::kMultiplier0), product1 = c[2] * int64_t(philox::kMultiplier1);
        c = {high(product1).bitwise_xor(c[1]).bitwise_xor(int64_t(key0)), low(product1),
             high(product0).bitwise_xor(c[3]).bitwise_xor(int64_t(key1)), low(product0)};
        key0 += philox::kWeyl0;
        key1 += philox::kWeyl1;
    }
    const torch::Tensor words = torch::stack({c[0], c[1], c[2], c[3]}, 1).flatten().narrow(0, 0, count);
    return at::bitwise_right_shift(words, 8).to(at::kFloat) * 0x1p-24;
}

}  // namespace athanor::tensor
