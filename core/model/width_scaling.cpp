// See width_scaling.h.
#include "core/model/width_scaling.h"

#include "core/model/architecture.h"
#include "core/model/dimensions.h"
#include "core/model/walk.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <cmath>

namespace athanor::model {
namespace {

constexpr char kSpread[] = "initial_deviation";

QString tr(const char *text) { return QCoreApplication::translate("athanor", text); }

QString layerOf(const QJsonValue &entry) { return entry.toObject().value(QLatin1String("layer")).toString(); }

QJsonArray withSpread(const plugin::Catalogue &plugins, const QJsonArray &entries, double factor);

QJsonObject withSpread(const plugin::Catalogue &plugins, QJsonObject entry, double factor)
{
    for (const QString &key : {QStringLiteral("layers"), QStringLiteral("residual")})
        if (entry.contains(key))
            entry[key] = withSpread(plugins, entry.value(key).toArray(), factor);
    QJsonArray branches = entry.value(QLatin1String("parallel")).toArray();
    for (qsizetype i = 0; i < branches.size(); ++i)
        branches[i] = withSpread(plugins, branches.at(i).toArray(), factor);
    if (!branches.isEmpty())
        entry[QStringLiteral("parallel")] = branches;
    const plugin::Metadata *layer = plugins.find(layerOf(entry));
    const plugin::Parameter *spread = layer ? layer->parameters.find(QLatin1String(kSpread)) : nullptr;
    if (spread) {
        QJsonObject parameters = entry.value(QLatin1String("parameters")).toObject();
        parameters[QLatin1String(kSpread)] = factor * parameters.value(QLatin1String(kSpread)).toDouble(spread->defaultValue.toDouble());
        entry[QStringLiteral("parameters")] = parameters;
    }
    return entry;
}

QJsonArray withSpread(const plugin::Catalogue &plugins, const QJsonArray &entries, double factor)
{
    QJsonArray changed;
    for (const QJsonValue &entry : entries)
        changed += withSpread(plugins, entry.toObject(), factor);
    return changed;
}

}  // namespace

Result<WidthScaling> widthScaling(const QJsonObject &architecture, qint64 baseWidth)
{
    const qint64 width = dimension(architecture, "width");
    const QJsonArray layers = architecture.value(QLatin1String("layers")).toArray();
    const qsizetype count = layers.size();
    if (baseWidth < 1 || width < 1)
        return fail(ErrorCode::InvalidInput, tr("A learning rate cannot be taken from width %1 to width %2.").arg(baseWidth).arg(width),
                    tr("Name the width of the model that it was found with."));
    const bool endsInHead = count >= 2 && layerOf(layers.last()) == QLatin1String("layer.head");
    const bool hasNorm = endsInHead && layerOf(layers.at(count - 2)).endsWith(QLatin1String("_norm"));
    if (hasEncoder(architecture) || !hasNorm)
        return fail(ErrorCode::InvalidInput, tr("How a learning rate is taken from width %1 is known for models that write texts in one stack with a norm before the head; this one is built otherwise.").arg(baseWidth),
                    tr("Set the width that the learning rate was found at to 0."));
    return WidthScaling{double(baseWidth) / double(width), layers.at(count - 2).toObject().value(QLatin1String("name")).toString()};
}

QJsonObject withScaledSpread(const plugin::Catalogue &plugins, QJsonObject architecture, double share)
{
    if (share == 1)
        return architecture;
    QJsonArray layers = architecture.value(QLatin1String("layers")).toArray();
    for (qsizetype i = 0; i < layers.size(); ++i)
        if (layerOf(layers.at(i)).isEmpty())  // a block, not an embedding or the head
            layers[i] = withSpread(plugins, layers.at(i).toObject(), std::sqrt(share));
    architecture[QStringLiteral("layers")] = layers;
    return architecture;
}

Result<double> hiddenRateFactor(const plugin::Metadata &optimizer, double share)
{
    const QJsonValue exponent = optimizer.all.value(QLatin1String("hidden_rate_exponent"));
    if (!exponent.isDouble())
        return fail(ErrorCode::InvalidInput, tr("How a learning rate of %1 changes with the width of a model is not known.").arg(optimizer.title),
                    tr("Choose AdamW, or set the width that the learning rate was found at to 0."));
    return std::pow(share, exponent.toDouble());
}

}  // namespace athanor::model
