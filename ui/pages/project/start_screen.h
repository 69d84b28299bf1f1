// The first start: three ways in, and the recent projects. No account, no settings. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QFrame>
#include <QWidget>

class QVBoxLayout;

namespace athanor::pages {

/// A card that is pressed like a button.
class ATHANOR_EXPORT ChoiceCard : public QFrame {
    Q_OBJECT
public:
    ChoiceCard(const QString &iconName, const QString &title, const QString &text, QWidget *parent = nullptr);

Q_SIGNALS:
    void pressed();

protected:
    void mouseReleaseEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void drawIcon();
    QString m_iconName;
    class QLabel *m_icon;
};

class ATHANOR_EXPORT StartScreen : public QWidget {
    Q_OBJECT
public:
    explicit StartScreen(QWidget *parent = nullptr);
    void setRecent(const QStringList &paths);

Q_SIGNALS:
    void sampleWanted();
    void documentsWanted();
    void projectWanted(const QString &path);

private:
    void chooseProject();
    QWidget *m_recentBox;
    QVBoxLayout *m_recent;
};

}  // namespace athanor::pages
