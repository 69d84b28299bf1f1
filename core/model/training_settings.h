// The settings of a training run, declared once: the form in the window, `--set` of the command line, validation
// and the reference page come from these schemas, as a plugin's do from its plugin.json. Thread: safe.
#pragma once

#include "core/plugin/method_settings.h"

namespace athanor::model {

/// The five that matter are plain; everything else is marked advanced. Optimizer and schedule are the installed ones, and
/// their own settings belong to a run that chooses them.
ATHANOR_EXPORT plugin::MethodSettings trainingSettings(const plugin::Catalogue &plugins);

/// InvalidInput where the settings ask for sequences longer than the architecture's context; the hint has the limit and its unit.
ATHANOR_EXPORT Status checkSequence(const QJsonObject &settings, const QJsonObject &architecture);
/// The "sequence" that suits a model that was trained before: 512 tokens of a longer context, which most examples fit into
/// at a fraction of the memory; else 0, all of it.
ATHANOR_EXPORT qint64 taughtSequence(const QJsonObject &architecture);

/// What a run on records does with each of them: the job parameter "teaching" (keys as there).
ATHANOR_EXPORT const plugin::ParameterSchema &teachingSchema();
/// A low-rank adapter instead of the model's own weights: the job parameter "adapter". "targets" is a text here ("all",
/// or names and patterns with commas between them); a job may hold a list instead.
ATHANOR_EXPORT const plugin::ParameterSchema &adapterSchema();
/// Which weights learn: "learns" (all, adapter, head, chosen) and, for chosen, "layers": patterns of weights' names.
ATHANOR_EXPORT const plugin::ParameterSchema &learnsSchema();
/// The job parameter "learns" from values of learnsSchema(): "all", "adapter", "head", or the patterns.
ATHANOR_EXPORT QString learnsText(const QJsonObject &values);

/// Tokens of a row in a run on records: the longest record's where each has its own; packed rows are at least `sequence`
/// long (0: 1,024), and never longer than `limit` where no record is.
ATHANOR_EXPORT qint64 recordRowLength(qint64 longest, qint64 limit, qint64 sequence, bool packing);

/// `--set` of a run, sorted by what it belongs to: "budget=…", "teaching.maxTokens=…", "adapter.rank=…", "learns=…".
struct TrainingAssignments {
    QJsonObject settings;
    QJsonObject teaching;  // empty: a plain text, not records
    QJsonObject adapter;   // empty: no adapter; completed by its defaults otherwise
    QString learns;        // empty: the adapter where there is one, else all
};
/// InvalidInput names the key, the value, the limits, and near spellings. Settings are not completed. `base`: the settings
/// of the run that they change, which say what it chose.
ATHANOR_EXPORT Result<TrainingAssignments> parseTrainingAssignments(const plugin::Catalogue &plugins, const QStringList &assignments,
                                                                    const QJsonObject &base = {});

}  // namespace athanor::model
