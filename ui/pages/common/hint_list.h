// A few hints, one below the other. Role: rows are made anew only when what they say has changed, so that nothing
// flickers and the focus stays. Thread: the window's.
#pragma once

#include "core/model/architecture.h"
#include "ui/style/widgets.h"

namespace athanor::pages {

struct HintLine {
    style::Tone tone = style::Tone::Good;
    QString text;
    QString link;    // words of the way to act, or empty
    QString target;  // what activated() says
    bool operator==(const HintLine &) const = default;
};

class ATHANOR_EXPORT HintList : public QWidget {
    Q_OBJECT
public:
    explicit HintList(QWidget *parent = nullptr);
    void setLines(const QList<HintLine> &lines);
    const QList<HintLine> &lines() const { return m_lines; }

Q_SIGNALS:
    void activated(const QString &target);

private:
    QVBoxLayout *m_column;
    QList<HintLine> m_lines;
};

/// The plan's lines as hints.
ATHANOR_EXPORT QList<HintLine> hintsOf(const model::Plan &plan);

}  // namespace athanor::pages
