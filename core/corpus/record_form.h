// Which form the records of a file have: their format, and the columns that hold what. Role: told from the first records
// and what the person mapped; refused, with the columns that there are, where it could be several things or nothing.
// Thread: pure functions.
#pragma once

#include "core/base/error.h"

#include <QJsonObject>
#include <QMap>
#include <QStringList>

#include <memory>
#include <vector>

namespace athanor::corpus {

enum class RecordKind { Chat, Labels };

struct RecordForm {
    QString format;                 // "messages", "sharegpt", "alpaca", "prompt", "labels"
    QMap<QString, QString> columns; // what → the name in the file; optional ones only where they are
    QString why;                    // "the first 20 records have the columns “question” and “answer”"
    RecordKind kind() const { return format == QLatin1String("labels") ? RecordKind::Labels : RecordKind::Chat; }
    QJsonObject toJson() const;
};

/// How many records are looked at.
inline constexpr int kFirstRecords = 20;

/// `records`: JSON objects as text. `settings`: of checkRecordSettings(). Errors (problem.h): "columns" where several
/// formats fit or a mapped column is missing, "format" where none fits.
ATHANOR_EXPORT Result<RecordForm> recordFormOf(const std::vector<QByteArray> &records, const QJsonObject &settings);

}  // namespace athanor::corpus
