// See adapters.h.
#include "core/adapt/adapters.h"

#include "core/tensor/guard.h"
#include "core/tensor/random.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <set>

namespace athanor::adapt {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::adapt", text); }

// Uniform in ±bound, f32; every number a function of (seed, name, index).
torch::Tensor uniform(at::IntArrayRef shape, double bound, uint64_t seed, const std::string &name)
{
    torch::Tensor values = torch::empty(shape, torch::kFloat);
    const tensor::RandomKey key{seed, 0, tensor::randomSite(name)};
    auto *numbers = values.data_ptr<float>();
    for (int64_t i = 0; i < values.numel(); ++i)
        numbers[i] = float((2.0 * tensor::randomUniform(key, uint64_t(i)) - 1.0) * bound);
    return values;
}

torch::Tensor lengthsOf(const torch::Tensor &weight, int64_t begin, int64_t end)
{
    return weight.detach().narrow(0, begin, end - begin).to(torch::kFloat).norm(2, 1);
}

network::Adapter newAdapter(const network::NamedProjection &named, const Module &module, const AdapterSettings &settings,
                            uint64_t seed)
{
    const torch::Tensor &weight = named.projection->weight();
    const int64_t inputs = weight.size(1), rows = module.rowEnd - module.rowBegin;
    network::Adapter adapter;
    adapter.name = module.name;
    adapter.rowBegin = module.rowBegin;
    adapter.rowEnd = module.rowEnd;
    adapter.scale = settings.scale();
    adapter.dropout = settings.dropout;
    adapter.a = uniform({settings.rank, inputs}, 1 / std::sqrt(double(inputs)), seed,
                        named.name + "." + module.name + ".lora_A")
                    .to(weight.device());
    adapter.b = torch::zeros({rows, settings.rank}, at::TensorOptions(torch::kFloat).device(weight.device()));
    if (settings.dora)
        adapter.magnitude = lengthsOf(weight, module.rowBegin, module.rowEnd);
    for (torch::Tensor *tensor : {&adapter.a, &adapter.b, &adapter.magnitude})
        if (tensor->defined())
            tensor->requires_grad_(true);
    return adapter;
}

}  // namespace

bool hasAdapters(const network::Model &model)
{
    return std::any_of(model.projections().begin(), model.projections().end(),
                       [](const network::NamedProjection &named) { return !named.projection->adapters().empty(); });
}

std::vector<network::NamedParameter> adapterTensors(const network::Model &model)
{
    std::vector<network::NamedParameter> all = model.trainable();
    std::set<std::string> own;
    for (const network::NamedParameter &parameter : model.parameters())
        own.insert(parameter.name);
    std::erase_if(all, [&](const network::NamedParameter &parameter) { return own.count(parameter.name) > 0; });
    return all;
}

Result<std::vector<Module>> placeAdapters(network::Model &model, const std::vector<Module> &modules,
                                          const AdapterSettings &settings, uint64_t seed)
{
    if (hasAdapters(model))
        return fail(ErrorCode::InvalidInput, tr("The model has an adapter already."), tr("Merge it first."));
    ATHANOR_ASSIGN(const std::vector<size_t> chosen, chosenModules(model, modules, settings.targets));
    std::vector<Module> placed;
    ATHANOR_TRY(tensor::guarded(tr("putting adapters on the model"), [&] {
        torch::NoGradGuard noGradients;
        for (const size_t index : chosen) {
            const Module &module = modules[index];
            const network::NamedProjection &named = model.projections()[module.projection];
            named.projection->adapters().push_back(newAdapter(named, module, settings, seed));
            placed.push_back(module);
        }
    }));
    model.setTrainable([](const network::NamedParameter &) { return false; });
    return placed;
}

Status resetMagnitudes(network::Model &model)
{
    return tensor::guarded(tr("measuring the rows of the weights"), [&] {
        torch::NoGradGuard noGradients;
        for (const network::NamedProjection &named : model.projections())
            for (network::Adapter &adapter : named.projection->adapters())
                if (adapter.magnitude.defined())
                    adapter.magnitude.copy_(lengthsOf(named.projection->weight(), adapter.rowBegin, adapter.rowEnd));
    });
}

Status mergeAdapters(network::Model &model)
{
    for (const network::NamedProjection &named : model.projections()) {
        const auto owner = named.parameter.rfind(named.name, 0) == 0;
        if (!named.projection->adapters().empty() && !owner)
            return fail(ErrorCode::InvalidInput, tr("The adapter of the head cannot be merged: its weights are the embedding's too."),
                        tr("Give the model a head of its own, or leave the head out of the adapter."));
    }
    return tensor::guarded(tr("merging the adapter"), [&] {
        for (const network::NamedProjection &named : model.projections())
            if (!named.projection->adapters().empty())
                named.projection->merge();
    });
}

}  // namespace athanor::adapt
