// Length in words. Where words are not separated by spaces (Chinese, Japanese, Thai) two characters count as a word.
// Thread: safe.
#pragma once

#include "core/corpus/steps.h"

namespace athanor::corpus {

class LengthFilter : public Filter {
public:
    Result<std::unique_ptr<FilterRun>> start(const QJsonObject &settings) const override;
};

}  // namespace athanor::corpus
