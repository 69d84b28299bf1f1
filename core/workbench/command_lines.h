// The command line that does what a button does, for "Copy as command" and for the specs of jobs. Role: text only; the
// project is left out (Session adds it), so that the same line serves in the project's folder. Thread: any.
#pragma once

#include "core/plugin/parameter_schema.h"
#include "core/workbench/workbench.h"

namespace athanor::workbench {

/// A word as a shell would take it, quoted when need be.
ATHANOR_EXPORT QString shellQuoted(const QString &word);
/// " --set k=v" for every value that differs from `defaults`.
ATHANOR_EXPORT QString assignments(const QJsonObject &values, const QJsonObject &defaults);

ATHANOR_EXPORT QString curateCommand(const QString &dataset);
ATHANOR_EXPORT QString signalsCommand(const QString &dataset, const QString &filter);
ATHANOR_EXPORT QString exportCommand(const QString &dataset, const QString &file);
ATHANOR_EXPORT QString trainTokenizerCommand(const QString &name, const QString &dataset, const plugin::Metadata &method,
                                             const QJsonObject &settings);
ATHANOR_EXPORT QString createModelCommand(const QString &name, const plugin::Metadata &architecture, const QJsonObject &choices,
                                          const QString &tokenizer);
ATHANOR_EXPORT QString startRunCommand(const plugin::Catalogue &plugins, const RunRequest &request);
/// `startRun`: startRunCommand() of the run that the rate is for.
ATHANOR_EXPORT QString findRateCommand(const QString &startRun, const experiment::RateRange &range = {});
ATHANOR_EXPORT QString reportCommand(const QString &runId, const QString &file);
ATHANOR_EXPORT QString evaluateCommand(const QString &model, const QString &datasetOrFile, const EvaluationExtent &extent = {});
/// `request` as the generate job reads it: prompt, maxTokens, temperature, topK, topP, seed, stop.
ATHANOR_EXPORT QString generateCommand(const QString &model, const QJsonObject &request);
ATHANOR_EXPORT QString promptsCommand(const PromptsRequest &request);
ATHANOR_EXPORT QString importModelCommand(const ImportRequest &request);
QString extendModelCommand(const QString &model, const QStringList &tokens, const QString &name);
ATHANOR_EXPORT QString exportModelCommand(const ExportRequest &request);
ATHANOR_EXPORT QString logitsCommand(const QString &model, const QList<qint32> &ids, bool onlyLast);

}  // namespace athanor::workbench
