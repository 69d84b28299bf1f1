// See token_windows.h.
#include "core/train/token_windows.h"

#include "core/tensor/random.h"

#include <QCoreApplication>
#include <QJsonObject>

#include <algorithm>
#include <optional>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

class StreamWindows final : public TokenWindows {
public:
    StreamWindows(const WindowShape &shape, DataOrder order) : m_shape(shape), m_order(order) {}
    std::vector<tokenizer::TokenStretch> stretches(qint64 step, qint64 row) const override
    {
        return {{m_order.start((step - 1) * m_shape.rowsPerStep + row), m_shape.length + m_shape.extra}};
    }
    double passesAt(qint64 steps) const override { return m_order.passesAt(steps * m_shape.rowsPerStep); }

private:
    WindowShape m_shape;
    DataOrder m_order;
};

/// The order of a source's windows depends on its id, not on its place among the others.
quint64 seedOf(const WindowShape &shape, const QString &id)
{
    return shape.seed ^ tensor::randomSite(id.toStdString());
}

class MixtureWindows final : public TokenWindows {
public:
    MixtureWindows(const SourceMixture &mixture, const WindowShape &shape, std::vector<std::optional<DataOrder>> orders, MixtureOrder draws)
        : m_mixture(&mixture), m_shape(shape), m_orders(std::move(orders)), m_draws(std::move(draws))
    {
    }
    std::vector<tokenizer::TokenStretch> stretches(qint64 step, qint64 row) const override
    {
        const EvenDraw::Drawn drawn = m_draws.at(step, row);
        return m_mixture->streams.stretches(drawn.source, m_orders[drawn.source]->start(drawn.index), m_shape.length + m_shape.extra);
    }
    void setCourse(const StepCourse &course) override { m_draws.setCourse(course); }
    double passesAt(qint64 steps) const override
    {
        double tokens = 0;
        for (size_t i = 0; i < m_orders.size(); ++i)
            tokens += double(m_mixture->streams.tokenCount(i));
        return double(steps * m_shape.rowsPerStep * m_shape.length) / tokens;
    }
    QJsonArray sourcesAt(qint64 steps) const override;

private:
    const SourceMixture *m_mixture;
    WindowShape m_shape;
    std::vector<std::optional<DataOrder>> m_orders;  // none of a source that is never read
    MixtureOrder m_draws;
};

QJsonArray MixtureWindows::sourcesAt(qint64 steps) const
{
    const std::vector<qint64> rows = m_draws.rowsAfter(steps);
    const double all = double(std::max<qint64>(1, steps * m_shape.rowsPerStep));
    QJsonArray sources;
    for (size_t i = 0; i < rows.size(); ++i)
        sources += QJsonObject{{QStringLiteral("source"), m_mixture->names[qsizetype(i)]},
                               {QStringLiteral("id"), m_mixture->streams.ids()[qsizetype(i)]},
                               {QStringLiteral("tokens"), m_mixture->streams.tokenCount(i)},
                               {QStringLiteral("read"), rows[i] * m_shape.length},
                               {QStringLiteral("share"), double(rows[i]) / all},
                               {QStringLiteral("passes"), m_orders[i] ? m_orders[i]->passesAt(rows[i]) : 0.0}};
    return sources;
}

bool isRead(const SourceMixture &mixture, size_t source)
{
    return mixture.streams.tokenCount(source) > 0
           && std::any_of(mixture.stages.begin(), mixture.stages.end(), [&](const model::MixtureStage &stage) { return stage.weights[source] > 0; });
}

Result<std::vector<std::optional<DataOrder>>> ordersOf(const SourceMixture &mixture, const WindowShape &shape)
{
    std::vector<std::optional<DataOrder>> orders(mixture.streams.count());
    for (size_t i = 0; i < orders.size(); ++i) {
        if (!isRead(mixture, i))
            continue;
        const qint64 tokens = mixture.streams.tokenCount(i);
        auto order = DataOrder::create(tokens, shape.length, shape.extra, seedOf(shape, mixture.streams.ids()[qsizetype(i)]));
        if (!order)
            return fail(ErrorCode::InvalidInput,
                        tr("The source “%1” has %2 tokens, fewer than one sequence of %3.").arg(mixture.names[qsizetype(i)]).arg(tokens).arg(shape.length + shape.extra),
                        tr("Give it the weight 0, add documents to it, or choose a shorter sequence."));
        orders[i] = *order;
    }
    return orders;
}

}  // namespace

Result<std::unique_ptr<TokenWindows>> streamWindows(qint64 tokens, const WindowShape &shape)
{
    ATHANOR_ASSIGN(const DataOrder order, DataOrder::create(tokens, shape.length, shape.extra, shape.seed));
    return std::make_unique<StreamWindows>(shape, order);
}

Result<std::unique_ptr<TokenWindows>> mixtureWindows(const SourceMixture &mixture, const WindowShape &shape)
{
    ATHANOR_ASSIGN(std::vector<std::optional<DataOrder>> orders, ordersOf(mixture, shape));
    std::vector<double> tokens;
    for (size_t i = 0; i < orders.size(); ++i)
        tokens.push_back(double(mixture.streams.tokenCount(i)));
    ATHANOR_ASSIGN(std::vector<ShareStage> stages, shareStages(mixture.stages, tokens));
    return std::make_unique<MixtureWindows>(mixture, shape, std::move(orders), MixtureOrder(std::move(stages), shape.rowsPerStep));
}

}  // namespace athanor::train
