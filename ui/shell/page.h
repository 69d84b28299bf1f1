// What a stage's page derives from, and the entry by which the window knows it. Pages are made when first shown.
// Thread: the window's.
#pragma once

#include "core/base/export.h"
#include "core/project/rows.h"

#include <QJsonObject>
#include <QWidget>

#include <functional>

class QVBoxLayout;

namespace athanor::shell {

class Session;

class ATHANOR_EXPORT Page : public QWidget {
    Q_OBJECT
public:
    explicit Page(Session &session, QWidget *parent = nullptr);

    /// Reads what it shows again. Called when the page is shown and, while it is shown, whenever the project changed
    /// (Session::changed). Must be cheap when nothing changed.
    virtual void refresh() {}
    /// Another page or the window sends the person here for something: {"document": id}, {"run": id} …
    virtual void open(const QJsonObject &argument) { Q_UNUSED(argument) }
    /// Files or folders dropped on the window while this page is shown. True when it took them.
    virtual bool takeDrop(const QStringList &paths) { Q_UNUSED(paths) return false; }

    /// False: the page is made anew when another project is opened. True: it is kept and refreshed.
    virtual bool survivesProject() const { return false; }

protected:
    Session &session() const { return m_session; }
    /// What "Copy as command" copies while this page is shown; a hidden page leaves that of the shown one alone.
    void offerCommand(const QString &command);

private:
    Session &m_session;
};

/// A page whose content scrolls when the window is small, with the page margins and gaps of the drawings.
class ATHANOR_EXPORT ScrollPage : public Page {
    Q_OBJECT
public:
    explicit ScrollPage(Session &session, QWidget *parent = nullptr);
    QVBoxLayout *content() const { return m_content; }

private:
    QVBoxLayout *m_content;
};

struct StageEntry {
    project::Stage stage;
    QString title;  // "Data"
    QString icon;   // of resources/icons
    std::function<Page *(Session &, QWidget *parent)> make;
};

}  // namespace athanor::shell
