// See record_counts.h.
#include "core/workbench/record_counts.h"

#include "core/base/atomic_file.h"
#include "core/base/machine.h"
#include "core/tokenizer/record_summary.h"

#include <QDir>
#include <QFileInfo>

#include <algorithm>

namespace athanor::workbench {

namespace {

constexpr qint64 kFewRecords = 5000;
constexpr qint64 kFewBytes = 8 << 20;

Result<tokenizer::RecordEncoder> encoderFor(const RecordRequest &request)
{
    ATHANOR_ASSIGN(tokenizer::RecordSettings settings, tokenizer::RecordSettings::fromJson(request.teaching, request.labels));
    settings.sides = request.hasEncoder ? tokenizer::RecordSides::Two : tokenizer::RecordSides::One;
    settings.maxTokens = settings.maxTokens > 0 ? std::min(settings.maxTokens, request.context) : request.context;
    const QDir project(request.projectPath);
    const QString folder = request.from.isEmpty() ? QString() : QDir::cleanPath(project.absoluteFilePath(request.from));
    if (!folder.isEmpty() && tokenizer::findTokenizer(folder))
        return tokenizer::RecordEncoder::forFolder(folder, settings);
    ATHANOR_ASSIGN(const auto tokenizer, tokenizer::readTokenizer(project.absoluteFilePath(request.tokenizerFile)));
    return tokenizer::RecordEncoder::create(tokenizer, std::nullopt, settings);
}

}  // namespace

Result<QJsonObject> recordCounts(const RecordRequest &request)
{
    ATHANOR_ASSIGN(const corpus::CorpusReader corpus,
                   corpus::CorpusReader::open(QDir(request.projectPath).absoluteFilePath(request.corpus)));
    ATHANOR_ASSIGN(const tokenizer::RecordEncoder encoder, encoderFor(request));
    const QString sha256 = corpus.facts().value(QLatin1String("sha256")).toString();
    const QString stored = request.projectPath
                           + QStringLiteral("/objects/tokens/%1-%2/train/records.json").arg(sha256.left(16), encoder.fingerprint().left(16));
    if (QFileInfo::exists(stored)) {
        ATHANOR_ASSIGN(const QJsonObject facts, readJsonFile(stored));
        return facts.value(QLatin1String("summary")).toObject();
    }
    const QString train = QStringLiteral("train");
    if (corpus.documentCount(train) > kFewRecords || corpus.byteCount(train) > kFewBytes)
        return QJsonObject();
    NoProgress progress;
    ATHANOR_ASSIGN(const tokenizer::RecordSummary summary,
                   tokenizer::summarizeRecords(corpus, train, encoder, machineFacts().coreCount, progress, {}));
    return summary.toJson();
}

}  // namespace athanor::workbench
