// How the files of a dataset's sources stood when it was curated, and how they stand now. Role: a fingerprint (16 bytes
// a file) that the curate job leaves, and a look at the sources that compares with it without reading a file.
//   jobs/<id>/sources.fingerprint: "ATHSRCF\n", u32 format, u32 count, count × (u64 file, u64 state) by file, SHA-256
// file: hash of source id and path; state: hash of size and time of the last change. Little-endian.
// Thread: SourceLook is made where the catalogue is, run() may be on any thread.
#pragma once

#include "core/corpus/reader_choice.h"
#include "core/corpus/reader.h"
#include "core/corpus/source.h"

#include <memory>
#include <unordered_map>

namespace athanor::corpus {

inline constexpr char kFingerprintFile[] = "sources.fingerprint";

/// Where the files of a source are: a relative location (of what was fetched) is below the project.
QString placeOf(const QString &location, const QString &plugin, const QString &projectPath);

class ATHANOR_EXPORT Fingerprint {
public:
    void add(const QString &source, const SourceItem &item);
    Status write(const QString &path) const;
    /// Errors: NotFound, Corrupt, NewerVersion.
    static Result<Fingerprint> read(const QString &path);

    enum class State { Same, Changed, Unknown };
    State stateOf(const QString &source, const SourceItem &item) const;
    qint64 count() const { return static_cast<qint64>(m_files.size()); }

private:
    std::unordered_map<quint64, quint64> m_files;
};

struct SourceChanges {
    qint64 changed = 0, added = 0, gone = 0;
    QStringList examples;      // paths of changed and new files, at most 3
    bool isComplete = true;    // false: time was up before all were looked at; nothing is said about gone ones then
    bool any() const { return changed + added + gone > 0; }
};

/// "3 files changed, 1 new, 2 gone": those that there are. Empty when there are none.
ATHANOR_EXPORT QString changesText(const SourceChanges &changes);

/// The sources of one curation, ready to be looked at.
class ATHANOR_EXPORT SourceLook {
public:
    /// `parameters`: of the curate job; `jobPath`: its folder. Reads no more than whether there is a fingerprint. Errors:
    /// NotFound, a source plugin that is missing.
    static Result<SourceLook> create(const QString &jobPath, const QJsonObject &parameters, plugin::Catalogue &catalogue);
    /// Lists all sources, at most for `milliseconds`. Errors: those of Fingerprint::read(), a location that cannot be listed
    /// (its disk is away …), Cancelled.
    Result<SourceChanges> run(const CancelToken &cancel, qint64 milliseconds) const;

private:
    struct Place {
        QString id, location;
        QJsonObject settings;
        Source *plugin = nullptr;
    };
    SourceLook(QString file, ReaderChoice choice) : m_file(std::move(file)), m_choice(std::move(choice)) {}
    QString m_file;  // the fingerprint
    ReaderChoice m_choice;
    std::vector<Place> m_places;
};

}  // namespace athanor::corpus
