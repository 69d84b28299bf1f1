// The sources of the chosen dataset with their weights, and what comes of them: share of what the run reads and passes,
// at once with every key. Role: a view of the fields "mixture" and "mixture_change" of the training form, which hold the
// truth; shown only where there is more than one source. Thread: the window's.
#pragma once

#include "core/workbench/source_mixture.h"
#include "ui/forms/parameter_form.h"

#include <QTableWidget>
#include <QVBoxLayout>

namespace athanor::pages {

class ATHANOR_EXPORT MixtureForm : public QWidget {
    Q_OBJECT
public:
    explicit MixtureForm(forms::ParameterForm *form, QWidget *parent = nullptr);

    /// Of the dataset that is chosen; none hides the form.
    void setSources(const QList<workbench::DatasetSource> &sources);
    /// What the run is planned to read, for shares and passes.
    void setRun(double bytesPerToken, double tokens);
    QTableWidget *table() const { return m_table; }
    QPushButton *addPartButton() const { return m_addPart; }
    QWidget *parts() const { return m_parts; }
    const model::Mixture &mixture() const { return m_mixture; }

private:
    void readForm();
    void writeForm();
    void arrange();
    void fillTable();
    void fillOutcome();
    void addPart();
    void addPartRow(size_t stage);
    void onWeight(QTableWidgetItem *item);
    void tell(const QString &problem);

    forms::ParameterForm *m_form;
    QTableWidget *m_table;
    QAbstractItemDelegate *m_fields = nullptr;  // of the cells that can be typed in
    QWidget *m_parts;
    QPushButton *m_addPart;
    QLabel *m_problem;
    QList<workbench::DatasetSource> m_sources;
    model::Mixture m_mixture;
    double m_bytesPerToken = 4, m_tokens = 0;
    bool m_filling = false;
};

}  // namespace athanor::pages
