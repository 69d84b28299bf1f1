// Role: one line about a layer, from the parameters that say most about it. See diagram_layout.h.
#include "ui/pages/architecture/diagram_layout.h"

#include "core/base/format.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::pages {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

/// Value of the first of `keys` that stands in the parameters; -1 when none does.
double numberOf(const QJsonObject &parameters, std::initializer_list<const char *> keys)
{
    for (const char *key : keys)
        if (parameters.value(QLatin1String(key)).isDouble())
            return parameters.value(QLatin1String(key)).toDouble();
    return -1;
}

QString positionWords(const QJsonObject &p)
{
    const QString kind = p.value(QLatin1String("positions")).toString();
    if (kind == QLatin1String("relative"))
        return tr("relative positions");
    return kind == QLatin1String("rotary") || numberOf(p, {"rotary_base", "rope_base"}) > 0 ? tr("rotary positions") : QString();
}

QString attentionSummary(const QJsonObject &p, double width)
{
    const double heads = numberOf(p, {"heads", "head_count"});
    const double shared = numberOf(p, {"kv_heads", "key_value_heads"});
    double size = numberOf(p, {"head_size", "head_dim"});
    if (size <= 0 && heads > 0 && width > 0)
        size = width / heads;
    QStringList parts;
    if (heads > 0)
        parts += tr("%1 heads × %2").arg(formatInteger(qint64(heads)), formatInteger(qint64(size)));
    if (shared > 0 && shared != heads)
        parts += shared == 1 ? tr("1 key/value head") : tr("%1 key/value heads").arg(formatInteger(qint64(shared)));
    if (!positionWords(p).isEmpty())
        parts += positionWords(p);
    if (const double window = numberOf(p, {"window"}); window > 0)
        parts += tr("window %1").arg(formatInteger(qint64(window)));
    if (p.value(QLatin1String("causal")).isBool() && !p.value(QLatin1String("causal")).toBool())
        parts += tr("reads both ways");
    return parts.join(QStringLiteral(" · "));
}

QString denseSummary(const QJsonObject &p, double width)
{
    const double outputs = numberOf(p, {"outputs"});
    const QString shape = QStringLiteral("%1 → %2").arg(formatInteger(qint64(width)), formatInteger(qint64(outputs > 0 ? outputs : width)));
    return p.value(QLatin1String("pool")).toString() == QLatin1String("first") ? tr("%1 · of the first token").arg(shape) : shape;
}

}  // namespace

QString layerSummary(const QString &layerId, const QJsonObject &parameters, const QJsonObject &dimensions)
{
    const auto dimension = [&](const char *key) { return dimensions.value(QLatin1String(key)).toDouble(); };
    const double width = dimension("width");
    const auto integer = [](double value) { return formatInteger(qint64(value)); };
    if (layerId.contains(QLatin1String("attention")))
        return attentionSummary(parameters, width);
    if (layerId.contains(QLatin1String("relative_positions")))
        return tr("%1 ranges of distances").arg(integer(std::max(0.0, numberOf(parameters, {"buckets"}))));
    if (layerId.contains(QLatin1String("position")))
        return tr("%1 positions × %2").arg(integer(dimension("context")), integer(width));
    if (layerId.contains(QLatin1String("token_types"))) {
        const double types = std::max(1.0, numberOf(parameters, {"types"}));
        return types == 1 ? tr("1 type × %1").arg(integer(width)) : tr("%1 types × %2").arg(integer(types), integer(width));
    }
    if (layerId.contains(QLatin1String("embedding"))) {
        const QString shape = QStringLiteral("%1 × %2").arg(integer(dimension("vocabulary")), integer(width));
        return parameters.value(QLatin1String("shared")).toBool() ? tr("%1 · shared with the encoder").arg(shape) : shape;
    }
    if (layerId.contains(QLatin1String("dense")))
        return denseSummary(parameters, width);
    if (layerId.contains(QLatin1String("head"))) {
        const QString shape = QStringLiteral("%1 → %2").arg(integer(width), integer(dimension("vocabulary")));
        return parameters.value(QLatin1String("tied")).toBool() ? tr("%1 · tied with the embedding").arg(shape) : shape;
    }
    double hidden = numberOf(parameters, {"hidden", "hidden_size", "inner"});
    if (hidden < 0)
        return {};
    const bool gated = layerId.contains(QLatin1String("swiglu"));
    if (hidden == 0)  // the layers' own choice
        hidden = gated ? 64 * std::ceil(8 * width / 3 / 64) : 4 * width;
    return QStringLiteral("%1 → %2 → %1").arg(integer(width), integer(hidden));
}

}  // namespace athanor::pages
