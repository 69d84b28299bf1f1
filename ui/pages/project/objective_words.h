// The objective in words, and the schema of its questions. Thread: safe.
#pragma once

#include "core/plugin/parameter_schema.h"
#include "core/workbench/workbench.h"

namespace athanor::pages {

/// name, task, domain, languages, quality, latency, folder.
ATHANOR_EXPORT const plugin::ParameterSchema &objectiveSchema();
/// "Continues text about the documentation of Python, in English"
ATHANOR_EXPORT QString objectiveSentence(const QJsonObject &objective);
ATHANOR_EXPORT QList<QPair<QString, QString>> objectiveFacts(const QJsonObject &objective);
/// What the answers ask of a recommendation.
ATHANOR_EXPORT workbench::Wishes wishesOf(const QJsonObject &objective);
/// Minutes of training that go with the wanted quality.
ATHANOR_EXPORT double minutesFor(const QJsonObject &objective);

}  // namespace athanor::pages
