// Near copies by MinHash of five-word phrases. Limits: 448 bytes a document in memory; the similarity is an estimate
// (standard error 0.04 at 0.8). Thread: as the interface says.
#pragma once

#include "core/corpus/steps.h"

#include <array>

namespace athanor::corpus {

inline constexpr int kMinhashBands = 14;
inline constexpr int kMinhashRows = 8;
using MinhashSignature = std::array<quint32, kMinhashBands * kMinhashRows>;

MinhashSignature minhashSignature(QByteArrayView text);
/// The share of equal entries estimates the Jaccard similarity.
double minhashSimilarity(const MinhashSignature &a, const MinhashSignature &b);

class MinhashDeduplicator : public Deduplicator {
public:
    Result<std::unique_ptr<DeduplicatorRun>> start(const QJsonObject &settings, qint64 documentCount) const override;
};

}  // namespace athanor::corpus
