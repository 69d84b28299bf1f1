#include "core/tensor/machine.h"

#include "core/base/machine.h"
#include "core/tensor/device.h"
#include "core/tensor/gemm.h"
#include "core/tensor/guard.h"
#include "core/tensor/libtorch.h"
#include "core/tensor/product_speed.h"

#include <QDeadlineTimer>
#include <QElapsedTimer>
#include <QJsonArray>

#include <torch/version.h>

#include <dlfcn.h>
#include <malloc.h>
#include <omp.h>

#include <algorithm>

namespace athanor::tensor {

namespace {

// OpenBLAS is not linked by name: another BLAS may stand behind libblas.so, and then there is nothing to set.
template <typename Function> Function openBlasSymbol(const char *name)
{
    return reinterpret_cast<Function>(dlsym(RTLD_DEFAULT, name));
}

int openBlasThreads()
{
    const auto get = openBlasSymbol<int (*)()>("openblas_get_num_threads");
    return get ? get() : 0;
}

}  // namespace

void setThreadCount(int count)
{
    const int threads = count < 1 ? machineFacts().coreCount : count;
    omp_set_num_threads(threads);
    if (const auto set = openBlasSymbol<void (*)(int)>("openblas_set_num_threads"))
        set(threads);
    at::set_num_threads(threads);
}

int threadCount() { return at::get_num_threads(); }

QJsonObject tensorFacts()
{
    const bool openBlas = openBlasThreads() > 0;
    return {{QStringLiteral("threads"), threadCount()},
            {QStringLiteral("openmp"), omp_get_max_threads()},
            {QStringLiteral("openblas"), openBlasThreads()},
            {QStringLiteral("torch"), at::get_num_threads()},
            {QStringLiteral("blas"), openBlas ? QStringLiteral("OpenBLAS") : QStringLiteral("another")},
            {QStringLiteral("mkl"), at::hasMKL()},
            {QStringLiteral("f32Products"), QString::fromLatin1(sgemmName())},
            {QStringLiteral("f32InParts"), multipliesInParts()},
            {QStringLiteral("bf16Products"), multipliesBf16() ? QStringLiteral("bf16") : QStringLiteral("widened to f32")},
            {QStringLiteral("torchVersion"), QString::fromLatin1(TORCH_VERSION)},
            {QStringLiteral("bf16InHardware"), machineFacts().hasBf16},
            {QStringLiteral("cuda"), cudaFacts().isBuiltIn},
            {QStringLiteral("devices"), deviceFacts()}};
}

void keepLargeBlocks()
{
    constexpr int kNeverTrim = 1 << 30;
    mallopt(M_MMAP_THRESHOLD, kNeverTrim);  // glibc takes at most 32 MiB here on 64 bits: larger is refused
    mallopt(M_MMAP_MAX, 0);                 // so that no block is mapped by itself and unmapped when freed
    mallopt(M_TRIM_THRESHOLD, kNeverTrim);
    mallopt(M_TOP_PAD, 64 << 20);
}

Result<SpeedProbe> probeSpeed(double seconds, int64_t size)
{
    return guarded(QStringLiteral("measuring the speed"), [&] {
        SpeedProbe probe;
        probe.f32FlopsPerSecond = productSpeed(at::kFloat, size, seconds);
        probe.bf16FlopsPerSecond = productSpeed(at::kBFloat16, size, seconds);
        return probe;
    });
}

Result<double> probeMemory(double seconds, int64_t bytes)
{
    return guarded(QStringLiteral("measuring the memory"), [&] {
        const torch::Tensor block = torch::zeros({std::max<int64_t>(1, bytes / 4)}, torch::kFloat);
        const QDeadlineTimer end(qint64(seconds * 1000));
        double best = 0;
        QElapsedTimer timer;
        do {
            timer.start();
            [[maybe_unused]] const float sum = block.sum().item<float>();
            best = std::max(best, double(block.nbytes()) / (double(std::max<qint64>(1, timer.nsecsElapsed())) * 1e-9));
        } while (!end.hasExpired());
        return best;
    });
}

}  // namespace athanor::tensor
