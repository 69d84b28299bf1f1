// Advisory locks on whole files (flock): they end with the process, however it dies. Role: one worker a job, one window
// a project, one advance of a queue at a time. Thread: each object for one thread; waiting sleeps.
#pragma once

#include "core/base/error.h"

namespace athanor {

class ATHANOR_EXPORT FileLock {
public:
    enum class Wait { No, Briefly };  // Briefly: up to 5 s
    enum class Kind { Exclusive, Shared };
    /// The file is made when missing. Busy when another process (or another object of this one) holds it.
    static Result<FileLock> acquire(const QString &path, Wait wait, Kind kind = Kind::Exclusive);
    /// True while some process holds the lock exclusively; needs no write permission.
    static bool isHeld(const QString &path);

    FileLock(FileLock &&other) noexcept;
    FileLock &operator=(FileLock &&other) noexcept;
    ~FileLock();
    void release();
    /// Changes the kind without waiting; false when others stand in the way, and then the lock may be lost.
    bool change(Kind kind);

private:
    explicit FileLock(int descriptor) : m_descriptor(descriptor) {}
    int m_descriptor = -1;
};

}  // namespace athanor
