// See mixture_order.h.
#include "core/train/mixture_order.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <limits>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

/// The first step before which at least this share of the steps is done.
qint64 firstStepOf(double share, qint64 steps) { return qint64(std::ceil(share * double(steps) - 1e-9)) + 1; }

}  // namespace

Result<std::vector<ShareStage>> shareStages(const std::vector<model::MixtureStage> &stages, const std::vector<double> &sizes)
{
    std::vector<ShareStage> all;
    for (const model::MixtureStage &stage : stages) {
        all.push_back({stage.from, model::sharesOf(stage.weights, sizes)});
        if (std::all_of(all.back().shares.begin(), all.back().shares.end(), [](double share) { return share == 0; }))
            return fail(ErrorCode::InvalidInput, tr("From %1 % of the run on, no source that has text is read.").arg(100 * stage.from),
                        tr("Give a source with training text a weight above 0."));
    }
    return all;
}

MixtureOrder::MixtureOrder(std::vector<ShareStage> stages, qint64 rowsPerStep)
    : m_stages(std::move(stages)), m_rowsPerStep(rowsPerStep)
{
    setCourse({{0, 1}});
}

void MixtureOrder::setCourse(const StepCourse &course)
{
    m_parts.clear();
    for (size_t i = 0; i < course.size(); ++i) {
        const qint64 begin = course[i].afterStep + 1;
        const qint64 end = i + 1 < course.size() ? course[i + 1].afterStep : std::numeric_limits<qint64>::max();
        for (size_t stage = 0; stage < m_stages.size(); ++stage) {
            const bool isLast = stage + 1 == m_stages.size();
            const qint64 first = std::max(begin, firstStepOf(m_stages[stage].from, course[i].steps));
            const qint64 last = isLast ? end : std::min(end, firstStepOf(m_stages[stage + 1].from, course[i].steps) - 1);
            if (first <= last)
                append(first, m_stages[stage].shares);
        }
    }
}

void MixtureOrder::append(qint64 firstStep, const std::vector<double> &shares)
{
    if (m_parts.empty()) {
        m_parts.push_back({firstStep, EvenDraw(shares), std::vector<qint64>(shares.size(), 0)});
        return;
    }
    const qint64 rows = (firstStep - m_parts.back().firstStep) * m_rowsPerStep;
    EvenDraw draw(shares, m_parts.back().draw.phasesAfter(rows));
    m_parts.push_back({firstStep, std::move(draw), rowsAfter(firstStep - 1)});
}

const MixtureOrder::Part &MixtureOrder::partOf(qint64 step) const
{
    const auto after = std::upper_bound(m_parts.begin(), m_parts.end(), step, [](qint64 at, const Part &part) { return at < part.firstStep; });
    return after == m_parts.begin() ? *after : *std::prev(after);
}

EvenDraw::Drawn MixtureOrder::at(qint64 step, qint64 row) const
{
    const Part &part = partOf(step);
    EvenDraw::Drawn drawn = part.draw.at((step - part.firstStep) * m_rowsPerStep + row);
    drawn.index += part.before[drawn.source];
    return drawn;
}

std::vector<qint64> MixtureOrder::rowsAfter(qint64 steps) const
{
    const Part &part = partOf(std::max<qint64>(1, steps));
    std::vector<qint64> rows = part.draw.counts((steps + 1 - part.firstStep) * m_rowsPerStep);
    for (size_t i = 0; i < rows.size(); ++i)
        rows[i] += part.before[i];
    return rows;
}

}  // namespace athanor::train
