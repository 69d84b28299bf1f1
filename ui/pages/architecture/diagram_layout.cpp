#include "ui/pages/architecture/diagram_layout.h"

#include "core/base/format.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::pages {

namespace {

constexpr double kTallBox = 50, kLowBox = 36, kGap = 14, kFrameTop = 36, kFrameBottom = 18, kFrameInset = 22;
constexpr double kSumRoom = 26;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

class Builder {
public:
    Builder(const QJsonObject &architecture, const plugin::Catalogue &plugins, double width)
        : m_dimensions(architecture.value(QLatin1String("dimensions")).toObject()), m_plugins(plugins), m_width(width)
    {
    }

    Diagram build(const QJsonArray &layers)
    {
        m_y = 4;
        addList(layers, 1, 0);
        m_diagram.height = std::max(8.0, m_y - kGap + 4);
        return std::move(m_diagram);
    }

private:
    void addList(const QJsonArray &layers, int repeat, int depth)
    {
        for (const QJsonValue &value : layers)
            addEntry(value.toObject(), repeat, depth);
    }

    void addEntry(const QJsonObject &entry, int repeat, int depth)
    {
        if (depth > 8)
            return;  // deeper nesting than any real architecture: not drawn
        if (entry.contains(QLatin1String("repeat")))
            addRepeat(entry, repeat, depth);
        else if (entry.contains(QLatin1String("residual")))
            addResidual(entry.value(QLatin1String("residual")).toArray(), repeat, depth);
        else
            addBox(entry, repeat, depth);
    }

    void addRepeat(const QJsonObject &entry, int repeat, int depth)
    {
        const int times = std::max(1, entry.value(QLatin1String("repeat")).toInt(1));
        DiagramFrame frame;
        frame.repeat = times;
        const double top = m_y;
        m_y += kFrameTop;
        addList(entry.value(QLatin1String("layers")).toArray(), repeat * times, depth + 1);
        m_y += kFrameBottom - kGap;
        frame.rect = QRectF(inset(depth), top, m_width - 2 * inset(depth), m_y - top);
        m_diagram.frames += frame;
        m_y += kGap + 4;
    }

    void addResidual(const QJsonArray &layers, int repeat, int depth)
    {
        DiagramResidual residual;
        residual.top = m_y - kGap / 2;
        residual.depth = depth;
        addList(layers, repeat, depth);
        residual.bottom = m_y + 2;
        m_diagram.sums += residual.bottom;
        m_diagram.residuals += residual;
        m_y += kSumRoom;
    }

    void addBox(const QJsonObject &entry, int repeat, int depth)
    {
        DiagramBox box;
        box.layer = entry.value(QLatin1String("layer")).toString();
        box.name = entry.value(QLatin1String("name")).toString();
        box.parameters = entry.value(QLatin1String("parameters")).toObject();
        box.repeat = repeat;
        const plugin::Metadata *metadata = m_plugins.find(box.layer);
        box.title = metadata ? metadata->title : box.layer;
        box.summary = layerSummary(box.layer, box.parameters, m_dimensions);
        const double side = inset(depth) + (depth > 0 ? 12 : kFrameInset);
        box.rect = QRectF(side, m_y, m_width - 2 * side, box.summary.isEmpty() ? kLowBox : kTallBox);
        m_y += box.rect.height() + kGap;
        m_diagram.boxes += box;
    }

    static double inset(int depth) { return 2 + depth * kFrameInset; }

    QJsonObject m_dimensions;
    const plugin::Catalogue &m_plugins;
    double m_width;
    double m_y = 0;
    Diagram m_diagram;
};

/// Value of the first of `keys` that stands in the parameters; -1 when none does.
double numberOf(const QJsonObject &parameters, std::initializer_list<const char *> keys)
{
    for (const char *key : keys)
        if (parameters.value(QLatin1String(key)).isDouble())
            return parameters.value(QLatin1String(key)).toDouble();
    return -1;
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
        parts += tr("%1 key/value heads").arg(formatInteger(qint64(shared)));
    if (p.value(QLatin1String("positions")).toString() == QLatin1String("rotary") || numberOf(p, {"rotary_base", "rope_base"}) > 0)
        parts += tr("rotary positions");
    return parts.join(QStringLiteral(" · "));
}

}  // namespace

QString layerSummary(const QString &layerId, const QJsonObject &parameters, const QJsonObject &dimensions)
{
    const auto dimension = [&](const char *key) { return dimensions.value(QLatin1String(key)).toDouble(); };
    const double width = dimension("width");
    const auto integer = [](double value) { return formatInteger(qint64(value)); };
    if (layerId.contains(QLatin1String("attention")))
        return attentionSummary(parameters, width);
    if (layerId.contains(QLatin1String("position")))
        return tr("%1 positions × %2").arg(integer(dimension("context")), integer(width));
    if (layerId.contains(QLatin1String("embedding")))
        return QStringLiteral("%1 × %2").arg(integer(dimension("vocabulary")), integer(width));
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

Diagram layOut(const QJsonObject &architecture, const plugin::Catalogue &plugins, double width)
{
    Builder builder(architecture, plugins, width);
    return builder.build(architecture.value(QLatin1String("layers")).toArray());
}

}  // namespace athanor::pages
