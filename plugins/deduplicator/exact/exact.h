// Copies with the same text, by SHA-256 of it. Limits: 32 bytes a document in memory. Thread: as the interface says.
#pragma once

#include "core/corpus/steps.h"

namespace athanor::corpus {

class ExactDeduplicator : public Deduplicator {
public:
    Result<std::unique_ptr<DeduplicatorRun>> start(const QJsonObject &settings, qint64 documentCount) const override;
};

}  // namespace athanor::corpus
