#include "core/tensor/random.h"

#include "core/tensor/device.h"
#include "core/tensor/philox.h"
#include "core/tensor/plain.h"

#include <cmath>

namespace athanor::tensor {

namespace {

constexpr int64_t kBlocksPerTask = 4096;

__extension__ using Wide = unsigned __int128;

std::array<uint32_t, 4> wordsOf(uint64_t key, uint64_t high, uint64_t low)
{
    using namespace philox;
    uint32_t key0 = uint32_t(key), key1 = uint32_t(key >> 32);
    std::array<uint32_t, 4> c{uint32_t(low), uint32_t(low >> 32), uint32_t(high), uint32_t(high >> 32)};
    for (int round = 0; round < kRounds; ++round) {
        const uint64_t product0 = uint64_t(kMultiplier0) * c[0];
        const uint64_t product1 = uint64_t(kMultiplier1) * c[2];
        c = {uint32_t(product1 >> 32) ^ c[1] ^ key0, uint32_t(product1), uint32_t(product0 >> 32) ^ c[3] ^ key1,
             uint32_t(product0)};
        key0 += kWeyl0;
        key1 += kWeyl1;
    }
    return c;
}

float unitFloat(uint32_t word) { return float(word >> 8) * 0x1p-24f; }

}  // namespace

std::array<uint32_t, 4> randomWords(const RandomKey &key, uint64_t block)
{
    return wordsOf(philox::keyOf(key), key.site, block);
}

float randomUniform(const RandomKey &key, uint64_t index)
{
    return unitFloat(randomWords(key, index / 4)[index % 4]);
}

uint64_t randomBelow(const RandomKey &key, uint64_t index, uint64_t limit)
{
    const auto words = randomWords(key, index);
    const uint64_t word = (uint64_t(words[1]) << 32) | words[0];
    return uint64_t((static_cast<Wide>(word) * limit) >> 64);  // bias below limit / 2^64
}

uint64_t randomSite(std::string_view name)
{
    uint64_t hash = 0xCBF29CE484222325u;
    for (const char character : name)
        hash = (hash ^ uint8_t(character)) * 0x100000001B3u;
    return hash;
}

torch::Tensor normalTensor(at::IntArrayRef shape, double deviation, const RandomKey &key)
{
    torch::Tensor result = at::empty(shape, at::kFloat);
    float *values = result.data_ptr<float>();
    const int64_t count = result.numel();
    at::parallel_for(0, (count + 3) / 4, kBlocksPerTask, [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; ++block) {
            const auto words = randomWords(key, uint64_t(block));
            for (int pair = 0; pair < 2; ++pair) {
                const double u = (double(words[size_t(2 * pair)]) + 0.5) * 0x1p-32;
                const double angle = double(words[size_t(2 * pair + 1)]) * (0x1p-32 * 6.283185307179586);
                const double radius = deviation * std::sqrt(-2.0 * std::log(u));
                const int64_t index = 4 * block + 2 * pair;
                if (index < count)
                    values[index] = float(radius * std::cos(angle));
                if (index + 1 < count)
                    values[index + 1] = float(radius * std::sin(angle));
            }
        }
    });
    return result;
}

torch::Tensor dropout(const torch::Tensor &x, double p, const RandomKey &key)
{
    if (p <= 0)
        return x;
    const float kept = float(1.0 / (1.0 - p));
    if (!usesKernels(x)) {
        const torch::Tensor kept01 = plainUniform(key, x.numel(), x.device()).ge(p).view(x.sizes());
        return x * kept01.to(x.scalar_type()).mul_(kept);
    }
    torch::Tensor mask = at::empty(x.sizes(), x.options().requires_grad(false).dtype(at::kFloat));
    float *values = mask.data_ptr<float>();
    const int64_t count = mask.numel();
    at::parallel_for(0, (count + 3) / 4, kBlocksPerTask, [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; ++block) {
            const auto words = randomWords(key, uint64_t(block));
            for (int64_t index = 4 * block; index < std::min(4 * block + 4, count); ++index)
                values[index] = unitFloat(words[size_t(index % 4)]) < float(p) ? 0.0f : kept;
        }
    });
    return x * mask.to(x.scalar_type());
}

}  // namespace athanor::tensor
