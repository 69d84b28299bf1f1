// The losses of a plain GPT from given weights and data, one a line, to lay beside a peer's: see loss_curve.py, which
// makes both files. loss_curve FILE.safetensors L H C T V B f32|bf16 STEPS PEAK_LR
#include "core/base/machine.h"
#include "core/generate/checkpoint_model.h"
#include "core/tensor/dtype.h"
#include "core/tensor/machine.h"
#include "tests/bench/plain_gpt.h"

#include <QCoreApplication>

#include <cmath>
#include <cstdio>

using namespace athanor;

namespace {

constexpr double kWarmupSteps = 20, kLowest = 0.1;  // as in loss_curve.py

double rateAt(int step, int steps, double peak)
{
    if (step < kWarmupSteps)
        return peak * step / kWarmupSteps;
    const double share = (step - kWarmupSteps) / std::max(1.0, steps - kWarmupSteps);
    return peak * (kLowest + (1 - kLowest) * 0.5 * (1 + std::cos(M_PI * share)));
}

Result<torch::Tensor> tokensFrom(const interop::SafetensorsReader &file)
{
    const interop::TensorEntry *entry = file.find(QStringLiteral("ids"));
    if (!entry || entry->type != interop::ElementType::I64 || entry->shape.size() != 1)
        return fail(ErrorCode::InvalidInput, QStringLiteral("The file holds no row of ids."));
    torch::Tensor ids = torch::empty({entry->shape[0]}, at::kLong);
    std::memcpy(ids.data_ptr(), file.bytes(*entry).data(), size_t(entry->byteCount));
    return ids;
}

Status loadWeights(const interop::SafetensorsReader &file, network::Model &model)
{
    torch::NoGradGuard noGradients;
    for (const network::NamedParameter &parameter : model.parameters()) {
        const interop::TensorEntry *entry = file.find(QString::fromStdString(parameter.name));
        if (!entry)
            return fail(ErrorCode::InvalidInput, QStringLiteral("The file lacks ") + QString::fromStdString(parameter.name));
        ATHANOR_TRY(generate::copyTensor(file, *entry, parameter.value.detach()));
    }
    return {};
}

Status run(const QStringList &words)
{
    tensor::keepLargeBlocks();
    tensor::setThreadCount(qEnvironmentVariableIntValue("OMP_NUM_THREADS"));
    const auto plugins = plugin::scanUsualFolders();
    const bench::Shape s = bench::shapeFrom(words.mid(2));
    const int steps = words[9].toInt();
    network::BuildOptions options;
    ATHANOR_ASSIGN(options.dtype, tensor::dtypeFromName(words[8]));
    ATHANOR_ASSIGN(auto model, network::Model::build(*plugins, bench::plainGpt(s), options));
    ATHANOR_ASSIGN(const auto file, interop::SafetensorsReader::open(words[1]));
    ATHANOR_ASSIGN(const torch::Tensor ids, tokensFrom(file));
    ATHANOR_TRY(loadWeights(file, *model));
    bench::PlainTrainer trainer(*model);
    const int64_t count = s.b * s.t, rows = (ids.numel() - 1) / count;
    for (int step = 1; step <= steps; ++step) {
        const int64_t begin = (step - 1) % rows * count;
        const torch::Tensor x = ids.narrow(0, begin, count).view({s.b, s.t}).contiguous();
        const torch::Tensor y = ids.narrow(0, begin + 1, count).view({s.b, s.t}).contiguous();
        ATHANOR_ASSIGN(const float loss, trainer.step(x, y, rateAt(step, steps, words[10].toDouble())));
        std::printf("%.6f\n", double(loss));
    }
    return {};
}

}  // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    useCLocaleForNumbers();
    const QStringList words = application.arguments();
    if (words.size() != 11) {
        std::fprintf(stderr, "usage: loss_curve FILE.safetensors L H C T V B f32|bf16 STEPS PEAK_LR\n");
        return 2;
    }
    if (const Status status = run(words); !status) {
        std::fprintf(stderr, "%s\n%s\n", qPrintable(status.error().message), qPrintable(status.error().hint));
        return 1;
    }
    return 0;
}
