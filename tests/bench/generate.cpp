// Measures writing with a model's folder, greedy, one stream: FOLDER WEIGHTS [TOKENS]; or the perplexity of a text with
// it: FOLDER WEIGHTS --perplexity FILE [BYTES]. See README.md.
#include "core/base/machine.h"
#include "core/generate/generator.h"
#include "core/generate/handlers.h"
#include "core/generate/ready_model.h"
#include "core/plugin/registry.h"
#include "core/tensor/guard.h"
#include "core/tensor/libtorch.h"
#include "core/tensor/machine.h"

#include <QCoreApplication>
#include <QFile>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

using namespace athanor;

namespace {

using Clock = std::chrono::steady_clock;

constexpr char kPrompt[] = "The history of the Roman empire begins with";
constexpr int64_t kWindow = 512;  // tokens of a piece whose perplexity is taken

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// Bytes a second that all threads together can read from memory: the best of several sweeps over what no cache holds.
double probeStream()
{
    const torch::Tensor numbers = torch::ones({int64_t(1) << 27});  // 512 MiB
    const float *values = numbers.data_ptr<float>();
    double best = 0;
    float kept = 0;
    for (int sweep = 0; sweep < 7; ++sweep) {
        std::vector<float> sums(size_t(tensor::threadCount()) + 1, 0.0f);
        const Clock::time_point start = Clock::now();
        at::parallel_for(0, numbers.numel(), numbers.numel() / tensor::threadCount() + 1, [&](int64_t begin, int64_t end) {
            float sum[64] = {};
            for (int64_t i = begin; i + 64 <= end; i += 64) {
                __builtin_prefetch(values + i + 512);
                __builtin_prefetch(values + i + 528);
                __builtin_prefetch(values + i + 544);
                __builtin_prefetch(values + i + 560);
                for (int lane = 0; lane < 64; ++lane)
                    sum[lane] += values[i + lane];
            }
            sums[size_t(at::get_thread_num())] = sum[0] + sum[63];
        });
        best = std::max(best, double(numbers.nbytes()) / secondsSince(start));
        kept += sums[0];
    }
    return kept > 0 ? best : 0;
}

// Bytes of weights that one token reads.
int64_t weightBytes(const network::Model &model)
{
    int64_t bytes = 0;
    for (const network::NamedProjection &named : model.projections()) {
        const auto &quantised = named.projection->quantised();
        bytes += quantised ? quantised->bytes() : int64_t(named.projection->weight().numel() * named.projection->weight().element_size());
    }
    return bytes;
}

Status measureSpeed(generate::ReadyModel &ready, const generate::Sampler &sampler, int tokens)
{
    generate::Manners manners = ready.manners;
    manners.stopIds.clear();  // as many tokens on every side
    generate::Generator generator(*ready.loaded.model, *ready.loaded.tokenizer, sampler, manners);
    generate::GenerationRequest request;
    request.prompt = kPrompt;
    request.sampling.temperature = 0;
    request.maxTokens = 8;
    ATHANOR_TRY(generator.run(request, {}, {}));
    request.maxTokens = tokens;
    generate::Generator fresh(*ready.loaded.model, *ready.loaded.tokenizer, sampler, manners);
    const Clock::time_point start = Clock::now();
    ATHANOR_ASSIGN(const generate::GenerationResult result, fresh.run(request, {}, {}));
    const double whole = double(result.tokens) / secondsSince(start), stream = probeStream();
    const double limit = stream / double(weightBytes(*ready.loaded.model));
    std::printf("athanor %s, %d threads: %.1f tokens/s with the prompt, %.1f after it, first token after %.0f ms; memory "
                "%.1f GB/s, %.0f MB of weights a token, %.0f %% of the limit of %.1f tokens/s\n",
                qPrintable(ready.weights), tensor::threadCount(), whole, result.tokensPerSecond, 1e3 * result.firstTokenSeconds,
                stream / 1e9, double(weightBytes(*ready.loaded.model)) / 1e6, 100 * result.tokensPerSecond / limit, limit);
    std::printf("%s%s\n", kPrompt, result.text.left(200).replace('\n', ' ').constData());
    return {};
}

Status measurePerplexity(generate::ReadyModel &ready, const QString &path, qint64 bytes)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Unreadable, QStringLiteral("“%1” cannot be read.").arg(path));
    const auto narrow = ready.loaded.tokenizer->encode(file.read(bytes));
    const std::vector<int64_t> ids(narrow.begin(), narrow.end());
    double sum = 0;
    int64_t count = 0;
    for (size_t at = 0; at + 2 < ids.size(); at += size_t(kWindow)) {
        const int64_t length = std::min<int64_t>(kWindow, int64_t(ids.size() - at));
        const torch::Tensor piece = torch::tensor(std::vector<int64_t>(ids.begin() + std::ptrdiff_t(at), ids.begin() + std::ptrdiff_t(at) + length)).unsqueeze(0);
        ATHANOR_ASSIGN(const torch::Tensor scores, ready.loaded.model->logits(piece));
        ATHANOR_TRY(tensor::guarded(QStringLiteral("adding up"), [&] {
            const torch::Tensor rows = torch::log_softmax(scores[0].narrow(0, 0, length - 1), 1);
            sum -= rows.gather(1, piece[0].narrow(0, 1, length - 1).unsqueeze(1)).to(at::kDouble).sum().item<double>();
        }));
        count += length - 1;
    }
    std::printf("athanor %s: perplexity %.4f over %lld tokens\n", qPrintable(ready.weights), std::exp(sum / double(count)), (long long)count);
    return {};
}

Status measure(const QStringList &words)
{
    tensor::keepLargeBlocks();
    tensor::setThreadCount(qEnvironmentVariableIntValue("OMP_NUM_THREADS"));
    const auto plugins = plugin::scanUsualFolders();
    ATHANOR_ASSIGN(const generate::WeightFormat format, generate::weightFormatFrom(words[2]));
    const Clock::time_point start = Clock::now();
    ATHANOR_ASSIGN(generate::ReadyModel ready, generate::readyModel(*plugins, words[1], format));
    std::printf("loaded in %.2f s\n", secondsSince(start));
    ATHANOR_ASSIGN(generate::Sampler * sampler, plugin::Registry<generate::Sampler>(*plugins, QStringLiteral("sampler"))
                                                    .get(QLatin1String(generate::kUsualSampler)));
    if (words.value(3) == QLatin1String("--perplexity"))
        return measurePerplexity(ready, words.value(4), words.size() > 5 ? words[5].toLongLong() : 100'000);
    return measureSpeed(ready, *sampler, words.size() > 3 ? words[3].toInt() : 128);
}

}  // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    useCLocaleForNumbers();
    const QStringList words = application.arguments();
    if (words.size() < 3) {
        std::fprintf(stderr, "usage: generate FOLDER auto|f32|bf16|int8|int4 [TOKENS | --perplexity FILE [BYTES]]\n");
        return 2;
    }
    if (const Status status = measure(words); !status) {
        std::fprintf(stderr, "%s\n%s\n", qPrintable(status.error().message), qPrintable(status.error().hint));
        return 1;
    }
    return 0;
}
