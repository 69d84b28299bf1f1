// Facts about this computer, read from the operating system. Thread: safe.
#pragma once

#include "core/base/export.h"

#include <QJsonObject>
#include <QString>

namespace athanor {

struct MachineFacts {
    int coreCount = 1;            // usable by this process (affinity and cgroup quota respected)
    qint64 memoryBytes = 0;       // total, or the cgroup's limit when that is smaller
    qint64 freeMemoryBytes = 0;   // available now
    QString processor;            // "Intel(R) Xeon(R) Processor"
    bool hasAvx2 = false;
    bool hasAvx512 = false;
    bool hasBf16 = false;         // AVX-512 bf16 or AMX
    bool hasMatrixUnit = false;   // AMX with bf16
    bool hasFastBf16Dots = false; // AMD's AVX-512 bf16; Intel's takes twice as long as f32
    QString hostName;
    QString bootId;

    /// Whether bf16 matrices are multiplied faster as such than widened to f32.
    bool prefersBf16() const { return hasMatrixUnit || hasFastBf16Dots; }
};

ATHANOR_EXPORT MachineFacts machineFacts();
ATHANOR_EXPORT QJsonObject toJson(const MachineFacts &facts);
/// Resident memory of this process, bytes.
ATHANOR_EXPORT qint64 residentBytes();
/// The most that it ever was, bytes.
ATHANOR_EXPORT qint64 peakResidentBytes();
/// Keeps numbers in files and numeric C functions independent of the person's locale. Call first in every main().
ATHANOR_EXPORT void useCLocaleForNumbers();

}  // namespace athanor
