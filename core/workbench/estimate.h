// What a run will cost here, before anything has been measured, and after. Private to the room.
#pragma once

#include "core/model/architecture.h"
#include "core/project/project.h"
#include "core/workbench/workbench.h"

namespace athanor::workbench {

inline constexpr double kTypicalBytesPerToken = 4.0;

/// Shape, machine and disk of a plan; the budget is applied separately, when the tokens are known.
model::PlanInput planInput(const plugin::Catalogue &plugins, const QJsonObject &architecture, const QJsonObject &settings,
                           const QString &projectPath);
/// Turns budget_kind and budget of the settings into tokens or seconds.
void applyBudget(const QJsonObject &settings, model::PlanInput &input);
/// What learns, and how large an adapter is. InvalidInput when a target or pattern means nothing in this model.
Status applyFineTuning(const plugin::Catalogue &plugins, const RunRequest &request, model::PlanInput &input);
/// The plan for an input that says all but the budget and this machine's speed.
Result<model::Plan> planOf(const project::Project &project, const plugin::Catalogue &plugins, const QJsonObject &settings,
                           model::PlanInput input);
/// Records instead of a text: `summary` as tokenizer::RecordSummary writes it (empty: not counted), in rows of `rowTokens`.
void applyRecords(const QJsonObject &summary, qint64 rowTokens, model::PlanInput &input);
/// Floating-point operations a second for `architecture`, from the newest finished run on a device of this kind; empty when
/// there is none.
std::optional<double> measuredSpeed(const project::Project &project, const plugin::Catalogue &plugins,
                                    const QJsonObject &architecture, const model::TrainingShape &shape, bool onCard = false);
/// A cautious guess of the full rate from the processor's features, for a machine on which nothing was trained yet.
double guessedSpeed(const MachineFacts &machine, bool bf16);

/// A cautious guess of how many tokens a second a model writes: every weight (f32) is read once for each.
double guessedWritingSpeed(double parameters);

/// Share of the full rate that a model of this size reaches, 0 … 1.
double shareOfFullRate(double parameters);

}  // namespace athanor::workbench
