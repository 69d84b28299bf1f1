// The records of one file, as a reader hands them over: the first ones tell the form, then each becomes canonical or is
// handed on with its reason. Private to the room. Limits: kFirstRecords are held. Thread: one.
#pragma once

#include "core/corpus/reader.h"
#include "core/corpus/record_canonical.h"

#include <functional>
#include <optional>

namespace athanor::corpus {

class RecordIntake {
public:
    /// A record and what became of it; `document.text` is the record as it stood in the file.
    using Take = std::function<Status(ReadDocument &&document, CanonicalResult &&record)>;

    RecordIntake(const QJsonObject &settings, Take take) : m_settings(settings), m_take(std::move(take)) {}

    /// Errors: those of recordFormOf() and of the taker.
    Status add(ReadDocument &&document);
    /// The file has ended. A file without records is no error.
    Status finish();
    const std::optional<RecordForm> &form() const { return m_form; }

private:
    Status decide();
    QJsonObject m_settings;
    Take m_take;
    std::optional<RecordForm> m_form;
    std::vector<ReadDocument> m_waiting;
};

}  // namespace athanor::corpus
