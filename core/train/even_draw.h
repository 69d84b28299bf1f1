// From which of several sources each row comes. Role: over any stretch of rows, however short, each source has its share
// of them as nearly as whole rows allow, and the choice is a function of the row's number alone: the sources are halved,
// and halved again; at each halving the rows go left as evenly as the digital line of that slope (Bresenham 1965; its
// words are those of Christoffel and Sturm). In whole numbers throughout: every machine draws the same.
// Limits: two sources are never a whole row from their share over any stretch; of k, each is within 1 + log2 k rows.
// Shares are kept to 2^-32. Thread: values.
#pragma once

#include "core/base/export.h"

#include <QtGlobal>

#include <vector>

namespace athanor::train {

class ATHANOR_EXPORT EvenDraw {
public:
    /// At least one of `shares` above 0; they need not add up to 1. `phases`: those where another draw ended, or empty.
    explicit EvenDraw(const std::vector<double> &shares, std::vector<quint32> phases = {});

    struct Drawn {
        size_t source = 0;
        qint64 index = 0;  // how many rows of this source came before
    };
    /// Of row `row`, from 0.
    Drawn at(qint64 row) const;
    /// Rows of each source among the first `rows`.
    std::vector<qint64> counts(qint64 rows) const;
    /// What a draw with other shares goes on with after so many rows, so that no fraction of a row is lost.
    std::vector<quint32> phasesAfter(qint64 rows) const;

private:
    void divide(const std::vector<double> &shares, size_t begin, size_t end);
    qint64 left(size_t node, qint64 rows) const;
    template <typename Visit> void visit(size_t begin, size_t end, qint64 rows, Visit visit) const;

    // A halving of [begin, end) stands at its middle, (begin + end) / 2; place 0 is not used.
    std::vector<quint64> m_slopes;   // share that goes left, in units of 2^-32
    std::vector<quint32> m_phases;   // fraction of a row that the left side has ahead, in the same units
};

}  // namespace athanor::train
