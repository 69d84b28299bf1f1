// What an architecture costs on this machine, live: figures, where the parameters are, and what to heed before a start.
// Thread: the window's.
#pragma once

#include "core/model/architecture.h"
#include "ui/pages/common/hint_list.h"
#include "ui/plots/stacked_bar.h"
#include "ui/style/widgets.h"

namespace athanor::pages {

class ATHANOR_EXPORT CostColumn : public QWidget {
    Q_OBJECT
public:
    explicit CostColumn(QWidget *parent = nullptr);
    /// `measured`: tokens a second that a probe of this very architecture found, or 0.
    void show(const model::Plan &plan, qint64 context, qint64 vocabulary, double measured);
    style::FactList *facts() const { return m_facts; }
    HintList *lines() const { return m_lines; }

private:
    void showSpeed(const model::Plan &plan, double measured);
    void showTokens(const model::Plan &plan);
    void showParts(const model::Accounting &accounting, qint64 vocabulary);
    style::FactList *m_facts;
    plots::StackedBar *m_parts;
    QLabel *m_partsHint;
    HintList *m_lines;
};

}  // namespace athanor::pages
