#include "core/tensor/linear_cross_entropy.h"

#include "core/tensor/blocks.h"
#include "core/tensor/device.h"
#include "core/tensor/element.h"
#include "core/tensor/embedding_rows.h"
#include "core/tensor/gemm.h"
#include "core/tensor/libtorch.h"
#include "core/tensor/linear_cross_entropy_rows.h"
#include "core/tensor/plain.h"

#include <algorithm>
#include <cmath>

namespace athanor::tensor {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

constexpr int64_t kChunkBytes = int64_t(32) << 20;  // logits held at a time
constexpr int64_t kLeastRows = 128;                 // fewer make the matrix products slow
constexpr int64_t kElementsPerTask = 16384;

// Each chunk adds to the whole gradient of the matrix, which large vocabularies make dear: with them a chunk may be as
// large as half of that matrix. The chunks are alike.
int64_t rowsPerChunk(int64_t n, int64_t v, int64_t c, int64_t elementBytes)
{
    const int64_t wanted = std::max(kChunkBytes / (v * elementBytes), c / 2);
    const int64_t most = std::max(kLeastRows, wanted / kLeastRows * kLeastRows);
    const int64_t chunks = (n + most - 1) / most, even = (n + chunks - 1) / std::max<int64_t>(1, chunks);
    return std::min(n, (even + kLeastRows - 1) / kLeastRows * kLeastRows);
}

// Where the losses of rows go: without terms, `objective` is not written.
struct RowSums {
    LossTerms terms;
    torch::Tensor plain, objective;  // (N) f32

    RowSums(const LossTerms &given, int64_t n)
        : terms(given), plain(torch::zeros({n}, at::kFloat)), objective(given.areNone() ? plain : torch::zeros_like(plain))
    {
    }
    template <typename T> void add(T *row, int64_t v, int64_t at, int64_t target, float scale)
    {
        if (terms.areNone()) {
            elements<float>(plain)[at] = kernels::crossEntropy(row, v, target, scale);
            return;
        }
        const kernels::RowTerms numbers{float(terms.labelSmoothing), float(terms.zWeight)};
        const kernels::RowLosses losses = kernels::regularisedCrossEntropy(row, v, target, numbers, scale);
        elements<float>(plain)[at] = losses.plain;
        elements<float>(objective)[at] = losses.objective;
    }
};

// Losses of the rows of one chunk of logits, the first being row `first`; `scale` > 0 turns the logits into their
// gradients.
void lossesOfChunk(torch::Tensor &logits, const int64_t *targets, int64_t first, RowSums &sums, float scale)
{
    const int64_t rows = logits.size(0), v = logits.size(1);
    withElement(logits.scalar_type(), [&](auto type) {
        using T = decltype(type);
        at::parallel_for(0, rows, 4, [&](int64_t begin, int64_t end) {
            for (int64_t r = begin; r < end; ++r) {
                T *row = elements<T>(logits) + r * v;
                if (targets[first + r] >= 0)
                    sums.add(row, v, first + r, targets[first + r], scale);
                else if (scale > 0)
                    std::fill(row, row + v, fromFloat<T>(0.0f));
            }
        });
    });
}

int64_t countTargets(const torch::Tensor &targets, int64_t v)
{
    const int64_t *values = targets.data_ptr<int64_t>();
    int64_t counted = 0;
    for (int64_t i = 0; i < targets.numel(); ++i) {
        TORCH_CHECK(values[i] < v, "the target ", values[i], " is not below the vocabulary ", v);
        counted += values[i] >= 0;
    }
    return counted;
}

void checkShapes(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &targets)
{
    TORCH_CHECK(x.dim() == 2 && weight.dim() == 2 && x.size(1) == weight.size(1), "x (N, C) and weight (V, C) differ");
    TORCH_CHECK(targets.scalar_type() == at::kLong && targets.numel() == x.size(0), "targets must be (N) int64");
    TORCH_CHECK(x.scalar_type() == weight.scalar_type(), "x and weight must have one number format");
}

// Added in the order of the rows: the same for every thread count.
torch::Tensor meanOf(const torch::Tensor &losses, int64_t counted)
{
    double sum = 0;
    const float *values = losses.data_ptr<float>();
    for (int64_t i = 0; i < losses.numel(); ++i)
        sum += double(values[i]);
    return torch::scalar_tensor(counted > 0 ? sum / double(counted) : 0.0, at::kFloat);
}

// bf16 stays bf16 only where products of bf16 are computed as such; else it is widened once, here.
torch::Tensor productFormat(const torch::Tensor &x) { return multipliesBf16() ? x : inFormat(x, at::kFloat); }

void addTo(torch::Tensor &sum, const torch::Tensor &part)
{
    at::parallel_for(0, sum.numel(), kElementsPerTask, [&](int64_t begin, int64_t end) {
        kernels::addRow(elements<Bf16>(part) + begin, elements<float>(sum) + begin, end - begin);
    });
}

// sum (V, C) f32 += logitsᵀ·part, added up in f32 whatever the format. Where nothing is there yet, the sum is the product, in
// its format.
void addProduct(torch::Tensor &sum, const torch::Tensor &logits, const torch::Tensor &part)
{
    const int64_t rows = logits.size(0), v = logits.size(1), c = part.size(1);
    if (!sum.defined())
        sum = matrixProduct(logits, Transposed::Yes, part, Transposed::No);
    else if (logits.scalar_type() == at::kFloat)
        sgemm(Transposed::Yes, Transposed::No, v, c, rows, logits.data_ptr<float>(), v, part.data_ptr<float>(), c, 1,
              sum.data_ptr<float>(), c);
    else
        addTo(sum, matrixProduct(logits, Transposed::Yes, part, Transposed::No));
}

class LinearCrossEntropy : public torch::autograd::Function<LinearCrossEntropy> {
public:
    // {objective, plain loss}
    static tensor_list forward(AutogradContext *context, const torch::Tensor &xIn, const torch::Tensor &weight,
                               const torch::Tensor &targetsIn, const OptionalTensor &bias, const LossTerms &terms)
    {
        const torch::Tensor x = productFormat(xIn.contiguous());
        torch::Tensor w = productFormat(weight);
        const torch::Tensor targets = targetsIn.contiguous();
        const int64_t n = x.size(0), v = w.size(0);
        const int64_t counted = countTargets(targets, v);
        const float scale = 1.0f / float(std::max<int64_t>(1, counted));  // never 0: logits become gradients in any case
        RowSums sums(terms, n);
        torch::Tensor gx = torch::empty(x.sizes(), xIn.options().requires_grad(false));
        const bool learns = weight.requires_grad(), biasLearns = bias && bias->requires_grad();
        torch::Tensor gBias = biasLearns ? torch::zeros({v}, at::kFloat) : torch::Tensor();
        const int64_t step = rowsPerChunk(n, v, x.size(1), x.element_size());
        torch::Tensor gWeight = learns && (step < n || n == 0) ? torch::zeros(w.sizes(), at::kFloat) : torch::Tensor();
        for (int64_t first = 0; first < n; first += step) {
            const int64_t rows = std::min(step, n - first);
            const torch::Tensor part = x.narrow(0, first, rows);                                     // (rows, C)
            torch::Tensor logits = matrixProduct(part, Transposed::No, w, Transposed::Yes);          // (rows, V)
            if (bias)
                logits.add_(*bias);
            lossesOfChunk(logits, targets.data_ptr<int64_t>(), first, sums, scale);
            gx.narrow(0, first, rows)
                .copy_(inFormat(matrixProduct(logits, Transposed::No, w, Transposed::No), gx.scalar_type()));
            if (learns)
                addProduct(gWeight, logits, part);
            if (biasLearns)
                gBias.add_(logits.sum(0, false, at::kFloat));
        }
        w.reset();  // a copy where it was widened: not beside the gradient in both formats
        context->save_for_backward({gx, learns ? inFormat(gWeight, weight.scalar_type()) : gWeight,
                                    biasLearns ? inFormat(gBias, bias->scalar_type()) : gBias});
        const torch::Tensor objective = meanOf(sums.objective, counted), plain = meanOf(sums.plain, counted);
        context->mark_non_differentiable({plain});
        return {objective, plain};
    }

    static tensor_list backward(AutogradContext *context, const tensor_list &gradients)
    {
        const auto saved = context->get_saved_variables();
        const float factor = gradients[0].item<float>();
        const auto scaled = [factor](const torch::Tensor &gradient) {
            return factor == 1.0f || !gradient.defined() ? gradient : gradient * factor;
        };
        return {scaled(saved[0]), scaled(saved[1]), torch::Tensor(), scaled(saved[2]), torch::Tensor()};
    }
};

// The logits of a tile, (rows, columns) f32.
torch::Tensor logitsOfTile(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &bias, const Tile &tile)
{
    const torch::Tensor part = inFormat(weight.narrow(0, tile.column, tile.columns), x.scalar_type());
    torch::Tensor logits = matrixProduct(x.narrow(0, tile.row, tile.rows), Transposed::No, part, Transposed::Yes);
    if (bias.defined())
        logits.add_(bias.narrow(0, tile.column, tile.columns));
    return inFormat(logits, at::kFloat);
}

// −log softmax(x·weightᵀ + bias)[target] of rows that all have a target, without ever holding a row of logits: each tile
// leaves the highest logit and the sum of exp(logit − highest) of its rows.
torch::Tensor lossesInTiles(const torch::Tensor &xIn, const torch::Tensor &weight, const torch::Tensor &targets,
                            const torch::Tensor &bias)
{
    const torch::Tensor x = productFormat(xIn);
    const int64_t n = x.size(0), *wanted = targets.data_ptr<int64_t>();
    const Tiling tiling(n, weight.size(0));
    torch::Tensor highest = torch::empty({tiling.across(), n}, at::kFloat), totals = torch::empty_like(highest);
    torch::Tensor losses = torch::empty({n}, at::kFloat);
    float *loss = elements<float>(losses), *tops = elements<float>(highest), *sums = elements<float>(totals);
    tiling.forEach([&](const Tile &tile) {
        torch::NoGradGuard noGradients;  // each thread has its own
        const torch::Tensor logits = logitsOfTile(x, weight, bias, tile);
        for (int64_t r = 0; r < tile.rows; ++r) {
            const float *row = elements<float>(logits) + r * tile.columns;
            const int64_t at = tile.row + r, target = wanted[at] - tile.column;
            tops[tile.place * n + at] = kernels::sumOfExponentials(row, tile.columns, sums[tile.place * n + at]);
            if (target >= 0 && target < tile.columns)
                loss[at] = -row[target];
        }
    });
    losses.add_((totals.to(at::kDouble).log() + highest).logsumexp(0));
    return losses;
}

}  // namespace

torch::Tensor linearCrossEntropy(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &targets,
                                 const torch::Tensor &bias)
{
    return regularisedCrossEntropy(x, weight, targets, bias, {}).objective;
}

torch::Tensor linearCrossEntropyReference(const torch::Tensor &x, const torch::Tensor &weight,
                                          const torch::Tensor &targets, const torch::Tensor &bias)
{
    return regularisedCrossEntropyReference(x, weight, targets, bias, {}).objective;
}

LossPair regularisedCrossEntropy(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &targets,
                                 const torch::Tensor &bias, const LossTerms &terms)
{
    checkShapes(x, weight, targets);
    if (!usesKernels(x))
        return plainCrossEntropy(x, weight, targets, bias, terms);
    if (!torch::GradMode::is_enabled() && terms.areNone()) {
        const int64_t counted = countTargets(targets.contiguous(), weight.size(0));
        const torch::Tensor loss = meanOf(perTokenCrossEntropy(x, weight, targets, bias), counted);
        return {loss, loss};
    }
    const tensor_list both = LinearCrossEntropy::apply(x, weight, targets, optional(bias), terms);
    return {both[0], both[1]};
}

LossPair regularisedCrossEntropyReference(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &targets,
                                          const torch::Tensor &bias, const LossTerms &terms)
{
    torch::Tensor logits = at::mm(x.to(at::kFloat), weight.to(at::kFloat).t());
    if (bias.defined())
        logits = logits + bias.to(at::kFloat);
    const torch::Tensor likelihoods = at::log_softmax(logits, 1), counted = targets.ge(0).to(at::kFloat);
    const torch::Tensor plain = at::nll_loss(likelihoods, targets, {}, at::Reduction::Mean, -1);
    if (terms.areNone())
        return {plain, plain.detach()};
    const torch::Tensor extra = -terms.labelSmoothing * likelihoods.mean(1) + terms.zWeight * logits.logsumexp(1).square();
    return {(1 - terms.labelSmoothing) * plain + (extra * counted).sum() / counted.sum(), plain.detach()};
}

torch::Tensor perTokenCrossEntropy(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &targetsIn,
                                   const torch::Tensor &bias)
{
    torch::NoGradGuard noGradients;
    checkShapes(x, weight, targetsIn);
    if (!usesKernels(x))
        return plainPerTokenCrossEntropy(x, weight, targetsIn, bias);
    const torch::Tensor targets = targetsIn.contiguous();
    torch::Tensor losses = torch::zeros({x.size(0)}, at::kFloat);
    if (countTargets(targets, weight.size(0)) == 0)
        return losses;
    const torch::Tensor counted = targets.ge(0).nonzero().flatten();
    const torch::Tensor known = lossesInTiles(x.index_select(0, counted), weight.detach().contiguous(),
                                              targets.index_select(0, counted), bias);
    return losses.index_copy_(0, counted, known);
}

}  // namespace athanor::tensor
