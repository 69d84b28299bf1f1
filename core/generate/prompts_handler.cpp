// Job kind "prompts": a file of prompts, a file of answers. See handlers.h.
#include "core/generate/answer_file.h"
#include "core/generate/batch_plan.h"
#include "core/generate/handlers.h"
#include "core/generate/prompt.h"
#include "core/generate/prompt_lines.h"
#include "core/generate/ready_model.h"

#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/base/machine.h"
#include "core/plugin/registry.h"
#include "core/tensor/machine.h"

#include <QElapsedTimer>

#include <algorithm>
#include <chrono>
#include <thread>

namespace athanor::generate {
namespace {

constexpr qsizetype kMostWarnings = 20;
constexpr qsizetype kMostProblems = 100;

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

QJsonArray toJson(const std::vector<Alternative> &alternatives)
{
    QJsonArray list;
    for (const Alternative &alternative : alternatives)
        list.append(QJsonObject{{QStringLiteral("text"), alternative.text}, {QStringLiteral("probability"), alternative.probability}});
    return list;
}

QJsonObject answerTo(const PromptLine &line, const GenerationResult &result)
{
    QJsonObject answer = line.asked;
    answer.insert(QStringLiteral("line"), line.number);
    answer.insert(QStringLiteral("text"), QString::fromUtf8(result.text));
    answer.insert(QStringLiteral("stoppedBecause"), result.stoppedBecause);
    answer.insert(QStringLiteral("promptTokens"), result.promptTokens);
    answer.insert(QStringLiteral("tokens"), result.tokens);
    if (result.droppedMessages > 0)
        answer.insert(QStringLiteral("droppedMessages"), result.droppedMessages);
    return answer;
}

QJsonObject answerTo(const PromptLine &line, const Error &problem)
{
    QJsonObject answer = line.asked;
    answer.insert(QStringLiteral("line"), line.number);
    answer.insert(QStringLiteral("error"), problem.message);
    return answer;
}

/// Writes batch by batch and keeps the counts.
class PromptsRun {
public:
    PromptsRun(job::Context &context, std::vector<PromptLine> lines, AnswerFile &answers, Generator &generator)
        : m_context(&context), m_lines(std::move(lines)), m_answers(&answers), m_generator(&generator), m_tokensBefore(answers.tokens())
    {
    }

    Status run(const tokenizer::Tokenizer &tokenizer, const BatchLimits &limits)
    {
        ATHANOR_TRY(setProblemsAside());
        const std::vector<size_t> open = openLines();
        BatchLimits bounded = limits;
        if (m_generator->manners().task == Task::Answer)
            bounded.context *= 2;  // each side has one
        if (!writesTogether())
            bounded.rows = 1;
        std::vector<PromptSize> sizes;
        for (const size_t line : open)
            sizes.push_back(sizeOf(m_lines[line].request, tokenizer, limits.context));
        m_timer.start();
        const StopWatch watch(*this);
        for (const std::vector<size_t> &batch : planBatches(sizes, bounded)) {
            std::vector<size_t> lines;
            for (const size_t place : batch)
                lines.push_back(open[place]);
            const bool outgrows = sizes[batch[0]].promptTokens + sizes[batch[0]].answerTokens > bounded.context;
            ATHANOR_TRY(writeBatch(lines, !outgrows && writesTogether()));
            if (isStopped())
                return {};
        }
        return {};
    }
    bool isStopped() const { return m_context->cancelToken().isCancelled() || m_context->pauseRequested(); }
    qint64 lineCount() const { return qint64(m_lines.size()); }

    double seconds() const { return m_timer.isValid() ? double(m_timer.nsecsElapsed()) * 1e-9 : 0; }

    /// Of all attempts; the speed is that of this one. `secondsBefore`: of the earlier ones.
    QJsonObject facts(double secondsBefore) const
    {
        return {{QStringLiteral("prompts"), lineCount()},
                {QStringLiteral("answered"), m_answers->count() - m_answers->failedCount()},
                {QStringLiteral("failed"), m_answers->failedCount()},
                {QStringLiteral("problems"), m_problems},
                {QStringLiteral("tokens"), m_answers->tokens()},
                {QStringLiteral("promptTokens"), m_answers->promptTokens()},
                {QStringLiteral("seconds"), secondsBefore + seconds()},
                {QStringLiteral("tokensPerSecond"), seconds() > 0 ? double(m_answers->tokens() - m_tokensBefore) / seconds() : 0},
                {QStringLiteral("largestBatch"), m_largestBatch}};
    }

private:
    /// A pause stops a batch as a cancel does, also while prompts are read: what of it is not done is asked again.
    class StopWatch {
    public:
        explicit StopWatch(const PromptsRun &run)
            : m_thread([&run](const std::stop_token &ended) {
                  while (!ended.stop_requested() && !run.m_stop.isCancelled()) {
                      if (run.isStopped())
                          run.m_stop.cancel();
                      std::this_thread::sleep_for(std::chrono::milliseconds(20));
                  }
              })
        {
        }

    private:
        std::jthread m_thread;
    };

    bool writesTogether() const
    {
        const Task task = m_generator->manners().task;
        return task == Task::Continue || task == Task::Answer;
    }

    std::vector<size_t> openLines() const
    {
        std::vector<size_t> open;
        for (size_t line = 0; line < m_lines.size(); ++line)
            if (!m_lines[line].problem && !m_answers->has(m_lines[line].number))
                open.push_back(line);
        return open;
    }

    /// Of a prompt that must be asked alone, because it says then why it cannot be answered: more than any context.
    PromptSize sizeOf(const GenerationRequest &request, const tokenizer::Tokenizer &tokenizer, int64_t context) const
    {
        if (!writesTogether())
            return {1, 1};
        const auto ready = readyPrompt(request, m_generator->manners(), tokenizer, context);
        if (!ready || int64_t(ready->encoderIds.size()) > context)
            return {2 * context + 1, 1};
        if (ready->encoderIds.empty())
            return {int64_t(ready->ids.size()), request.maxTokens};
        return {int64_t(ready->encoderIds.size()), std::min<int64_t>(request.maxTokens, context)};
    }

    Status setProblemsAside()
    {
        QList<QJsonObject> fresh;
        for (const PromptLine &line : m_lines) {
            if (!line.problem)
                continue;
            noteProblem(line.number, *line.problem);
            if (!m_answers->has(line.number))
                fresh += answerTo(line, *line.problem);
        }
        return m_answers->append(fresh);
    }

    void noteProblem(qint64 line, const Error &problem)
    {
        if (m_problems.size() < kMostWarnings)
            m_context->log(QStringLiteral("warning"), tr("Line %1: %2 %3").arg(line).arg(problem.message, problem.hint).trimmed());
        if (m_problems.size() < kMostProblems)
            m_problems += QJsonObject{{QStringLiteral("line"), line}, {QStringLiteral("error"), problem.message}};
    }

    Status writeBatch(const std::vector<size_t> &lines, bool together)
    {
        QList<QJsonObject> fresh;
        if (together && lines.size() > 1) {
            std::vector<GenerationRequest> requests;
            qint64 steps = 0, longest = 1;
            for (const size_t line : lines) {
                requests.push_back(m_lines[line].request);
                longest = std::max<qint64>(longest, requests.back().maxTokens);
            }
            const auto results = m_generator->runTogether(requests, m_stop, [&](qint64) {
                tell(qint64(double(lines.size()) * double(++steps) / double(longest)));
            });
            if (results) {
                m_largestBatch = std::max(m_largestBatch, qint64(lines.size()));
                for (size_t i = 0; i < lines.size(); ++i)
                    take(lines[i], (*results)[i], fresh);
                return m_answers->append(fresh);
            }
        }
        for (const size_t line : lines) {  // each by itself, also where one of a batch spoiled it
            tell(0);
            if (isStopped())
                break;
            ATHANOR_TRY(writeAlone(line, fresh));
        }
        return m_answers->append(fresh);
    }

    Status writeAlone(size_t line, QList<QJsonObject> &fresh)
    {
        QJsonArray choices;
        const bool listsChoices = !writesTogether();
        const auto result = m_generator->run(m_lines[line].request, [&](const TokenReport &token) {
            if (listsChoices)
                choices.append(toJson(token.alternatives));
        }, m_stop);
        m_largestBatch = std::max<qint64>(m_largestBatch, 1);
        if (!result) {
            noteProblem(m_lines[line].number, result.error());
            fresh += answerTo(m_lines[line], result.error());
            return {};
        }
        take(line, *result, fresh);
        if (listsChoices && !fresh.isEmpty()) {
            const bool isLabel = m_generator->manners().task == Task::NameLabel;
            fresh.last().insert(isLabel ? QStringLiteral("labels") : QStringLiteral("gaps"), isLabel ? choices.at(0) : QJsonValue(choices));
        }
        return {};
    }

    /// What a cancel or a pause cut off is neither kept nor counted.
    void take(size_t line, const GenerationResult &result, QList<QJsonObject> &fresh)
    {
        if (result.stoppedBecause != QLatin1String("request"))
            fresh += answerTo(m_lines[line], result);
    }

    void tell(qint64 ofThisBatch)
    {
        m_context->report({tr("Writing"), m_answers->count() + ofThisBatch, lineCount(), tr("prompts")});
        if (isStopped())
            m_stop.cancel();
    }

    job::Context *m_context;
    std::vector<PromptLine> m_lines;
    AnswerFile *m_answers;
    Generator *m_generator;
    CancelToken m_stop;
    QElapsedTimer m_timer;
    QJsonArray m_problems;
    qint64 m_tokensBefore, m_largestBatch = 0;
};

/// What an attempt leaves for the next beside the answers: {"sha256": of the file of prompts, "seconds": spent so far}.
class EarlierAttempts {
public:
    /// Errors: InvalidInput when there are answers to another file of prompts.
    static Result<EarlierAttempts> read(const QString &jobPath, const QString &prompts, const AnswerFile &answers)
    {
        EarlierAttempts earlier(jobPath + QStringLiteral("/prompts.json"));
        ATHANOR_ASSIGN(const QString now, sha256OfFile(prompts));
        const QJsonObject before = readJsonFile(earlier.m_path).value_or(QJsonObject());
        const QString known = before.value(QLatin1String("sha256")).toString();
        if (answers.count() > 0 && !known.isEmpty() && known != now)
            return fail(ErrorCode::InvalidInput, tr("“%1” is another file than when the job began.").arg(prompts),
                        tr("Put the file of before in its place and resume, or begin a new job for this one."));
        earlier.m_sha256 = now;
        earlier.seconds = before.value(QLatin1String("seconds")).toDouble();
        ATHANOR_TRY(earlier.write(earlier.seconds));
        return earlier;
    }
    Status write(double spent) const
    {
        return writeJsonFile(m_path, {{QStringLiteral("sha256"), m_sha256}, {QStringLiteral("seconds"), spent}});
    }
    double seconds = 0;

private:
    explicit EarlierAttempts(QString path) : m_path(std::move(path)) {}
    QString m_path, m_sha256;
};

PromptFileSettings settingsFrom(const QJsonObject &parameters)
{
    PromptFileSettings settings;
    settings.request = parameters.value(QLatin1String("settings")).toObject();
    settings.asksChat = parameters.value(QLatin1String("chat")).toBool();
    settings.system = parameters.value(QLatin1String("system")).toString();
    return settings;
}

Result<qint64> batchFrom(const QJsonObject &parameters)
{
    const qint64 rows = parameters.value(QLatin1String("batch")).toInteger(0);
    if (rows < 0 || rows > kLargestBatch)
        return fail(ErrorCode::InvalidInput, tr("A batch of %1 prompts is not possible.").arg(rows),
                    tr("Choose from 1 to %1, or 0 to let memory decide.").arg(kLargestBatch));
    return rows > 0 ? rows : kUsualBatch;
}

}  // namespace

Result<QJsonObject> PromptsHandler::run(job::Context &context)
{
    const QJsonObject parameters = context.spec().parameters;
    const QString to = parameters.value(QLatin1String("to")).toString(), result = AnswerFile::resultFile(context.jobPath());
    ATHANOR_ASSIGN(const qint64 rows, batchFrom(parameters));
    ATHANOR_ASSIGN(const QString file, resolvePath(context.projectPath(), parameters.value(QLatin1String("file")).toString()));
    ATHANOR_ASSIGN(std::vector<PromptLine> lines, readPromptLines(file, settingsFrom(parameters)));
    ATHANOR_ASSIGN(const QString folder, resolvePath(context.projectPath(), parameters.value(QLatin1String("checkpoint")).toString()));
    context.report({tr("Loading the model"), 0, 0, {}});
    tensor::keepLargeBlocks();
    tensor::setThreadCount(parameters.value(QLatin1String("threads")).toInt(0));
    const QString wanted = parameters.value(QLatin1String("settings")).toObject().value(QLatin1String("weights")).toString();
    ATHANOR_ASSIGN(const WeightFormat format, weightFormatFrom(wanted));
    ATHANOR_ASSIGN(const ReadyModel ready, readyModel(context.plugins(), folder, format));
    ATHANOR_ASSIGN(Sampler * sampler, plugin::Registry<Sampler>(context.plugins(), QStringLiteral("sampler"))
                                          .get(QLatin1String(kUsualSampler)));
    Generator generator(*ready.loaded.model, *ready.loaded.tokenizer, *sampler, ready.manners);
    ATHANOR_ASSIGN(const BatchLimits limits, batchLimits(context.plugins(), ready.loaded.model->architecture(), rows,
                                                         ready.weights == QLatin1String("bf16"), machineFacts().freeMemoryBytes));
    ATHANOR_ASSIGN(AnswerFile answers, AnswerFile::open(context.jobPath()));
    ATHANOR_ASSIGN(const EarlierAttempts earlier, EarlierAttempts::read(context.jobPath(), file, answers));
    PromptsRun run(context, std::move(lines), answers, generator);
    ATHANOR_TRY(run.run(*ready.loaded.tokenizer, limits));
    for (const QString &place : {result, to})
        if (!place.isEmpty())
            ATHANOR_TRY(answers.writeSorted(place));
    ATHANOR_TRY(earlier.write(earlier.seconds + run.seconds()));
    if (run.isStopped())
        return job::stoppedHere(tr("%1 of %2 answers are kept in “%3”; resuming writes the others.")
                                    .arg(answers.count()).arg(run.lineCount()).arg(to.isEmpty() ? result : to));
    QJsonObject facts = run.facts(earlier.seconds);
    facts.insert(QStringLiteral("weights"), ready.weights);
    facts.insert(QStringLiteral("file"), QStringLiteral("jobs/%1/answers.jsonl").arg(context.spec().id));
    if (!to.isEmpty())
        facts.insert(QStringLiteral("to"), to);
    return facts;
}

}  // namespace athanor::generate
