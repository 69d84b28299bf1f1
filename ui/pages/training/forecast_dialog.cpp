#include "ui/pages/training/forecast_dialog.h"

#include "core/base/format.h"
#include "core/model/rules_of_thumb.h"
#include "ui/pages/common/layouts.h"
#include "ui/pages/common/page_parts.h"
#include "ui/shell/session.h"

#include <QDialogButtonBox>

#include <cmath>

namespace athanor::pages {

namespace {

enum Column { NameColumn, SizeColumn, TokensColumn, LossColumn };
constexpr int kCurvePoints = 60;

double flopsOf(double parameters, double tokens) { return model::kFlopsPerParameter * parameters * tokens; }

/// The best that so much arithmetic can come to, from the smallest run to the forecast, with the interval.
plots::Curve lawCurve(const workbench::RunForecast &forecast)
{
    plots::Curve curve{ForecastDialog::tr("the best use of it, by the law"), 0, {}, true, false, false, {}, {}};
    double low = flopsOf(forecast.parameters, forecast.tokens), high = low;
    for (const experiment::SizedRun &run : forecast.runs) {
        low = std::min(low, flopsOf(run.parameters, run.tokens));
        high = std::max(high, flopsOf(run.parameters, run.tokens));
    }
    for (int i = 0; i < kCurvePoints; ++i) {
        const double flops = low * std::pow(high / low, double(i) / (kCurvePoints - 1));
        const double size = forecast.fit.law.suitableParameters(flops);
        const experiment::Forecast there = experiment::forecast(forecast.fit, size, flops / model::kFlopsPerParameter / size);
        curve.points.emplace_back(flops, there.loss);
        curve.low.push_back(there.low);
        curve.high.push_back(there.high);
    }
    return curve;
}

plots::Curve runPoints(const workbench::RunForecast &forecast)
{
    plots::Curve curve{ForecastDialog::tr("runs"), 1, {}, false, true, false, {}, {}};
    for (const experiment::SizedRun &run : forecast.runs)
        curve.points.emplace_back(flopsOf(run.parameters, run.tokens), run.loss);
    std::sort(curve.points.begin(), curve.points.end(), [](const QPointF &a, const QPointF &b) { return a.x() < b.x(); });
    return curve;
}

}  // namespace

ForecastDialog::ForecastDialog(shell::Session &session, QWidget *parent)
    : QDialog(parent), m_session(session),
      m_table(makeTable({tr("Run"), tr("Parameters"), tr("Tokens"), tr("Loss")}, tr("Runs to go by"))),
      m_form(new forms::ParameterForm(workbench::forecastSchema(), forms::HelpPlacement::Below)),
      m_plot(new plots::CurvePlot(tr("arithmetic of training, FLOPs"), tr("loss"), plots::Scale::Logarithmic, plots::Scale::Logarithmic)),
      m_both(new plots::WithTable(m_plot)),
      m_words(style::makeWrappedLabel({}))
{
    setWindowTitle(tr("Forecast a larger model"));
    resize(900, 700);
    m_table->setMinimumHeight(140);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 20, 24, 20);
    column->setSpacing(style::kGap);
    column->addWidget(style::makeLabel(tr("Forecast a larger model"), "title"));
    column->addWidget(style::makeWrappedLabel(tr("Small runs of several sizes, with more and fewer tokens, say how the loss falls. Nothing is started."), "note"));
    auto *choices = new SideBySide(700);
    choices->add(m_table, 3);
    choices->add(m_form, 2);
    column->addWidget(choices);
    column->addWidget(m_both, 1);
    column->addWidget(m_words);
    auto *foot = new QDialogButtonBox(QDialogButtonBox::Close);
    column->addWidget(foot);
    connect(foot, &QDialogButtonBox::rejected, this, &QDialog::reject);
    fillTable();
    connect(m_table, &QTableWidget::itemChanged, this, &ForecastDialog::updateForecast);
    connect(m_form, &forms::ParameterForm::changed, this, &ForecastDialog::updateForecast);
    updateForecast();
}

ForecastDialog *ForecastDialog::open(shell::Session &session, QWidget *parent)
{
    auto *dialog = new ForecastDialog(session, parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->QDialog::open();
    return dialog;
}

QString ForecastDialog::resultText() const { return m_words->text(); }

void ForecastDialog::fillTable()
{
    m_runs = m_session.project().runs().value_or(QList<project::Run>());
    const QStringList usable = workbench::runsForForecast(m_runs);
    m_runs.removeIf([](const project::Run &run) { return !std::isfinite(run.validationLoss); });
    m_table->setRowCount(int(m_runs.size()));
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(NameColumn, QHeaderView::Stretch);
    for (int row = 0; row < m_runs.size(); ++row) {
        const project::Run &run = m_runs[row];
        const QStringList texts{run.title, formatCount(run.facts.value(QLatin1String("parameters")).toDouble()), formatCount(double(run.tokens)), figure(run.validationLoss)};
        for (int cell = 0; cell < texts.size(); ++cell)
            m_table->setItem(row, cell, new QTableWidgetItem(texts[cell]));
        m_table->item(row, NameColumn)->setFlags(m_table->item(row, NameColumn)->flags() | Qt::ItemIsUserCheckable);
        m_table->item(row, NameColumn)->setCheckState(usable.contains(run.id) ? Qt::Checked : Qt::Unchecked);
    }
}

QStringList ForecastDialog::ticked() const
{
    QStringList ids;
    for (int row = 0; row < m_runs.size(); ++row)
        if (m_table->item(row, NameColumn)->checkState() == Qt::Checked)
            ids += m_runs[row].id;
    return ids;
}

void ForecastDialog::updateForecast()
{
    if (!m_form->isValid()) {
        m_words->setText(m_form->firstError());
        return;
    }
    const QJsonObject values = m_form->values();
    const workbench::ForecastRequest request{ticked(), values.value(QLatin1String("parameters")).toDouble(), values.value(QLatin1String("tokens")).toDouble()};
    m_session.setCommand(workbench::forecastCommand(request));
    const auto forecast = workbench::forecastRuns(m_runs, request);
    if (forecast)
        return present(*forecast);
    m_plot->setCurves({});
    m_both->setTable({}, {});
    m_plot->setEmptyText(forecast.error().message);
    m_plot->setMarker(std::nan(""), {});
    m_words->setText((forecast.error().message + QLatin1Char(' ') + forecast.error().hint).trimmed());
}

void ForecastDialog::present(const workbench::RunForecast &forecast)
{
    m_plot->setCurves({lawCurve(forecast), runPoints(forecast)});
    m_both->setTable(m_plot->tableTitles(), m_plot->tableRows());
    m_plot->setMarker(flopsOf(forecast.parameters, forecast.tokens), tr("%1 to %2").arg(formatReal(forecast.loss.low, 3), formatReal(forecast.loss.high, 3)));
    m_words->setText(workbench::forecastWords(forecast).join(QLatin1Char(' ')));
}

}  // namespace athanor::pages
