// See trainer.h.
#include "core/train/trainer.h"

#include "core/plugin/registry.h"
#include "core/tensor/guard.h"
#include "core/tensor/optimize.h"

#include <QElapsedTimer>
#include <QSet>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

double secondsOf(const QElapsedTimer &timer) { return double(timer.nsecsElapsed()) * 1e-9; }

tl::unexpected<Error> diverged(qint64 step, const QString &what)
{
    return fail(ErrorCode::Diverged,
                tr("Training went out of bounds at step %1: the %2 is not a finite number any more.").arg(step).arg(what),
                tr("Start again with a lower learning speed (a third of it, say), or a longer warm-up. The last good "
                   "checkpoint is kept."));
}

/// Names of layers that stand outside the blocks: embeddings, the last norm, the head.
QSet<QString> outerLayers(const QJsonObject &architecture)
{
    QSet<QString> names;
    for (const QJsonValue &entry : architecture.value(QLatin1String("layers")).toArray()) {
        const QJsonObject layer = entry.toObject();
        if (layer.contains(QLatin1String("layer")))
            names.insert(layer.value(QLatin1String("name")).toString());
    }
    return names;
}

QJsonArray withDropout(const QJsonArray &layers, double dropout, const plugin::Catalogue &plugins)
{
    QJsonArray changed;
    for (const QJsonValue &value : layers) {
        QJsonObject entry = value.toObject();
        for (const QString &key : {QStringLiteral("layers"), QStringLiteral("residual")}) {
            if (entry.contains(key))
                entry[key] = withDropout(entry.value(key).toArray(), dropout, plugins);
        }
        const plugin::Metadata *metadata = plugins.find(entry.value(QLatin1String("layer")).toString());
        if (metadata && metadata->parameters.find(QStringLiteral("dropout"))) {
            QJsonObject parameters = entry.value(QLatin1String("parameters")).toObject();
            parameters[QStringLiteral("dropout")] = dropout;
            entry[QStringLiteral("parameters")] = parameters;
        }
        changed.append(entry);
    }
    return changed;
}

QJsonObject architectureWithDropout(QJsonObject architecture, double dropout, const plugin::Catalogue &plugins)
{
    if (dropout > 0)
        architecture[QStringLiteral("layers")] =
            withDropout(architecture.value(QLatin1String("layers")).toArray(), dropout, plugins);
    return architecture;
}

}  // namespace

Result<QJsonObject> settingsFor(const plugin::Metadata &plugin, const QJsonObject &settings)
{
    QJsonObject known;
    for (const plugin::Parameter &parameter : plugin.parameters.parameters()) {
        if (settings.contains(parameter.key))
            known.insert(parameter.key, settings.value(parameter.key));
    }
    return plugin.parameters.validate(known);
}

std::vector<qint32> tokenByteCounts(const tokenizer::Tokenizer &tokenizer)
{
    std::vector<qint32> counts(size_t(tokenizer.vocabularySize()));
    for (qint32 id = 0; id < tokenizer.vocabularySize(); ++id)
        counts[size_t(id)] = qint32(tokenizer.tokenBytes(id).size());
    return counts;
}

Result<std::unique_ptr<Trainer>> Trainer::create(const TrainerParts &parts)
{
    ATHANOR_ASSIGN(const ChosenObjective chosen, chosenObjective(*parts.plugins, parts.architecture));
    const qint64 context = qint64(parts.architecture.value(QLatin1String("dimensions")).toObject()
                                      .value(QLatin1String("context")).toDouble());
    if (context < 1)
        return fail(ErrorCode::Corrupt, tr("The architecture does not say how long its context is."));
    ATHANOR_ASSIGN(const DataOrder order, DataOrder::create(parts.data->tokenCount(), context,
                                                            chosen.objective->extraTokens(), parts.settings.seed));
    std::unique_ptr<Trainer> trainer(new Trainer(parts, order));
    trainer->m_objective = chosen;
    ATHANOR_TRY(trainer->build());
    return trainer;
}

Status Trainer::build()
{
    plugin::Catalogue &plugins = *m_parts.plugins;
    const QJsonObject architecture =
        architectureWithDropout(m_parts.architecture, m_parts.settings.dropout, plugins);
    ATHANOR_ASSIGN(m_model, network::Model::build(plugins, architecture, {m_parts.dtype, m_parts.settings.seed}));
    const QSet<QString> outer = outerLayers(architecture);
    ATHANOR_TRY(tensor::guarded(tr("making the masters"), [&] {
        torch::NoGradGuard noGradients;
        for (const network::NamedParameter &parameter : m_model->parameters()) {
            const torch::Tensor plain = parameter.value.detach();
            const QString first = QString::fromStdString(parameter.name).section(QLatin1Char('.'), 0, 0);
            m_parameters.push_back({parameter.name, plain, plain.to(torch::kFloat), {}, parameter.decays,
                                    plain.dim() == 2 && !outer.contains(first)});
        }
    }));
    const plugin::Registry<Schedule> schedules(plugins, QStringLiteral("schedule"));
    ATHANOR_ASSIGN(m_schedule, schedules.get(m_parts.settings.schedule));
    const plugin::Registry<OptimizerPlugin> optimizers(plugins, QStringLiteral("optimizer"));
    ATHANOR_ASSIGN(OptimizerPlugin * optimizer, optimizers.get(m_parts.settings.optimizer));
    ATHANOR_ASSIGN(const QJsonObject settings,
                   settingsFor(*optimizers.metadata(m_parts.settings.optimizer), m_parts.settings.all));
    ATHANOR_ASSIGN(m_optimizer, optimizer->create(m_parameters, settings));
    return {};
}

Status Trainer::weightsFromMasters()
{
    return tensor::guarded(tr("rounding the weights"), [&] {
        torch::NoGradGuard noGradients;
        for (TrainedParameter &parameter : m_parameters) {
            if (!parameter.weight.is_alias_of(parameter.master))
                parameter.weight.copy_(parameter.master);
        }
    });
}

qint64 Trainer::tokensPerStep() const
{
    return m_parts.settings.batch * m_parts.settings.accumulation * m_model->dimensions().context;
}

/// (B, T + extra) ids of the given micro-batch.
torch::Tensor Trainer::windows(qint64 step, qint64 micro) const
{
    const qint64 rows = m_parts.settings.batch;
    const qint64 length = m_model->dimensions().context + m_objective.objective->extraTokens();
    const torch::Tensor ids = torch::empty({rows, length}, torch::kInt64);
    for (qint64 row = 0; row < rows; ++row) {
        const qint64 index = ((step - 1) * m_parts.settings.accumulation + micro) * rows + row;
        int64_t *destination = ids.data_ptr<int64_t>() + row * length;
        m_parts.data->copy(m_order.start(index), length, reinterpret_cast<qint64 *>(destination));
    }
    return ids;
}

/// What the model reads and is asked for in the given micro-batch.
Result<network::Batch> Trainer::batch(qint64 step, qint64 micro) const
{
    ObjectiveContext context = objectiveContext(m_parts.tokens, m_objective.settings);
    context.key = {m_parts.settings.seed, uint64_t(step * m_parts.settings.accumulation + micro), 0};
    ATHANOR_ASSIGN(auto prepared, tensor::guarded(tr("preparing a batch"), [&] {
        return m_objective.objective->prepare(windows(step, micro), context);
    }));
    return prepared;
}

Result<StepReport> Trainer::step(qint64 step)
{
    StepReport report;
    auto done = accumulate(step, report);
    if (done)
        done = update(step, report);
    m_model->clearGradients();
    for (TrainedParameter &parameter : m_parameters)
        parameter.gradient = torch::Tensor();
    if (!done)
        return fail(done.error());
    return report;
}

Status Trainer::accumulate(qint64 step, StepReport &report)
{
    const qint64 count = m_parts.settings.accumulation;
    TargetCount counted;
    for (qint64 micro = 0; micro < count; ++micro) {
        QElapsedTimer timer;
        timer.start();
        ATHANOR_ASSIGN(const network::Batch read, batch(step, micro));
        const TargetCount targets = countTargets(read, *m_parts.tokenByteCounts);
        counted.tokens += targets.tokens;
        counted.bytes += targets.bytes;
        network::Pass pass;
        pass.training = true;
        pass.seed = m_parts.settings.seed;
        pass.step = uint64_t(step * count + micro);
        ATHANOR_ASSIGN(const torch::Tensor loss, m_model->loss(read, pass));
        const double value = loss.item<float>();
        report.forwardSeconds += secondsOf(timer);
        if (!std::isfinite(value))
            return diverged(step, tr("loss"));
        report.loss += value / double(count);
        timer.restart();
        ATHANOR_TRY(tensor::backward(loss));
        ATHANOR_TRY(collectGradients(micro));
        report.backwardSeconds += secondsOf(timer);
    }
    report.bytesPerToken = counted.bytes / double(std::max<int64_t>(1, counted.tokens));
    return {};
}

/// One micro-batch: the gradients as they are. Several: their f32 sum, so that nothing is rounded on the way.
Status Trainer::collectGradients(qint64 micro)
{
    const auto &named = m_model->parameters();
    return tensor::guarded(tr("adding gradients"), [&] {
        torch::NoGradGuard noGradients;
        if (m_parts.settings.accumulation > 1 && m_sums.empty()) {
            for (const TrainedParameter &parameter : m_parameters)
                m_sums.push_back(torch::zeros_like(parameter.master, torch::kFloat));
        }
        for (size_t i = 0; i < named.size(); ++i) {
            const torch::Tensor gradient = named[i].value.grad();
            if (m_parts.settings.accumulation == 1) {
                m_parameters[i].gradient = gradient;
                continue;
            }
            if (micro == 0)
                m_sums[i].zero_();
            if (gradient.defined())
                tensor::accumulate(m_sums[i], gradient);
            m_parameters[i].gradient = m_sums[i];
        }
        if (m_parts.settings.accumulation > 1)
            m_model->clearGradients();
    });
}

Status Trainer::update(qint64 step, StepReport &report)
{
    QElapsedTimer timer;
    timer.start();
    const RunSettings &settings = m_parts.settings;
    const ScheduleSettings schedule{m_parts.steps, settings.warmupShare, settings.minimumRatio};
    report.learningRate = settings.learningRate * m_schedule->factor(step, schedule);
    std::vector<torch::Tensor> gradients;
    for (const TrainedParameter &parameter : m_parameters)
        gradients.push_back(parameter.gradient);
    ATHANOR_TRY(tensor::guarded(tr("measuring the gradient"), [&] {
        report.gradientNorm = tensor::gradientNorm(gradients) / double(settings.accumulation);
    }));
    if (!std::isfinite(report.gradientNorm))
        return diverged(step, tr("gradient"));
    double scale = 1.0 / double(settings.accumulation);
    if (settings.clipNorm > 0 && report.gradientNorm > settings.clipNorm)
        scale *= settings.clipNorm / report.gradientNorm;
    ATHANOR_TRY(tensor::guarded(tr("updating the weights"),
                                [&] { m_optimizer->step(report.learningRate, scale, step); }));
    report.optimizerSeconds = secondsOf(timer);
    return {};
}

}  // namespace athanor::train
