// Several texts at once: rows of one batch, padded in front. Letters: B rows, T time, S time of the encoder.
#include "core/generate/answer.h"
#include "core/generate/generator.h"
#include "core/generate/prompt.h"
#include "core/tensor/guard.h"

#include <QCoreApplication>

#include <algorithm>
#include <numeric>

namespace athanor::generate {
namespace {

enum class Side { Front, Behind };

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

struct Padded {
    torch::Tensor ids;       // (B, T)
    torch::Tensor segments;  // (B, T): −1 for padding; undefined: none
};

Padded padded(const std::vector<const std::vector<int64_t> *> &rows, Side side)
{
    size_t longest = 0, shortest = SIZE_MAX;
    for (const auto *row : rows) {
        longest = std::max(longest, row->size());
        shortest = std::min(shortest, row->size());
    }
    Padded padded{torch::zeros({int64_t(rows.size()), int64_t(longest)}, torch::kInt64), {}};
    torch::Tensor segments = torch::full_like(padded.ids, -1);
    for (size_t row = 0; row < rows.size(); ++row) {
        const size_t at = row * longest + (side == Side::Front ? longest - rows[row]->size() : 0);
        std::copy(rows[row]->begin(), rows[row]->end(), padded.ids.data_ptr<int64_t>() + at);
        std::fill_n(segments.data_ptr<int64_t>() + at, rows[row]->size(), 0);
    }
    if (shortest < longest)
        padded.segments = segments;
    return padded;
}

/// Reads the prompts in blocks; scores (B, V) behind them, or undefined when cancelled.
Result<torch::Tensor> readAll(network::Model &model, network::Cache &cache, const Padded &prompts, const Padded &encoder,
                              const CancelToken &cancel)
{
    const int64_t count = prompts.ids.size(1);
    torch::Tensor scores;
    for (int64_t at = 0; at < count; at += TextReader::kBlock) {
        if (cancel.isCancelled())
            return torch::Tensor();
        const int64_t length = std::min(TextReader::kBlock, count - at);
        network::Batch batch;
        batch.ids = prompts.ids.narrow(1, at, length).contiguous();
        if (prompts.segments.defined())
            batch.segments = prompts.segments.narrow(1, at, length).contiguous();
        if (at == 0 && encoder.ids.defined()) {
            batch.encoderIds = encoder.ids;
            batch.encoderSegments = encoder.segments;
        }
        ATHANOR_ASSIGN(scores, model.lastLogits(batch, cache));
    }
    return scores;
}

/// Rows of the batch: row r writes answers[rows[r]].
using Rows = std::vector<size_t>;

/// How many tokens were written. Rows choose side by side: with large vocabularies choosing costs as much as a small model.
Result<qint64> takeAll(std::vector<Answer> &answers, const Rows &rows, const torch::Tensor &scores)
{
    std::vector<Status> taken(rows.size());
    const auto count = std::count_if(rows.begin(), rows.end(), [&](size_t row) { return !answers[row].isDone(); });
    at::parallel_for(0, int64_t(rows.size()), 1, [&](int64_t begin, int64_t end) {
        for (int64_t row = begin; row < end; ++row)
            if (Answer &answer = answers[rows[size_t(row)]]; !answer.isDone())
                taken[size_t(row)] = answer.take(scores.data_ptr<float>() + row * scores.size(1), {});
    });
    for (const Status &status : taken)
        ATHANOR_TRY(Status(status));
    return qint64(count);
}

/// Ends what is not done.
void endAll(std::vector<Answer> &answers, const char *because)
{
    for (Answer &answer : answers)
        answer.end(because);
}

/// Copying the cache pays when half of its rows are done.
Status dropDone(network::Cache &cache, Rows &rows, const std::vector<Answer> &answers)
{
    std::vector<int64_t> kept;
    for (size_t row = 0; row < rows.size(); ++row)
        if (!answers[rows[row]].isDone())
            kept.push_back(int64_t(row));
    if (2 * kept.size() > rows.size())
        return {};
    Rows left;
    for (const int64_t row : kept)
        left.push_back(rows[size_t(row)]);
    rows = std::move(left);
    return tensor::guarded(tr("making the batch smaller"), [&] { cache.keepRows(torch::tensor(kept, torch::kInt64)); });
}

Status write(network::Model &model, network::Cache &cache, torch::Tensor scores, std::vector<Answer> &answers,
             const CancelToken &cancel, const StepCallback &onStep)
{
    Rows rows(answers.size());
    std::iota(rows.begin(), rows.end(), size_t(0));
    while (true) {
        ATHANOR_ASSIGN(const qint64 count, takeAll(answers, rows, scores));
        if (onStep)
            onStep(count);
        if (std::all_of(rows.begin(), rows.end(), [&](size_t row) { return answers[row].isDone(); }))
            return {};
        if (cancel.isCancelled() || cache.position() >= cache.capacity()) {
            endAll(answers, cancel.isCancelled() ? "request" : "length");
            return {};
        }
        ATHANOR_TRY(dropDone(cache, rows, answers));
        std::vector<int64_t> last;  // of a text that is done: anything, nobody looks at it
        for (const size_t row : rows)
            last.push_back(answers[row].ids().back());
        ATHANOR_ASSIGN(scores, model.lastLogits(torch::tensor(last).unsqueeze(1), cache));
    }
}

Status checkLength(const Padded &rows, int64_t context)
{
    if (!rows.ids.defined() || rows.ids.size(1) <= context)
        return {};
    return fail(ErrorCode::InvalidInput, tr("A text has %1 tokens, and the model reads at most %2.")
                                             .arg(rows.ids.size(1)).arg(context),
                tr("Shorten it, or give it by itself."));
}

}  // namespace

Result<std::vector<GenerationResult>> Generator::runTogether(const std::vector<GenerationRequest> &requests,
                                                             const CancelToken &cancel, const StepCallback &onStep)
{
    if (m_manners.task == Task::FillMasks || m_manners.task == Task::NameLabel)
        return fail(ErrorCode::InvalidInput, tr("This model fills gaps or names labels; it does so one text at a time."));
    ATHANOR_TRY(taskOf(m_model->architecture()));
    std::vector<GenerationResult> results;
    if (requests.empty())
        return results;
    std::vector<ReadyPrompt> prompts;
    int64_t longestAnswer = 0;
    for (const GenerationRequest &request : requests) {
        ATHANOR_TRY(checkSettings(request.sampling));
        ATHANOR_ASSIGN(ReadyPrompt prompt, readyPrompt(request, m_manners, *m_tokenizer, m_model->dimensions().context));
        prompts.push_back(std::move(prompt));
        longestAnswer = std::max<int64_t>(longestAnswer, request.maxTokens);
    }
    std::vector<Answer> answers;
    std::vector<const std::vector<int64_t> *> rows, encoderRows;
    for (size_t i = 0; i < requests.size(); ++i) {
        answers.emplace_back(requests[i], prompts[i].ids, m_manners, *m_tokenizer, *m_sampler, vocabulary());
        rows.push_back(&prompts[i].ids);
        if (m_manners.task == Task::Answer)
            encoderRows.push_back(&prompts[i].encoderIds);
    }
    const Padded ids = padded(rows, Side::Front), encoder = encoderRows.empty() ? Padded() : padded(encoderRows, Side::Behind);
    ATHANOR_TRY(checkLength(ids, m_model->dimensions().context));
    ATHANOR_TRY(checkLength(encoder, m_model->dimensions().context));
    const auto cache = m_model->makeCache(int64_t(requests.size()), ids.ids.size(1) + longestAnswer);
    ATHANOR_ASSIGN(const torch::Tensor scores, readAll(*m_model, *cache, ids, encoder, cancel));
    if (scores.defined()) {
        ATHANOR_TRY(write(*m_model, *cache, scores, answers, cancel, onStep));
    }
    endAll(answers, "request");
    for (size_t i = 0; i < answers.size(); ++i) {
        results.push_back(answers[i].result());
        results.back().droppedMessages = prompts[i].droppedMessages;
    }
    return results;
}

}  // namespace athanor::generate
