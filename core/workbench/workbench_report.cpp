// The written report of a run.
#include "core/report/report.h"
#include "core/workbench/specs.h"

#include <QCoreApplication>

namespace athanor::workbench {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

std::vector<report::CommandLine> nextSteps(const QString &project, const QString &run, const QString &prompt)
{
    const QString cli = QStringLiteral("athanor-cli --project %1 ").arg(shellQuoted(project));
    return {{tr("Open the project in the window"), QStringLiteral("athanor %1").arg(shellQuoted(project))},
            {tr("Continue a text of yours"), cli + QStringLiteral("generate %1 --prompt %2").arg(run, shellQuoted(prompt.isEmpty() ? tr("Once") : prompt))},
            {tr("Train longer, from its best checkpoint"), cli + QStringLiteral("run fork %1 --set budget_kind=time --set budget=30 --wait").arg(run)},
            {tr("Run it again and compare the weights"), cli + QStringLiteral("run reproduce %1 --wait").arg(run)},
            {tr("Add documents of your own"), cli + QStringLiteral("source add FOLDER")}};
}

}  // namespace

Status Workbench::writeReport(const QString &runId, const QString &file)
{
    ATHANOR_TRY(refresh());
    ATHANOR_ASSIGN(report::ReportInput input, report::gatherRun(path(), runId));
    if (const auto run = m_project->run(runId)) {
        input.dataset = run->dataset;
        input.model = run->model;
    }
    const QJsonObject objective = m_project->objective();
    input.about = objective.value(QLatin1String("domain")).toString();
    input.hasPersonalData = objective.value(QLatin1String("personalData")).toBool();
    input.projectPath = path();
    input.next = nextSteps(path(), runId, input.settings.value(QLatin1String("sample_prompt")).toString());
    return report::writeRunReport(input, file);
}

}  // namespace athanor::workbench
