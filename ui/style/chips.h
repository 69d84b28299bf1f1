// Chips: a row of choices of which one is on; and the layout that lets them wrap. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QHash>
#include <QLayout>
#include <QWidget>

class QButtonGroup;
class QPushButton;

namespace athanor::style {

/// Items side by side, going on in the next line when the width ends.
class ATHANOR_EXPORT FlowLayout : public QLayout {
    Q_OBJECT
public:
    explicit FlowLayout(QWidget *parent = nullptr, int gap = 6);
    ~FlowLayout() override;
    void addItem(QLayoutItem *item) override;
    int count() const override;
    QLayoutItem *itemAt(int index) const override;
    QLayoutItem *takeAt(int index) override;
    Qt::Orientations expandingDirections() const override { return {}; }
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override { return minimumSize(); }
    QSize minimumSize() const override;
    void setGeometry(const QRect &rect) override;

private:
    int arrange(const QRect &rect, bool apply) const;
    QList<QLayoutItem *> m_items;
    int m_gap;
};

class ATHANOR_EXPORT ChipBar : public QWidget {
    Q_OBJECT
public:
    explicit ChipBar(QWidget *parent = nullptr);
    /// Adds a chip or changes the text of the one with this id. The first one added is on.
    void setChip(const QString &id, const QString &text, const QString &tooltip = {});
    void removeChip(const QString &id);
    void clear();
    QString current() const { return m_current; }
    void setCurrent(const QString &id);
    QStringList ids() const { return m_order; }
    QPushButton *button(const QString &id) const { return m_chips.value(id); }

Q_SIGNALS:
    void currentChanged(const QString &id);

private:
    FlowLayout *m_layout;
    QButtonGroup *m_group;
    QHash<QString, QPushButton *> m_chips;
    QStringList m_order;
    QString m_current;
};

}  // namespace athanor::style
