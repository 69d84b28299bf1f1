// What left the project: each export with its proof and the way to its folder. Thread: the window's.
#pragma once

#include "core/project/project.h"
#include "ui/style/widgets.h"

namespace athanor::pages {

class ATHANOR_EXPORT ExportsCard : public style::Card {
    Q_OBJECT
public:
    explicit ExportsCard(QWidget *parent = nullptr);
    /// Newest first; hidden when there is none.
    void setExports(const QList<project::Export> &exports);
    int count() const { return m_count; }

private:
    QWidget *makeRow(const project::Export &each);
    QVBoxLayout *m_rows;
    QStringList m_shown;  // ids
    int m_count = 0;
};

}  // namespace athanor::pages
