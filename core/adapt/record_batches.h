// Records to batches: what a row holds, what the model is asked for, and which records come when. Role: a batch is a
// function of (records, settings, index), so that a resumed run needs nothing but its step. In a pass every record comes
// once, in an order of its own; several share a row without seeing each other (segments, positions from 0), or each has
// its own. A model with an encoder has one record a row, on two sides. Rows go on from pass to pass, so that every batch is full. Letters: B batch, T time.
// Thread: one call at a time.
// Sources: Krell et al. 2021 (packing without attention across records).
#pragma once

#include "core/base/error.h"
#include "core/network/batch.h"

#include <memory>
#include <vector>

namespace athanor::tokenizer {
class RecordShards;
}

namespace athanor::adapt {

/// Records as tokens. Implemented for tokenizer::RecordShards; tests have their own.
class ATHANOR_EXPORT Records {
public:
    virtual ~Records() = default;
    virtual qint64 count() const = 0;
    virtual qint64 tokenCount(qint64 record) const = 0;  // ≥ 1
    virtual int label(qint64 record) const = 0;          // −1: none
    virtual qint64 document(qint64 record) const { return record; }  // its place in the split
    /// The first `count` tokens: their ids, and 1 where the loss counts on producing it.
    virtual void copy(qint64 record, qint64 count, qint64 *ids, quint8 *learns) const = 0;
};

class ATHANOR_EXPORT ShardRecords final : public Records {
public:
    /// The shards outlive it.
    explicit ShardRecords(const tokenizer::RecordShards &shards) : m_shards(&shards) {}
    qint64 count() const override;
    qint64 tokenCount(qint64 record) const override;
    int label(qint64 record) const override;
    qint64 document(qint64 record) const override;
    void copy(qint64 record, qint64 count, qint64 *ids, quint8 *learns) const override;

private:
    const tokenizer::RecordShards *m_shards;
};

/// Some of the records of another, renumbered from 0. The others outlive it.
class ATHANOR_EXPORT RecordSubset final : public Records {
public:
    RecordSubset(const Records &all, std::vector<qint64> chosen) : m_all(&all), m_chosen(std::move(chosen)) {}
    /// Its number among all.
    qint64 among(qint64 record) const { return m_chosen[size_t(record)]; }
    qint64 count() const override { return qint64(m_chosen.size()); }
    qint64 tokenCount(qint64 record) const override { return m_all->tokenCount(among(record)); }
    int label(qint64 record) const override { return m_all->label(among(record)); }
    qint64 document(qint64 record) const override { return m_all->document(among(record)); }
    void copy(qint64 record, qint64 count, qint64 *ids, quint8 *learns) const override { m_all->copy(among(record), count, ids, learns); }

private:
    const Records *m_all;
    std::vector<qint64> m_chosen;
};

enum class Asks {
    Tokens,  // for the tokens that are learned
    Label,   // for the label of the whole record
    Answer,  // the encoder reads a record up to its first learned token, the decoder is asked for the rest
};
enum class Order { Shuffled, AsStored };

struct BatchSettings {
    qint64 rows = 8;      // B
    qint64 length = 256;  // T: tokens that fit into a row; longer records are cut
    bool packing = true;  // of no effect but for Asks::Tokens
    Asks asks = Asks::Tokens;
    Order order = Order::Shuffled;
    quint64 seed = 1;
    qint64 decoderStart = 0;  // Asks::Answer: the id that the decoder reads first
};

class ATHANOR_EXPORT RecordBatches {
public:
    /// The records outlive it. InvalidInput when there are none, or when a setting makes no batch.
    static Result<RecordBatches> create(const Records &records, const BatchSettings &settings);

    /// Batch number `index` of the run (from 0): (B, T'), T' as long as its longest row. Records of a row have segments
    /// 0, 1, 2 …; padding −1. With Asks::Answer also encoderIds and encoderSegments (B, S), T' and S as long as need be.
    network::Batch batch(qint64 index) const;
    /// Records that share a row; row number `index` of the run (from 0), valid until another is asked for.
    using Row = std::vector<qint64>;
    const Row &row(qint64 index) const;
    /// These rows as a batch.
    network::Batch batchOf(const std::vector<Row> &rows) const;
    /// What that batch is made of: documents by their place in the split.
    std::vector<qint64> documents(qint64 index) const;
    /// Rows of the first pass by their numbers (each below rowsPerPass()); for held-out records.
    network::Batch rows(const std::vector<qint64> &numbers) const;
    /// Rows of the first pass; a shuffled later one may have a few more or less.
    qint64 rowsPerPass() const;
    /// Passes over the records after `rowCount` rows.
    double passesAt(qint64 rowCount) const;
    /// Tokens of all records, after cutting.
    qint64 tokensPerPass() const;
    const BatchSettings &settings() const { return m_settings; }
    const Records &records() const { return *m_records; }

private:
    struct Pass {
        qint64 number = -1;
        qint64 firstRow = 0;  // of all rows of the run
        std::vector<Row> rows;
    };
    RecordBatches(const Records &records, const BatchSettings &settings) : m_records(&records), m_settings(settings) {}
    qint64 lengthOf(qint64 record) const;
    std::vector<Row> rowsOf(qint64 pass) const;
    network::Batch make(const std::vector<const Row *> &rows) const;
    network::Batch makeAnswers(const std::vector<const Row *> &rows) const;

    const Records *m_records;
    BatchSettings m_settings;
    mutable Pass m_pass;      // the pass that was asked for last
    std::vector<Row> m_first;
};

}  // namespace athanor::adapt
