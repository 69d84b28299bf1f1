// Small pieces of HTML, escaped. Private to the room. Thread: safe.
#pragma once

#include <QString>
#include <QStringList>

#include <vector>

namespace athanor::report {

/// Text for HTML: markup escaped, control characters made visible as U+FFFD.
QString escaped(const QString &text);
QString paragraph(const QString &text);
/// A table; `numeric` columns stand right-aligned. Cells are plain text.
QString table(const QStringList &heads, const std::vector<QStringList> &rows, const std::vector<bool> &numeric);
/// Two columns, name and value; rows with an empty value are left out. Empty when no row is left.
QString facts(const std::vector<std::pair<QString, QString>> &rows);
/// A section with its heading; empty when `body` is.
QString section(const QString &id, const QString &title, const QString &body);

}  // namespace athanor::report
