// The shape of the store, as numbered steps. Role: brings a store of any earlier version to this one; user_version says
// where it stands. A step is never changed once released: a new one is added. Private to this room.
#pragma once

#include "core/project/sqlite.h"

namespace athanor::project {

/// "Athn": tells an Athanor project from any other SQLite file.
inline constexpr int kApplicationId = 0x4174686e;

/// NewerVersion when the store is of a later Athanor, Corrupt when it is another program's file.
Result<int> readSchemaVersion(const Database &database);
/// Runs the missing steps, each in a transaction of its own. Before the first one a store that is not empty is copied
/// to project.sqlite.v<N> beside it.
Status migrate(Database &database, const QString &path);

}  // namespace athanor::project
