// See span_corruption.h.
#include "plugins/objective/span_corruption/span_corruption.h"

#include "core/train/objective_tools.h"

#include <QCoreApplication>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

struct Counts {
    int64_t missing = 0, passages = 0;
};

Counts countsFor(int64_t length, const QJsonObject &settings)
{
    const double share = settings.value(QLatin1String("share")).toDouble(0.15);
    const double span = settings.value(QLatin1String("span")).toDouble(3);
    Counts counts;
    counts.missing = std::clamp<int64_t>(std::llround(share * double(length)), 1, length - 1);
    counts.passages = std::clamp<int64_t>(std::llround(double(counts.missing) / span), 1,
                                          std::min(counts.missing, length - counts.missing));
    return counts;
}

}  // namespace

Result<network::Batch> spanCorruptionBatch(const torch::Tensor &windows, const ObjectiveContext &context)
{
    if (windows.dim() != 2 || windows.size(1) < 4)
        return fail(ErrorCode::InvalidInput, tr("A window is too short to cut passages out of it."));
    const int64_t rows = windows.size(0), length = windows.size(1);
    const Counts counts = countsFor(length, context.settings);
    if (int64_t(context.ids.sentinels.size()) < counts.passages || context.ids.decoderStart < 0)
        return fail(ErrorCode::InvalidInput,
                    tr("The tokenizer has %1 marks for missing passages and %2 are needed.").arg(context.ids.sentinels.size()).arg(counts.passages),
                    tr("Take the tokenizer that came with the model, choose longer passages, or create the model with a larger vocabulary."));
    const int64_t end = context.ids.separator >= 0 ? context.ids.separator : context.ids.end;
    const int64_t ending = end >= 0 ? 1 : 0;
    const int64_t read = length - counts.missing + counts.passages + ending, written = counts.missing + counts.passages + ending;
    network::Batch batch;
    batch.encoderIds = torch::empty({rows, read}, torch::kInt64);
    batch.targets = torch::empty({rows, written}, torch::kInt64);
    const torch::Tensor source = windows.contiguous();
    for (int64_t row = 0; row < rows; ++row) {
        const auto kept = randomParts(rowKey(context, "span_corruption.text", row), length - counts.missing, counts.passages);
        const auto gone = randomParts(rowKey(context, "span_corruption.passages", row), counts.missing, counts.passages);
        const int64_t *from = source.data_ptr<int64_t>() + row * length;
        int64_t *encoder = batch.encoderIds.data_ptr<int64_t>() + row * read;
        int64_t *decoder = batch.targets.data_ptr<int64_t>() + row * written;
        for (size_t i = 0; i < kept.size(); ++i) {
            encoder = std::copy_n(from, kept[i], encoder);
            *encoder++ = context.ids.sentinels[i];
            *decoder++ = context.ids.sentinels[i];
            decoder = std::copy_n(from + kept[i], gone[i], decoder);
            from += kept[i] + gone[i];
        }
        if (ending) {
            *encoder = end;
            *decoder = end;
        }
    }
    batch.ids = torch::full_like(batch.targets, context.ids.decoderStart);
    batch.ids.slice(1, 1, written).copy_(batch.targets.slice(1, 0, written - 1));
    return batch;
}

}  // namespace athanor::train
