// See record_mixture.h.
#include "core/train/record_mixture.h"

#include "core/tensor/guard.h"
#include "core/tensor/random.h"

#include <QCoreApplication>
#include <QJsonObject>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

/// The records of one source.
struct Stream {
    std::unique_ptr<adapt::RecordSubset> records;
    std::optional<adapt::RecordBatches> batches;  // none where there are no records
    double rowsPerPass() const { return batches ? double(batches->rowsPerPass()) : 0; }
    double tokensPerPass() const { return batches ? double(batches->tokensPerPass()) : 0; }
    double tokensPerRow() const { return batches ? tokensPerPass() / rowsPerPass() : 0; }
};

class MixedRecords final : public BatchSource {
public:
    MixedRecords(RecordSource all, std::vector<Stream> streams, std::vector<ShareStage> stages, const RecordMixture &mixture)
        : m_all(std::move(all)), m_streams(std::move(streams)), m_stages(stages), m_mixture(&mixture),
          m_draws(std::move(stages), m_all.rowsPerStep())
    {
    }
    Result<network::Batch> batch(qint64 step, qint64 micro) const override;
    void setCourse(const StepCourse &course) override { m_draws.setCourse(course); }
    double passesAt(qint64 steps) const override;
    QJsonArray sourcesAt(qint64 steps) const override;
    double tokensPerStep() const override;
    double tokensPerPass() const override { return m_all.tokensPerPass(); }
    std::vector<qint64> documents(qint64 step) const override;
    qint64 tokensOf(const network::Batch &batch) const override { return m_all.tokensOf(batch); }

private:
    adapt::RecordBatches::Row row(qint64 step, qint64 row) const;

    RecordSource m_all;
    std::vector<Stream> m_streams;
    std::vector<ShareStage> m_stages;
    const RecordMixture *m_mixture;
    MixtureOrder m_draws;
};

/// Of an update, numbered among all records.
adapt::RecordBatches::Row MixedRecords::row(qint64 step, qint64 row) const
{
    const EvenDraw::Drawn drawn = m_draws.at(step, row);
    const Stream &stream = m_streams[drawn.source];
    adapt::RecordBatches::Row records = stream.batches->row(drawn.index);
    for (qint64 &record : records)
        record = stream.records->among(record);
    return records;
}

Result<network::Batch> MixedRecords::batch(qint64 step, qint64 micro) const
{
    return tensor::guarded(tr("preparing a batch"), [&] {
        const qint64 count = m_all.batches().settings().rows;
        std::vector<adapt::RecordBatches::Row> rows;
        for (qint64 i = 0; i < count; ++i)
            rows.push_back(row(step, micro * count + i));
        return m_all.batches().batchOf(rows);
    });
}

std::vector<qint64> MixedRecords::documents(qint64 step) const
{
    std::set<qint64> found;
    for (qint64 i = 0; i < m_all.rowsPerStep(); ++i)
        for (const qint64 record : row(step, i))
            found.insert(m_all.batches().records().document(record));
    return {found.begin(), found.end()};
}

double MixedRecords::passesAt(qint64 steps) const
{
    const std::vector<qint64> rows = m_draws.rowsAfter(steps);
    double read = 0;
    for (size_t i = 0; i < rows.size(); ++i)
        read += double(rows[i]) * m_streams[i].tokensPerRow();
    return read / tokensPerPass();
}

QJsonArray MixedRecords::sourcesAt(qint64 steps) const
{
    const std::vector<qint64> rows = m_draws.rowsAfter(steps);
    const double all = std::max(1.0, passesAt(steps) * tokensPerPass());
    QJsonArray sources;
    for (size_t i = 0; i < rows.size(); ++i) {
        const Stream &stream = m_streams[i];
        const double read = double(rows[i]) * stream.tokensPerRow();
        sources += QJsonObject{{QStringLiteral("source"), m_mixture->names[qsizetype(i)]},
                               {QStringLiteral("id"), m_mixture->ids[qsizetype(i)]},
                               {QStringLiteral("tokens"), stream.tokensPerPass()},
                               {QStringLiteral("read"), std::round(read)},
                               {QStringLiteral("share"), read / all},
                               {QStringLiteral("passes"), stream.batches ? double(rows[i]) / stream.rowsPerPass() : 0.0}};
    }
    return sources;
}

/// On average over the run.
double MixedRecords::tokensPerStep() const
{
    double perRow = 0;
    for (size_t stage = 0; stage < m_stages.size(); ++stage) {
        const double end = stage + 1 < m_stages.size() ? m_stages[stage + 1].from : 1;
        for (size_t i = 0; i < m_streams.size(); ++i)
            perRow += (end - m_stages[stage].from) * m_stages[stage].shares[i] * m_streams[i].tokensPerRow();
    }
    return perRow * double(m_all.rowsPerStep());
}

/// The order of a source's records depends on its id, not on its place among the others.
Result<std::vector<Stream>> streamsOf(const adapt::Records &records, const adapt::BatchSettings &settings, const RecordMixture &mixture)
{
    std::vector<std::vector<qint64>> chosen(size_t(mixture.ids.size()));
    for (size_t record = 0; record < mixture.sourceOf.size(); ++record)
        chosen[mixture.sourceOf[record]].push_back(qint64(record));
    std::vector<Stream> streams(chosen.size());
    for (size_t i = 0; i < streams.size(); ++i) {
        streams[i].records = std::make_unique<adapt::RecordSubset>(records, std::move(chosen[i]));
        if (streams[i].records->count() == 0)
            continue;
        adapt::BatchSettings own = settings;
        own.seed ^= tensor::randomSite(mixture.ids[qsizetype(i)].toStdString());
        ATHANOR_ASSIGN(streams[i].batches, adapt::RecordBatches::create(*streams[i].records, own));
    }
    return streams;
}

}  // namespace

Result<std::unique_ptr<BatchSource>> recordSource(const adapt::Records &records, const adapt::BatchSettings &settings,
                                                  qint64 accumulation, const RecordMixture *mixture)
{
    ATHANOR_ASSIGN(adapt::RecordBatches batches, adapt::RecordBatches::create(records, settings));
    RecordSource all(std::move(batches), accumulation);
    if (!mixture)
        return std::make_unique<RecordSource>(std::move(all));
    ATHANOR_ASSIGN(std::vector<Stream> streams, streamsOf(records, settings, *mixture));
    std::vector<double> rows;  // passes of a source are counted in rows, so its share is one of them
    for (const Stream &stream : streams)
        rows.push_back(stream.rowsPerPass());
    ATHANOR_ASSIGN(std::vector<ShareStage> stages, shareStages(mixture->stages, rows));
    return std::make_unique<MixedRecords>(std::move(all), std::move(streams), std::move(stages), *mixture);
}

std::vector<double> tokensBySource(const adapt::Records &records, const RecordMixture &mixture, qint64 length)
{
    std::vector<double> tokens(size_t(mixture.ids.size()), 0);
    for (size_t record = 0; record < mixture.sourceOf.size(); ++record)
        tokens[mixture.sourceOf[record]] += double(std::min<qint64>(records.tokenCount(qint64(record)), length));
    return tokens;
}

}  // namespace athanor::train
