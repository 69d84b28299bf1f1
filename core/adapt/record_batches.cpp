// See record_batches.h.
#include "core/adapt/record_batches.h"

#include "core/tensor/random.h"
#include "core/tokenizer/record_shard.h"

#include <QCoreApplication>

#include <algorithm>
#include <numeric>

namespace athanor::adapt {

namespace {

constexpr uint64_t kOrderSite = 0x7265636f726473;  // "records"
constexpr size_t kOpenRows = 16;  // rows that wait for a record that fits

QString tr(const char *text) { return QCoreApplication::translate("athanor::adapt", text); }

// 0 … count − 1 in an order that depends on (seed, pass): sorted by a random word each.
std::vector<qint64> orderOf(quint64 seed, qint64 pass, qint64 count)
{
    std::vector<std::pair<uint64_t, qint64>> drawn;
    drawn.reserve(size_t(count));
    const tensor::RandomKey key{seed, uint64_t(pass), kOrderSite};
    for (qint64 i = 0; i < count; ++i) {
        const auto words = tensor::randomWords(key, uint64_t(i));
        drawn.emplace_back(uint64_t(words[0]) << 32U | words[1], i);
    }
    std::sort(drawn.begin(), drawn.end());
    std::vector<qint64> order;
    order.reserve(size_t(count));
    for (const auto &pair : drawn)
        order.push_back(pair.second);
    return order;
}

struct OpenRow {
    std::vector<qint64> records;
    qint64 used = 0;
};

}  // namespace

qint64 ShardRecords::count() const { return m_shards->recordCount(); }
qint64 ShardRecords::tokenCount(qint64 record) const { return m_shards->recordTokens(record); }
int ShardRecords::label(qint64 record) const { return m_shards->label(record); }
qint64 ShardRecords::document(qint64 record) const { return m_shards->document(record); }
void ShardRecords::copy(qint64 record, qint64 count, qint64 *ids, quint8 *learns) const
{
    m_shards->copy(record, 0, count, ids, learns);
}

Result<RecordBatches> RecordBatches::create(const Records &records, const BatchSettings &settings)
{
    if (records.count() < 1)
        return fail(ErrorCode::InvalidInput, tr("There are no records to learn from."), tr("Add records to the dataset."));
    if (settings.rows < 1 || settings.length < 2)
        return fail(ErrorCode::InvalidInput, tr("Rows of %1 tokens make no batch.").arg(settings.length),
                    tr("Let a record have at least two tokens."));
    RecordBatches batches(records, settings);
    if (settings.asks != Asks::Tokens)
        batches.m_settings.packing = false;
    batches.m_first = batches.rowsOf(0);
    return batches;
}

qint64 RecordBatches::lengthOf(qint64 record) const
{
    return std::min(m_records->tokenCount(record), m_settings.length);
}

// First fit: a record goes into the first open row with room for it; when none has, the fullest row is done.
std::vector<RecordBatches::Row> RecordBatches::rowsOf(qint64 pass) const
{
    std::vector<qint64> order(size_t(m_records->count()), 0);
    if (m_settings.order == Order::Shuffled)
        order = orderOf(m_settings.seed, pass, m_records->count());
    else
        std::iota(order.begin(), order.end(), qint64(0));
    std::vector<Row> rows;
    std::vector<OpenRow> open;
    for (const qint64 record : order) {
        const qint64 length = lengthOf(record);
        if (!m_settings.packing) {
            rows.push_back({record});
            continue;
        }
        auto fits = std::find_if(open.begin(), open.end(),
                                 [&](const OpenRow &row) { return row.used + length <= m_settings.length; });
        if (fits == open.end()) {
            if (open.size() == kOpenRows) {
                const auto fullest = std::max_element(open.begin(), open.end(),
                                                      [](const OpenRow &a, const OpenRow &b) { return a.used < b.used; });
                rows.push_back(std::move(fullest->records));
                open.erase(fullest);
            }
            fits = open.insert(open.end(), OpenRow());
        }
        fits->records.push_back(record);
        fits->used += length;
    }
    for (OpenRow &row : open)
        rows.push_back(std::move(row.records));
    return rows;
}

const RecordBatches::Row &RecordBatches::row(qint64 index) const
{
    if (m_pass.number < 0 || index < m_pass.firstRow)
        m_pass = {0, 0, m_first};
    while (index - m_pass.firstRow >= qint64(m_pass.rows.size()))
        m_pass = {m_pass.number + 1, m_pass.firstRow + qint64(m_pass.rows.size()), rowsOf(m_pass.number + 1)};
    return m_pass.rows[size_t(index - m_pass.firstRow)];
}

network::Batch RecordBatches::batch(qint64 index) const
{
    // Copies: asking for a row of the next pass takes the rows of this one away.
    std::vector<Row> rows;
    for (qint64 i = 0; i < m_settings.rows; ++i)
        rows.push_back(row(index * m_settings.rows + i));
    return batchOf(rows);
}

network::Batch RecordBatches::batchOf(const std::vector<Row> &rows) const
{
    std::vector<const Row *> all;
    for (const Row &entry : rows)
        all.push_back(&entry);
    return make(all);
}

std::vector<qint64> RecordBatches::documents(qint64 index) const
{
    std::vector<qint64> found;
    for (qint64 i = 0; i < m_settings.rows; ++i)
        for (const qint64 record : row(index * m_settings.rows + i))
            found.push_back(m_records->document(record));
    return found;
}

network::Batch RecordBatches::rows(const std::vector<qint64> &numbers) const
{
    std::vector<const Row *> all;
    for (const qint64 number : numbers)
        all.push_back(&m_first[size_t(number)]);
    return make(all);
}

qint64 RecordBatches::rowsPerPass() const { return qint64(m_first.size()); }

double RecordBatches::passesAt(qint64 rowCount) const { return double(rowCount) / double(rowsPerPass()); }

qint64 RecordBatches::tokensPerPass() const
{
    qint64 tokens = 0;
    for (qint64 record = 0; record < m_records->count(); ++record)
        tokens += lengthOf(record);
    return tokens;
}

// Letters: S time of the encoder.
network::Batch RecordBatches::makeAnswers(const std::vector<const Row *> &rows) const
{
    struct Sides {
        std::vector<int64_t> read, written;
    };
    std::vector<Sides> sides;
    size_t s = 1, t = 1;
    for (const Row *row : rows) {
        const qint64 record = row->front(), length = lengthOf(record);
        std::vector<qint64> ids(size_t(length), 0);
        std::vector<quint8> learns(size_t(length), 0);
        m_records->copy(record, length, ids.data(), learns.data());
        const auto first = std::find(learns.begin(), learns.end(), quint8(1)) - learns.begin();
        sides.push_back({{ids.begin(), ids.begin() + first}, {ids.begin() + first, ids.end()}});
        s = std::max(s, sides.back().read.size());
        t = std::max(t, sides.back().written.size());
    }
    const auto b = qint64(rows.size());
    network::Batch batch;
    batch.encoderIds = torch::zeros({b, qint64(s)}, torch::kInt64);
    batch.encoderSegments = torch::full_like(batch.encoderIds, -1);
    batch.ids = torch::zeros({b, qint64(t)}, torch::kInt64);
    batch.segments = torch::full_like(batch.ids, -1);
    batch.targets = torch::full_like(batch.ids, -1);
    for (size_t r = 0; r < sides.size(); ++r) {
        const auto &[read, written] = sides[r];
        std::copy(read.begin(), read.end(), batch.encoderIds.data_ptr<int64_t>() + r * s);
        std::fill_n(batch.encoderSegments.data_ptr<int64_t>() + r * s, read.size(), 0);
        std::copy(written.begin(), written.end(), batch.targets.data_ptr<int64_t>() + r * t);
        std::fill_n(batch.segments.data_ptr<int64_t>() + r * t, written.size(), 0);
        int64_t *decoder = batch.ids.data_ptr<int64_t>() + r * t;
        *decoder = m_settings.decoderStart;
        if (!written.empty())
            std::copy(written.begin(), written.end() - 1, decoder + 1);
    }
    return batch;
}

// Token t asks for token t + 1 of its record, where that one is learned.
network::Batch RecordBatches::make(const std::vector<const Row *> &rows) const
{
    if (m_settings.asks == Asks::Answer)
        return makeAnswers(rows);
    qint64 t = 1;
    for (const Row *row : rows)
        t = std::max(t, std::accumulate(row->begin(), row->end(), qint64(0),
                                        [this](qint64 sum, qint64 record) { return sum + lengthOf(record); }));
    const auto b = qint64(rows.size());
    const bool asksTokens = m_settings.asks == Asks::Tokens;
    network::Batch batch;
    batch.ids = torch::zeros({b, t}, torch::kInt64);
    batch.segments = torch::full({b, t}, -1, torch::kInt64);
    batch.positions = torch::zeros({b, t}, torch::kInt64);
    if (asksTokens)
        batch.targets = torch::full({b, t}, -1, torch::kInt64);
    else
        batch.labels = torch::full({b}, -1, torch::kInt64);
    std::vector<quint8> learns;
    std::vector<qint64> ids;
    for (qint64 r = 0; r < b; ++r) {
        qint64 place = r * t;
        qint64 segment = 0;
        for (const qint64 record : *rows[size_t(r)]) {
            const qint64 length = lengthOf(record);
            ids.resize(size_t(length));
            learns.resize(size_t(length));
            m_records->copy(record, length, ids.data(), learns.data());
            for (qint64 i = 0; i < length; ++i) {
                batch.ids.data_ptr<int64_t>()[place + i] = ids[size_t(i)];
                batch.segments.data_ptr<int64_t>()[place + i] = segment;
                batch.positions.data_ptr<int64_t>()[place + i] = i;
                if (asksTokens && i + 1 < length && learns[size_t(i + 1)])
                    batch.targets.data_ptr<int64_t>()[place + i] = ids[size_t(i + 1)];
            }
            if (!asksTokens)
                batch.labels.data_ptr<int64_t>()[r] = m_records->label(record);
            place += length;
            ++segment;
        }
    }
    return batch;
}

}  // namespace athanor::adapt
