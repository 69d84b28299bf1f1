#include "core/tensor/product_speed.h"

#include "core/tensor/gemm.h"

#include <chrono>

namespace athanor::tensor {

using Clock = std::chrono::steady_clock;

double productSpeed(at::ScalarType dtype, int64_t size, double seconds)
{
    torch::NoGradGuard noGradients;
    const torch::Tensor a = torch::full({size, size}, 0.5, dtype), b = torch::full({size, size}, 0.25, dtype);
    double best = 0;
    const Clock::time_point begin = Clock::now();
    do {
        const Clock::time_point start = Clock::now();
        const torch::Tensor c = matrixProduct(a, Transposed::No, b, Transposed::Yes);
        const double took = std::chrono::duration<double>(Clock::now() - start).count();
        best = std::max(best, 2.0 * double(size) * double(size) * double(size) / took);
    } while (std::chrono::duration<double>(Clock::now() - begin).count() < seconds);
    return best;
}

}  // namespace athanor::tensor
