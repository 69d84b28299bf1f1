// See answer.h.
#include "core/generate/answer.h"

#include <algorithm>

namespace athanor::generate {
namespace {

constexpr size_t kAlternativeCount = 5;

QList<QByteArray> stopBytes(const QStringList &texts)
{
    QList<QByteArray> stops;
    for (const QString &text : texts)
        stops += text.toUtf8();
    return stops;
}

}  // namespace

std::vector<Alternative> likeliest(std::span<const float> probabilities, size_t count,
                                   const tokenizer::Tokenizer &tokenizer)
{
    std::vector<size_t> best;  // descending; a newcomer goes behind its equals
    for (size_t id = 0; id < probabilities.size(); ++id) {
        if (best.size() == count && !(probabilities[id] > probabilities[best.back()]))
            continue;
        const auto place = std::find_if(best.begin(), best.end(),
                                        [&](size_t other) { return probabilities[id] > probabilities[other]; });
        best.insert(place, id);
        if (best.size() > count)
            best.pop_back();
    }
    std::vector<Alternative> alternatives;
    for (const size_t id : best)
        alternatives.push_back({tokenizer.tokenText(tokenizer::TokenId(id)), double(probabilities[id])});
    return alternatives;
}

Answer::Answer(const GenerationRequest &request, std::vector<int64_t> prompt, const Manners &manners,
               const tokenizer::Tokenizer &tokenizer, const Sampler &sampler, int64_t vocabulary)
    : m_request(&request), m_manners(&manners), m_tokenizer(&tokenizer),
      m_chooser(sampler, {request.sampling, request.seed, vocabulary}), m_vocabulary(vocabulary),
      m_pieces(stopBytes(request.stop)), m_ids(std::move(prompt))
{
    m_timer.start();
    m_result.promptTokens = qint64(m_ids.size());
    for (const int64_t id : m_ids)
        m_chooser.note(id);
}

TokenReport Answer::report(int64_t id) const
{
    TokenReport report;
    report.id = qint32(id);
    report.probability = double(m_chooser.probabilities()[size_t(id)]);
    report.alternatives = likeliest(m_chooser.probabilities(), kAlternativeCount, *m_tokenizer);
    return report;
}

Status Answer::take(const float *scores, const TokenCallback &onToken)
{
    ATHANOR_ASSIGN(const int64_t id,
                   m_chooser.choose({scores, size_t(m_vocabulary)}, uint64_t(m_result.tokens)));
    if (m_result.tokens == 0)
        m_result.firstTokenSeconds = double(m_timer.nsecsElapsed()) * 1e-9;
    ++m_result.tokens;
    m_ids.push_back(id);
    m_chooser.note(id);
    const bool isEnd = m_manners->isStop(id);
    TokenReport token = onToken ? report(id) : TokenReport();
    token.text = isEnd ? QByteArray() : m_pieces.add(m_tokenizer->tokenBytes(tokenizer::TokenId(id)));
    if (isEnd)
        end("end");
    else if (m_pieces.isStopped())
        end("stop");
    else if (m_result.tokens >= m_request->maxTokens)
        end("length");
    if (isDone())
        token.text += m_pieces.finish();
    m_result.text += token.text;
    if (onToken)
        onToken(token);
    return {};
}

void Answer::end(const char *because)
{
    if (!isDone())
        m_result.stoppedBecause = QLatin1String(because);
}

GenerationResult Answer::result()
{
    m_result.text += m_pieces.finish();
    const double rest = double(m_timer.nsecsElapsed()) * 1e-9 - m_result.firstTokenSeconds;
    m_result.tokensPerSecond = m_result.tokens > 1 && rest > 0 ? double(m_result.tokens - 1) / rest : 0;
    return m_result;
}

}  // namespace athanor::generate
