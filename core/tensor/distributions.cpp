#include "core/tensor/distributions.h"

#include "core/tensor/machine.h"

#include <cmath>

namespace athanor::tensor {

namespace {

constexpr int64_t kNumbersPerTask = 16384;
constexpr uint64_t kMostDraws = 64;  // 0.05^128: never reached
constexpr double kFurthest = 2;      // deviations

// Two normal numbers (Box–Muller) of one draw.
std::array<double, 2> normalPair(uint32_t first, uint32_t second)
{
    const double radius = std::sqrt(-2.0 * std::log((double(first) + 0.5) * 0x1p-32));
    const double angle = double(second) * (0x1p-32 * 6.283185307179586);
    return {radius * std::cos(angle), radius * std::sin(angle)};
}

// The first of a row of draws that lies within bounds; each number has a row of its own.
double truncatedNormal(const RandomKey &key, uint64_t index)
{
    for (uint64_t draw = 0; draw < kMostDraws; ++draw) {
        const auto words = randomWords({key.seed, key.step + draw, key.site}, index);
        for (const double value : normalPair(words[0], words[1]))
            if (std::abs(value) <= kFurthest)
                return value;
    }
    return 0;
}

template <typename Number> torch::Tensor filled(at::IntArrayRef shape, const Number &number)
{
    torch::Tensor result = at::empty(shape, at::kFloat);
    float *values = result.data_ptr<float>();
    at::parallel_for(0, result.numel(), kNumbersPerTask, [&](int64_t begin, int64_t end) {
        for (int64_t index = begin; index < end; ++index)
            values[index] = float(number(uint64_t(index)));
    });
    return result;
}

// Factorisations add up in another order on other thread counts.
class OneThread {
public:
    OneThread() : m_before(threadCount()) { setThreadCount(1); }
    ~OneThread() { setThreadCount(m_before); }
    OneThread(const OneThread &) = delete;
    OneThread &operator=(const OneThread &) = delete;

private:
    int m_before;
};

}  // namespace

torch::Tensor uniformTensor(at::IntArrayRef shape, double bound, const RandomKey &key)
{
    return filled(shape, [&](uint64_t index) { return bound * (2 * double(randomUniform(key, index)) - 1); });
}

torch::Tensor truncatedNormalTensor(at::IntArrayRef shape, double deviation, const RandomKey &key)
{
    return filled(shape, [&](uint64_t index) { return deviation * truncatedNormal(key, index); });
}

torch::Tensor orthogonalTensor(int64_t rows, int64_t columns, const RandomKey &key)
{
    const OneThread alone;
    const bool isWide = rows < columns;
    const torch::Tensor drawn = normalTensor({std::max(rows, columns), std::min(rows, columns)}, 1, key);
    const auto [q, r] = torch::linalg_qr(drawn, "reduced");
    const torch::Tensor signs = torch::where(r.diagonal() < 0, -torch::ones({}), torch::ones({}));
    const torch::Tensor turned = q * signs;
    return (isWide ? turned.t() : turned).contiguous();
}

}  // namespace athanor::tensor
