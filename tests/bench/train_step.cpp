// Measures one training step of a plain GPT: L H C T V B f32|bf16 [steps]. See README.md.
// ATHANOR_PROFILE=1 also prints the time of forward, backward and optimizer.
#include "core/base/machine.h"
#include "core/tensor/dtype.h"
#include "core/tensor/machine.h"
#include "core/tensor/random.h"
#include "tests/bench/plain_gpt.h"

#include <QCoreApplication>

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>

using namespace athanor;

namespace {

using Clock = std::chrono::steady_clock;
using bench::Shape;

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
    ATHANOR_ASSIGN(auto model, network::Model::build(*plugins, bench::plainGpt(s), options));
    bench::PlainTrainer trainer(*model);
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
            parts[part].push_back(trainer.times()[part]);
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
    const Shape s = bench::shapeFrom(words.mid(1));
    const int steps = words.size() > 8 ? words[8].toInt() : 12;
    if (const Status status = measure(s, words[7], std::max(steps, 4)); !status) {
        std::fprintf(stderr, "%s\n%s\n", qPrintable(status.error().message), qPrintable(status.error().hint));
        return 1;
    }
    return 0;
}
