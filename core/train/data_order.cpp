// See data_order.h.
#include "core/train/data_order.h"

#include "core/tensor/random.h"

#include <QCoreApplication>

namespace athanor::train {
namespace {

constexpr uint64_t kOffsetSite = 0x6f6666736574;  // "offset"
constexpr uint64_t kOrderSite = 0x6f72646572;     // "order"

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

}  // namespace

quint64 permuted(quint64 index, quint64 count, quint64 key)
{
    if (count <= 1)
        return 0;
    int halfBits = 1;
    while (halfBits < 32 && (quint64(1) << (2 * halfBits)) < count)
        ++halfBits;
    const quint64 mask = (quint64(1) << halfBits) - 1;
    do {
        quint64 left = index >> halfBits, right = index & mask;
        for (uint64_t round = 0; round < 4; ++round) {
            const quint64 mixed = tensor::randomWords({key, round, kOrderSite}, right)[0] & mask;
            const quint64 next = left ^ mixed;
            left = right;
            right = next;
        }
        index = (left << halfBits) | right;
    } while (index >= count);
    return index;
}

Result<DataOrder> DataOrder::create(qint64 streamTokens, qint64 context, qint64 extra, quint64 seed)
{
    const qint64 slots = streamTokens - context - extra;  // the largest start
    if (slots < 0)
        return fail(ErrorCode::InvalidInput,
                    tr("The text has %1 tokens, fewer than one window of %2.").arg(streamTokens).arg(context + extra),
                    tr("Add documents, or choose a shorter context."));
    const qint64 windows = std::max<qint64>(1, slots / context);
    return DataOrder(windows, context, slots - (windows - 1) * context, seed);
}

qint64 DataOrder::start(qint64 index) const
{
    const qint64 pass = index / m_windows;
    const quint64 offset = tensor::randomBelow({m_seed, quint64(pass), kOffsetSite}, 0, quint64(m_slack) + 1);
    const quint64 key = (quint64(tensor::randomWords({m_seed, quint64(pass), kOrderSite}, 0)[0]) << 32)
                        | tensor::randomWords({m_seed, quint64(pass), kOrderSite}, 1)[0];
    return qint64(offset) + m_context * qint64(permuted(quint64(index % m_windows), quint64(m_windows), key));
}

}  // namespace athanor::train
