#include "ui/pages/architecture/diagram_layout.h"

#include <QCoreApplication>

namespace athanor::pages {

namespace {

constexpr double kTallBox = 50, kLowBox = 36, kGap = 14, kFrameTop = 36, kFrameBottom = 18, kFramePad = 12, kSidePad = 24;
constexpr double kSumRoom = 26, kSumRadius = 9, kLabelHeight = 18, kColumnGap = 12, kMemoryInset = 14;
constexpr int kDeepest = 8;  // deeper nesting than any real architecture is not drawn

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

/// Where boxes may stand: between left and right, less the padding.
struct Lane {
    double left = 0, right = 0, pad = kSidePad;
    int depth = 0, repeat = 1;
    double centre() const { return (left + right) / 2; }
    Lane inFrame(int times) const { return {left, right, pad + kFramePad, depth + 1, repeat * times}; }
    Lane deeper() const { return {left, right, pad, depth + 1, repeat}; }
};

class Builder {
public:
    Builder(const QJsonObject &architecture, const plugin::Catalogue &plugins, double width)
        : m_dimensions(architecture.value(QLatin1String("dimensions")).toObject()), m_plugins(plugins), m_width(width)
    {
    }

    Diagram build(const QJsonArray &encoder, const QJsonArray &layers)
    {
        m_y = 4;
        if (!encoder.isEmpty()) {
            addLabel(0, m_width, tr("Encoder: reads the whole text, in both directions"));
            addTrunk(encoder);
            m_memory = m_y - kGap / 2;
            m_diagram.lines += DiagramLine{{QPointF(m_width / 2, m_y - kGap), QPointF(m_width / 2, m_memory)}, false};
            m_y += kGap;
            addLabel(0, m_width, tr("Decoder: writes, and looks back at what was read"));
        }
        addTrunk(layers);
        m_diagram.height = std::max(8.0, m_y - kGap + 4);
        return std::move(m_diagram);
    }

private:
    void addTrunk(const QJsonArray &entries)
    {
        QJsonArray stem, heads;
        for (const QJsonValue &value : entries)
            (value.toObject().contains(QLatin1String("head")) ? heads : stem).append(value);
        const Lane lane{0, m_width};
        m_from = -1;
        addList(stem, lane);
        if (heads.size() == 1)
            addList(heads.first().toObject().value(QLatin1String("layers")).toArray(), lane);
        else if (heads.size() > 1)
            addHeads(heads, lane);
        if (heads.size() < 2)
            endLine(lane, m_lastBottom);
    }

    void addList(const QJsonArray &layers, const Lane &lane)
    {
        for (const QJsonValue &value : layers)
            addEntry(value.toObject(), lane);
    }

    void addEntry(const QJsonObject &entry, const Lane &lane)
    {
        if (lane.depth > kDeepest)
            return;
        if (entry.contains(QLatin1String("repeat")))
            addRepeat(entry, lane);
        else if (entry.contains(QLatin1String("residual")))
            addResidual(lane, [&] { addList(entry.value(QLatin1String("residual")).toArray(), lane.deeper()); });
        else if (entry.contains(QLatin1String("parallel")) && !m_inResidual)
            addResidual(lane, [&] { addParallel(entry.value(QLatin1String("parallel")).toArray(), lane.deeper()); });
        else if (entry.contains(QLatin1String("parallel")))
            addParallel(entry.value(QLatin1String("parallel")).toArray(), lane);
        else if (entry.contains(QLatin1String("head")))
            addList(entry.value(QLatin1String("layers")).toArray(), lane.deeper());
        else
            addBox(entry, lane);
    }

    void addRepeat(const QJsonObject &entry, const Lane &lane)
    {
        DiagramFrame frame;
        frame.repeat = std::max(1, entry.value(QLatin1String("repeat")).toInt(1));
        const double top = m_y;
        const double inset = std::max(0.0, lane.pad - 22);
        m_y += kFrameTop;
        addList(entry.value(QLatin1String("layers")).toArray(), lane.inFrame(frame.repeat));
        m_y += kFrameBottom - kGap;
        frame.rect = QRectF(lane.left + inset, top, lane.right - lane.left - 2 * inset, m_y - top);
        m_diagram.frames += frame;
        m_y += kGap + 4;
    }

    template <typename Inside> void addResidual(const Lane &lane, const Inside &inside)
    {
        const bool outer = std::exchange(m_inResidual, true);
        const double top = m_y - kGap / 2;
        const double side = lane.left + std::max(2.0, lane.pad - (lane.pad > kSidePad ? 8 : 18));
        inside();
        const double bottom = m_y + 2;
        const double x = lane.centre();
        m_diagram.residuals += DiagramResidual{top, bottom};
        m_diagram.lines += DiagramLine{{QPointF(x, top), QPointF(side, top), QPointF(side, bottom), QPointF(x - kSumRadius, bottom)}, false};
        m_diagram.sums += QPointF(x, bottom);
        m_lastBottom = bottom;
        m_y += kSumRoom;
        m_inResidual = outer;
    }

    /// Branches in columns of their own; the trunk ends above them and goes on below.
    void addParallel(const QJsonArray &branches, const Lane &lane)
    {
        if (branches.isEmpty())
            return;
        const double split = m_y - kGap / 2;
        endLine(lane, split);
        const double join = addColumns(branches, lane, split, [](const QJsonValue &branch) { return branch.toArray(); });
        joinColumns(int(branches.size()), lane, split, join);
        m_from = join;
        m_lastBottom = join;
        m_y = join + kGap / 2;
    }

    void addHeads(const QJsonArray &heads, const Lane &lane)
    {
        const double split = m_y - kGap / 2;
        endLine(lane, split);
        for (int i = 0; i < heads.size(); ++i) {
            const Lane column = columnOf(lane, i, int(heads.size()));
            const bool isLabels = heads[i].toObject().value(QLatin1String("head")).toString() == QLatin1String("labels");
            m_diagram.labels += DiagramLabel{QRectF(column.left, m_y, column.right - column.left, kLabelHeight), isLabels ? tr("for labels") : tr("for tokens")};
        }
        m_y += kLabelHeight + 4;
        addColumns(heads, lane, split, [](const QJsonValue &head) { return head.toObject().value(QLatin1String("layers")).toArray(); });
        joinColumns(int(heads.size()), lane, split, -1);
    }

    template <typename LayersOf> double addColumns(const QJsonArray &columns, const Lane &lane, double split, const LayersOf &layersOf)
    {
        const double top = m_y;
        double lowest = top;
        for (int i = 0; i < columns.size(); ++i) {
            m_y = top;
            m_from = split;
            const Lane column = columnOf(lane, i, int(columns.size()));
            addList(layersOf(columns[i]), column);
            endLine(column, m_lastBottom);
            m_columnEnds += m_lastBottom;
            lowest = std::max(lowest, m_y);
        }
        m_y = lowest;
        return lowest - kGap / 2;
    }

    void joinColumns(int count, const Lane &lane, double split, double join)
    {
        const QList<double> ends = std::exchange(m_columnEnds, {});
        const double first = columnOf(lane, 0, count).centre(), last = columnOf(lane, count - 1, count).centre();
        m_diagram.lines += DiagramLine{{QPointF(first, split), QPointF(last, split)}, false};
        if (join < 0)
            return;
        for (int i = 0; i < count && i < ends.size(); ++i) {
            const double x = columnOf(lane, i, count).centre();
            m_diagram.lines += DiagramLine{{QPointF(x, ends[i]), QPointF(x, join)}, false};
        }
        m_diagram.lines += DiagramLine{{QPointF(first, join), QPointF(last, join)}, false};
    }

    static Lane columnOf(const Lane &lane, int index, int count)
    {
        const double from = lane.left + lane.pad;
        const double each = (lane.right - lane.pad - from - (count - 1) * kColumnGap) / count;
        return {from + index * (each + kColumnGap), from + index * (each + kColumnGap) + each, 0, lane.depth + 1, lane.repeat};
    }

    void addBox(const QJsonObject &entry, const Lane &lane)
    {
        DiagramBox box;
        box.layer = entry.value(QLatin1String("layer")).toString();
        box.name = entry.value(QLatin1String("name")).toString();
        box.parameters = entry.value(QLatin1String("parameters")).toObject();
        box.repeat = lane.repeat;
        const plugin::Metadata *metadata = m_plugins.find(box.layer);
        box.title = metadata ? metadata->title : box.layer;
        box.summary = layerSummary(box.layer, box.parameters, m_dimensions);
        box.rect = QRectF(lane.left + lane.pad, m_y, lane.right - lane.left - 2 * lane.pad, box.summary.isEmpty() ? kLowBox : kTallBox);
        if (m_from < 0)
            m_from = box.rect.center().y();
        if (m_memory > 0 && box.layer.contains(QLatin1String("cross_attention")))
            addMemoryLine(box.rect);
        m_lastBottom = box.rect.bottom();
        m_y += box.rect.height() + kGap;
        m_diagram.boxes += box;
    }

    /// From the encoder's end down the right side into the box.
    void addMemoryLine(const QRectF &box)
    {
        const double x = m_width - kMemoryInset;
        const double y = box.center().y();
        m_diagram.lines += DiagramLine{{QPointF(m_width / 2, m_memory), QPointF(x, m_memory), QPointF(x, y), QPointF(box.right(), y)}, true};
    }

    void addLabel(double left, double right, const QString &text)
    {
        m_diagram.labels += DiagramLabel{QRectF(left, m_y, right - left, kLabelHeight), text};
        m_y += kLabelHeight + 6;
    }

    /// The line of a lane from where it began down to `y`.
    void endLine(const Lane &lane, double y)
    {
        if (m_from >= 0 && y > m_from)
            m_diagram.lines += DiagramLine{{QPointF(lane.centre(), m_from), QPointF(lane.centre(), y)}, false};
        m_from = -1;
    }

    QJsonObject m_dimensions;
    const plugin::Catalogue &m_plugins;
    double m_width;
    double m_y = 0;
    double m_from = -1;        // where the line of the present lane begins; -1: not yet
    double m_lastBottom = 0;   // of the last box or sum
    double m_memory = 0;       // y at which the encoder's result leaves
    bool m_inResidual = false;
    QList<double> m_columnEnds;
    Diagram m_diagram;
};

}  // namespace

Diagram layOut(const QJsonObject &architecture, const plugin::Catalogue &plugins, double width)
{
    Builder builder(architecture, plugins, width);
    return builder.build(architecture.value(QLatin1String("encoder")).toObject().value(QLatin1String("layers")).toArray(),
                         architecture.value(QLatin1String("layers")).toArray());
}

}  // namespace athanor::pages
