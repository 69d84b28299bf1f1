// What licences of parts say about the whole. Role: sorts the licences that people and hubs name by how much they ask
// for, and names the one that asks for most. It reads no licence texts and concludes nothing that is not named.
// Thread: pure functions.
#pragma once

#include "core/base/error.h"

#include <QList>

namespace athanor::report {

/// Ascending in what they ask for.
enum class LicenceClass {
    PublicDomain,   // cc0-1.0
    Permissive,     // mit, apache-2.0, psf-2.0, cc-by-4.0: credit and notices
    ShareAlike,     // cc-by-sa-4.0, mpl-2.0, lgpl: changes under the same terms
    Copyleft,       // gpl, agpl: the whole under the same terms
    UseRestricted,  // openrail, llama, gemma: some uses are forbidden
    NonCommercial,  // cc-by-nc: no commercial use, or no changes
    Unknown,
};

/// By SPDX or hub identifier, whatever its case; also "Apache License 2.0" and other usual names.
ATHANOR_EXPORT LicenceClass licenceClass(const QString &name);
/// "asks that some uses be left out": in words.
ATHANOR_EXPORT QString licenceClassText(LicenceClass kind);
/// The identifier that Hugging Face's cards take ("apache-2.0"); "other" where it has none; "unknown" for an empty name.
ATHANOR_EXPORT QString hubLicence(const QString &name);

struct LicensedPart {
    QString part;     // "the base model SmolLM2-135M", "12 documents of docs"
    QString licence;  // as named; empty: none was
};
struct LicenceConclusion {
    QString licence;       // the most restrictive one that is named; empty when none is
    QString part;          // what it belongs to
    QStringList unknown;   // parts without a licence, or with one that is not known
    QString text;          // the conclusion in a sentence or two
};
ATHANOR_EXPORT LicenceConclusion concludeLicences(const QList<LicensedPart> &parts);

}  // namespace athanor::report
