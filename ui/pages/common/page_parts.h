// Small things that several pages need: ways to fill lists of names. Thread: the window's.
#pragma once

#include "core/project/project.h"
#include "ui/pages/common/layouts.h"
#include "ui/style/widgets.h"

#include <QComboBox>
#include <QTableWidget>
#include <QVBoxLayout>

#include <functional>

namespace athanor::pages {

/// A path as a person types it: “~” is the home folder.
ATHANOR_EXPORT QString withHome(const QString &path);
/// Fills `box` with `names`, keeps what was chosen when it is still there. Emits nothing.
ATHANOR_EXPORT void fillChoices(QComboBox *box, const QStringList &names, const QStringList &values = {});
/// The value of what is chosen (the data of the entry, or its text).
ATHANOR_EXPORT QString chosen(const QComboBox *box);
ATHANOR_EXPORT bool choose(QComboBox *box, const QString &value);
/// Cancel and `accept` at a dialog's foot, connected.
ATHANOR_EXPORT void addDialogButtons(QDialog *dialog, QVBoxLayout *column, QPushButton *accept);
/// A name above a field, joined for screen readers.
ATHANOR_EXPORT QWidget *labelled(const QString &label, QWidget *field, const QString &tooltip = {});
/// Names of the datasets, newest first, each once.
ATHANOR_EXPORT QStringList datasetNames(const project::Project &project);
/// Those that hold text, not records.
ATHANOR_EXPORT QStringList textDatasetNames(const project::Project &project);
/// The newest version of the dataset that pages are about: the newest of all. Nothing when there is none.
ATHANOR_EXPORT std::optional<project::Dataset> currentDataset(const project::Project &project);
/// `wanted`, or `wanted 2`, `wanted 3` … : the first that is not in `taken`.
ATHANOR_EXPORT QString freeName(const QString &wanted, const QStringList &taken);
/// A table to read: no grid, whole rows, columns sharing the width.
ATHANOR_EXPORT QTableWidget *makeTable(const QStringList &titles, const QString &accessibleName);
/// Asks where to write a new file, beginning with `proposed` (a path); `then` gets the answer.
ATHANOR_EXPORT void askForNewFile(QWidget *parent, const QString &title, const QString &proposed, const QString &filter,
                                  const std::function<void(const QString &)> &then);
/// Bits per byte and the like: "1.871"; "–" for unknown.
ATHANOR_EXPORT QString figure(double value);
/// The number under `key`, NaN when it is missing or null.
ATHANOR_EXPORT double numberIn(const QJsonObject &object, const char *key);

}  // namespace athanor::pages
