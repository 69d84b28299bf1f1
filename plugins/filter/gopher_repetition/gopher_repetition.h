// The repetition rules of Gopher. Role: measures repeated lines, paragraphs and n-grams. Thread: safe.
#pragma once

#include "core/corpus/steps.h"

namespace athanor::corpus {

class GopherRepetitionFilter : public Filter {
public:
    Result<std::unique_ptr<FilterRun>> start(const QJsonObject &settings) const override;
};

}  // namespace athanor::corpus
