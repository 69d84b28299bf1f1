// What an adapter is made with: the job parameter "adapter", as typed values. Thread: values.
// Sources: Hu et al. 2021 (LoRA), Kalajdzievski 2023 (rsLoRA), Liu et al. 2024 (DoRA).
#pragma once

#include "core/base/error.h"

#include <QJsonObject>
#include <QStringList>

namespace athanor::adapt {

struct AdapterSettings {
    int64_t rank = 8;       // r
    double alpha = 16;
    double dropout = 0;     // of what the adapter reads, while training
    bool rslora = false;    // scale by √r instead of r
    bool dora = false;      // a learned length for each row
    QStringList targets;    // names or patterns of modules; {"all"}: every matrix but the head

    /// What B·A is multiplied by.
    ATHANOR_EXPORT double scale() const;
    /// InvalidInput names the key. "targets" may be a list, or a text with commas.
    ATHANOR_EXPORT static Result<AdapterSettings> fromJson(const QJsonObject &values);
    ATHANOR_EXPORT QJsonObject toJson() const;  // "targets" as a list
    bool operator==(const AdapterSettings &other) const = default;
};

/// A list of texts, or one text with commas between them, without blanks around them.
ATHANOR_EXPORT QStringList textList(const QJsonValue &value);

}  // namespace athanor::adapt
