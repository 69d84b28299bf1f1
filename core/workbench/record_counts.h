// What the records of a dataset come to for a model, before a run is started. Private to the room. Thread: one.
#pragma once

#include "core/project/project.h"

namespace athanor::workbench {

struct RecordRequest {
    QString projectPath;
    QString corpus;         // relative to the project
    QString tokenizerFile;  // relative to the project; for a model without a folder
    QString from;           // model folder, absolute or relative; may be empty
    QJsonObject teaching;   // complete
    QStringList labels;
    qint64 context = 0;     // tokens that the model can see
    bool hasEncoder = false;
};

/// The summary (tokenizer::RecordSummary) of the records to train on: the one that stands beside their tokens when these
/// exist; counted now when they are few; an empty object when counting would keep a person waiting.
Result<QJsonObject> recordCounts(const RecordRequest &request);

}  // namespace athanor::workbench
