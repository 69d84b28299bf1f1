// See batch_source.h.
#include "core/train/batch_source.h"

#include "core/tensor/guard.h"

#include <QCoreApplication>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

}  // namespace

Result<std::unique_ptr<WindowSource>> WindowSource::create(const tokenizer::TokenShards &data, const TokenTables &tables,
                                                           const ChosenObjective &objective, const RunSettings &settings,
                                                           qint64 length)
{
    ATHANOR_ASSIGN(const DataOrder order,
                   DataOrder::create(data.tokenCount(), length, objective.objective->extraTokens(), settings.seed));
    std::unique_ptr<WindowSource> source(new WindowSource(order));
    source->m_data = &data;
    source->m_tables = &tables;
    source->m_objective = objective;
    source->m_rows = settings.batch;
    source->m_accumulation = settings.accumulation;
    source->m_length = length;
    source->m_seed = settings.seed;
    return source;
}

/// (B, T + extra) ids of the given micro-batch.
torch::Tensor WindowSource::windows(qint64 step, qint64 micro) const
{
    const qint64 length = m_length + m_objective.objective->extraTokens();
    const torch::Tensor ids = torch::empty({m_rows, length}, torch::kInt64);
    for (qint64 row = 0; row < m_rows; ++row) {
        const qint64 index = ((step - 1) * m_accumulation + micro) * m_rows + row;
        int64_t *destination = ids.data_ptr<int64_t>() + row * length;
        m_data->copy(m_order.start(index), length, reinterpret_cast<qint64 *>(destination));
    }
    return ids;
}

Result<network::Batch> WindowSource::batch(qint64 step, qint64 micro) const
{
    ObjectiveContext context = objectiveContext(*m_tables, m_objective.settings);
    context.key = {m_seed, uint64_t(step * m_accumulation + micro), 0};
    ATHANOR_ASSIGN(auto prepared, tensor::guarded(tr("preparing a batch"), [&] {
        return m_objective.objective->prepare(windows(step, micro), context);
    }));
    return prepared;
}

double WindowSource::passesAt(qint64 steps) const { return m_order.passesAt(steps * m_rows * m_accumulation); }

Result<network::Batch> RecordSource::batch(qint64 step, qint64 micro) const
{
    return tensor::guarded(tr("preparing a batch"), [&] { return m_batches.batch((step - 1) * m_accumulation + micro); });
}

double RecordSource::passesAt(qint64 steps) const
{
    return m_batches.passesAt(steps * m_accumulation * m_batches.settings().rows);
}

double RecordSource::tokensPerStep() const
{
    const double perRow = tokensPerPass() / double(m_batches.rowsPerPass());
    return perRow * double(m_batches.settings().rows * m_accumulation);
}

qint64 RecordSource::tokensOf(const network::Batch &batch) const
{
    const qint64 read = batch.encoderSegments.defined() ? batch.encoderSegments.ge(0).sum().item<int64_t>() : 0;
    return read + batch.segments.ge(0).sum().item<int64_t>();
}

}  // namespace athanor::train
