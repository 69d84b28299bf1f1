// See batch_plan.h.
#include "core/generate/batch_plan.h"

#include "core/generate/text_reader.h"
#include "core/model/architecture.h"

#include <algorithm>
#include <numeric>

namespace athanor::generate {
namespace {

constexpr double kMemoryShare = 0.5;
constexpr double kScoresPerWord = 4;         // f32 numbers of each word of V while one is chosen
constexpr double kActivationsPerChannel = 24; // f32 numbers of each channel while a block of a prompt is read

/// What a batch of `rows` takes whose rows have `length` tokens.
double bytesOf(double rows, double length, const BatchLimits &limits)
{
    return rows * (length * limits.bytesPerToken + limits.bytesPerRow);
}

}  // namespace

Result<BatchLimits> batchLimits(const plugin::Catalogue &plugins, const QJsonObject &architecture, int64_t rows, bool isBf16,
                                qint64 freeMemoryBytes)
{
    model::TrainingShape shape;
    shape.bf16 = isBf16;
    ATHANOR_ASSIGN(const model::Accounting cost, model::account(plugins, architecture, shape));
    const QJsonObject dimensions = architecture.value(QLatin1String("dimensions")).toObject();
    const double vocabulary = dimensions.value(QLatin1String("vocabulary")).toDouble();
    const double width = dimensions.value(QLatin1String("width")).toDouble();
    BatchLimits limits;
    limits.rows = rows;
    limits.context = dimensions.value(QLatin1String("context")).toInteger();
    limits.memoryBytes = kMemoryShare * double(freeMemoryBytes);
    limits.bytesPerToken = cost.cacheBytesPerToken;
    limits.bytesPerRow = sizeof(float) * (kScoresPerWord * vocabulary + kActivationsPerChannel * width * double(TextReader::kBlock));
    return limits;
}

std::vector<std::vector<size_t>> planBatches(const std::vector<PromptSize> &prompts, const BatchLimits &limits)
{
    std::vector<size_t> order(prompts.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return prompts[a].promptTokens > prompts[b].promptTokens; });
    std::vector<std::vector<size_t>> batches;
    int64_t longestPrompt = 0, longestAnswer = 0;
    for (const size_t prompt : order) {
        const PromptSize &size = prompts[prompt];
        const int64_t promptTokens = std::max(longestPrompt, size.promptTokens), answerTokens = std::max(longestAnswer, size.answerTokens);
        const int64_t length = promptTokens + answerTokens;
        const bool fits = !batches.empty() && int64_t(batches.back().size()) < limits.rows && length <= limits.context
                          && bytesOf(double(batches.back().size() + 1), double(length), limits) <= limits.memoryBytes;
        if (fits) {
            batches.back().push_back(prompt);
            longestPrompt = promptTokens;
            longestAnswer = answerTokens;
        } else {
            batches.push_back({prompt});
            longestPrompt = size.promptTokens;
            longestAnswer = size.answerTokens;
        }
    }
    return batches;
}

}  // namespace athanor::generate
