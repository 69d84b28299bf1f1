// Checkpoints of one run: folders step-00001000 that a kill at any moment leaves whole or absent. Role: write
// (temporary folder, every file synced and read back, one rename), list, check, prune. Files: model.safetensors (f32 masters), or
// adapter.safetensors and adapter.json of a run that trains an adapter; optimizer.safetensors, state.json,
// architecture.json, tokenizer.model or tokenizer.json, and what is copied from the base (a chat template …).
// Thread: one call at a time; write() may run on another thread than the trainer.
#pragma once

#include "core/base/error.h"
#include "core/interop/checkpoint_seal.h"
#include "core/train/optimizer.h"

#include <QJsonObject>
#include <QSet>
#include <QStringList>

#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace athanor::train {

inline constexpr int kCheckpointFormat = 1;

struct CheckpointContents {
    qint64 step = 0;
    std::vector<NamedState> weights;    // f32, or of a model's format where they rest
    std::vector<NamedState> optimizer;  // f32
    QJsonObject state;                  // without the hashes
    QJsonObject architecture;
    QJsonObject adapter;                // adapter.json; empty: `weights` are the whole model
    QMap<QString, QByteArray> companions;  // the tokenizer and what else goes along as it is, by names relative to the folder
};

struct CheckpointFacts {
    qint64 step = 0;
    QString folder;  // absolute
    QString weightsSha256;  // of model.safetensors or adapter.safetensors
    QString optimizerSha256;
    QJsonObject state;
};

class ATHANOR_EXPORT CheckpointStore {
public:
    explicit CheckpointStore(QString folder) : m_folder(std::move(folder)) {}

    /// DiskFull and other errors leave everything that was there as it was. Diverged when a weight is not finite.
    Result<CheckpointFacts> write(const CheckpointContents &contents) const;
    /// Steps that have a folder, ascending.
    std::vector<qint64> steps() const;
    QString folderOf(qint64 step) const;
    /// The newest up to `latest` whose hashes agree; others are passed over and named in `problems`. `unread`: those among them
    /// that could not be read, which does not say that they are damaged (permissions, a newer Athanor's, a failing disk).
    std::optional<CheckpointFacts> newestWhole(QStringList &problems, qint64 latest = std::numeric_limits<qint64>::max(),
                                               QSet<qint64> *unread = nullptr) const;
    /// The one with the lowest validation loss of its state.json; the newest when none was validated.
    std::optional<CheckpointFacts> best() const;
    /// The same among those whose model is as it was written; others are set aside and named in `problems`.
    std::optional<CheckpointFacts> bestWhole(QStringList &problems) const;
    /// Keeps the newest `keep`, the best, and those in `wanted`. Returns the steps that went.
    std::vector<qint64> prune(int keep, const QSet<qint64> &wanted = {}) const;
    /// Renames the checkpoint to damaged-step-…, abandoned-step-… or unread-step-…, so that it counts as the newest or the best
    /// no more. What was not read is never deleted.
    enum class Aside { Damaged, Abandoned, Unread };
    void setAside(qint64 step, Aside why) const;
    /// Sets the checkpoints after `step` (all for -1) aside as damaged, those in `unread` as unread.
    void setAsideAfter(qint64 step, const QSet<qint64> &unread = {}) const;
    /// Deletes the checkpoints set aside as damaged, but for the newest `keep`. Returns the steps that went.
    std::vector<qint64> removeDamaged(int keep) const;
    /// Deletes those that a run went back behind.
    void removeAbandoned() const;
    /// What a killed writer left behind.
    void removeUnfinished() const;

private:
    Result<CheckpointFacts> read(qint64 step) const;
    std::vector<qint64> stepsNamed(const QString &prefix) const;
    void removeFolders(const QString &pattern) const;
    Status writeCompanions(const QString &folder, const CheckpointContents &contents, interop::FileHashes &hashes) const;
    Status writeFiles(const QString &folder, const CheckpointContents &contents, CheckpointFacts &facts) const;
    QString m_folder;
};

/// All files against their hashes in state.json. Corrupt names the file.
ATHANOR_EXPORT Status checkHashes(const CheckpointFacts &facts);
using MayBeLeft = std::function<bool(const QString &name)>;
/// Whether the file holds exactly these tensors, names and shapes, and others only that may be left.
ATHANOR_EXPORT bool holdsExactly(const QString &file, const std::vector<NamedState> &tensors, const MayBeLeft &mayBeLeft = {});
/// Copies tensors by name into `destinations`; every name must be there with its shape, and no other but what may be left.
ATHANOR_EXPORT Status loadTensors(const QString &file, const std::vector<NamedState> &destinations, const MayBeLeft &mayBeLeft = {});
/// Of the mean of the weights (averaging.h), beside the optimizer's memory.
ATHANOR_EXPORT bool isOfAverage(const QString &name);
/// Bytes of one checkpoint on disk, about.
ATHANOR_EXPORT qint64 checkpointBytes(const CheckpointContents &contents);

}  // namespace athanor::train
