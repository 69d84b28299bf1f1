// One spelling for what looks the same, and nothing that cannot be seen. Source: Unicode Standard Annex 15 (NFC),
// Unicode Technical Report 36 (invisible and direction-changing characters). Thread: pure functions.
#pragma once

#include "core/base/export.h"

#include <QByteArray>

namespace athanor::text {

struct NormalizeOptions {
    bool nfc = true;
    bool plainSpaces = true;       // no-break and other wide spaces become a space
    bool removeInvisible = true;   // zero-width space, soft hyphen, byte order marks, direction overrides
    bool trimLines = true;         // spaces at the end of lines
    int maximumBlankLines = 2;     // longer runs are cut
};

struct Normalized {
    QByteArray text;
    qint64 removedCharacters = 0;  // control and invisible characters taken out
    bool changed = false;
};

/// `text` must be valid UTF-8; so is the result. Line ends become line feeds; control characters other than tab and
/// line feed go; white space at the end goes, as do empty lines at the beginning; a non-empty text ends with one line feed.
ATHANOR_EXPORT Normalized normalize(const QByteArray &text, const NormalizeOptions &options = {});

}  // namespace athanor::text
