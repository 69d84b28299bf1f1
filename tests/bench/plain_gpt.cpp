#include "tests/bench/plain_gpt.h"

#include "core/tensor/guard.h"
#include "core/tensor/optimize.h"

#include <QJsonArray>

#include <chrono>

namespace athanor::bench {

namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::time_point from, Clock::time_point to) { return std::chrono::duration<double>(to - from).count(); }

QJsonObject layer(const char *id, const char *name, const QJsonObject &parameters = {})
{
    return {{QStringLiteral("layer"), QLatin1String(id)},
            {QStringLiteral("name"), QLatin1String(name)},
            {QStringLiteral("parameters"), parameters}};
}

QJsonObject residual(const QJsonObject &norm, const QJsonObject &inner)
{
    return {{QStringLiteral("residual"), QJsonArray{norm, inner}}};
}

}  // namespace

Shape shapeFrom(const QStringList &words)
{
    Shape s;
    int64_t *const numbers[] = {&s.l, &s.h, &s.c, &s.t, &s.v, &s.b};
    for (int i = 0; i < 6 && i < words.size(); ++i)
        *numbers[i] = words[i].toLongLong();
    return s;
}

QJsonObject plainGpt(const Shape &s, const char *activation)
{
    const QJsonObject block{
        {QStringLiteral("repeat"), qint64(s.l)},
        {QStringLiteral("name"), QStringLiteral("blocks")},
        {QStringLiteral("layers"),
         QJsonArray{residual(layer("layer.layer_norm", "norm1"),
                             layer("layer.attention", "attention", {{QStringLiteral("heads"), qint64(s.h)}})),
                    residual(layer("layer.layer_norm", "norm2"),
                             layer("layer.gelu_mlp", "feed_forward",
                                   {{QStringLiteral("activation"), QLatin1String(activation)}}))}}};
    return {{QStringLiteral("format"), 1},
            {QStringLiteral("dimensions"), QJsonObject{{QStringLiteral("vocabulary"), qint64(s.v)},
                                                       {QStringLiteral("context"), qint64(s.t)},
                                                       {QStringLiteral("width"), qint64(s.c)},
                                                       {QStringLiteral("layers"), qint64(s.l)}}},
            {QStringLiteral("layers"),
             QJsonArray{layer("layer.token_embedding", "tok"), layer("layer.learned_positions", "pos"), block,
                        layer("layer.layer_norm", "norm"),
                        layer("layer.head", "head", {{QStringLiteral("tied"), true}})}}};
}

PlainTrainer::PlainTrainer(network::Model &model) : m_model(model)
{
    for (const network::NamedParameter &parameter : model.parameters()) {
        const torch::Tensor weight = parameter.value.detach();
        const torch::Tensor master = weight.scalar_type() == at::kFloat ? weight : weight.to(at::kFloat);
        m_slots.push_back({weight, master, torch::zeros_like(master), torch::zeros_like(master)});
    }
}

void PlainTrainer::mastersFromWeights()
{
    for (Slot &slot : m_slots)
        if (slot.weight.scalar_type() != at::kFloat)
            slot.master.copy_(slot.weight);
}

Result<float> PlainTrainer::step(const torch::Tensor &ids, const torch::Tensor &targets, double lr)
{
    network::Pass pass;
    pass.training = true;
    const Clock::time_point start = Clock::now();
    ATHANOR_ASSIGN(const torch::Tensor loss, m_model.loss(ids, targets, pass));
    const Clock::time_point forward = Clock::now();
    ATHANOR_TRY(tensor::backward(loss));
    const Clock::time_point backward = Clock::now();
    ATHANOR_TRY(update(lr));
    m_model.clearGradients();  // as a run does: nothing of them is held during the next forward pass
    const Clock::time_point end = Clock::now();
    m_times = {seconds(start, forward), seconds(forward, backward), seconds(backward, end)};
    return loss.item<float>();
}

Status PlainTrainer::update(double lr)
{
    return tensor::guarded(QStringLiteral("updating weights"), [&] {
        std::vector<torch::Tensor> gradients;
        for (const network::NamedParameter &parameter : m_model.parameters())
            gradients.push_back(parameter.value.grad());
        tensor::AdamWSettings settings;
        settings.lr = lr;
        settings.step = ++m_step;
        settings.gradientScale = std::min(1.0, 1.0 / (tensor::gradientNorm(gradients) + 1e-6));
        for (size_t i = 0; i < m_slots.size(); ++i)
            tensor::adamWStep(m_slots[i].weight, m_slots[i].master, m_slots[i].first, m_slots[i].second, gradients[i],
                              settings);
    });
}

}  // namespace athanor::bench
