#include "ui/pages/data/text_diff.h"

#include <QHash>
#include <QStringList>

#include <vector>

namespace athanor::pages {

namespace {

using Pairs = std::vector<std::pair<int, int>>;  // indices of equal lines, ascending in both

/// Longest common subsequence by the usual table.
Pairs exactPairs(const QStringList &a, const QStringList &b, int start, int endA, int endB)
{
    const int n = endA - start, m = endB - start;
    std::vector<int> table(size_t(n + 1) * size_t(m + 1), 0);
    const auto cell = [&](int i, int j) -> int & { return table[size_t(i) * size_t(m + 1) + size_t(j)]; };
    for (int i = n - 1; i >= 0; --i)
        for (int j = m - 1; j >= 0; --j)
            cell(i, j) = a[start + i] == b[start + j] ? cell(i + 1, j + 1) + 1 : std::max(cell(i + 1, j), cell(i, j + 1));
    Pairs pairs;
    for (int i = 0, j = 0; i < n && j < m;) {
        if (a[start + i] == b[start + j])
            pairs.emplace_back(start + i++, start + j++);
        else if (cell(i + 1, j) >= cell(i, j + 1))
            ++i;
        else
            ++j;
    }
    return pairs;
}

/// Each line of `a` takes the next equal line of `b` after the last one taken, if it is not too far away.
Pairs greedyPairs(const QStringList &a, const QStringList &b, int start, int endA, int endB)
{
    constexpr int kReach = 400;
    QHash<QString, QList<int>> places;
    for (int j = endB - 1; j >= start; --j)
        places[b[j]].append(j);  // descending: the nearest is taken from the back
    Pairs pairs;
    int from = start;
    for (int i = start; i < endA; ++i) {
        const auto found = places.find(a[i]);
        if (found == places.end())
            continue;
        while (!found->isEmpty() && found->last() < from)
            found->removeLast();
        if (found->isEmpty() || found->last() > from + kReach)
            continue;
        from = found->takeLast();
        pairs.emplace_back(i, from++);
    }
    return pairs;
}

/// Lines between two pairs: removed ones stand beside added ones as changed, the rest alone.
void appendGap(QList<DiffRow> &rows, const QStringList &a, int fromA, int toA, const QStringList &b, int fromB, int toB)
{
    while (fromA < toA || fromB < toB) {
        DiffRow row;
        const bool hasA = fromA < toA, hasB = fromB < toB;
        row.kind = hasA && hasB ? DiffRow::Kind::Changed : hasA ? DiffRow::Kind::Removed : DiffRow::Kind::Added;
        if (hasA)
            row.before = a[fromA++];
        if (hasB)
            row.after = b[fromB++];
        rows.append(row);
    }
}

}  // namespace

QList<DiffRow> diffLines(const QString &before, const QString &after)
{
    const QStringList a = before.isEmpty() ? QStringList() : before.split(QLatin1Char('\n'));
    const QStringList b = after.isEmpty() ? QStringList() : after.split(QLatin1Char('\n'));
    int start = 0;
    while (start < a.size() && start < b.size() && a[start] == b[start])
        ++start;
    int endA = int(a.size()), endB = int(b.size());
    while (endA > start && endB > start && a[endA - 1] == b[endB - 1])
        --endA, --endB;

    Pairs pairs;
    for (int i = 0; i < start; ++i)
        pairs.emplace_back(i, i);
    const bool small = qint64(endA - start) * qint64(endB - start) <= kExactCells;
    const Pairs middle = small ? exactPairs(a, b, start, endA, endB) : greedyPairs(a, b, start, endA, endB);
    pairs.insert(pairs.end(), middle.begin(), middle.end());
    for (int i = endA, j = endB; i < a.size(); ++i, ++j)
        pairs.emplace_back(i, j);

    QList<DiffRow> rows;
    int nextA = 0, nextB = 0;
    for (const auto &[i, j] : pairs) {
        appendGap(rows, a, nextA, i, b, nextB, j);
        rows.append({DiffRow::Kind::Same, a[i], b[j]});
        nextA = i + 1;
        nextB = j + 1;
    }
    appendGap(rows, a, nextA, int(a.size()), b, nextB, int(b.size()));
    return rows;
}

}  // namespace athanor::pages
