#include "core/corpus/record_intake.h"

namespace athanor::corpus {

Status RecordIntake::add(ReadDocument &&document)
{
    if (m_form) {
        CanonicalResult record = canonicalRecord(document.text, *m_form);
        return m_take(std::move(document), std::move(record));
    }
    m_waiting.push_back(std::move(document));
    return m_waiting.size() < kFirstRecords ? Status() : decide();
}

Status RecordIntake::finish()
{
    return m_form || m_waiting.empty() ? Status() : decide();
}

Status RecordIntake::decide()
{
    std::vector<QByteArray> first;
    for (const ReadDocument &document : m_waiting)
        first.push_back(document.text);
    ATHANOR_ASSIGN(m_form, recordFormOf(first, m_settings));
    for (ReadDocument &document : std::exchange(m_waiting, {}))
        ATHANOR_TRY(add(std::move(document)));
    return {};
}

}  // namespace athanor::corpus
