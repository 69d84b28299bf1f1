#include "core/report/svg_plot.h"

#include "core/base/format.h"
#include "core/report/html.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace athanor::report {

namespace {

constexpr double kWidth = 760, kHeight = 280;
constexpr double kLeft = 58, kRight = 14, kTop = 12, kBottom = 34;
constexpr size_t kColumns = 300;  // each gives a minimum and a maximum: at most 600 points

struct Range {
    double low = 0, high = 0;
    void include(double value)
    {
        low = std::min(low, value);
        high = std::max(high, value);
    }
};

struct Frame {
    Range steps, values;
    double x(double step) const
    {
        return kLeft + (step - steps.low) / (steps.high - steps.low) * (kWidth - kLeft - kRight);
    }
    double y(double value) const
    {
        return kHeight - kBottom - (value - values.low) / (values.high - values.low) * (kHeight - kTop - kBottom);
    }
};

QString number(double value) { return QString::number(value, 'f', 1); }

std::optional<Frame> frameOf(const Plot &plot)
{
    std::optional<Frame> frame;
    for (const Curve &curve : plot.curves) {
        for (size_t i = 0; i < curve.series->values.size(); ++i) {
            const double value = curve.series->values[i];
            const auto step = static_cast<double>(curve.series->steps[i]);
            if (!std::isfinite(value))
                continue;
            if (!frame)
                frame = Frame{{step, step}, {value, value}};
            frame->steps.include(step);
            frame->values.include(value);
        }
    }
    if (!frame)
        return frame;
    for (const Level &level : plot.levels)
        frame->values.include(level.value);
    const double margin = (frame->values.high - frame->values.low) * 0.05;
    const double least = std::max(std::abs(frame->values.high) * 0.01, 1e-12);
    frame->values.low = frame->values.low >= 0 ? std::max(0.0, frame->values.low - std::max(margin, least))
                                               : frame->values.low - std::max(margin, least);
    frame->values.high += std::max(margin, least);
    if (frame->steps.high <= frame->steps.low)
        frame->steps.high = frame->steps.low + 1;
    return frame;
}

/// Points of a path, with a break where the values are not numbers; each column keeps its minimum and maximum.
QString pathOf(const std::vector<qint64> &steps, const std::vector<double> &values, const Frame &frame)
{
    QString path;
    bool drawing = false;
    const auto put = [&](size_t i) {
        path += (drawing ? QLatin1Char('L') : QLatin1Char('M')) + number(frame.x(static_cast<double>(steps[i])))
            + QLatin1Char(' ') + number(frame.y(values[i]));
        drawing = true;
    };
    const size_t count = values.size();
    const size_t stride = std::max<size_t>(1, (count + kColumns - 1) / kColumns);
    for (size_t begin = 0; begin < count; begin += stride) {
        const size_t end = std::min(count, begin + stride);
        size_t least = end, most = end;
        bool broken = false;
        for (size_t i = begin; i < end; ++i) {
            if (!std::isfinite(values[i])) {
                broken = true;
                continue;
            }
            if (least == end || values[i] < values[least])
                least = i;
            if (most == end || values[i] > values[most])
                most = i;
        }
        if (broken)
            drawing = false;
        if (least == end)
            continue;
        put(std::min(least, most));
        if (least != most)
            put(std::max(least, most));
        if (broken)
            drawing = false;
    }
    return path;
}

std::vector<double> runningMean(const std::vector<double> &values)
{
    const double keep = 1.0 - 1.0 / std::clamp(static_cast<double>(values.size()) / 150.0, 1.0, 200.0);
    std::vector<double> means(values.size(), std::nan(""));
    double sum = 0, weight = 0;
    for (size_t i = 0; i < values.size(); ++i) {
        if (!std::isfinite(values[i]))
            continue;
        sum = keep * sum + (1 - keep) * values[i];
        weight = keep * weight + (1 - keep);
        means[i] = sum / weight;
    }
    return means;
}

QString line(const QString &cssClass, double x1, double y1, double x2, double y2)
{
    return QStringLiteral("<line class=\"%1\" x1=\"%2\" y1=\"%3\" x2=\"%4\" y2=\"%5\"/>\n")
        .arg(cssClass, number(x1), number(y1), number(x2), number(y2));
}

QString text(const QString &cssClass, double x, double y, const QString &words)
{
    return QStringLiteral("<text class=\"%1\" x=\"%2\" y=\"%3\">").arg(cssClass, number(x), number(y)) + escaped(words)
        + QStringLiteral("</text>\n");
}

QString axes(const Plot &plot, const Frame &frame)
{
    QString out;
    for (const double tick : roundTicks(frame.values.low, frame.values.high, 6)) {
        out += line(QStringLiteral("grid"), kLeft, frame.y(tick), kWidth - kRight, frame.y(tick));
        out += text(QStringLiteral("tick end"), kLeft - 8, frame.y(tick) + 4, formatReal(tick, 3));
    }
    for (const double tick : roundTicks(frame.steps.low, frame.steps.high, 8))
        out += text(QStringLiteral("tick middle"), frame.x(tick), kHeight - kBottom + 16,
                    formatInteger(static_cast<qint64>(std::llround(tick))));
    out += text(QStringLiteral("tick end"), kWidth - kRight, kHeight - 4, QStringLiteral("step"));
    for (const Level &level : plot.levels) {
        const double y = frame.y(level.value);
        out += line(QStringLiteral("level"), kLeft, y, kWidth - kRight, y);
        out += text(QStringLiteral("tick end"), kWidth - kRight, y - 4,
                    level.title + QLatin1Char(' ') + formatReal(level.value, 3));
    }
    return out;
}

QString marks(const Curve &curve, const Frame &frame)
{
    QString out;
    for (const qint64 restart : curve.series->restarts) {
        const double x = frame.x(static_cast<double>(restart));
        if (x >= kLeft && x <= kWidth - kRight)
            out += line(QStringLiteral("restart"), x, kTop, x, kHeight - kBottom);
    }
    for (size_t i = 0, shown = 0; i < curve.series->values.size() && shown < 20; ++i) {
        if (std::isfinite(curve.series->values[i]))
            continue;
        const double x = std::clamp(frame.x(static_cast<double>(curve.series->steps[i])), kLeft, kWidth - kRight);
        out += text(QStringLiteral("notnumber middle"), x, kTop + 10, QStringLiteral("NaN"));
        ++shown;
    }
    return out;
}

QString curvePaths(const Curve &curve, const Frame &frame)
{
    const auto path = [&](const QString &cssClass, const std::vector<double> &values) {
        return QStringLiteral("<path class=\"%1\" d=\"").arg(cssClass) + pathOf(curve.series->steps, values, frame)
            + QStringLiteral("\"/>\n");
    };
    const QString style = QStringLiteral("series s%1").arg(curve.style);
    if (!curve.smooth || curve.series->values.size() < 60)
        return path(style, curve.series->values);
    return path(style + QStringLiteral(" raw"), curve.series->values) + path(style, runningMean(curve.series->values));
}

QString legend(const Plot &plot)
{
    QString out = QStringLiteral("<figcaption><b>") + escaped(plot.title) + QStringLiteral("</b>");
    if (!plot.unit.isEmpty())
        out += QStringLiteral(", ") + escaped(plot.unit);
    for (const Curve &curve : plot.curves) {
        if (curve.title == plot.title)
            continue;
        out += QStringLiteral("<span class=\"key\"><svg width=\"26\" height=\"8\" aria-hidden=\"true\"><path "
                              "class=\"series s%1\" d=\"M1 4L25 4\"/></svg>")
                   .arg(curve.style)
            + escaped(curve.title) + QStringLiteral("</span>");
    }
    return out + QStringLiteral("</figcaption>\n");
}

}  // namespace

std::vector<double> roundTicks(double low, double high, int limit)
{
    std::vector<double> ticks;
    if (!std::isfinite(low) || !std::isfinite(high) || high <= low || limit < 1)
        return ticks;
    const double raw = (high - low) / limit;
    const double power = std::pow(10.0, std::floor(std::log10(raw)));
    double step = power * 10;
    for (const double factor : {1.0, 2.0, 5.0})
        if (factor * power >= raw) {
            step = factor * power;
            break;
        }
    const double first = std::ceil(low / step);
    for (int i = 0; i <= limit && (first + i) * step <= high + step * 1e-9; ++i)
        ticks.push_back((first + i) * step);
    return ticks;
}

QString svgPlot(const Plot &plot)
{
    const std::optional<Frame> frame = frameOf(plot);
    if (!frame)
        return {};
    QString out = QStringLiteral("<figure>\n") + legend(plot)
        + QStringLiteral("<svg class=\"plot\" viewBox=\"0 0 %1 %2\" role=\"img\" aria-label=\"").arg(kWidth).arg(kHeight)
        + escaped(plot.title) + QStringLiteral("\">\n") + axes(plot, *frame);
    for (const Curve &curve : plot.curves)
        out += curvePaths(curve, *frame);
    for (const Curve &curve : plot.curves)
        out += marks(curve, *frame);
    return out + QStringLiteral("</svg>\n</figure>\n");
}

}  // namespace athanor::report
