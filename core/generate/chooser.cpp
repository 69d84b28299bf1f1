// See chooser.h.
#include "core/generate/chooser.h"

#include "core/tensor/guard.h"
#include "core/tensor/libtorch.h"
#include "core/tensor/random.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace athanor::generate {
namespace {

constexpr uint64_t kSite = 0x73616d706c65;  // "sample"

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

}  // namespace

Chooser::Chooser(const Sampler &sampler, ChoiceSettings settings)
    : m_sampler(&sampler), m_settings(settings), m_isNoted(size_t(std::max<int64_t>(settings.vocabulary, 0)), false)
{
}

void Chooser::note(int64_t id)
{
    if (id < 0 || id >= m_settings.vocabulary || m_isNoted[size_t(id)])
        return;
    m_isNoted[size_t(id)] = true;
    m_noted.push_back(id);
}

/// Scores above 0 are divided by the penalty, others multiplied (Keskar et al. 2019, section 4.1).
std::vector<float> Chooser::penalised(std::span<const float> scores) const
{
    const float penalty = float(m_settings.sampling.repetitionPenalty);
    std::vector<float> changed(scores.begin(), scores.end());
    for (const int64_t id : m_noted) {
        float &score = changed[size_t(id)];
        score = score < 0 ? score * penalty : score / penalty;
    }
    return changed;
}

Status Chooser::distribute(std::span<const float> scores, std::vector<float> &probabilities) const
{
    probabilities.resize(scores.size());
    ATHANOR_TRY(tensor::guarded(tr("computing probabilities"), [&] {
        torch::NoGradGuard noGradients;
        const torch::Tensor row = torch::from_blob(const_cast<float *>(scores.data()), {int64_t(scores.size())});
        const torch::Tensor softmax = torch::softmax(row, 0).contiguous();
        std::copy_n(softmax.data_ptr<float>(), scores.size(), probabilities.begin());
    }));
    if (!std::isfinite(std::accumulate(probabilities.begin(), probabilities.end(), 0.0f)))
        return fail(ErrorCode::Diverged, tr("The model's output is not a number."),
                    tr("This checkpoint was broken by a training that diverged; choose an earlier one."));
    return {};
}

Result<int64_t> Chooser::choose(std::span<const float> all, uint64_t step)
{
    const std::span<const float> scores = all.first(size_t(m_settings.vocabulary));
    ATHANOR_TRY(distribute(scores, m_probabilities));
    const double uniform = double(tensor::randomUniform({m_settings.seed, step, kSite}, 0));
    if (m_settings.sampling.repetitionPenalty == 1)
        return m_sampler->choose(m_probabilities, m_settings.sampling, uniform);
    std::vector<float> changed;
    ATHANOR_TRY(distribute(penalised(scores), changed));
    return m_sampler->choose(changed, m_settings.sampling, uniform);
}

}  // namespace athanor::generate
