// All documents of a curation in memory, without their texts. Role: what each phase adds about a document.
// Limits: about 450 bytes a document. Thread: different entries may be written by different threads.
#pragma once

#include "core/corpus/spool.h"

#include <QJsonObject>
#include <QMap>

#include <array>
#include <map>
#include <vector>

namespace athanor::corpus {

enum class DocumentStatus { Kept, Removed, Unreadable };

struct Record {
    QString id;
    QString path;
    int source = 0;
    qint64 bytes = 0;            // raw
    SpoolPlace extracted;
    SpoolPlace current;          // equals extracted until a cleaner changes the text
    QString textSha256;          // of the text as it was read; of a record, of its canonical form
    std::array<char, 32> currentSha256{};  // of the current text, once the steps have begun
    QString language;
    QMap<QString, double> facts;
    QByteArray measured;         // `"signal":1,"other":2` of all filters
    DocumentStatus status = DocumentStatus::Kept;
    QString reason, reasonTitle, detail;
    qint64 original = -1;        // the document this one is a copy of
    QString split;               // "train", "validation", or empty
    QString label;               // of labelled texts

    bool isAlive() const { return status == DocumentStatus::Kept; }
};

struct SourceSpec {
    QString id, plugin, location, licence;
    QJsonObject settings;
};

/// One line of the result's "stages".
struct Stage {
    QString id, title;
    qint64 documents = 0, bytes = 0, removed = 0, changed = 0;
};

using DocumentTable = std::vector<Record>;

}  // namespace athanor::corpus
