// What a person writes to name a model elsewhere. Thread: values.
#pragma once

#include "core/base/error.h"

#include <QUrl>

namespace athanor::fetch {

struct ModelAddress {
    QString repository;  // "owner/name"; empty for a plain address
    QString revision;    // branch, tag or commit; "main" when none was named
    QString file;        // of a repository: the one file that the address names
    QUrl url;            // of a plain address
    bool isRepository() const { return !repository.isEmpty(); }
};

/// "owner/name", "owner/name@revision", "https://hub/owner/name[/tree|blob|resolve/revision[/file]]" where `hub` is
/// the hub's address, or any http(s) address of a file. Errors: InvalidInput, Unsupported (file:, ftp: …).
ATHANOR_EXPORT Result<ModelAddress> parseAddress(const QString &text, const QUrl &hub);

/// HF_ENDPOINT, else "hub/address" in the settings, else https://huggingface.co.
ATHANOR_EXPORT QUrl hubAddress();

/// A name that a server gave, as a path below a folder: parts of letters, digits and ._- only, none of them "..".
ATHANOR_EXPORT bool isSafeName(const QString &name);

}  // namespace athanor::fetch
