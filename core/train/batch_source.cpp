// See batch_source.h.
#include "core/train/batch_source.h"

#include "core/tensor/guard.h"

#include <QCoreApplication>

#include <set>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

Status checkDocuments(const TokenTables &tables, const ChosenObjective &objective)
{
    if (objective.id != QLatin1String("objective.next_token"))
        return fail(ErrorCode::InvalidInput, tr("Only a model that predicts the next token can read each document by itself."),
                    tr("Switch “document_attention” off."));
    if (tables.ids.end < 0)
        return fail(ErrorCode::InvalidInput, tr("The tokenizer has no mark for the end of a document, so documents cannot be told apart."),
                    tr("Switch “document_attention” off, or choose another tokenizer."));
    return {};
}

/// The document that holds a token of the stream.
qint64 documentAt(const tokenizer::TokenShards &data, qint64 token)
{
    qint64 below = 0, above = data.documentCount();
    while (above - below > 1) {
        const qint64 middle = below + (above - below) / 2;
        (data.documentFirstToken(middle) <= token ? below : above) = middle;
    }
    return below;
}

}  // namespace

Result<std::unique_ptr<WindowSource>> WindowSource::create(const tokenizer::TokenShards &data, const TokenTables &tables,
                                                           const ChosenObjective &objective, const RunSettings &settings,
                                                           qint64 length, const SourceMixture *mixture)
{
    if (settings.documentAttention)
        ATHANOR_TRY(checkDocuments(tables, objective));
    std::unique_ptr<WindowSource> source(new WindowSource);
    const WindowShape shape{length, objective.objective->extraTokens(), settings.batch * settings.accumulation, settings.seed};
    ATHANOR_ASSIGN(source->m_windows, mixture ? mixtureWindows(*mixture, shape) : streamWindows(data.tokenCount(), shape));
    source->m_data = &data;
    source->m_tables = &tables;
    source->m_objective = objective;
    source->m_warmup = settings.sequenceWarmup;
    source->m_rows = settings.batch;
    source->m_accumulation = settings.accumulation;
    source->m_length = length;
    source->m_seed = settings.seed;
    source->m_confines = settings.documentAttention;
    return source;
}

void WindowSource::setCourse(const StepCourse &course)
{
    m_course = course;
    m_windows->setCourse(course);
}

void WindowSource::copyWindow(qint64 step, qint64 row, qint64 *destination) const
{
    for (const tokenizer::TokenStretch &stretch : m_windows->stretches(step, row)) {
        m_data->copy(stretch.first, stretch.count, destination);
        destination += stretch.count;
    }
}

/// (B, T + extra) ids of the given micro-batch; short pieces of the windows while sequences are short.
torch::Tensor WindowSource::windows(qint64 step, qint64 micro) const
{
    const qint64 extra = m_objective.objective->extraTokens(), length = m_length + extra;
    const qint64 pieces = m_warmup.pieces(m_length, shareBefore(m_course, step)), part = m_length / pieces;
    std::vector<qint64> whole(size_t(length), 0);
    const torch::Tensor ids = torch::empty({m_rows * pieces, part + extra}, torch::kInt64);
    auto *destination = reinterpret_cast<qint64 *>(ids.data_ptr<int64_t>());
    for (qint64 row = 0; row < m_rows; ++row) {
        copyWindow(step, micro * m_rows + row, whole.data());
        for (qint64 piece = 0; piece < pieces; ++piece, destination += part + extra)
            std::copy_n(whole.begin() + piece * part, part + extra, destination);
    }
    return ids;
}

/// The windows of a step are read from the disk while the step before is computed.
void WindowSource::announce(qint64 step) const
{
    for (qint64 row = 0; row < m_rows * m_accumulation; ++row)
        for (const tokenizer::TokenStretch &stretch : m_windows->stretches(step, row))
            m_data->willNeed(stretch.first, stretch.count);
}

Result<network::Batch> WindowSource::batch(qint64 step, qint64 micro) const
{
    ObjectiveContext context = objectiveContext(*m_tables, m_objective.settings);
    context.key = {m_seed, uint64_t(step * m_accumulation + micro), 0};
    ATHANOR_ASSIGN(auto prepared, tensor::guarded(tr("preparing a batch"), [&] {
        return m_objective.objective->prepare(windows(step, micro), context);
    }));
    if (micro + 1 == m_accumulation)
        announce(step + 1);
    if (prepared && m_confines)
        confineToDocuments(*prepared, m_tables->ids.end);
    return prepared;
}

std::vector<qint64> WindowSource::documents(qint64 step) const
{
    std::set<qint64> found;
    for (qint64 row = 0; row < m_rows * m_accumulation; ++row) {
        for (const tokenizer::TokenStretch &stretch : m_windows->stretches(step, row)) {
            const qint64 last = documentAt(*m_data, stretch.first + stretch.count - 1);
            for (qint64 document = documentAt(*m_data, stretch.first); document <= last; ++document)
                found.insert(document);
        }
    }
    return {found.begin(), found.end()};
}

Result<network::Batch> RecordSource::batch(qint64 step, qint64 micro) const
{
    return tensor::guarded(tr("preparing a batch"), [&] { return m_batches.batch((step - 1) * m_accumulation + micro); });
}

std::vector<qint64> RecordSource::documents(qint64 step) const
{
    std::set<qint64> found;
    for (qint64 micro = 0; micro < m_accumulation; ++micro) {
        for (const qint64 document : m_batches.documents((step - 1) * m_accumulation + micro))
            found.insert(document);
    }
    return {found.begin(), found.end()};
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
