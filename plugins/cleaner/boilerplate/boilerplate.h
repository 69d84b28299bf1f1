// Lines that many documents of a source have in common at their ends. Role: two passes, first counting, then cutting.
// Limits: remembers a hash and a count per different line. Thread: as the interface says.
#pragma once

#include "core/corpus/steps.h"

namespace athanor::corpus {

class BoilerplateCleaner : public Cleaner {
public:
    Result<std::unique_ptr<CleanerRun>> start(const QJsonObject &settings) const override;
};

}  // namespace athanor::corpus
