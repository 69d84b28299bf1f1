// The settings of writing with a model, declared once: the form of the Chat page, the options of `generate`, the checks
// of a request and the reference page come from this schema. Thread: safe.
#pragma once

#include "core/plugin/parameter_schema.h"

namespace athanor::model {

/// Keys as in forms: max_tokens, temperature, top_k, top_p, min_p, repetition_penalty, seed, stop, weights.
ATHANOR_EXPORT const plugin::ParameterSchema &generationSchema();

/// "max_tokens" as a request's JSON calls it ("maxTokens") and as the command line does ("max-tokens").
ATHANOR_EXPORT QString requestKey(const QString &key);
ATHANOR_EXPORT QString optionName(const QString &key);

/// A request's settings from values of the form: keys renamed, "stop" a list without empty texts.
ATHANOR_EXPORT QJsonObject requestFromValues(const QJsonObject &values);
/// The other way, completed by the defaults. InvalidInput names the key, the value and the limits. Keys of a request
/// that are no settings (prompt, messages) are left out; "stop" may be a text or a list of at most 64.
ATHANOR_EXPORT Result<QJsonObject> valuesFromRequest(const QJsonObject &request);

}  // namespace athanor::model
