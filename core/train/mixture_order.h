// Which source each row of a run reads, and how many of its rows came before: from weights that change over the run.
// Role: the run is cut where the shares change; inside a part EvenDraw draws, and goes on where the part before ended.
// So a place is a function of (course, step, row), and nothing has to be kept for resuming. Thread: const, safe.
#pragma once

#include "core/model/mixture.h"
#include "core/train/even_draw.h"
#include "core/train/step_course.h"

namespace athanor::train {

/// From this share of the steps on (0 … 1), so much of the rows comes from each source.
struct ShareStage {
    double from = 0;
    std::vector<double> shares;
};

/// Weights of sources of so many tokens (or rows) as shares. InvalidInput where a stage leaves nothing to read.
ATHANOR_EXPORT Result<std::vector<ShareStage>> shareStages(const std::vector<model::MixtureStage> &stages, const std::vector<double> &sizes);

class ATHANOR_EXPORT MixtureOrder {
public:
    /// `stages` ascending, the first from 0. `rowsPerStep`: of all micro-batches of an update.
    MixtureOrder(std::vector<ShareStage> stages, qint64 rowsPerStep);
    /// How long the run is; before this it has one step.
    void setCourse(const StepCourse &course);

    /// The source of row `row` (from 0) of update `step` (from 1), and the number of its rows before.
    EvenDraw::Drawn at(qint64 step, qint64 row) const;
    /// Rows of each source in the first `steps` updates.
    std::vector<qint64> rowsAfter(qint64 steps) const;

private:
    struct Part {
        qint64 firstStep = 1;
        EvenDraw draw;
        std::vector<qint64> before;  // rows of each source in earlier parts
    };
    void append(qint64 firstStep, const std::vector<double> &shares);
    const Part &partOf(qint64 step) const;

    std::vector<ShareStage> m_stages;
    qint64 m_rowsPerStep;
    std::vector<Part> m_parts;
};

}  // namespace athanor::train
