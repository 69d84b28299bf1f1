// What the wizard knows so far; shared by its steps. Thread: the window's.
#pragma once

#include "ui/pages/project/wizard/folder_count.h"
#include "ui/shell/session.h"

namespace athanor::pages {

struct WizardSource {
    QString path;
    QString licence;
    FolderCount *count = nullptr;  // owned by the data step
};

struct WizardState {
    shell::Session &session;
    bool forNewProject = true;
    QJsonObject objective;
    QList<WizardSource> sources;
    bool personalData = false;
    bool hasRights = false;
    QString approach;      // id; empty: the one that is recommended
    std::optional<workbench::Recommendation> recommendation;

    qint64 textBytes() const
    {
        qint64 sum = 0;
        for (const WizardSource &source : sources)
            sum += source.count ? source.count->result().textBytes : 0;
        return sum;
    }
    /// The chosen approach, or the recommended one; nothing before the recommendation is made.
    const workbench::Approach *chosenApproach() const
    {
        if (!recommendation)
            return nullptr;
        for (const workbench::Approach &each : recommendation->approaches)
            if (approach.isEmpty() ? each.recommended : each.id == approach)
                return &each;
        return recommendation->approaches.isEmpty() ? nullptr : &recommendation->approaches.first();
    }
    bool isCounting() const
    {
        return std::any_of(sources.begin(), sources.end(),
                           [](const WizardSource &source) { return source.count && !source.count->result().isComplete; });
    }
};

/// One step: a page of the wizard.
class WizardStep : public QWidget {
    Q_OBJECT
public:
    explicit WizardStep(WizardState &state, QWidget *parent) : QWidget(parent), m_state(state) {}
    virtual QString title() const = 0;
    virtual QString subtitle() const = 0;
    virtual void enter() {}
    /// Takes what was entered into the state; an error keeps the person here.
    virtual Status leave() { return {}; }
    virtual bool isComplete() const { return true; }
    /// Why one cannot go on, when isComplete() is false.
    virtual QString missing() const { return {}; }

Q_SIGNALS:
    void completeChanged();

protected:
    WizardState &m_state;
};

}  // namespace athanor::pages
