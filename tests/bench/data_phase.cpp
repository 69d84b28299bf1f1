// Measures what preparing the batches of a step costs: GIB FOLDER [PAUSE_MS]. Makes token shards of so many GiB in FOLDER
// (kept for the next time), drops them from the page cache, and reads windows as a run does, with a pause for the step
// in between. See README.md.
#include "core/base/atomic_file.h"
#include "core/plugin/catalogue.h"
#include "core/tensor/machine.h"
#include "core/tokenizer/shard_format.h"
#include "core/train/batch_source.h"

#include <QCoreApplication>
#include <QDir>
#include <QJsonArray>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <numeric>
#include <thread>

using namespace athanor;

namespace {

using Clock = std::chrono::steady_clock;

constexpr qint64 kDocumentTokens = 1000;
constexpr int kSources = 3;
constexpr int kSteps = 200;

struct Shape {
    const char *what;
    qint64 batch, length;
};
constexpr Shape kShapes[] = {{"13.9 M, B 8", 8, 256}, {"124 M, B 2", 2, 512}, {"long, B 1", 1, 2048}, {"wide, B 64", 64, 256}};

Status writeShard(const QString &file, qint64 tokens, quint32 seed)
{
    QByteArray bytes(qsizetype(2 * tokens), Qt::Uninitialized);
    auto *at = reinterpret_cast<quint16 *>(bytes.data());
    for (qint64 i = 0; i < tokens; ++i)
        at[i] = quint16((seed = seed * 1664525u + 1013904223u) >> 19);  // below 8,192
    return writeFileAtomically(file, bytes);
}

/// Documents from three sources in turn, in no order of the sources.
Status writeIndexes(const QString &folder, qint64 documents, QJsonObject &facts)
{
    QByteArray index(tokenizer::kIndexMagic, sizeof tokenizer::kIndexMagic);
    tokenizer::appendLittleEndian(index, quint64(documents), 8);
    tokenizer::DocumentSources sources;
    for (qint64 i = 0; i < documents; ++i) {
        tokenizer::appendLittleEndian(index, quint64(i * kDocumentTokens), 8);
        tokenizer::appendLittleEndian(index, quint64(4 * kDocumentTokens), 8);
        sources.add(QStringLiteral("source%1").arg((i * 2654435761LL >> 7) % kSources));
    }
    facts[QStringLiteral("documents")] = documents;
    facts[QStringLiteral("bytes")] = 4 * kDocumentTokens * documents;
    ATHANOR_TRY(writeFileAtomically(folder + QStringLiteral("/documents.index"), index));
    return sources.write(folder);
}

Status makeShards(const QString &folder, double gib)
{
    if (QFileInfo::exists(folder + QStringLiteral("/tokens.json")))
        return {};
    ATHANOR_TRY(makeFolder(folder));
    const qint64 documents = qint64(gib * double(1 << 29)) / kDocumentTokens;
    qint64 left = documents * kDocumentTokens;
    QJsonArray shards;
    for (int number = 0; left > 0; ++number) {
        const qint64 part = std::min(left, tokenizer::kShardTokens);
        ATHANOR_TRY(writeShard(folder + QLatin1Char('/') + tokenizer::shardName(number), part, quint32(number)));
        shards += QJsonObject{{QStringLiteral("file"), tokenizer::shardName(number)}, {QStringLiteral("tokens"), part}};
        left -= part;
    }
    QJsonObject facts{{QStringLiteral("format"), tokenizer::kTokenFormat}, {QStringLiteral("width"), 2}, {QStringLiteral("vocabulary"), 8192},
                      {QStringLiteral("tokens"), documents * kDocumentTokens}, {QStringLiteral("shards"), shards}};
    ATHANOR_TRY(writeIndexes(folder, documents, facts));
    return writeJsonFile(folder + QStringLiteral("/tokens.json"), facts);
}

/// Only of files that nobody has mapped.
void dropFromCache(const QString &folder)
{
    for (const QString &name : QDir(folder).entryList({QStringLiteral("*.tokens")})) {
        const int file = ::open(QFile::encodeName(folder + QLatin1Char('/') + name).constData(), O_RDONLY);
        ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
        ::close(file);
    }
}

enum class Order { Forward, Backward };  // backward, the windows that come next were never announced

struct Times {
    double mean = 0, worst = 0;  // milliseconds
};

Result<Times> measure(const train::WindowSource &source, Order order, int pauseMs)
{
    std::vector<double> times;
    for (int i = 0; i < kSteps; ++i) {
        const qint64 step = order == Order::Forward ? 1 + i : 3 * kSteps - i;
        const Clock::time_point start = Clock::now();
        ATHANOR_TRY(source.batch(step, 0));
        times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
        std::this_thread::sleep_for(std::chrono::milliseconds(pauseMs));
    }
    times.erase(times.begin(), times.begin() + 3);  // warms up
    return Times{std::accumulate(times.begin(), times.end(), 0.0) / double(times.size()), *std::max_element(times.begin(), times.end())};
}

enum class Cache { Cold, Warm };  // warm: the same windows were read before

struct Case {
    const char *what;
    bool isMixed;
    Order order;
    Cache cache = Cache::Cold;
};
constexpr Case kCases[] = {{"one stream, in memory", false, Order::Forward, Cache::Warm}, {"one stream, cold", false, Order::Forward},
                           {"one stream, cold, not announced", false, Order::Backward}, {"three sources by weight, cold", true, Order::Forward}};

Status measureCase(const QString &folder, const Case &which, const Shape &shape, const train::ChosenObjective &objective, int pauseMs)
{
    dropFromCache(folder);
    ATHANOR_ASSIGN(const tokenizer::TokenShards data, tokenizer::TokenShards::open(folder, false));
    ATHANOR_ASSIGN(const tokenizer::DocumentSources sources, tokenizer::DocumentSources::read(folder, data.documentCount()));
    const train::SourceMixture mixture{tokenizer::SourceStreams(data, sources), sources.ids(), {{0, {2, 1, 0.5}}}};
    train::TokenTables tables;
    tables.vocabulary = 8192;
    train::RunSettings settings;
    settings.batch = shape.batch;
    ATHANOR_ASSIGN(const auto source, train::WindowSource::create(data, tables, objective, settings, shape.length, which.isMixed ? &mixture : nullptr));
    if (which.cache == Cache::Warm)
        ATHANOR_TRY(measure(*source, which.order, 0));
    ATHANOR_ASSIGN(const Times times, measure(*source, which.order, pauseMs));
    std::printf("%-12s T %4lld  %-34s mean %7.3f ms, worst %7.3f ms: under 1 %% of every step longer than %.0f ms\n", shape.what,
                shape.length, which.what, times.mean, times.worst, std::ceil(100 * times.mean));
    return {};
}

Status measureAll(const QString &folder, double gib, int pauseMs)
{
    tensor::keepLargeBlocks();
    ATHANOR_TRY(makeShards(folder, gib));
    const auto plugins = plugin::scanUsualFolders();
    ATHANOR_ASSIGN(const train::ChosenObjective objective, train::chosenObjective(*plugins, {}));
    for (const Shape &shape : kShapes)
        for (const Case &which : kCases)
            ATHANOR_TRY(measureCase(folder, which, shape, objective, pauseMs));
    return {};
}

}  // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    const QStringList words = application.arguments();
    if (words.size() < 3) {
        std::fprintf(stderr, "usage: data_phase GIB FOLDER [PAUSE_MS]\n");
        return 2;
    }
    const Status status = measureAll(words[2], words[1].toDouble(), words.size() > 3 ? words[3].toInt() : 50);
    if (!status)
        std::fprintf(stderr, "%s\n%s\n", qPrintable(status.error().message), qPrintable(status.error().hint));
    return status ? 0 : 1;
}
