// A run while it trains and afterwards: figures with their comparisons, curves, what it writes, where the time goes,
// and whether it is healthy. Role: draws one run (and others over it) from their folders, from the first step on,
// whenever the window was opened. Limits: new data is drawn at most five times a second. Thread: the window's.
#pragma once

#include "core/insight/hint_book.h"
#include "ui/pages/common/hint_list.h"
#include "ui/pages/common/job_follower.h"
#include "ui/pages/training/inside_card.h"
#include "ui/pages/training/run_figures.h"
#include "ui/pages/training/sample_card.h"
#include "ui/plots/run_plot.h"
#include "ui/plots/stacked_bar.h"

#include <map>

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

/// Yardsticks for bits per byte on the same held-out text; NaN when not known.
struct Yardsticks {
    double gzip = std::numeric_limits<double>::quiet_NaN();
    double xz = std::numeric_limits<double>::quiet_NaN();
};

class ATHANOR_EXPORT RunView : public QWidget {
    Q_OBJECT
public:
    RunView(shell::Session &session, JobFollower *follower, QWidget *parent = nullptr);

    /// The follower has been turned to another run.
    void reset();
    /// Other runs drawn over this one, by job id.
    void setCompared(const QStringList &runIds);
    void setYardsticks(const Yardsticks &yardsticks);
    void setTrainTokens(double tokens) { m_trainTokens = tokens; }
    plots::RunPlot *plot() const { return m_plot; }
    SampleCard *samples() const { return m_samples; }
    InsideCard *inside() const { return m_inside; }
    plots::StackedBar *timeBar() const { return m_timeBar; }
    HintList *hints() const { return m_hints; }
    style::ValueCard *card(int index) const { return m_cards[size_t(index)]; }

Q_SIGNALS:
    void hintActivated(const QString &target);

private:
    enum CardIndex { BitsCard, PerplexityCard, SpeedCard, MemoryCard, TimeCard, CardCount };
    QWidget *makeCards();
    QWidget *makePlots();
    QWidget *makeTimeCard();
    void onPoll();
    void drawInside();
    QList<Hint> leftOut(const job::MetricsReader &metrics);
    void drawRun(job::MetricsReader &metrics);
    void drawSide(job::MetricsReader &metrics);
    void drawCompared();
    void addLines(const QString &runId, const QString &title, job::MetricsReader &metrics, int number);
    void updateCards(const RunFigures &figures);
    void nameWhatIsMeasured();
    void showLabelFigures(const RunFigures &figures);
    void showForecast(const QJsonObject &parameters, const QJsonObject &result);
    void updateTime(const RunFigures &figures);
    QList<plots::BarPart> timeParts(const RunFigures &figures) const;
    void updateHints(const QList<Hint> &hints);

    shell::Session &m_session;
    JobFollower *m_follower;
    std::array<style::ValueCard *, CardCount> m_cards;
    plots::RunPlot *m_plot;
    plots::RunPlot *m_side;
    SampleCard *m_samples;
    style::Card *m_timeCard;
    plots::StackedBar *m_timeBar;
    HintList *m_hints;
    InsideCard *m_inside;
    QList<insight::ToldHint> m_told;  // by the run itself
    Yardsticks m_yardsticks;
    double m_trainTokens = 0;
    QElapsedTimer m_sinceDrawn;
    bool m_sortsTexts = false;  // it learns labels
    bool m_drawn = false;
    bool m_drawnRunning = false;
    QList<Hint> m_leftOut;
    size_t m_leftOutKnown = 0;  // points of the series that says so
    struct Other {
        job::Folder folder;
        job::MetricsReader metrics;
        bool drawn = false;
    };
    std::map<QString, Other> m_others;
};

}  // namespace athanor::pages
