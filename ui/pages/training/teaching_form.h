// What is taught to a model, and what of it learns: documents to read on, examples to answer by, labels to sort by; all
// weights, an adapter, the head. Role: makes "teaching", "adapter" and "learns" of a run from the declared schemas.
// Thread: the window's.
#pragma once

#include "core/project/project.h"
#include "ui/forms/parameter_form.h"
#include "ui/style/chips.h"
#include "ui/style/widgets.h"

namespace athanor::pages {

/// What a dataset can teach: "documents", "chat" or "labels".
ATHANOR_EXPORT QString teachesWhat(const project::Dataset &dataset);

class ATHANOR_EXPORT TeachingForm : public QWidget {
    Q_OBJECT
public:
    explicit TeachingForm(QWidget *parent = nullptr);

    /// Whether there are weights to go on from; without them everything learns.
    void setHasWeights(bool hasWeights);
    /// What the project's datasets can teach.
    void setOffered(const QStringList &kinds);
    void setValues(const QJsonObject &teaching, const QJsonObject &adapter, const QString &learns);
    void setUndoStack(QUndoStack *stack);

    QString kind() const { return m_kinds->current(); }
    void setKind(const QString &kind) { m_kinds->setCurrent(kind); }
    QJsonObject teaching() const;  // empty for documents
    QJsonObject adapter() const;   // empty without one
    QString learns() const;        // empty when from nothing
    bool isOffered() const { return m_offered.contains(kind()); }
    QString firstError() const;
    style::ChipBar *kinds() const { return m_kinds; }
    forms::ParameterForm *teachingForm() const { return m_teaching; }
    forms::ParameterForm *learnsForm() const { return m_learns; }
    forms::ParameterForm *adapterForm() const { return m_adapter; }
    style::HintRow *missing() const { return m_missing; }

Q_SIGNALS:
    void changed();
    void kindChanged();
    void examplesWanted();

private:
    void arrange();
    bool m_hasWeights = false;
    QStringList m_offered;
    style::ChipBar *m_kinds;
    QLabel *m_words;
    style::HintRow *m_missing;
    forms::ParameterForm *m_teaching, *m_learns, *m_adapter;
};

}  // namespace athanor::pages
