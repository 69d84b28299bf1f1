#include "core/tensor/update_rules.h"

#include "core/tensor/device.h"
#include "core/tensor/element.h"
#include "core/tensor/optimize.h"
#include "core/tensor/update_rules_rows.h"

#include <cmath>

namespace athanor::tensor {

namespace {

constexpr int64_t kElementsPerTask = 32768;
constexpr int64_t kRowsPerBlock = 64;  // summed in f32 before f64 takes over; fixed

torch::Tensor ownMaster(const Updated &updated)
{
    return updated.weight.scalar_type() == at::kFloat ? updated.weight : updated.master;
}

void checkUpdated(const Updated &updated)
{
    const torch::Tensor own = ownMaster(updated);
    TORCH_CHECK(own.scalar_type() == at::kFloat && own.sizes() == updated.weight.sizes() && own.is_contiguous(),
                "an optimizer's master must be contiguous f32 of the weight's shape");
    TORCH_CHECK(updated.weight.is_contiguous() && updated.gradient.sizes() == updated.weight.sizes(),
                "an optimizer's weight must be contiguous and the gradient of its shape");
}

void checkState(const torch::Tensor &state, at::IntArrayRef shape)
{
    TORCH_CHECK(state.scalar_type() == at::kFloat && state.sizes() == shape && state.is_contiguous(),
                "an optimizer's state must be contiguous f32 of the shape that the rule asks for");
}

float *numbersOrNull(const torch::Tensor &tensor) { return tensor.defined() ? elements<float>(tensor) : nullptr; }

/// work(weight, master, gradient, begin, count) on pieces, in parallel; pointers are those of the pieces.
template <typename Work> void inPieces(const Updated &updated, Work &&work)
{
    const torch::Tensor own = ownMaster(updated), gradient = updated.gradient.contiguous();
    withElement(updated.weight.scalar_type(), [&](auto weightType) {
        withElement(gradient.scalar_type(), [&](auto gradientType) {
            using W = decltype(weightType);
            using G = decltype(gradientType);
            at::parallel_for(0, updated.weight.numel(), kElementsPerTask, [&](int64_t begin, int64_t end) {
                work(elements<W>(updated.weight) + begin, elements<float>(own) + begin,
                     static_cast<const G *>(elements<G>(gradient)) + begin, begin, end - begin);
            });
        });
    });
}

void weightFromMaster(const Updated &updated, const torch::Tensor &own)
{
    if (!own.is_same(updated.weight))
        torch::Tensor(updated.weight).copy_(own);
}

}  // namespace

void adamStep(const Updated &updated, torch::Tensor &first, torch::Tensor &second, const AdamSettings &s)
{
    torch::NoGradGuard noGradients;
    checkUpdated(updated);
    for (const torch::Tensor *state : {&first, &second})
        checkState(*state, updated.weight.sizes());
    if (!usesKernels(updated.weight))
        return adamStepReference(updated, first, second, s);
    const double correction1 = 1.0 - std::pow(s.beta1, double(s.step));
    const double correction2 = 1.0 - std::pow(s.beta2, double(s.step));
    const kernels::AdamNumbers numbers{float(s.beta1),   float(s.beta2),      float(s.lr / correction1),
                                       float(s.epsilon), float(1.0 / std::sqrt(correction2)),
                                       float(s.weightPull), float(updated.gradientScale)};
    float *firstNumbers = elements<float>(first), *secondNumbers = elements<float>(second);
    inPieces(updated, [&](auto *weight, float *master, const auto *gradient, int64_t begin, int64_t count) {
        kernels::adam(weight, master, firstNumbers + begin, secondNumbers + begin, gradient, count, numbers);
    });
}

void adamStepReference(const Updated &updated, torch::Tensor &first, torch::Tensor &second, const AdamSettings &s)
{
    torch::NoGradGuard noGradients;
    torch::Tensor own = ownMaster(updated);
    const torch::Tensor g = updated.gradient.to(at::kFloat) * updated.gradientScale + s.weightPull * own;
    first.mul_(s.beta1).add_(g, 1 - s.beta1);
    second.mul_(s.beta2).add_(g * g, 1 - s.beta2);
    const torch::Tensor m = first / (1 - std::pow(s.beta1, double(s.step)));
    const torch::Tensor v = second / (1 - std::pow(s.beta2, double(s.step)));
    own.sub_(s.lr * m / (v.sqrt() + s.epsilon));
    weightFromMaster(updated, own);
}

void momentumStep(const Updated &updated, torch::Tensor &velocity, const MomentumSettings &s)
{
    torch::NoGradGuard noGradients;
    checkUpdated(updated);
    if (velocity.defined())
        checkState(velocity, updated.weight.sizes());
    if (!usesKernels(updated.weight))
        return momentumStepReference(updated, velocity, s);
    const kernels::MomentumNumbers numbers{float(s.lr), float(s.momentum), float(s.weightPull), s.nesterov ? 1.0f : 0.0f,
                                           float(updated.gradientScale)};
    float *velocities = numbersOrNull(velocity);
    inPieces(updated, [&](auto *weight, float *master, const auto *gradient, int64_t begin, int64_t count) {
        kernels::momentum(weight, master, velocities ? velocities + begin : nullptr, gradient, count, numbers);
    });
}

void momentumStepReference(const Updated &updated, torch::Tensor &velocity, const MomentumSettings &s)
{
    torch::NoGradGuard noGradients;
    torch::Tensor own = ownMaster(updated);
    const torch::Tensor g = updated.gradient.to(at::kFloat) * updated.gradientScale + s.weightPull * own;
    if (!velocity.defined()) {
        own.sub_(s.lr * g);
    } else {
        velocity.mul_(s.momentum).add_(g);
        own.sub_(s.lr * (s.nesterov ? g + s.momentum * velocity : velocity));
    }
    weightFromMaster(updated, own);
}

void lionStep(const Updated &updated, torch::Tensor &mean, const LionSettings &s)
{
    torch::NoGradGuard noGradients;
    checkUpdated(updated);
    checkState(mean, updated.weight.sizes());
    if (!usesKernels(updated.weight))
        return lionStepReference(updated, mean, s);
    const kernels::LionNumbers numbers{float(s.lr), float(s.beta1), float(s.beta2), float(1.0 - s.lr * s.weightDecay),
                                       float(updated.gradientScale)};
    float *means = elements<float>(mean);
    inPieces(updated, [&](auto *weight, float *master, const auto *gradient, int64_t begin, int64_t count) {
        kernels::lion(weight, master, means + begin, gradient, count, numbers);
    });
}

void lionStepReference(const Updated &updated, torch::Tensor &mean, const LionSettings &s)
{
    torch::NoGradGuard noGradients;
    torch::Tensor own = ownMaster(updated);
    const torch::Tensor g = updated.gradient.to(at::kFloat) * updated.gradientScale;
    const torch::Tensor direction = (s.beta1 * mean + (1 - s.beta1) * g).sign();
    mean.mul_(s.beta2).add_(g, 1 - s.beta2);
    own.mul_(1 - s.lr * s.weightDecay).sub_(s.lr * direction);
    weightFromMaster(updated, own);
}

namespace {

/// A parameter as Adafactor sees it: a matrix, or one row.
struct Grid {
    int64_t rows, columns;
};

Grid gridOf(const torch::Tensor &weight)
{
    return weight.dim() == 2 ? Grid{weight.size(0), weight.size(1)} : Grid{1, weight.numel()};
}

/// Means of the squares by row (m) and by column (n), in f64, in a fixed order.
struct Squares {
    std::vector<double> rows, columns;
};

template <typename G> Squares meanSquares(const G *gradient, const Grid &grid, float scale)
{
    const int64_t blocks = (grid.rows + kRowsPerBlock - 1) / kRowsPerBlock, n = grid.columns;
    std::vector<float> columns(size_t(blocks * n), 0.0f);
    Squares squares{std::vector<double>(size_t(grid.rows)), std::vector<double>(size_t(n), 0.0)};
    at::parallel_for(0, blocks, 1, [&](int64_t begin, int64_t end) {
        for (int64_t block = begin; block < end; ++block)
            for (int64_t row = block * kRowsPerBlock; row < std::min(grid.rows, (block + 1) * kRowsPerBlock); ++row)
                squares.rows[size_t(row)] =
                    double(kernels::addSquares(gradient + row * n, columns.data() + block * n, n, scale)) / double(n);
    });
    for (int64_t block = 0; block < blocks; ++block)
        for (int64_t column = 0; column < n; ++column)
            squares.columns[size_t(column)] += double(columns[size_t(block * n + column)]) / double(grid.rows);
    return squares;
}

/// state ← state + share · (found − state)
void drawTowards(torch::Tensor &state, const std::vector<double> &found, double share)
{
    float *numbers = elements<float>(state);
    for (size_t i = 0; i < found.size(); ++i)
        numbers[i] += float(share * (found[i] - double(numbers[i])));
}

/// By how much each row's squares exceed the mean row's: the estimate of a square is this times its column's.
std::vector<float> rowFactors(const AdafactorState &state, const Grid &grid)
{
    std::vector<float> factors(size_t(grid.rows), 1.0f);
    if (!state.rows.defined())
        return factors;
    const float *rows = elements<float>(state.rows);
    double mean = 0;
    for (int64_t i = 0; i < grid.rows; ++i)
        mean += double(rows[i]) / double(grid.rows);
    for (int64_t i = 0; i < grid.rows && mean > 0; ++i)
        factors[size_t(i)] = float(double(rows[i]) / mean);
    return factors;
}

int64_t rowsPerTask(const Grid &grid) { return std::max<int64_t>(1, kElementsPerTask / std::max<int64_t>(1, grid.columns)); }

/// Root mean square of the update before any rate.
template <typename G>
double updateSize(const G *gradient, const std::vector<float> &factors, const float *columns, const Grid &grid,
                  const kernels::AdafactorNumbers &numbers)
{
    std::vector<float> sums(size_t(grid.rows));
    at::parallel_for(0, grid.rows, rowsPerTask(grid), [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row)
            sums[size_t(row)] = kernels::squaresOfUpdate(gradient + row * grid.columns, factors[size_t(row)], columns,
                                                         grid.columns, numbers);
    });
    double total = 0;
    for (const float sum : sums)
        total += double(sum);
    return std::sqrt(total / double(grid.rows * grid.columns));
}

double sizeOfWeights(const torch::Tensor &own)
{
    return gradientNorm({own}) / std::sqrt(double(std::max<int64_t>(1, own.numel())));
}

void checkAdafactor(const Updated &updated, const AdafactorState &state)
{
    checkUpdated(updated);
    const Grid grid = gridOf(updated.weight);
    checkState(state.columns, {grid.columns});
    if (updated.weight.dim() == 2)
        checkState(state.rows, {grid.rows});
    if (state.mean.defined())
        checkState(state.mean, updated.weight.sizes());
}

/// The rate of this update: lr, times the size of the weights where updates are relative to it.
double adafactorRate(const torch::Tensor &own, const AdafactorSettings &s)
{
    return s.relativeToWeights ? s.lr * std::max(s.smallestScale, sizeOfWeights(own)) : s.lr;
}

template <typename G>
void rememberSquares(const G *gradient, const Grid &grid, double gradientScale, AdafactorState &state, double share)
{
    const Squares squares = meanSquares(gradient, grid, float(gradientScale));
    drawTowards(state.columns, squares.columns, share);
    if (state.rows.defined())
        drawTowards(state.rows, squares.rows, share);
}

template <typename W, typename G>
void adafactorTyped(const Updated &updated, const G *gradient, AdafactorState &state, const AdafactorSettings &s)
{
    const Grid grid = gridOf(updated.weight);
    const torch::Tensor own = ownMaster(updated);
    rememberSquares(gradient, grid, updated.gradientScale, state, std::pow(double(s.step), -s.decayPower));
    const std::vector<float> factors = rowFactors(state, grid);
    const float *columns = elements<float>(state.columns);
    kernels::AdafactorNumbers numbers{0, float(s.beta1), float(1.0 - s.lr * s.weightDecay), float(s.smallestSquare),
                                      float(updated.gradientScale)};
    const double size = updateSize(gradient, factors, columns, grid, numbers);
    numbers.rate = float(adafactorRate(own, s) / std::max(1.0, size / s.clipThreshold));
    W *weight = elements<W>(updated.weight);
    float *master = elements<float>(own), *mean = numbersOrNull(state.mean);
    at::parallel_for(0, grid.rows, rowsPerTask(grid), [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row) {
            const int64_t at = row * grid.columns;
            kernels::adafactorRow(weight + at, master + at, mean ? mean + at : nullptr, gradient + at,
                                  factors[size_t(row)], columns, grid.columns, numbers);
        }
    });
}

}  // namespace

void adafactorStep(const Updated &updated, AdafactorState &state, const AdafactorSettings &settings)
{
    torch::NoGradGuard noGradients;
    checkAdafactor(updated, state);
    if (!usesKernels(updated.weight))
        return adafactorStepReference(updated, state, settings);
    const torch::Tensor gradient = updated.gradient.contiguous();
    withElement(updated.weight.scalar_type(), [&](auto weightType) {
        withElement(gradient.scalar_type(), [&](auto gradientType) {
            using G = decltype(gradientType);
            adafactorTyped<decltype(weightType), G>(updated, elements<G>(gradient), state, settings);
        });
    });
}

void adafactorStepReference(const Updated &updated, AdafactorState &state, const AdafactorSettings &s)
{
    torch::NoGradGuard noGradients;
    torch::Tensor own = ownMaster(updated);
    const torch::Tensor g = updated.gradient.to(at::kFloat) * updated.gradientScale;
    const double share = std::pow(double(s.step), -s.decayPower);
    torch::Tensor squares;
    if (own.dim() == 2) {
        state.rows.lerp_((g * g).mean(1), share);
        state.columns.lerp_((g * g).mean(0), share);
        squares = torch::outer(state.rows / state.rows.mean().clamp_min(1e-38), state.columns);
    } else {
        state.columns.lerp_((g * g).view({-1}), share);
        squares = state.columns.view(own.sizes());
    }
    torch::Tensor update = g / squares.clamp_min(s.smallestSquare).sqrt();
    update /= std::max(1.0, update.pow(2).mean().sqrt().item<double>() / s.clipThreshold);
    update *= adafactorRate(own, s);
    if (state.mean.defined())
        update = state.mean.mul_(s.beta1).add_(update, 1 - s.beta1);
    own.mul_(1 - s.lr * s.weightDecay).sub_(update);
    weightFromMaster(updated, own);
}

}  // namespace athanor::tensor
