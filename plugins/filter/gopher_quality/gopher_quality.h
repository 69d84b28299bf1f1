// The quality rules of Gopher. Role: measures in two passes over the bytes, then compares. Thread: safe.
#pragma once

#include "core/corpus/steps.h"

namespace athanor::corpus {

class GopherQualityFilter : public Filter {
public:
    Result<std::unique_ptr<FilterRun>> start(const QJsonObject &settings) const override;
};

}  // namespace athanor::corpus
