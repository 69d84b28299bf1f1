// The rail at the left: the project's name, the stages with their states, the machine. Thread: the window's.
#pragma once

#include "ui/shell/page.h"
#include "ui/style/tokens.h"

#include <QAbstractButton>
#include <QFrame>

class QMenu;
class QToolButton;
class QVBoxLayout;

namespace athanor::style {
class ElidedLabel;
}

namespace athanor::shell {

class ATHANOR_EXPORT RailItem : public QAbstractButton {
    Q_OBJECT
public:
    RailItem(const StageEntry &stage, int number, QWidget *parent);
    void setStatus(const project::StageStatus &status);
    project::StageState state() const { return m_status.state; }
    QSize sizeHint() const override { return {192, 40}; }

protected:
    void paintEvent(QPaintEvent *event) override;
    void enterEvent(QEnterEvent *event) override;
    void leaveEvent(QEvent *event) override;

private:
    QString m_icon;
    int m_number;
    project::StageStatus m_status;
};

class ATHANOR_EXPORT Rail : public QFrame {
    Q_OBJECT
public:
    Rail(const std::vector<StageEntry> &stages, QMenu *menu, QWidget *parent = nullptr);
    void setProjectTitle(const QString &title, const QString &path);
    void setStatuses(const QList<project::StageStatus> &statuses);
    void setCurrent(project::Stage stage);
    /// Without a project only its page can be shown.
    void setStagesEnabled(bool enabled);
    RailItem *item(project::Stage stage) const { return m_items.value(stage); }

Q_SIGNALS:
    void stageChosen(athanor::project::Stage stage);

private:
    style::ElidedLabel *m_title;
    QMap<project::Stage, RailItem *> m_items;
};

}  // namespace athanor::shell
