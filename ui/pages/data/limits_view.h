// How what the filters measured is distributed over the documents, with a limit that can be dragged or typed. Role:
// shows what a limit would remove before the documents are prepared again. Thread: the window's.
#pragma once

#include "core/corpus/signal_values.h"
#include "ui/plots/histogram.h"
#include "ui/style/widgets.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QListWidget>

#include <memory>

namespace athanor::pages {

class ATHANOR_EXPORT LimitsView : public QWidget {
    Q_OBJECT
public:
    explicit LimitsView(QWidget *parent = nullptr);

    /// `limits`: of the recipe with which the dataset is prepared next. What is chosen and tried stays, where it can.
    void setLimits(std::vector<corpus::SignalLimit> limits, const plugin::Catalogue &plugins);
    void setValues(std::shared_ptr<const corpus::SignalValues> values);
    /// Instead of a distribution: that it is being read, or why it cannot be.
    void setNotice(const QString &text);

    /// The one that is shown, with the value that is tried; nothing when there is none.
    std::optional<corpus::SignalLimit> tried() const;
    /// The tried value is another than the recipe's.
    bool isMoved() const;
    void showFilter(const QString &filter);

    QComboBox *signalBox() const { return m_which; }
    plots::Histogram *histogram() const { return m_histogram; }
    QDoubleSpinBox *valueBox() const { return m_value; }
    QLabel *countsLabel() const { return m_counts; }
    QListWidget *keptList() const { return m_kept; }
    QListWidget *removedList() const { return m_removed; }

Q_SIGNALS:
    void changed();
    void documentRequested(const QString &id);

private:
    struct Entry {
        corpus::SignalLimit limit;   // as the recipe has it
        plugin::Parameter parameter;
        double tried = 0;
    };
    Entry *current();
    const Entry *current() const { return const_cast<LimitsView *>(this)->current(); }
    void build();
    QWidget *makeNearLists();
    QListWidget *makeList(const QString &name);
    void showCurrent();
    void tryValue(double value);
    void sortValues();
    void updateBins();
    void updateCounts();
    void fillNear(QListWidget *list, const std::vector<size_t> &documents);
    QString amount(double value) const;
    double factor() const;

    std::vector<Entry> m_entries;
    std::shared_ptr<const corpus::SignalValues> m_values;
    corpus::SortedSignal m_sorted;  // the chosen one
    QComboBox *m_which;
    plots::Histogram *m_histogram;
    QDoubleSpinBox *m_value;
    QLabel *m_side, *m_counts, *m_notice, *m_doc;
    QPushButton *m_reset;
    QListWidget *m_kept, *m_removed;
};

}  // namespace athanor::pages
