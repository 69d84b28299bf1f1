// A document before and after repair, side by side, line beside line. Role: removed lines are marked on the left,
// new ones on the right; both sides scroll together. Text can be selected and copied. Thread: the window's.
#pragma once

#include "core/base/export.h"
#include "ui/pages/data/text_diff.h"

#include <QPlainTextEdit>
#include <QWidget>

class QLabel;

namespace athanor::pages {

class ATHANOR_EXPORT DiffView : public QWidget {
    Q_OBJECT
public:
    explicit DiffView(QWidget *parent = nullptr);

    /// Texts longer than kShownCharacters are cut for showing and say so. Equal ones stand once.
    void setTexts(const QString &before, const QString &after);
    /// Only one text is known (unreadable, or the other is not kept any more): it stands alone on the left.
    void setSingle(const QString &title, const QString &text);
    void clear();
    int changedLineCount() const { return m_changed; }

    static constexpr int kShownCharacters = 400'000;

private:
    void showColumns(int count);
    void markLines();
    QPlainTextEdit *makeSide(const QString &accessibleName);
    QLabel *m_beforeTitle;
    QLabel *m_afterTitle;
    QPlainTextEdit *m_before;
    QPlainTextEdit *m_after;
    QList<DiffRow> m_rows;
    int m_changed = 0;
};

}  // namespace athanor::pages
