// One file from a server to the disk, so that a cut line costs nothing. Role: NAME.part grows, NAME.part.json says of
// what (address, tag, length); it goes on where it ended when the server still has the same, starts anew otherwise, and
// gets its name only when length and hash are right. Thread: the client's.
#pragma once

#include "core/fetch/http.h"
#include "core/fetch/offer.h"

namespace athanor::fetch {

struct TransferOptions {
    int attempts = 6;                                          // in a row without a byte between
    std::chrono::milliseconds firstPause = std::chrono::seconds(1);  // doubles from one to the next
};

/// Bytes of the file that are on the disk so far: all, those of its .part, or none.
ATHANOR_EXPORT qint64 bytesOnDisk(const QString &folder, const RemoteFile &file);

/// Leaves folder/file.name. `progress` hears the bytes of this file that are there. Returns its SHA-256.
/// Errors: Corrupt (wrong hash: the file is removed), LimitExceeded (longer than announced: removed), DiskFull,
/// Cancelled and External (the .part stays), and those of HttpClient.
ATHANOR_EXPORT Result<QString> transfer(HttpClient &client, const QString &folder, const RemoteFile &file, CancelToken cancel,
                                        const std::function<void(qint64)> &progress, const TransferOptions &options = {});

}  // namespace athanor::fetch
