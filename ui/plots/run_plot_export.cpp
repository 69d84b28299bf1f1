// Export to PNG, SVG and CSV.
#include "ui/plots/run_plot_impl.h"

#include <QtSvg/QSvgGenerator>

namespace athanor::plots {

namespace {

tl::unexpected<Error> notWritten(const QString &file)
{
    return fail(ErrorCode::Unreadable, RunPlot::tr("The plot could not be written to %1.").arg(file),
                RunPlot::tr("Choose a folder that you may write to and that has room."));
}

QByteArray number(double value) { return QByteArray::number(value, 'g', 12); }

QByteArray quoted(const QString &text)
{
    QByteArray bytes = text.toUtf8();
    return '"' + bytes.replace('"', "\"\"") + '"';
}

void appendRows(QByteArray &csv, const PlottedLine &line)
{
    const SeriesData &data = line.line.data();
    const QByteArray name = quoted(line.look.title) + ',' + line.quantity.toUtf8() + ',';
    for (size_t at = 0; at < line.line.size(); ++at)
        csv += name + number(data.steps[at]) + ',' + (at < data.tokens.size() ? number(data.tokens[at]) : QByteArray()) + ','
               + (at < data.seconds.size() ? number(data.seconds[at]) : QByteArray()) + ',' + number(data.values[at]) + '\n';
}

}  // namespace

// The legend stands beside the plot in the window; in a picture it has to be inside.
Status RunPlot::exportPng(const QString &file, int width, int height)
{
    m_impl->redraw();
    m_impl->canvas->legend->setVisible(true);
    const bool ok = m_impl->canvas->savePng(file, width, height);
    m_impl->canvas->legend->setVisible(false);
    m_impl->schedule();
    if (!ok)
        return notWritten(file);
    return {};
}

Status RunPlot::exportSvg(const QString &file, int width, int height)
{
    m_impl->redraw();
    QByteArray svg;
    QBuffer buffer(&svg);
    QSvgGenerator generator;
    generator.setOutputDevice(&buffer);
    generator.setSize(QSize(width, height));
    generator.setViewBox(QRect(0, 0, width, height));
    generator.setTitle(tr("Athanor plot"));
    m_impl->canvas->legend->setVisible(true);
    {
        QCPPainter painter(&generator);
        painter.setMode(QCPPainter::pmVectorized);
        painter.setMode(QCPPainter::pmNoCaching);
        m_impl->canvas->toPainter(&painter, width, height);
    }
    m_impl->canvas->legend->setVisible(false);
    m_impl->schedule();
    QSaveFile target(file);
    if (!target.open(QIODevice::WriteOnly) || target.write(svg) != svg.size() || !target.commit())
        return notWritten(file);
    return {};
}

Status RunPlot::exportCsv(const QString &file) const
{
    QByteArray csv = "line,quantity,step,tokens,seconds,value\n";
    for (const auto &line : m_impl->lines)
        if (m_impl->isDrawn(*line))
            appendRows(csv, *line);
    QSaveFile target(file);
    if (!target.open(QIODevice::WriteOnly) || target.write(csv) != csv.size() || !target.commit())
        return notWritten(file);
    return {};
}

}  // namespace athanor::plots
