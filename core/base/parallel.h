// A loop over indexes with all cores. Role: each index once, in no order; results go to places of their own, so that
// the outcome does not depend on the number of threads. Thread: called from one; `work` runs in many.
#pragma once

#include "core/base/error.h"

#include <QCoreApplication>

#include <atomic>
#include <exception>
#include <functional>
#include <mutex>
#include <new>
#include <thread>
#include <vector>

namespace athanor {

/// What leaves a thread as an exception would end the program.
inline Status caught(const std::function<Status(qint64)> &work, qint64 index)
{
    try {
        return work(index);
    } catch (const std::bad_alloc &) {
        return fail(ErrorCode::OutOfMemory,
                    QCoreApplication::translate("athanor", "The memory of this computer did not suffice."),
                    QCoreApplication::translate("athanor", "Close other programs, then try again."));
    } catch (const std::exception &exception) {
        return fail(ErrorCode::Internal,
                    QCoreApplication::translate("athanor", "The work met an error that it does not know."), {},
                    QString::fromLocal8Bit(exception.what()));
    }
}

/// Stops at the first error (of the lowest index among those that failed) or when `stop` returns an error.
inline Status forEachIndex(qint64 count, int threadCount, const std::function<Status()> &stop,
                           const std::function<Status(qint64)> &work)
{
    std::atomic<qint64> next{0};
    std::atomic<bool> stopped{false};
    std::mutex mutex;
    qint64 failedAt = count;
    Status outcome;
    const auto note = [&](qint64 index, Error error) {
        const std::lock_guard lock(mutex);
        stopped = true;
        if (index >= failedAt)
            return;
        failedAt = index;
        outcome = fail(std::move(error));
    };
    const auto run = [&] {
        for (qint64 index = next++; index < count && !stopped; index = next++) {
            Status status = stop();
            if (status)
                status = caught(work, index);
            if (!status)
                note(index, std::move(status.error()));
        }
    };
    std::vector<std::thread> threads;
    for (int i = 1; i < std::min<qint64>(threadCount, count); ++i)
        threads.emplace_back(run);
    run();
    for (std::thread &thread : threads)
        thread.join();
    return outcome;
}

}  // namespace athanor
