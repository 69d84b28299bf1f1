// The distributions of a dataset's signals, with a button that writes the tried limit into its recipe. Role: stays open
// beside the page, so that a document can be looked at. Thread: the window's.
#pragma once

#include "ui/pages/data/limits_view.h"
#include "ui/pages/data/signal_loader.h"
#include "ui/shell/session.h"

#include <QDialog>

namespace athanor::pages {

class ATHANOR_EXPORT LimitsDialog : public QDialog {
    Q_OBJECT
public:
    LimitsDialog(shell::Session &session, const project::Dataset &dataset, QWidget *parent);
    LimitsView *view() const { return m_view; }
    QPushButton *useButton() const { return m_use; }

Q_SIGNALS:
    void documentRequested(const QString &id);
    /// The recipe was changed.
    void used();

private:
    void load();
    void reload();
    void use();
    void updateTexts();
    shell::Session &m_session;
    project::Dataset m_dataset;
    QJsonObject m_recipe;  // whose limits are shown
    LimitsView *m_view;
    QLabel *m_note;
    QPushButton *m_use;
    std::unique_ptr<SignalLoader> m_loader;
};

}  // namespace athanor::pages
