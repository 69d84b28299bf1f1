// Records to batches: what a row holds, what is asked, which record comes when; and that packed records learn what
// separate ones do.
#include "core/adapt/record_batches.h"
#include "core/tensor/guard.h"
#include "tests/core/adapt/tiny_model.h"

#include <map>
#include <set>

using namespace athanor;
using namespace athanor::test;

namespace {

// Records of given lengths; token i of record r is 1 + (5 r + i) % 39, learned from the second half on.
class FakeRecords final : public adapt::Records {
public:
    explicit FakeRecords(std::vector<qint64> lengths) : m_lengths(std::move(lengths)) {}
    qint64 count() const override { return qint64(m_lengths.size()); }
    qint64 tokenCount(qint64 record) const override { return m_lengths[size_t(record)]; }
    int label(qint64 record) const override { return int(record % 3); }
    void copy(qint64 record, qint64 count, qint64 *ids, quint8 *learns) const override
    {
        for (qint64 i = 0; i < count; ++i) {
            ids[i] = 1 + (5 * record + i) % 39;
            learns[i] = 2 * i >= tokenCount(record) ? 1 : 0;
        }
    }

private:
    std::vector<qint64> m_lengths;
};

const std::vector<qint64> kLengths{9, 4, 12, 3, 7, 16, 5, 6, 11, 2, 8, 13};

adapt::BatchSettings settings(qint64 rows, qint64 length, bool packing)
{
    adapt::BatchSettings made;
    made.rows = rows;
    made.length = length;
    made.packing = packing;
    return made;
}

// Every record of a batch as its ids, by row and segment.
std::vector<std::vector<qint64>> recordsIn(const network::Batch &batch)
{
    std::vector<std::vector<qint64>> found;
    for (int64_t row = 0; row < batch.ids.size(0); ++row) {
        int64_t before = -1;
        for (int64_t t = 0; t < batch.ids.size(1); ++t) {
            const auto segment = batch.segments[row][t].item<int64_t>();
            if (segment < 0)
                break;
            if (segment != before)
                found.emplace_back();
            found.back().push_back(batch.ids[row][t].item<int64_t>());
            before = segment;
        }
    }
    return found;
}

network::Batch single(const adapt::Records &records, qint64 record)
{
    const qint64 count = records.tokenCount(record);
    std::vector<qint64> ids(size_t(count), 0);
    std::vector<quint8> learns(size_t(count), 0);
    records.copy(record, count, ids.data(), learns.data());
    network::Batch batch;
    batch.ids = torch::empty({1, count}, torch::kInt64);
    batch.targets = torch::full({1, count}, -1, torch::kInt64);
    for (qint64 i = 0; i < count; ++i) {
        batch.ids[0][i] = int64_t(ids[size_t(i)]);
        if (i + 1 < count && learns[size_t(i + 1)])
            batch.targets[0][i] = int64_t(ids[size_t(i + 1)]);
    }
    return batch;
}

}  // namespace

class TestRecords : public QObject {
    Q_OBJECT

private Q_SLOTS:
    // The encoder reads up to the first learned token; the decoder begins with its mark and is asked for the rest.
    void answersOfAnEncoder()
    {
        const FakeRecords records(kLengths);
        adapt::BatchSettings asked = settings(3, 16, true);
        asked.asks = adapt::Asks::Answer;
        asked.order = adapt::Order::AsStored;
        asked.decoderStart = 77;
        const auto batches = adapt::RecordBatches::create(records, asked);
        QVERIFY(batches);
        QCOMPARE(batches->rowsPerPass(), qint64(kLengths.size()));
        const network::Batch batch = batches->rows({0, 1, 3});  // 9, 4 and 3 tokens: 5 + 4, 2 + 2, 2 + 1
        QCOMPARE(batch.encoderIds.sizes().vec(), (std::vector<int64_t>{3, 5}));
        QCOMPARE(batch.ids.sizes().vec(), (std::vector<int64_t>{3, 4}));
        QVERIFY(batch.encoderIds[1].equal(torch::tensor({6, 7, 0, 0, 0}, torch::kInt64)));
        QVERIFY(batch.encoderSegments[1].equal(torch::tensor({0, 0, -1, -1, -1}, torch::kInt64)));
        QVERIFY(batch.ids[1].equal(torch::tensor({77, 8, 0, 0}, torch::kInt64)));
        QVERIFY(batch.targets[1].equal(torch::tensor({8, 9, -1, -1}, torch::kInt64)));
        QVERIFY(batch.targets[0].equal(torch::tensor({6, 7, 8, 9}, torch::kInt64)));
        QVERIFY(batch.segments[2].equal(torch::tensor({0, -1, -1, -1}, torch::kInt64)));
    }

    void onlyLearnedTokensAreAskedFor()
    {
        const FakeRecords records({6, 5});
        adapt::BatchSettings asStored = settings(1, 16, true);
        asStored.order = adapt::Order::AsStored;
        const auto batches = adapt::RecordBatches::create(records, asStored);
        QVERIFY(batches);
        const network::Batch batch = batches->batch(0);
        const auto numbers = [](const torch::Tensor &tensor) {
            std::vector<int64_t> all(tensor.data_ptr<int64_t>(), tensor.data_ptr<int64_t>() + tensor.numel());
            return all;
        };
        using Numbers = std::vector<int64_t>;
        QCOMPARE(numbers(batch.ids), (Numbers{1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 10}));
        QCOMPARE(numbers(batch.segments), (Numbers{0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1}));
        QCOMPARE(numbers(batch.positions), (Numbers{0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4}));
        // Record 0 learns tokens 3, 4, 5; record 1 tokens 3, 4. Nothing is asked across the border.
        QCOMPARE(numbers(batch.targets), (Numbers{-1, -1, 4, 5, 6, -1, -1, -1, 9, 10, -1}));
    }

    void everyRecordComesOnceAPass_data()
    {
        QTest::addColumn<bool>("packing");
        QTest::newRow("packed") << true;
        QTest::newRow("one a row") << false;
    }
    void everyRecordComesOnceAPass()
    {
        QFETCH(bool, packing);
        const FakeRecords records(kLengths);
        const auto batches = adapt::RecordBatches::create(records, settings(1, 16, packing));
        QVERIFY(batches);
        std::multiset<std::vector<qint64>> seen;
        std::vector<std::vector<qint64>> order[2];
        qint64 index = 0;
        for (auto &pass : order) {
            while (pass.size() < kLengths.size()) {
                const network::Batch batch = batches->batch(index++);
                QVERIFY(batch.ids.size(1) <= 16);
                for (const auto &record : recordsIn(batch))
                    pass.push_back(record);
            }
            QCOMPARE(pass.size(), kLengths.size());
            QCOMPARE(std::set<std::vector<qint64>>(pass.begin(), pass.end()).size(), kLengths.size());
        }
        QVERIFY(order[0] != order[1]);
        QVERIFY(!packing || batches->rowsPerPass() <= 8);
    }

    void aBatchIsAFunctionOfItsNumber()
    {
        const FakeRecords records(kLengths);
        const auto one = adapt::RecordBatches::create(records, settings(2, 16, true));
        const auto two = adapt::RecordBatches::create(records, settings(2, 16, true));
        std::map<qint64, torch::Tensor> first;
        for (qint64 index = 0; index < 12; ++index)
            first[index] = one->batch(index).ids;
        for (const qint64 index : {11, 3, 7, 0, 5})
            QVERIFY(torch::equal(two->batch(index).ids, first[index]));
        adapt::BatchSettings other = settings(2, 16, true);
        other.seed = 2;
        const auto three = adapt::RecordBatches::create(records, other);
        bool differs = false;
        for (qint64 index = 0; index < 4; ++index)
            differs = differs || !torch::equal(three->batch(index).ids, first[index]);
        QVERIFY(differs);
    }

    void longRecordsAreCutAndLabelsStandAlone()
    {
        const FakeRecords records({30, 4});
        adapt::BatchSettings asked = settings(2, 10, true);
        asked.asks = adapt::Asks::Label;
        asked.order = adapt::Order::AsStored;
        const auto batches = adapt::RecordBatches::create(records, asked);
        QVERIFY(batches);
        const network::Batch batch = batches->batch(0);
        QCOMPARE(batch.ids.size(1), 10);
        QVERIFY(!batch.targets.defined());
        QCOMPARE(batch.labels[1].item<int64_t>(), 1);
        QCOMPARE(batch.segments[1].ge(0).sum().item<int64_t>(), 4);
        QCOMPARE(batches->tokensPerPass(), 14);
    }

    void whatMakesNoBatchIsRefused()
    {
        const FakeRecords none({}), some({4});
        QVERIFY(!adapt::RecordBatches::create(none, settings(2, 16, true)));
        QVERIFY(!adapt::RecordBatches::create(some, settings(0, 16, true)));
        QVERIFY(!adapt::RecordBatches::create(some, settings(2, 1, true)));
    }

    // Loss and gradients of packed and of padded rows equal those of every record by itself.
    void packedRecordsLearnAsSeparateOnesDo_data() { everyRecordComesOnceAPass_data(); }
    void packedRecordsLearnAsSeparateOnesDo()
    {
        QFETCH(bool, packing);
        const FakeRecords records(kLengths);
        const auto model = built(smallLlama());
        const qint64 rows = packing ? adapt::RecordBatches::create(records, settings(1, 40, true))->rowsPerPass() : qint64(kLengths.size());
        const auto batches = adapt::RecordBatches::create(records, settings(rows, 40, packing));
        QVERIFY(batches);
        const network::Batch together = batches->batch(0);
        QCOMPARE(recordsIn(together).size(), kLengths.size());
        network::Pass pass;
        const torch::Tensor loss = *model->loss(together, pass);
        QVERIFY(tensor::backward(loss));
        std::map<std::string, torch::Tensor> gradients;
        for (const network::NamedParameter &parameter : model->parameters())
            gradients[parameter.name] = parameter.value.grad().clone();
        model->clearGradients();
        const double count = double(together.targets.ge(0).sum().item<int64_t>());
        double sum = 0;
        for (qint64 record = 0; record < records.count(); ++record) {
            const network::Batch alone = single(records, record);
            const double own = double(alone.targets.ge(0).sum().item<int64_t>());
            network::Pass each;
            const torch::Tensor part = *model->loss(alone, each) * (own / count);
            sum += part.item<double>();
            QVERIFY(tensor::backward(part));
        }
        QVERIFY2(std::fabs(sum - loss.item<double>()) < 1e-5, qPrintable(QString::number(sum - loss.item<double>())));
        for (const network::NamedParameter &parameter : model->parameters()) {
            const double scale = gradients[parameter.name].abs().max().item<double>() + 1e-9;
            const double difference = largestDifference(gradients[parameter.name], parameter.value.grad());
            QVERIFY2(difference < 1e-4 * scale + 1e-7, (parameter.name + " " + std::to_string(difference / scale)).c_str());
        }
    }
};

QTEST_GUILESS_MAIN(TestRecords)
#include "test_records.moc"
