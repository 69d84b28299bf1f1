// An architecture as boxes and lines. Role: turns the expanded list of layers into what the diagram draws: a trunk from
// top to bottom, branches side by side, heads beside each other, an encoder above its decoder; knows titles and one-line
// summaries of layers from their plugins. Thread: pure functions.
#pragma once

#include "core/plugin/catalogue.h"

#include <QJsonObject>
#include <QPolygonF>
#include <QRectF>

namespace athanor::pages {

struct DiagramBox {
    QString layer;      // plugin id
    QString name;       // of the entry: "attention"
    QString title;      // "Attention"
    QString summary;    // "6 heads × 64 · rotary"
    QJsonObject parameters;
    int repeat = 1;
    QRectF rect;
};

/// A connection around boxes: leaves the trunk at `top` and comes back at `bottom`.
struct DiagramResidual {
    double top = 0, bottom = 0;
};

/// A frame around a repeated group.
struct DiagramFrame {
    QRectF rect;
    int repeat = 1;
};

struct DiagramLine {
    QPolygonF points;
    bool hasArrow = false;   // at its end: what the encoder hands to the decoder
};

/// Words between the boxes: "Encoder: …".
struct DiagramLabel {
    QRectF rect;
    QString text;
};

struct Diagram {
    QList<DiagramBox> boxes;
    QList<DiagramResidual> residuals;
    QList<DiagramFrame> frames;
    QList<DiagramLine> lines;
    QList<DiagramLabel> labels;
    QList<QPointF> sums;     // each “+”
    double height = 0;
};

/// Boxes for `width` pixels. Unknown layers get a box with their id.
ATHANOR_EXPORT Diagram layOut(const QJsonObject &architecture, const plugin::Catalogue &plugins, double width);

/// "grouped queries: 6 heads × 64 · 2 key/value heads": the parameters that say most, in the schema's order.
ATHANOR_EXPORT QString layerSummary(const QString &layerId, const QJsonObject &parameters, const QJsonObject &dimensions);

}  // namespace athanor::pages
