// Where the documents come from, with the licence of each. Thread: the window's.
#pragma once

#include "core/project/project.h"
#include "ui/style/widgets.h"

#include <QComboBox>
#include <QDialog>
#include <QTableWidget>

namespace athanor::pages {

class ATHANOR_EXPORT SourcesCard : public style::Card {
    Q_OBJECT
public:
    explicit SourcesCard(QWidget *parent = nullptr);
    void setSources(const QList<project::Source> &sources);
    int count() const { return int(m_sources.size()); }

Q_SIGNALS:
    void removeRequested(const QString &sourceId);

private:
    QList<project::Source> m_sources;
    QTableWidget *m_table;
    QPushButton *m_remove;
};

/// Asks under which licence the new documents stand; offers the usual answers and takes any words.
class ATHANOR_EXPORT LicenceDialog : public QDialog {
    Q_OBJECT
public:
    LicenceDialog(const QStringList &paths, QWidget *parent);
    QString licence() const;
    QComboBox *field() const { return m_licence; }
    QPushButton *acceptButton() const { return m_accept; }

private:
    QComboBox *m_licence;
    QPushButton *m_accept;
};

}  // namespace athanor::pages
