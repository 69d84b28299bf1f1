// How records are told from each other and which columns hold what: "records" of a recipe whose "content" is "records".
//   {"format":"auto|messages|sharegpt|alpaca|prompt|labels","columns":{"prompt":"question",…},"most_labels":1000}
// Role: one declaration for the form in the window, --set and --column, and validation. Thread: pure functions.
#pragma once

#include "core/plugin/parameter_schema.h"

namespace athanor::corpus {

/// format, one entry a column ("" = the usual names), most_labels.
ATHANOR_EXPORT const plugin::ParameterSchema &recordsSchema();

/// "records" of a recipe, completed; columns without a name are left out. Errors: InvalidInput.
ATHANOR_EXPORT Result<QJsonObject> checkRecordSettings(const QJsonObject &records);

/// The values of recordsSchema() in "records" of a recipe, and back.
ATHANOR_EXPORT QJsonObject recordFormValues(const QJsonObject &records);
ATHANOR_EXPORT QJsonObject recordSettingsFrom(const QJsonObject &formValues);

/// "Conversations as messages", for people; empty for an unknown one.
ATHANOR_EXPORT QString recordFormatTitle(const QString &format);

}  // namespace athanor::corpus
