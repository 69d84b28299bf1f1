// The specs of jobs, put together in one place: what each kind's handler reads. Private to the room.
#pragma once

#include "core/job/spec.h"
#include "core/project/project.h"
#include "core/workbench/command_lines.h"

namespace athanor::workbench {

job::Spec curateSpec(const QString &dataset, const QJsonObject &recipe, const QJsonArray &sources);
/// `corpus` may be a reference to a curate job's result.
job::Spec tokenizerSpec(const QString &name, const QString &pluginId, const QJsonObject &settings, const QJsonValue &corpus);
job::Spec importTokenizerSpec(const QString &name, const QString &file);

/// What a training job stands on; values, or references to results of jobs queued before it.
struct TrainInputs {
    QJsonValue corpus, corpusSha256;
    QJsonValue tokenizer, tokenizerSha256;
    QString dataset;
};
job::Spec trainSpec(const plugin::Catalogue &plugins, const RunRequest &request, const QJsonObject &architecture,
                    const TrainInputs &inputs, const QJsonObject &settings);
/// A test of learning rates for what `run`, of trainSpec(), would train.
job::Spec findRateSpec(const job::Spec &run, const experiment::RateRange &range);
job::Spec evaluateSpec(const QString &title, const QJsonValue &checkpoint);
job::Spec promptsSpec(const PromptsRequest &request, const QString &title, const QString &checkpoint);
/// InvalidInput where a model cannot learn what the request teaches it, whatever the machine.
Status checkCanLearn(const plugin::Catalogue &plugins, const RunRequest &request, const project::Model &model);
/// InvalidInput where the learning rate of another width cannot be taken over ("base_width" of the settings).
Status checkWidth(const plugin::Catalogue &plugins, const RunRequest &request, const QJsonObject &settings, const QJsonObject &architecture);
/// Why a plan forbids the start, with what to do.
tl::unexpected<Error> refused(const model::Plan &plan);

// ---- models in and out; light jobs but for the export, which computes
job::Spec lookUpSpec(const QString &address, const QString &file);
job::Spec downloadSpec(const ImportRequest &request);
job::Spec importSpec(const ImportRequest &request);
/// An adapter of PEFT on the model folder `base`.
job::Spec asAdapterImport(job::Spec import, const QJsonValue &base);
job::Spec importAdapterSpec(const ImportRequest &request, const QString &base);
job::Spec importDownloadedSpec(const ImportRequest &request, const QString &downloadJob);
/// `corpus`: whose held-out documents the export is compared on; empty: built-in texts.
job::Spec exportModelSpec(const ExportRequest &request, const QString &checkpoint, const QJsonObject &facts, const QString &corpus);
job::Spec logitsSpec(const QString &model, const QString &checkpoint, const QList<qint32> &ids, bool onlyLast);

}  // namespace athanor::workbench
