// A run's inside: each layer over the steps as shades, and the sample text coloured by the loss of its tokens. Role:
// draws what metrics.bin and inside.jsonl hold; takes no figures itself. Thread: the window's.
#pragma once

#include "core/insight/inside_file.h"
#include "core/insight/names.h"
#include "core/job/metrics.h"
#include "ui/pages/training/token_loss_view.h"
#include "ui/plots/heat_map.h"
#include "ui/style/chips.h"
#include "ui/style/widgets.h"

#include <optional>

class QStackedWidget;

namespace athanor::pages {

class ATHANOR_EXPORT InsideCard : public style::Card {
    Q_OBJECT
public:
    explicit InsideCard(QWidget *parent = nullptr);
    /// Another run: the folder of its job, or empty.
    void setRun(const QString &jobPath);
    /// Looks at what has come since.
    void refresh(const job::MetricsReader &metrics);
    /// "gradient", "update", "activations", "entropy", "dead", "text"
    void choose(const QString &what);
    plots::HeatMap *map() const { return m_map; }
    TokenLossView *text() const { return m_text; }
    QString readout() const { return m_readout->text(); }

Q_SIGNALS:
    /// Something else should be shown: refresh() does it.
    void chosen();

private:
    void addChips();
    void drawText();
    void drawMap(const job::MetricsReader &metrics, insight::Figure figure);
    void readCell(const QString &words);

    style::ChipBar *m_chips;
    QStackedWidget *m_stack;
    plots::HeatMap *m_map;
    TokenLossView *m_text;
    QLabel *m_explanation;
    QLabel *m_readout;
    std::optional<insight::InsideReader> m_file;
    QHash<QString, QString> m_headWords;  // by layer: the newest entropy of each of its heads
};

}  // namespace athanor::pages
