// Threads, memory and speed of the tensor library. Role: the only place where OpenMP, OpenBLAS and LibTorch are told
// their thread count, and where glibc is told to keep large blocks. Call both early in a process. Thread: main only.
#pragma once

#include "core/base/error.h"

#include <QJsonObject>

namespace athanor::tensor {

/// Sets OpenMP, OpenBLAS (when that is the BLAS) and LibTorch together; count < 1: all usable cores.
ATHANOR_EXPORT void setThreadCount(int count);
ATHANOR_EXPORT int threadCount();
/// What each library says: {"threads","openmp","openblas","torch","blas","f32Products","f32InParts","bf16Products","torchVersion",
/// "bf16InHardware","cuda","devices"}.
ATHANOR_EXPORT QJsonObject tensorFacts();

/// Tells glibc to keep freed memory instead of giving large blocks back at once (a tenth of a training step).
ATHANOR_EXPORT void keepLargeBlocks();

struct SpeedProbe {
    double f32FlopsPerSecond = 0;    // best of several matrix products
    double bf16FlopsPerSecond = 0;
    bool bf16IsFaster() const { return bf16FlopsPerSecond > 1.1 * f32FlopsPerSecond; }
};
/// Times matrix products of `size`³ in both formats for about `seconds` each. The limit that a model's share is of.
ATHANOR_EXPORT Result<SpeedProbe> probeSpeed(double seconds = 0.4, int64_t size = 1024);
/// Bytes that all threads together read in a second from a block of `bytes`, best of about `seconds`: what writing token by
/// token is bound by, which reads every weight for each.
ATHANOR_EXPORT Result<double> probeMemory(double seconds = 0.6, int64_t bytes = int64_t(512) << 20);

}  // namespace athanor::tensor
