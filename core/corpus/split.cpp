#include "core/corpus/split.h"

#include "core/base/hash.h"

#include <algorithm>
#include <cmath>

namespace athanor::corpus {

namespace {

/// In [0, 1), from the first 52 bits of SHA-256.
double position(const QString &cluster, qint64 seed)
{
    const QString digest = sha256(QStringLiteral("%1 %2").arg(seed).arg(cluster).toUtf8());
    return std::ldexp(static_cast<double>(digest.left(13).toULongLong(nullptr, 16)), -52);
}

}  // namespace

std::vector<bool> chooseValidation(const QStringList &clusters, const SplitSettings &settings)
{
    std::vector<double> positions;
    for (const QString &cluster : clusters)
        positions.push_back(position(cluster, settings.seed));
    std::vector<bool> heldOut;
    for (const double place : positions)
        heldOut.push_back(place < settings.validationShare);
    if (settings.validationShare <= 0 || clusters.size() < 2)
        return std::vector<bool>(positions.size(), false);
    const auto count = std::count(heldOut.begin(), heldOut.end(), true);
    if (count == 0)
        heldOut[static_cast<size_t>(std::min_element(positions.begin(), positions.end()) - positions.begin())] = true;
    if (count == static_cast<qsizetype>(heldOut.size()))
        heldOut[static_cast<size_t>(std::max_element(positions.begin(), positions.end()) - positions.begin())] = false;
    return heldOut;
}

}  // namespace athanor::corpus
