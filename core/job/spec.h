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
    QJsonObject parameters;     // what the handler of the kind reads; paths inside are relative to the project
    QString command;            // the command line that does the same
};

ATHANOR_EXPORT QJsonObject toJson(const Spec &spec);
ATHANOR_EXPORT Result<Spec> specFromJson(const QJsonObject &object);

}  // namespace athanor::job
