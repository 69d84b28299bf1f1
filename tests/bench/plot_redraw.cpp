// plot_redraw: milliseconds per redraw while panning a run of 1 M and of 10 M points, ours beside plain QCustomPlot
// with its own adaptive sampling, A B A B in one process. Prints a table; nothing passes or fails.
#include "ui/plots/run_plot.h"
#include "ui/style/appearance.h"

#include <qcustomplot.h>

#include <cmath>
#include <cstdio>

using namespace athanor;

namespace {

constexpr int kFrames = 40;

plots::SeriesData makeSeries(size_t count)
{
    plots::SeriesData data;
    data.steps.reserve(count);
    data.values.reserve(count);
    for (size_t at = 0; at < count; ++at) {
        const auto x = static_cast<double>(at);
        data.steps.push_back(x);
        data.values.push_back(4 + 5 * std::exp(-x / static_cast<double>(count) * 6) + 0.3 * std::sin(x * 12.9898));
    }
    return data;
}

// The visible half of the data slides from the beginning to the end.
template <typename Draw> double msPerFrame(size_t count, Draw draw)
{
    QElapsedTimer clock;
    clock.start();
    for (int frame = 0; frame < kFrames; ++frame) {
        const double from = static_cast<double>(count) * 0.5 * frame / kFrames;
        draw(from, from + static_cast<double>(count) * 0.5);
    }
    return static_cast<double>(clock.nsecsElapsed()) / 1e6 / kFrames;
}

struct Plain {
    QCustomPlot plot;
    QCPGraph *graph = nullptr;
    explicit Plain(const plots::SeriesData &data)
    {
        plot.resize(1000, 500);
        graph = plot.addGraph();
        QVector<QCPGraphData> points;
        points.reserve(static_cast<qsizetype>(data.steps.size()));
        for (size_t at = 0; at < data.steps.size(); ++at)
            points.append(QCPGraphData(data.steps[at], data.values[at]));
        graph->data()->set(points, true);
        graph->setAntialiased(false);
        plot.yAxis->setRange(3, 10);
        plot.show();
    }
    void draw(double from, double to)
    {
        plot.xAxis->setRange(from, to);
        plot.replot(QCustomPlot::rpImmediateRefresh);
    }
};

void compare(size_t count)
{
    const plots::SeriesData data = makeSeries(count);
    Plain plain(data);
    plots::RunPlot ours;
    ours.resize(1000, 560);
    ours.setSmoothing(0.6);
    ours.setLine(QStringLiteral("loss"), QStringLiteral("a"), {QStringLiteral("training"), 0}, data);
    ours.show();
    QApplication::processEvents();
    for (int round = 1; round <= 2; ++round) {
        ours.setMoving(true);
        const double moving = msPerFrame(count, [&](double from, double to) {
            ours.setXRange(from, to);
            ours.redrawNow();
        });
        ours.setMoving(false);
        const double resting = msPerFrame(count, [&](double from, double to) {
            ours.setXRange(from, to);
            ours.redrawNow();
        });
        const double peer = msPerFrame(count, [&](double from, double to) { plain.draw(from, to); });
        std::printf("%9zu points  round %d  moving %6.2f ms  at rest %6.2f ms  plain QCustomPlot %7.2f ms  ratio %.2f  %s\n", count, round,
                    moving, resting, peer, moving / peer, moving < 1000.0 / 60 ? "60 a second" : "below 60 a second");
    }
}

}  // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    style::Appearance::instance()->apply();
    for (const size_t count : {1'000'000UL, 10'000'000UL})
        compare(count);
    return 0;
}
