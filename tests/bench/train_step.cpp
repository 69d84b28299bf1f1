// Measures one training step of a plain GPT: L H C T V B f32|bf16 [steps]. See README.md.
// ATHANOR_PROFILE=1 also prints the time of forward, backward and optimizer.
#include "core/base/machine.h"
#include "core/network/model.h"
#include "core/tensor/dtype.h"
#include "core/tensor/guard.h"
#include "core/tensor/machine.h"
#include "core/tensor/optimize.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

using namespace athanor;

namespace {

using Clock = std::chrono::steady_clock;

struct Shape {
    int64_t l = 6, h = 6, c = 384, t = 256, v = 8192, b = 8;
};

QJsonObject layer(const char *id, const char *name, const QJsonObject &parameters = {})
{
    return {{QStringLiteral("layer"), QLatin1String(id)},
            {QStringLiteral("name"), QLatin1String(name)},
            {QStringLiteral("parameters"), parameters}};
}

QJsonObject residual(const QJsonObject &norm, const QJsonObject &inner)
{
    return {{QStringLiteral("residual"), QJsonArray{norm, inner}}};
}

QJsonObject gpt(const Shape &s)
{
    const QJsonObject block{
        {QStringLiteral("repeat"), qint64(s.l)},
        {QStringLiteral("name"), QStringLiteral("blocks")},
        {QStringLiteral("layers"),
         QJsonArray{residual(layer("layer.layer_norm", "norm1"),
                             layer("layer.attention", "attention", {{QStringLiteral("heads"), qint64(s.h)}})),
                    residual(layer("layer.layer_norm", "norm2"), layer("layer.gelu_mlp", "feed_forward"))}}};
    return {{QStringLiteral("format"), 1},
            {QStringLiteral("dimensions"), QJsonObject{{QStringLiteral("vocabulary"), qint64(s.v)},
                                                       {QStringLiteral("context"), qint64(s.t)},
                                                       {QStringLiteral("width"), qint64(s.c)},
                                                       {QStringLiteral("layers"), qint64(s.l)}}},
            {QStringLiteral("layers"),
             QJsonArray{layer("layer.token_embedding", "tok"), layer("layer.learned_positions", "pos"), block,
                        layer("layer.layer_norm", "norm"),
                        layer("layer.head", "head", {{QStringLiteral("tied"), true}})}}};
}

struct Slot {
    torch::Tensor weight, master, first, second;
};

class Trainer {
public:
    explicit Trainer(network::Model &model) : m_model(model)
    {
        for (const network::NamedParameter &parameter : model.parameters()) {
            const torch::Tensor weight = parameter.value.detach();
            const torch::Tensor master =
                weight.scalar_type() == at::kFloat ? weight : weight.to(at::kFloat);
            m_slots.push_back({weight, master, torch::zeros_like(master), torch::zeros_like(master)});
        }
    }

    Result<float> step(const torch::Tensor &ids, const torch::Tensor &targets)
    {
        network::Pass pass;
        pass.training = true;
        const Clock::time_point start = Clock::now();
        ATHANOR_ASSIGN(const torch::Tensor loss, m_model.loss(ids, targets, pass));
        const Clock::time_point forward = Clock::now();
        m_model.clearGradients();
        ATHANOR_TRY(tensor::backward(loss));
        const Clock::time_point backward = Clock::now();
        ATHANOR_TRY(update());
        const Clock::time_point end = Clock::now();
        times = {seconds(start, forward), seconds(forward, backward), seconds(backward, end)};
        return loss.item<float>();
    }

    std::array<double, 3> times{};

private:
    static double seconds(Clock::time_point from, Clock::time_point to)
    {
        return std::chrono::duration<double>(to - from).count();
    }

    Status update()
    {
        return tensor::guarded(QStringLiteral("updating weights"), [&] {
            std::vector<torch::Tensor> gradients;
            for (const network::NamedParameter &parameter : m_model.parameters())
                gradients.push_back(parameter.value.grad());
            tensor::AdamWSettings settings;
            settings.step = ++m_step;
            settings.gradientScale = std::min(1.0, 1.0 / (tensor::gradientNorm(gradients) + 1e-6));
            for (size_t i = 0; i < m_slots.size(); ++i)
                tensor::adamWStep(m_slots[i].weight, m_slots[i].master, m_slots[i].first, m_slots[i].second,
                                  gradients[i], settings);
        });
    }

    network::Model &m_model;
    std::vector<Slot> m_slots;
    int64_t m_step = 0;
};

double medianOf(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values.empty() ? 0 : values[values.size() / 2];
}

double peakGib()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return double(usage.ru_maxrss) / double(1 << 20);
}

torch::Tensor randomIds(const Shape &s, uint64_t site)
{
    torch::Tensor ids = torch::empty({s.b, s.t}, at::kLong);
    for (int64_t i = 0; i < ids.numel(); ++i)
        ids.data_ptr<int64_t>()[i] = int64_t(tensor::randomBelow({0, 0, site}, uint64_t(i), uint64_t(s.v)));
    return ids;
}

Status measure(const Shape &s, const QString &dtypeName, int steps)
{
    tensor::keepLargeBlocks();
    tensor::setThreadCount(qEnvironmentVariableIntValue("OMP_NUM_THREADS"));
    const auto plugins = plugin::scanUsualFolders();
    network::BuildOptions options;
    ATHANOR_ASSIGN(options.dtype, tensor::dtypeFromName(dtypeName));
    ATHANOR_ASSIGN(auto model, network::Model::build(*plugins, gpt(s), options));
    Trainer trainer(*model);
    const torch::Tensor ids = randomIds(s, 1), targets = randomIds(s, 2);
    std::vector<double> times, work;
    std::array<std::vector<double>, 3> parts;
    float loss = 0;
    for (int i = 0; i < steps; ++i) {
        const Clock::time_point start = Clock::now();
        const std::clock_t startOfWork = std::clock();
        ATHANOR_ASSIGN(loss, trainer.step(ids, targets));
        if (i < 3)
            continue;
        times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
        work.push_back(double(std::clock() - startOfWork) / CLOCKS_PER_SEC / tensor::threadCount());
        for (size_t part = 0; part < 3; ++part)
            parts[part].push_back(trainer.times[part]);
    }
    const double median = medianOf(times), n = double(model->parameterCount());
    const double flops = 6 * n * double(s.b * s.t) + 12.0 * double(s.l * s.c * s.t * s.b * s.t);
    std::printf("athanor %s (LibTorch %s, %d threads): %.0f ms/step, %.0f tokens/s, %.0f GFLOP/s, peak RSS %.2f GiB, "
                "%.2f M parameters, last loss %.4f\n",
                qPrintable(dtypeName), qPrintable(tensor::tensorFacts().value(QLatin1String("torchVersion")).toString()),
                tensor::threadCount(), median * 1e3, double(s.b * s.t) / median, flops / median / 1e9, peakGib(),
                n / 1e6, double(loss));
    if (qEnvironmentVariableIsSet("ATHANOR_PROFILE"))
        std::printf("forward and loss %.0f ms, backward %.0f ms, optimizer %.0f ms; processor time for "
                    "each thread %.0f ms\n", medianOf(parts[0]) * 1e3,
                    medianOf(parts[1]) * 1e3, medianOf(parts[2]) * 1e3, medianOf(work) * 1e3);
    return {};
}

}  // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    useCLocaleForNumbers();
    const QStringList words = application.arguments();
    if (words.size() < 8) {
        std::fprintf(stderr, "usage: train_step L H C T V B f32|bf16 [steps]\n");
        return 2;
    }
    Shape s;
    int64_t *const numbers[] = {&s.l, &s.h, &s.c, &s.t, &s.v, &s.b};
    for (int i = 0; i < 6; ++i)
        *numbers[i] = words[i + 1].toLongLong();
    const int steps = words.size() > 8 ? words[8].toInt() : 12;
    if (const Status status = measure(s, words[7], std::max(steps, 4)); !status) {
        std::fprintf(stderr, "%s\n%s\n", qPrintable(status.error().message), qPrintable(status.error().hint));
        return 1;
    }
    return 0;
}
