// See ready_model.h.
#include "core/generate/ready_model.h"

#include "core/adapt/adapters.h"
#include "core/network/quantised.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>

namespace athanor::generate {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

constexpr std::pair<const char *, WeightFormat> kNames[] = {
    {"auto", WeightFormat::Auto}, {"f32", WeightFormat::F32},   {"bf16", WeightFormat::Bf16},
    {"int8", WeightFormat::Int8}, {"int4", WeightFormat::Int4},
};

/// Most of the stored numbers decide; of an adapter nothing is known, so f32.
WeightFormat storedFormat(const QString &folder)
{
    const auto file = interop::SafetensorsReader::open(folder + QStringLiteral("/model.safetensors"));
    if (!file)
        return WeightFormat::F32;
    qint64 narrow = 0, all = 0;
    for (const interop::TensorEntry &entry : file->tensors()) {
        const qint64 bytes = file->bytes(entry).size();
        all += bytes;
        narrow += entry.type == interop::ElementType::BF16 ? bytes : 0;
    }
    return 2 * narrow > all ? WeightFormat::Bf16 : WeightFormat::F32;
}

QString nameOf(WeightFormat format)
{
    const auto found = std::find_if(std::begin(kNames), std::end(kNames), [&](const auto &entry) { return entry.second == format; });
    return QLatin1String(found->first);
}

}  // namespace

Result<WeightFormat> weightFormatFrom(const QString &name)
{
    if (name.isEmpty())
        return WeightFormat::Auto;
    for (const auto &[known, format] : kNames)
        if (name == QLatin1String(known))
            return format;
    return fail(ErrorCode::InvalidInput, tr("“%1” is no format of weights.").arg(name),
                tr("Choose auto, f32, bf16, int8 or int4."));
}

Result<ReadyModel> readyModel(plugin::Catalogue &plugins, const QString &folder, WeightFormat format)
{
    if (format == WeightFormat::Auto)
        format = storedFormat(folder);
    const bool isBf16 = format == WeightFormat::Bf16;
    ReadyModel ready;
    ATHANOR_ASSIGN(ready.loaded, loadModel(plugins, folder, isBf16 ? LoadPrecision::Bf16 : LoadPrecision::F32));
    ATHANOR_ASSIGN(ready.manners, readManners(ready.loaded.folder, *ready.loaded.model, *ready.loaded.tokenizer));
    ready.weights = nameOf(format);
    if (format == WeightFormat::Int8 || format == WeightFormat::Int4) {
        const auto small = format == WeightFormat::Int8 ? tensor::QuantisedFormat::Int8 : tensor::QuantisedFormat::Int4;
        ATHANOR_TRY(network::quantise(*ready.loaded.model, small));
    } else {
        ATHANOR_TRY(adapt::mergeAdapters(*ready.loaded.model));
    }
    return ready;
}

}  // namespace athanor::generate
