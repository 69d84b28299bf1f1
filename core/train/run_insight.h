// What is looked at while a run goes on: where the time goes, the share of the machine's limit, each layer every so many
// steps, and what of it is worth a word. Role: between the loop and who reads (metrics, inside.jsonl, hints, TensorBoard
// files). It reads only: the run has the same bits with it and without. What fails here is told once and left out.
// Thread: the loop's.
#pragma once

#include "core/insight/hint_book.h"
#include "core/insight/inside_file.h"
#include "core/interop/tensorboard_events.h"
#include "core/job/context.h"
#include "core/train/phase_clock.h"
#include "core/train/run_inputs.h"
#include "core/train/run_plan.h"
#include "core/train/sample_row.h"
#include "core/train/update_watch.h"

namespace athanor::train {

class ATHANOR_EXPORT RunInsight {
public:
    /// `validator`: null where nothing is held out. All outlive it.
    RunInsight(job::Context &context, const RunInputs &inputs, const RunPlan &plan, Trainer &trainer, const Validator *validator);

    PhaseClock &clock() { return m_clock; }
    /// In front of update `step` and behind it.
    void beforeStep(qint64 step);
    void afterStep(qint64 step, const StepReport &report);
    /// Whether the step is, or was, looked at: then its figures should be recorded.
    bool hasLooked() const { return m_isLooking; }
    /// Adds phases, share and the look's figures to a record of `step`, and hands it to everyone who reads records.
    void record(qint64 step, QMap<QString, double> values);
    /// A sample that the model wrote.
    void sample(qint64 step, const QString &prompt, const QString &text);

private:
    bool isDue(qint64 step) const;
    void measureLimit();
    void look(qint64 step);
    Status watchPass(qint64 step);
    Status prepareRow();
    void keepLosses(qint64 step, const std::vector<double> &losses, const QStringList &layers);
    void tellHints(qint64 step, QMap<QString, double> values);
    void writeBoard(qint64 step, const QMap<QString, double> &values);
    void leaveOut(const Error &error, const QString &what);
    insight::RunFacts facts() const;

    job::Context *m_context;
    const RunInputs *m_inputs;
    const RunPlan *m_plan;
    Trainer *m_trainer;
    const Validator *m_validator;
    PhaseClock m_clock;
    QElapsedTimer m_sinceBegin, m_sinceLook, m_sinceKept, m_sinceBoard;

    double m_flopsPerToken = 0;
    double m_limit = 0;  // operations a second; 0: not measured
    bool m_isLimitDue = true;

    UpdateWatch m_updates;
    std::optional<SampleRow> m_row;
    bool m_isLooking = false, m_canWatch = true, m_isBoardDue = false;
    double m_lookSeconds = 0;
    QMap<QString, double> m_figures;
    std::optional<insight::InsideWriter> m_inside;
    double m_lossSum = 0;
    qint64 m_lossCount = 0;  // since the last look
    insight::History m_history;
    insight::HintBook m_hints;
    std::optional<interop::EventFileWriter> m_board;
    qint64 m_boardStep = -1;  // the last that it holds
};

}  // namespace athanor::train
