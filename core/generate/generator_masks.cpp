// Models that look both ways do not continue a text; they fill its gaps (Devlin et al. 2019).
#include "core/generate/answer.h"
#include "core/generate/generator.h"

#include <QCoreApplication>
#include <QElapsedTimer>

#include <algorithm>

namespace athanor::generate {
namespace {

constexpr size_t kAlternativeCount = 5;

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

std::vector<tokenizer::TextSpan> placesOf(const QByteArray &mark, const QByteArray &text)
{
    std::vector<tokenizer::TextSpan> places;
    for (qsizetype at = text.indexOf(mark); at >= 0 && !mark.isEmpty(); at = text.indexOf(mark, at + mark.size()))
        places.push_back({at, at + mark.size()});
    return places;
}

constexpr char kUsualMark[] = "[MASK]";  // of a model whose tokenizer has no name for its mask

/// A mark of the tokenizer becomes its token; one that it does not know stands between the texts around it.
std::vector<tokenizer::TokenId> idsOf(const QByteArray &text, const std::vector<tokenizer::TextSpan> &places, int64_t mask,
                                      const tokenizer::Tokenizer &tokenizer)
{
    if (mask < tokenizer.vocabularySize())
        return tokenizer.encodeTemplate(text, places);
    std::vector<tokenizer::TokenId> ids;
    qsizetype at = 0;
    for (const tokenizer::TextSpan &place : places) {
        const auto before = tokenizer.encode(QByteArrayView(text).sliced(at, place.begin - at));
        ids.insert(ids.end(), before.begin(), before.end());
        ids.push_back(tokenizer::TokenId(mask));
        at = place.end;
    }
    const auto rest = tokenizer.encode(QByteArrayView(text).sliced(at));
    ids.insert(ids.end(), rest.begin(), rest.end());
    return ids;
}

/// The text with its masks replaced, from the last to the first so that places stay.
QByteArray filled(QByteArray text, const std::vector<tokenizer::TextSpan> &places, const std::vector<QByteArray> &words)
{
    for (size_t i = places.size(); i-- > 0;)
        text.replace(places[i].begin, places[i].end - places[i].begin, words[i]);
    return text;
}

}  // namespace

Result<GenerationResult> Generator::fillMasks(const GenerationRequest &request, const TokenCallback &onToken)
{
    QElapsedTimer timer;
    timer.start();
    const QByteArray mark = m_manners.mask < 0                                 ? QByteArray()
                            : m_manners.mask < m_tokenizer->vocabularySize() ? m_tokenizer->tokenText(tokenizer::TokenId(m_manners.mask)).toUtf8()
                                                                             : QByteArray(kUsualMark);
    const auto places = placesOf(mark, request.prompt);
    if (places.empty())
        return fail(ErrorCode::InvalidInput, tr("This model reads in both directions: it fills gaps in a text and does not continue one."),
                    mark.isEmpty() ? tr("Its tokenizer has no mark for a gap; choose a model that continues texts.")
                                   : tr("Mark the gaps with %1, for example “Paris is the %1 of France.”").arg(QString::fromUtf8(mark)));
    std::vector<int64_t> ids = m_manners.prefix;
    for (const tokenizer::TokenId id : idsOf(request.prompt, places, m_manners.mask, *m_tokenizer))
        ids.push_back(id);
    ids.insert(ids.end(), m_manners.suffix.begin(), m_manners.suffix.end());
    if (int64_t(ids.size()) > m_model->dimensions().context)
        return fail(ErrorCode::InvalidInput, tr("The text has %1 tokens, and the model reads at most %2.")
                                                 .arg(ids.size()).arg(m_model->dimensions().context), tr("Shorten it."));
    ATHANOR_ASSIGN(const torch::Tensor scores, m_model->logits(torch::tensor(ids).unsqueeze(0)));  // (1, T, V)
    GenerationResult result;
    result.promptTokens = qint64(ids.size());
    result.firstTokenSeconds = double(timer.nsecsElapsed()) * 1e-9;
    Chooser chooser(*m_sampler, {request.sampling, request.seed, vocabulary()});
    std::vector<QByteArray> words;
    for (size_t at = 0; at < ids.size() && words.size() < places.size(); ++at) {
        if (ids[at] != m_manners.mask)
            continue;
        const float *row = scores.data_ptr<float>() + int64_t(at) * scores.size(2);
        ATHANOR_ASSIGN(const int64_t id, chooser.choose({row, size_t(vocabulary())}, at));
        words.push_back(m_tokenizer->tokenBytes(tokenizer::TokenId(id)).trimmed());
        TokenReport token{words.back(), qint32(id), double(chooser.probabilities()[size_t(id)]),
                          likeliest(chooser.probabilities(), kAlternativeCount, *m_tokenizer)};
        ++result.tokens;
        if (onToken)
            onToken(token);
    }
    if (words.size() != places.size())
        return fail(ErrorCode::InvalidInput, tr("The tokenizer does not take %1 for a gap.").arg(QString::fromUtf8(mark)),
                    tr("Write it with spaces around it."));
    result.text = filled(request.prompt, places, words);
    result.stoppedBecause = QStringLiteral("filled");
    return result;
}

}  // namespace athanor::generate
