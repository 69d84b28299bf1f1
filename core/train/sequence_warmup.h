// Short sequences first. Role: in the beginning of a run each window of T tokens is read as several short ones, so that
// an update sees the same tokens, in the same order of windows, with less to look back on; the pieces double in length
// until they are whole. Li et al. 2022 cut windows short instead, and so lose what is cut; the tokens of a batch stay
// the same here as in Pouransari et al. 2024. Thread: values.
#pragma once

#include <QtGlobal>

namespace athanor::train {

struct SequenceWarmup {
    double share = 0;   // of the run; 0: none
    qint64 from = 64;   // tokens of the shortest pieces, at least

    /// Halvings of T that leave whole pieces, none shorter than `from`.
    qint64 halvings(qint64 length) const
    {
        qint64 count = 0;
        while (length % 2 == 0 && length / 2 >= from) {
            length /= 2;
            ++count;
        }
        return count;
    }
    /// Into how many pieces a window of `length` tokens falls when `done` of the run (0 … 1) is done.
    qint64 pieces(qint64 length, double done) const
    {
        const qint64 most = halvings(length);
        if (share <= 0 || done >= share || most == 0)
            return 1;
        const auto past = qint64(double(most) * done / share);
        return qint64(1) << (most - (past < most ? past : most - 1));
    }
};

}  // namespace athanor::train
