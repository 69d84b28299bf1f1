// Draws what learning_rate_transfer measured: the loss over the learning rate, one line for each width.
//   learning_rate_picture OUT.jsonl as-ever.png base-width.png
#include "ui/plots/curve_plot.h"
#include "ui/style/appearance.h"

#include <QApplication>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>

#include <map>

using namespace athanor;

namespace {

/// One picture: the trials with this base width; those at the base width itself belong to both.
std::vector<plots::Curve> curvesOf(const QByteArray &lines, bool isScaled)
{
    std::map<qint64, std::map<double, double>> byWidth;
    for (const QByteArray &line : lines.split('\n')) {
        const QJsonObject trial = QJsonDocument::fromJson(line).object();
        const bool isBase = trial[QLatin1String("width")].toInteger() == 128;
        if (trial[QLatin1String("loss")].isDouble() && (isBase || (trial[QLatin1String("base")].toInteger() > 0) == isScaled))
            byWidth[trial[QLatin1String("width")].toInteger()][trial[QLatin1String("rate")].toDouble()] = trial[QLatin1String("loss")].toDouble();
    }
    std::vector<plots::Curve> curves;
    for (const auto &[width, losses] : byWidth) {
        plots::Curve curve{QStringLiteral("width %1").arg(width), int(curves.size()), {}, true, true, false, {}, {}};
        for (const auto &[rate, loss] : losses)
            if (loss < 3.5)  // beyond the picture's interest: diverged
                curve.points.emplace_back(rate, loss);
        curves.push_back(std::move(curve));
    }
    return curves;
}

}  // namespace

int main(int argc, char *argv[])
{
    QApplication application(argc, argv);
    style::Appearance::instance()->apply();
    QFile file(application.arguments().value(1));
    if (application.arguments().size() < 4 || !file.open(QIODevice::ReadOnly))
        return 2;
    const QByteArray lines = file.readAll();
    for (const bool isScaled : {false, true}) {
        plots::CurvePlot plot(QStringLiteral("learning rate"), isScaled ? QStringLiteral("loss, base width 128") : QStringLiteral("loss, as ever"),
                              plots::Scale::Logarithmic, plots::Scale::Linear);
        plot.resize(760, 420);
        plot.setCurves(curvesOf(lines, isScaled));
        plot.grab();
        if (!plot.exportPng(application.arguments().value(isScaled ? 3 : 2), 760, 420))
            return 1;
    }
    return 0;
}
