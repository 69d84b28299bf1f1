#include "core/tensor/eight_bit.h"

#include "core/tensor/adamw_numbers.h"
#include "core/tensor/device.h"
#include "core/tensor/eight_bit_rows.h"
#include "core/tensor/element.h"

#include <cmath>
#include <vector>

namespace athanor::tensor {

namespace {

using kernels::EightBitMap;
using kernels::kEightBitBlock;

constexpr int64_t kBlocksPerTask = 128;

// 2^bits shares: zero, and for each decade below 1 twice as many as for the one below it, evenly between a tenth of it
// and all of it.
std::vector<float> sharesOf(int bits)
{
    std::vector<float> shares{0.0f};
    for (int level = 0; level < bits; ++level) {
        const int count = 1 << level;
        for (int i = 0; i < count; ++i)
            shares.push_back(float((0.1 + 0.9 * (i + 0.5) / count) * std::pow(10.0, level - (bits - 1))));
    }
    shares.back() = 1.0f;  // the largest of a block keeps its value
    return shares;
}

int nearestOf(const std::vector<float> &shares, float share)
{
    int code = 0;
    while (code + 1 < int(shares.size()) && share > 0.5f * (shares[size_t(code)] + shares[size_t(code) + 1]))
        ++code;
    return code;
}

EightBitMap mapOf(int bits)
{
    const std::vector<float> shares = sharesOf(bits);
    EightBitMap map{};
    map.codes = int(shares.size());
    for (int code = 0; code < map.codes; ++code) {
        map.shares[code] = shares[size_t(code)];
        map.middles[code] = code + 1 < map.codes ? 0.5f * (shares[size_t(code)] + shares[size_t(code) + 1]) : 2.0f;
    }
    for (int cell = 0; cell < kernels::kCells; ++cell) {
        const uint32_t bitsOfLeast = uint32_t(cell + ((127 - kernels::kBinades) << kernels::kCellBits)) << (23 - kernels::kCellBits);
        map.lower[cell] = uint8_t(nearestOf(shares, __builtin_bit_cast(float, bitsOfLeast)));
    }
    return map;
}

const EightBitMap &signedMap()
{
    static const EightBitMap map = mapOf(7);
    return map;
}

const EightBitMap &unsignedMap()
{
    static const EightBitMap map = mapOf(8);
    return map;
}

torch::Tensor table(const EightBitMap &map, at::Device device)
{
    return torch::from_blob(const_cast<float *>(map.shares), {map.codes}, at::kFloat).to(device);
}

// (N) f32 → a scale for each number, (N): that of its block.
torch::Tensor spread(const torch::Tensor &scales, int64_t count)
{
    return scales.repeat_interleave(kEightBitBlock).narrow(0, 0, count);
}

void check(const torch::Tensor &weight, const torch::Tensor &master, const EightBitMoments &moments, const torch::Tensor &gradient)
{
    const int64_t count = weight.numel(), blocks = (count + kEightBitBlock - 1) / kEightBitBlock;
    for (const torch::Tensor *codes : {&moments.first, &moments.second})
        TORCH_CHECK(codes->scalar_type() == at::kByte && codes->numel() == count && codes->is_contiguous(),
                    "moments in eight bits must be contiguous uint8, one for each number");
    for (const torch::Tensor *scales : {&moments.firstScales, &moments.secondScales})
        TORCH_CHECK(scales->scalar_type() == at::kFloat && scales->numel() == blocks && scales->is_contiguous(),
                    "moments in eight bits must have a contiguous f32 scale for each block");
    TORCH_CHECK(master.scalar_type() == at::kFloat && master.sizes() == weight.sizes() && master.is_contiguous()
                    && weight.is_contiguous() && gradient.sizes() == weight.sizes(),
                "AdamW's master, weight and gradient must be contiguous and of one shape");
}

// The largest of each block, and codes for a moment in f32.
void store(const torch::Tensor &moment, const EightBitMap &map, torch::Tensor &codes, torch::Tensor &scales)
{
    const int64_t count = moment.numel();
    const torch::Tensor padded = torch::constant_pad_nd(moment.abs(), {0, scales.numel() * kEightBitBlock - count});
    const torch::Tensor largest = std::get<0>(padded.view({-1, kEightBitBlock}).max(1));
    scales.copy_(largest.clamp_min(kernels::kLeastScale) * largest.gt(0));
    const torch::Tensor shares = moment.abs() / spread(scales, count).clamp_min(kernels::kLeastScale);
    const torch::Tensor middles = torch::from_blob(const_cast<float *>(map.middles), {map.codes - 1}, at::kFloat).to(moment.device());
    codes.copy_(torch::bucketize(shares, middles));  // the number of middles below
}

}  // namespace

EightBitMoments eightBitMoments(int64_t count, at::Device device)
{
    const int64_t blocks = (count + kEightBitBlock - 1) / kEightBitBlock;
    const auto codes = [&] { return torch::zeros({count}, torch::dtype(at::kByte).device(device)); };
    const auto scales = [&] { return torch::zeros({blocks}, torch::dtype(at::kFloat).device(device)); };
    return {codes(), scales(), codes(), scales()};
}

torch::Tensor firstMoment(const EightBitMoments &moments)
{
    const torch::Tensor codes = moments.first.to(at::kLong);
    const torch::Tensor signs = 1 - 2 * codes.ge(128).to(at::kFloat);
    return table(signedMap(), codes.device()).index_select(0, codes.remainder(128)) * signs * spread(moments.firstScales, codes.numel());
}

torch::Tensor secondMoment(const EightBitMoments &moments)
{
    const torch::Tensor codes = moments.second.to(at::kLong);
    return table(unsignedMap(), codes.device()).index_select(0, codes) * spread(moments.secondScales, codes.numel());
}

void adamW8Step(torch::Tensor &weight, torch::Tensor &master, EightBitMoments &moments, const torch::Tensor &gradientIn,
                const AdamWSettings &settings)
{
    torch::NoGradGuard noGradients;
    const torch::Tensor own = weight.scalar_type() == at::kFloat ? weight : master;
    const torch::Tensor gradient = gradientIn.contiguous();
    check(weight, own, moments, gradient);
    if (!usesKernels(weight))
        return adamW8StepReference(weight, master, moments, gradient, settings);
    const kernels::AdamWNumbers numbers = numbersOf(settings);
    const EightBitMap &means = signedMap(), &squares = unsignedMap();
    const int64_t count = weight.numel();
    withElement(weight.scalar_type(), [&](auto weightType) {
        withElement(gradient.scalar_type(), [&](auto gradientType) {
            using W = decltype(weightType);
            using G = decltype(gradientType);
            at::parallel_for(0, moments.firstScales.numel(), kBlocksPerTask, [&](int64_t firstBlock, int64_t lastBlock) {
                const int64_t begin = firstBlock * kEightBitBlock, end = std::min(count, lastBlock * kEightBitBlock);
                kernels::adamW8(elements<W>(weight) + begin, elements<float>(own) + begin,
                                moments.first.data_ptr<uint8_t>() + begin, elements<float>(moments.firstScales) + firstBlock,
                                moments.second.data_ptr<uint8_t>() + begin, elements<float>(moments.secondScales) + firstBlock,
                                elements<G>(gradient) + begin, end - begin, numbers, means, squares);
            });
        });
    });
}

void adamW8StepReference(torch::Tensor &weight, torch::Tensor &master, EightBitMoments &moments, const torch::Tensor &gradient,
                         const AdamWSettings &settings)
{
    torch::NoGradGuard noGradients;
    torch::Tensor first = firstMoment(moments).view(weight.sizes()), second = secondMoment(moments).view(weight.sizes());
    adamWStepReference(weight, master, first, second, gradient, settings);
    first = first.flatten();
    second = second.flatten();
    store(first, signedMap(), moments.first, moments.firstScales);
    moments.first.add_(first.lt(0).to(at::kByte) * 128);
    store(second, unsignedMap(), moments.second, moments.secondScales);
    moments.second.clamp_min_(second.gt(0).to(at::kByte));
}

}  // namespace athanor::tensor
