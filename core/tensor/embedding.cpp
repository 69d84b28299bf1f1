#include "core/tensor/embedding.h"

#include "core/tensor/device.h"
#include "core/tensor/element.h"
#include "core/tensor/embedding_rows.h"
#include "core/tensor/libtorch.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace athanor::tensor {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// Positions sorted by id, equal ids in order of position; and where each run of equal ids begins.
struct Runs {
    std::vector<int64_t> order;
    std::vector<int64_t> begins;
};

Runs runsOf(const int64_t *ids, int64_t count)
{
    Runs runs;
    runs.order.resize(size_t(count));
    std::iota(runs.order.begin(), runs.order.end(), 0);
    std::sort(runs.order.begin(), runs.order.end(),
              [ids](int64_t a, int64_t b) { return ids[a] != ids[b] ? ids[a] < ids[b] : a < b; });
    for (int64_t i = 0; i < count; ++i)
        if (i == 0 || ids[runs.order[size_t(i)]] != ids[runs.order[size_t(i - 1)]])
            runs.begins.push_back(i);
    runs.begins.push_back(count);
    return runs;
}

torch::Tensor rowsOf(const torch::Tensor &ids, const torch::Tensor &tableIn)
{
    const torch::Tensor table = tableIn.contiguous();
    const int64_t c = table.size(1), v = table.size(0);
    const int64_t *values = ids.data_ptr<int64_t>();
    for (int64_t i = 0; i < ids.numel(); ++i)
        TORCH_CHECK(values[i] >= 0 && values[i] < v, "the id ", values[i], " is not below the vocabulary ", v);
    auto shape = ids.sizes().vec();
    shape.push_back(c);
    torch::Tensor y = torch::empty(shape, at::kFloat);
    withElement(table.scalar_type(), [&](auto type) {
        using T = decltype(type);
        at::parallel_for(0, ids.numel(), 64, [&](int64_t begin, int64_t end) {
            for (int64_t i = begin; i < end; ++i)
                kernels::widen(elements<T>(table) + values[i] * c, elements<float>(y) + i * c, c);
        });
    });
    return y;
}

class EmbeddingFunction : public torch::autograd::Function<EmbeddingFunction> {
public:
    static torch::Tensor forward(AutogradContext *context, const torch::Tensor &idsIn, const torch::Tensor &table)
    {
        const torch::Tensor ids = idsIn.contiguous(), y = rowsOf(ids, table);
        context->save_for_backward({ids});
        context->saved_data["v"] = table.size(0);
        context->saved_data["dtype"] = int64_t(table.scalar_type());
        return y;
    }

    static tensor_list backward(AutogradContext *context, const tensor_list &gradients)
    {
        const torch::Tensor ids = context->get_saved_variables()[0];
        const torch::Tensor gy = gradients[0].contiguous();
        const int64_t c = gy.size(-1), v = context->saved_data["v"].toInt();
        torch::Tensor gTable = torch::zeros({v, c}, at::ScalarType(context->saved_data["dtype"].toInt()));
        const int64_t *values = ids.data_ptr<int64_t>();
        const Runs runs = runsOf(values, ids.numel());
        withElement(gTable.scalar_type(), [&](auto type) {
            using T = decltype(type);
            at::parallel_for(0, int64_t(runs.begins.size()) - 1, 16, [&](int64_t begin, int64_t end) {
                std::vector<float> sum(size_t(c), 0.0f);
                for (int64_t run = begin; run < end; ++run) {
                    std::fill(sum.begin(), sum.end(), 0.0f);
                    for (int64_t i = runs.begins[size_t(run)]; i < runs.begins[size_t(run + 1)]; ++i)
                        kernels::addRow(elements<float>(gy) + runs.order[size_t(i)] * c, sum.data(), c);
                    const int64_t id = values[runs.order[size_t(runs.begins[size_t(run)])]];
                    kernels::narrow(sum.data(), elements<T>(gTable) + id * c, c);
                }
            });
        });
        return {torch::Tensor(), gTable};
    }
};

}  // namespace

torch::Tensor embedding(const torch::Tensor &ids, const torch::Tensor &table)
{
    if (!usesKernels(table))
        return at::embedding(table, ids).to(at::kFloat);
    if (!at::GradMode::is_enabled())
        return rowsOf(ids.contiguous(), table);
    return EmbeddingFunction::apply(ids, table);
}

}  // namespace athanor::tensor
