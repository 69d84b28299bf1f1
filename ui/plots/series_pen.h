// Pens of the series: four colours with four dashes; the fifth to eighth line take the colours with the next dash.
#pragma once

#include "ui/style/appearance.h"

#include <QPen>

namespace athanor::plots {

inline QColor seriesColour(int series)
{
    return style::tokens().series[static_cast<size_t>(std::max(series, 0)) % 4];
}

inline QPen seriesPen(int series, double width)
{
    QPen pen(seriesColour(series), width, style::seriesDash(series + std::max(series, 0) / 4));
    pen.setCapStyle(Qt::FlatCap);
    return pen;
}

}  // namespace athanor::plots
