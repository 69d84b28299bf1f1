// See parity.h.
#include "core/score/parity.h"

#include "core/tensor/guard.h"

#include <QCoreApplication>

namespace athanor::score {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::score", text); }

torch::Tensor rowOf(const std::vector<int64_t> &ids)  // (1, T)
{
    return torch::tensor(ids, torch::kInt64).unsqueeze(0);
}

class Measuring {
public:
    Measuring(network::Model &model, const generate::Manners &manners, const CancelToken &cancel)
        : m_model(model), m_manners(manners), m_cancel(cancel)
    {
        const auto task = generate::taskOf(model.architecture());
        m_writes = task && *task != generate::Task::NameLabel;
        m_result.sortsTexts = task && *task == generate::Task::NameLabel;
    }

    Status add(const std::vector<int64_t> &ids)
    {
        if (m_cancel.isCancelled())
            return fail(ErrorCode::Cancelled, tr("The comparison was stopped."));
        torch::Tensor ofLabels, ofTokens;  // (1, K), (1, T, V); a model may have both heads
        if (m_model.hasLabelHead()) {
            ATHANOR_ASSIGN(ofLabels, m_model.labelLogits(batchOf(ids)));
        }
        if (!m_model.hasLabelHead() || m_writes) {
            ATHANOR_ASSIGN(ofTokens, m_model.logits(batchOf(ids)));
        }
        return tensor::guarded(tr("keeping scores"), [&] {
            torch::NoGradGuard noGradients;
            m_result.ids.push_back(ids);
            if (ofLabels.defined())
                m_result.scores.push_back(ofLabels[0].to(torch::kFloat).contiguous());
            if (!ofTokens.defined())
                return;
            m_result.scores.push_back(ofTokens[0].to(torch::kFloat).contiguous());
            addLikelihood(m_result.scores.back(), ids);
        });
    }

    Result<Measurement> finish()
    {
        if (m_model.hasLabelHead() || m_manners.task == generate::Task::FillMasks) {
            ATHANOR_TRY(highestPlaces());
        } else {
            ATHANOR_TRY(continueGreedily());
        }
        return std::move(m_result);
    }

private:
    // A decoder is asked to repeat the text that its encoder read: the same question to both models.
    network::Batch batchOf(const std::vector<int64_t> &ids) const
    {
        network::Batch batch;
        batch.ids = rowOf(ids);
        if (!m_model.hasEncoder())
            return batch;
        std::vector<int64_t> shifted{std::max<int64_t>(0, m_manners.decoderStart)};
        shifted.insert(shifted.end(), ids.begin(), ids.end() - 1);
        batch.encoderIds = batch.ids;
        batch.ids = rowOf(shifted);
        return batch;
    }

    // Each token by those before it; where the model looks both ways or decodes, each by its own place.
    void addLikelihood(const torch::Tensor &scores, const std::vector<int64_t> &ids)
    {
        const bool looksBack = m_manners.task == generate::Task::Continue && !m_model.hasEncoder();
        const int64_t count = int64_t(ids.size()) - (looksBack ? 1 : 0);
        const torch::Tensor targets = torch::tensor(ids, torch::kInt64).slice(0, looksBack ? 1 : 0);  // (count)
        const torch::Tensor chances = torch::log_softmax(scores.slice(0, 0, count).to(torch::kDouble), -1);
        m_result.negativeLogLikelihood -= chances.gather(1, targets.unsqueeze(1)).sum().item<double>();
        m_result.counted += count;
    }

    Status highestPlaces()
    {
        return tensor::guarded(tr("comparing"), [&] {
            for (const torch::Tensor &scores : m_result.scores) {
                const torch::Tensor places = scores.argmax(-1).reshape({-1});
                for (int64_t i = 0; i < places.size(0) && int64_t(m_result.greedy.size()) < kGreedyTokens; ++i)
                    m_result.greedy.push_back(places[i].item<int64_t>());
            }
        });
    }

    // The first half of the first text, continued by the highest score each time (of equals the lower id).
    Status continueGreedily()
    {
        const std::vector<int64_t> &text = m_result.ids.front();
        std::vector<int64_t> next(text.begin(), text.begin() + std::ptrdiff_t(std::max<size_t>(1, text.size() / 2)));
        const auto cache = m_model.makeCache(1, int64_t(next.size()) + kGreedyTokens + 1);
        network::Batch batch;
        batch.ids = rowOf(next);
        if (m_model.hasEncoder()) {
            batch.encoderIds = rowOf(text);
            batch.ids = rowOf({std::max<int64_t>(0, m_manners.decoderStart)});
        }
        for (int step = 0; step < kGreedyTokens && !m_cancel.isCancelled(); ++step) {
            ATHANOR_ASSIGN(const torch::Tensor scores, m_model.lastLogits(batch, *cache));
            int64_t id = 0;
            ATHANOR_TRY(tensor::guarded(tr("choosing a token"), [&] {
                const torch::Tensor row = scores[0].to(torch::kFloat).contiguous();
                const float *first = row.data_ptr<float>();
                id = std::max_element(first, first + row.size(0)) - first;
            }));
            m_result.greedy.push_back(id);
            batch = {};
            batch.ids = rowOf({id});
        }
        return {};
    }

    network::Model &m_model;
    const generate::Manners &m_manners;
    const CancelToken &m_cancel;
    bool m_writes = false;  // it has a head for tokens
    Measurement m_result;
};

double largestDifference(const torch::Tensor &a, const torch::Tensor &b)
{
    if (a.sizes() != b.sizes())
        return HUGE_VAL;
    const double largest = (a - b).abs().max().item<double>();
    return std::isfinite(largest) ? largest : HUGE_VAL;
}

}  // namespace

double Measurement::perplexity() const
{
    return counted > 0 ? std::exp(negativeLogLikelihood / double(counted)) : std::numeric_limits<double>::quiet_NaN();
}

Result<Measurement> measure(network::Model &model, const tokenizer::Tokenizer &tokenizer, const generate::Manners &manners,
                            const QList<QByteArray> &texts, const CancelToken &cancel)
{
    Measuring measuring(model, manners, cancel);
    const size_t room = size_t(std::min<int64_t>(kTokensOfText, std::max<int64_t>(2, model.dimensions().context - kGreedyTokens)));
    int used = 0;
    for (const QByteArray &text : texts) {
        std::vector<int64_t> ids = manners.prefix;
        for (const tokenizer::TokenId id : tokenizer.encode(text))
            ids.push_back(id);
        ids.resize(std::min(ids.size(), room));
        if (ids.size() < 2)
            continue;
        ATHANOR_TRY(measuring.add(ids));
        if (++used == kMostTexts)
            break;
    }
    if (used == 0)
        return fail(ErrorCode::InvalidInput, tr("The model cannot be compared: none of the texts has two tokens."));
    return measuring.finish();
}

Difference differenceOf(const Measurement &a, const Measurement &b)
{
    Difference difference;
    difference.sameIds = a.ids == b.ids;
    difference.sortsTexts = a.sortsTexts;
    difference.greedyTokens = qint64(std::max(a.greedy.size(), b.greedy.size()));
    while (difference.greedyAgree < qint64(std::min(a.greedy.size(), b.greedy.size()))
           && a.greedy[size_t(difference.greedyAgree)] == b.greedy[size_t(difference.greedyAgree)])
        ++difference.greedyAgree;
    difference.largestScore = a.scores.size() == b.scores.size() ? 0 : HUGE_VAL;
    for (size_t i = 0; i < std::min(a.scores.size(), b.scores.size()); ++i)
        difference.largestScore = std::max(difference.largestScore, largestDifference(a.scores[i], b.scores[i]));
    if (a.counted > 0 && b.counted > 0)
        difference.perplexityRatio = b.perplexity() / a.perplexity();
    return difference;
}

QList<QByteArray> builtInTexts()
{
    return {
        "The furnace had burned through the night, and in the morning the workshop was warm. She opened the ledger, wrote down "
        "the date and the weight of the metal, and began to count the moulds that were left on the shelf. There were eleven. "
        "Two of them had cracked, and one was too small for what the customer had asked for, so she set them aside.",
        "def average(values):\n    \"\"\"The mean of a list of numbers, or None for an empty one.\"\"\"\n    if not values:\n"
        "        return None\n    total = 0\n    for value in values:\n        total += value\n    return total / len(values)\n\n\n"
        "print(average([1, 2, 3, 4]))\n",
        "1. Water boils at 100 degrees Celsius at sea level.\n2. A litre of it weighs one kilogram.\n3. In 1799 the metre was "
        "defined by a bar of platinum.\n\nQuestion: How much do three litres of water weigh?\nAnswer: Three kilograms.\n",
        "Der Ofen ist noch warm. Le four est encore chaud. El horno sigue caliente. Печь ещё тёплая. 炉はまだ暖かい。 "
        "The oven is still warm.\n"};
}

}  // namespace athanor::score
