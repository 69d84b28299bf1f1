// What makes damage to a checkpoint's folder visible. Role: state.json holds length and SHA-256 of every other file
// ("files"), and the SHA-256 of itself ("stateSha256", taken over its bytes with that value as zeros). A checkpoint of
// an older Athanor has the hashes of its two tensor files only. Written by core/train; checked there before a run goes
// on, and by core/generate before anything is made of a model. Thread: functions safe.
#pragma once

#include "core/base/error.h"

#include <QJsonObject>
#include <QMap>

namespace athanor::interop {

/// SHA-256 by the name of the file, relative to the folder.
using FileHashes = QMap<QString, QString>;

/// Reads the files back, from the disk where the system lets go of what it keeps in memory. Corrupt names the one that
/// is not what was written. Returns "files" of state.json.
ATHANOR_EXPORT Result<QJsonObject> readBack(const QString &folder, const FileHashes &written);

/// The bytes of state.json with the hash of themselves in them.
ATHANOR_EXPORT QByteArray sealed(QJsonObject state);
/// state.json of a folder. Corrupt when it was changed since it was sealed; one that never was, is taken as it is.
ATHANOR_EXPORT Result<QJsonObject> readSealed(const QString &folder);
/// Whether the folder's files are those that its state.json names. Corrupt names the one that is not.
ATHANOR_EXPORT Status checkFiles(const QString &folder, const QJsonObject &state);
/// The same for one of them; in order when the state does not know it.
ATHANOR_EXPORT Status checkFile(const QString &folder, const QString &name, const QJsonObject &state);
/// What a model is read from (weights, architecture, tokenizer; not the optimizer's memory) against state.json, which is
/// returned. A folder without one was not written by a run: empty, and taken as it is. Cost: one pass over the weights,
/// where these are not left out.
enum class ModelFiles { All, AllButWeights };
ATHANOR_EXPORT Result<QJsonObject> checkModelFiles(const QString &folder, ModelFiles which = ModelFiles::All);

}  // namespace athanor::interop
