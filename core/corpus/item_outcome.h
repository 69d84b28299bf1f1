// What reading made of one file of a source. Private to the room. Thread: values.
#pragma once

#include "core/corpus/document_table.h"
#include "core/corpus/record_form.h"

#include <optional>

namespace athanor::corpus {

struct ItemOutcome {
    std::vector<Record> records;
    QString skippedExtension;  // not null when no reader takes the file
    std::optional<RecordForm> form;
    bool isLasting = true;     // false: another attempt may end differently (it took too long, it was not allowed …)
    bool isReused = false;     // taken from what was read before
};

}  // namespace athanor::corpus
