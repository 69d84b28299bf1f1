// Unicode normalisation as a step of a recipe. Thread: safe.
#pragma once

#include "core/corpus/steps.h"

namespace athanor::corpus {

class UnicodeCleaner : public Cleaner {
public:
    Result<std::unique_ptr<CleanerRun>> start(const QJsonObject &settings) const override;
};

}  // namespace athanor::corpus
