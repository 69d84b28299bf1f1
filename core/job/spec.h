// What a job is to do: complete and self-contained, written once, never changed. Thread: values.
#pragma once

#include "core/base/error.h"

#include <QDateTime>
#include <QJsonObject>
#include <QStringList>

namespace athanor::job {

inline constexpr int kSpecFormat = 1;

struct Spec {
    QString id;                 // newIdentifier()
    QString kind;               // "curate", "tokenizer", "train", "evaluate", "chat", …
    QString title;              // "Training small-13M on Python documentation"
    QDateTime created;          // UTC
    QStringList after;          // ids that must have finished first; one that failed or was cancelled fails this one
    QString device = QStringLiteral("cpu");  // one heavy job per device; empty: light, may run beside others
    QString launcher = QStringLiteral("launcher.local");
    // What the handler of the kind reads; paths inside are relative to the project. A value {"fromJob": id, "result":
    // key} (see resultOf()) stands for that entry of the result of a job named in `after`; the worker replaces it when
    // it starts and keeps the outcome in resolved.json.
    QJsonObject parameters;
    QString command;            // the command line that does the same
};

/// Stands for an entry of another job's result: "validation.bytes" goes into nested objects.
ATHANOR_EXPORT QJsonObject resultOf(const QString &jobId, const QString &key);
ATHANOR_EXPORT QJsonObject toJson(const Spec &spec);
ATHANOR_EXPORT Result<Spec> specFromJson(const QJsonObject &object);

}  // namespace athanor::job
