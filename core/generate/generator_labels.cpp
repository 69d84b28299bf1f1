// Models that were taught labels write nothing: they say which label a text has.
#include "core/model/architecture.h"
#include "core/generate/generator.h"
#include "core/tensor/guard.h"

#include <QCoreApplication>
#include <QElapsedTimer>

#include <algorithm>
#include <numeric>

namespace athanor::generate {
namespace {

constexpr size_t kMostAlternatives = 10;

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

// As training reads a labelled text (tokenizer::RecordEncoder): what does not fit is cut, the marks stay.
std::vector<int64_t> idsOf(const QByteArray &text, const Manners &manners, const tokenizer::Tokenizer &tokenizer, int64_t context)
{
    const int64_t limit = manners.longestText > 0 ? std::min(context, manners.longestText) : context;
    const int64_t room = std::max<int64_t>(0, limit - int64_t(manners.prefix.size() + manners.suffix.size()));
    const std::vector<tokenizer::TokenId> all = tokenizer.encode(text);
    const int64_t count = std::min<int64_t>(room, int64_t(all.size()));
    const auto first = manners.cutsFront ? all.end() - count : all.begin();
    std::vector<int64_t> ids = manners.prefix;
    ids.insert(ids.end(), first, first + count);
    ids.insert(ids.end(), manners.suffix.begin(), manners.suffix.end());
    return ids;
}

}  // namespace

Result<GenerationResult> Generator::nameLabel(const GenerationRequest &request, const TokenCallback &onToken)
{
    QElapsedTimer timer;
    timer.start();
    if (!request.messages.isEmpty())
        return fail(ErrorCode::Unsupported, tr("This model sorts texts by labels; it does not converse."), tr("Give it the text itself."));
    const QStringList labels = model::labelsOf(m_model->architecture());
    const std::vector<int64_t> ids = idsOf(request.prompt, m_manners, *m_tokenizer, m_model->dimensions().context);
    if (ids.size() <= m_manners.prefix.size() + m_manners.suffix.size())
        return fail(ErrorCode::InvalidInput, tr("There is no text to sort."), tr("Give it a text; it answers with one of: %1.").arg(labels.join(QStringLiteral(", "))));
    network::Batch batch;
    batch.ids = torch::tensor(ids).unsqueeze(0);  // (1, T)
    batch.segments = torch::zeros_like(batch.ids);
    batch.positions = torch::arange(batch.ids.size(1), at::kLong).unsqueeze(0);
    ATHANOR_ASSIGN(const torch::Tensor logits, m_model->labelLogits(batch));  // (1, K)
    std::vector<double> probabilities;
    ATHANOR_TRY(tensor::guarded(tr("weighing the labels"), [&] {
        const torch::Tensor shares = torch::softmax(logits[0].to(torch::kDouble), 0).contiguous();
        probabilities.assign(shares.data_ptr<double>(), shares.data_ptr<double>() + shares.numel());
    }));
    if (qsizetype(probabilities.size()) != labels.size())
        return fail(ErrorCode::Corrupt, tr("The model scores %1 labels and names %2.").arg(probabilities.size()).arg(labels.size()));
    std::vector<size_t> order(probabilities.size());
    std::iota(order.begin(), order.end(), size_t(0));
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return probabilities[a] > probabilities[b]; });
    GenerationResult result;
    result.promptTokens = qint64(ids.size());
    result.firstTokenSeconds = double(timer.nsecsElapsed()) * 1e-9;
    result.text = labels[qsizetype(order[0])].toUtf8();
    result.stoppedBecause = QStringLiteral("label");
    TokenReport report{'\n' + result.text, -1, probabilities[order[0]], {}};
    for (size_t i = 0; i < std::min(order.size(), kMostAlternatives); ++i)
        report.alternatives.push_back({labels[qsizetype(order[i])], probabilities[order[i]]});
    if (onToken)
        onToken(report);
    return result;
}

}  // namespace athanor::generate
