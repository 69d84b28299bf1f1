// See trainer.h.
#include "core/train/trainer.h"

#include "core/model/architecture.h"
#include "core/model/dimensions.h"
#include "core/plugin/registry.h"
#include "core/tensor/device.h"
#include "core/tensor/guard.h"
#include "core/tensor/optimize.h"
#include "core/train/regularising.h"

#include <QElapsedTimer>
#include <QSet>

#include <map>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

double secondsOf(const QElapsedTimer &timer) { return double(timer.nsecsElapsed()) * 1e-9; }

tl::unexpected<Error> diverged(qint64 step, const QString &what)
{
    return fail(ErrorCode::Diverged,
                tr("Training went out of bounds at step %1: the %2 is not a finite number any more.").arg(step).arg(what),
                tr("Start again with a lower learning rate (a third of it, say), or a longer warm-up. The last good "
                   "checkpoint is kept."),
                tr("the %1 is not a finite number").arg(what));
}

/// Names of layers that stand outside the blocks: embeddings, the last norm, heads.
QSet<QString> outerLayers(const QJsonObject &architecture)
{
    QSet<QString> names;
    for (const QJsonValue &entry : architecture.value(QLatin1String("layers")).toArray()) {
        const QJsonObject layer = entry.toObject();
        if (layer.contains(QLatin1String("layer")))
            names.insert(layer.value(QLatin1String("name")).toString());
        if (layer.contains(QLatin1String("head")))
            names.unite(outerLayers(layer));
    }
    return names;
}

QJsonValue withDropout(const QJsonValue &value, double dropout, const plugin::Catalogue &plugins)
{
    if (value.isArray()) {
        QJsonArray changed;
        for (const QJsonValue &entry : value.toArray())
            changed.append(withDropout(entry, dropout, plugins));
        return changed;
    }
    QJsonObject entry = value.toObject();
    for (const QString &key : {QStringLiteral("layers"), QStringLiteral("residual"), QStringLiteral("parallel")}) {
        if (entry.contains(key))
            entry[key] = withDropout(entry.value(key), dropout, plugins);
    }
    const plugin::Metadata *metadata = plugins.find(entry.value(QLatin1String("layer")).toString());
    if (metadata && metadata->parameters.find(QStringLiteral("dropout"))) {
        QJsonObject parameters = entry.value(QLatin1String("parameters")).toObject();
        parameters[QStringLiteral("dropout")] = dropout;
        entry[QStringLiteral("parameters")] = parameters;
    }
    return entry;
}

QJsonObject architectureWithDropout(QJsonObject architecture, double dropout, const plugin::Catalogue &plugins)
{
    for (const QString &key : {QStringLiteral("layers"), QStringLiteral("encoder")}) {
        if (dropout > 0 && architecture.contains(key))
            architecture[key] = withDropout(architecture.value(key), dropout, plugins);
    }
    return architecture;
}

qint64 contextOf(const QJsonObject &architecture)
{
    return model::dimension(architecture, "context");
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

qint64 sequenceLength(const RunSettings &settings, qint64 context)
{
    return settings.sequence > 0 ? std::min(settings.sequence, context) : context;
}

Result<std::unique_ptr<Trainer>> Trainer::create(const TrainerParts &parts)
{
    std::unique_ptr<Trainer> trainer(new Trainer(parts));
    ATHANOR_TRY(trainer->openSource());
    ATHANOR_TRY(trainer->build());
    return trainer;
}

Status Trainer::openSource()
{
    ATHANOR_ASSIGN(m_objective, chosenObjective(*m_parts.plugins, m_parts.architecture));
    const qint64 context = contextOf(m_parts.architecture);
    if (context < 1)
        return fail(ErrorCode::Corrupt, tr("The architecture does not say how long its context is."));
    if (m_parts.records) {
        m_sequence = m_parts.recordSettings.length;
        ATHANOR_ASSIGN(m_source, recordSource(*m_parts.records, m_parts.recordSettings, m_parts.settings.accumulation, m_parts.recordMixture));
        m_source->setCourse(course());
        return {};
    }
    m_sequence = sequenceLength(m_parts.settings, context);
    ATHANOR_ASSIGN(m_source, WindowSource::create(*m_parts.data, m_parts.tokens, m_objective, m_parts.settings, m_sequence, m_parts.mixture));
    m_source->setCourse(course());
    return {};
}

StepCourse Trainer::course() const { return m_parts.course.empty() ? StepCourse{{0, m_parts.steps}} : m_parts.course; }

Status Trainer::setMicroBatch(const std::optional<MicroBatch> &wanted)
{
    const MicroBatch now = wanted.value_or(m_usual);
    if (now.rows == m_parts.settings.batch && now.portions == m_parts.settings.accumulation)
        return {};
    m_parts.settings.batch = m_parts.recordSettings.rows = now.rows;
    m_parts.settings.accumulation = now.portions;
    return openSource();
}

Status Trainer::build()
{
    plugin::Catalogue &plugins = *m_parts.plugins;
    ATHANOR_TRY(chooseScaling());
    const QJsonObject architecture = model::withScaledSpread(
        plugins, architectureWithDropout(m_parts.architecture, m_parts.settings.dropout, plugins), m_scaling.share);
    const network::BuildOptions options{m_parts.dtype, m_parts.settings.seed, m_parts.device, m_parts.settings.initializer};
    ATHANOR_ASSIGN(m_model, network::Model::build(plugins, architecture, options));
    m_model->setRegularisation(regularisationOf(m_parts.settings, m_parts.records, model::labelsOf(architecture).size()));
    ATHANOR_TRY(applyLearning(plugins, *m_model, m_parts.learning, m_parts.settings.seed));
    m_model->recomputeBlocks(m_parts.recomputedBlocks);
    ATHANOR_TRY(scaleOutput());
    ATHANOR_TRY(makeMasters(architecture));
    ATHANOR_TRY(formGroups());
    const plugin::Registry<Schedule> schedules(plugins, QStringLiteral("schedule"));
    ATHANOR_ASSIGN(m_schedule, schedules.get(m_parts.settings.schedule));
    ATHANOR_ASSIGN(m_scheduleSettings, settingsFor(*schedules.metadata(m_parts.settings.schedule), m_parts.settings.all));
    const plugin::Registry<OptimizerPlugin> optimizers(plugins, QStringLiteral("optimizer"));
    ATHANOR_ASSIGN(OptimizerPlugin * optimizer, optimizers.get(m_parts.settings.optimizer));
    ATHANOR_ASSIGN(const QJsonObject settings,
                   settingsFor(*optimizers.metadata(m_parts.settings.optimizer), m_parts.settings.all));
    ATHANOR_ASSIGN(auto made, tensor::guarded(tr("making the optimizer"), [&] { return optimizer->create(m_parameters, settings); }));
    ATHANOR_ASSIGN(m_optimizer, std::move(made));
    return tensor::guarded(tr("making the mean of the weights"), [&] {
        m_average = std::make_unique<WeightAverage>(m_parameters, m_parts.settings.averaging);
    });
}

/// Whether and how steps depend on the width; without a base width nothing does.
Status Trainer::chooseScaling()
{
    if (m_parts.settings.baseWidth < 1)
        return {};
    const plugin::Registry<OptimizerPlugin> optimizers(*m_parts.plugins, QStringLiteral("optimizer"));
    ATHANOR_TRY(optimizers.get(m_parts.settings.optimizer));
    ATHANOR_ASSIGN(m_scaling, model::widthScaling(m_parts.architecture, m_parts.settings.baseWidth));
    ATHANOR_ASSIGN(m_hiddenRate, model::hiddenRateFactor(*optimizers.metadata(m_parts.settings.optimizer), m_scaling.share));
    return {};
}

bool Trainer::isOutputNorm(const std::string &name) const
{
    return !m_scaling.outputNorm.isEmpty() && QString::fromStdString(name).startsWith(m_scaling.outputNorm + QLatin1Char('.'));
}

/// The multiplier of the scores, in the norm before the head.
Status Trainer::scaleOutput()
{
    return tensor::guarded(tr("making the first weights"), [&] {
        torch::NoGradGuard noGradients;
        for (const network::NamedParameter &parameter : m_model->parameters())
            if (isOutputNorm(parameter.name))
                torch::Tensor(parameter.value).mul_(m_scaling.share);
    });
}

Status Trainer::makeMasters(const QJsonObject &architecture)
{
    const QSet<QString> outer = outerLayers(architecture);
    return tensor::guarded(tr("making the masters"), [&] {
        torch::NoGradGuard noGradients;
        for (const network::NamedParameter &parameter : m_model->trainable()) {
            const torch::Tensor plain = parameter.value.detach();
            const QString first = QString::fromStdString(parameter.name).section(QLatin1Char('.'), 0, 0);
            m_leaves.push_back(parameter.value);
            const bool isHidden = plain.dim() == 2 && !outer.contains(first);
            m_parameters.push_back({parameter.name, plain, plain.to(torch::kFloat), {}, parameter.decays, isHidden});
            m_parameters.back().learningRateFactor = isHidden ? m_hiddenRate : isOutputNorm(parameter.name) ? m_scaling.share : 1;
        }
    });
}

/// What learns at its own rate, by name and by block.
Status Trainer::formGroups()
{
    QStringList names;
    for (const network::NamedParameter &parameter : m_model->parameters())
        names += QString::fromStdString(parameter.name);
    ATHANOR_TRY(model::checkGroups(m_parts.settings.groups, names));
    const QList<double> factors = model::layerFactors(names, m_parts.settings.layerDecay);
    for (TrainedParameter &parameter : m_parameters) {
        const QString name = QString::fromStdString(parameter.name);
        if (const qsizetype at = names.indexOf(name); at >= 0)
            parameter.learningRateFactor *= factors[at];
        if (const model::ParameterGroup *group = model::groupOf(m_parts.settings.groups, name)) {
            parameter.learningRateFactor *= group->learningRateFactor;
            parameter.decayFactor = group->decayFactor;
        }
    }
    return {};
}

std::vector<network::NamedParameter> Trainer::ownWeights() const
{
    std::map<std::string, torch::Tensor> masters;
    for (const TrainedParameter &parameter : m_parameters)
        masters.emplace(parameter.name, parameter.master);
    std::vector<network::NamedParameter> all;
    for (network::NamedParameter parameter : m_model->parameters()) {
        const auto master = masters.find(parameter.name);
        parameter.value = master != masters.end() ? master->second : parameter.value.detach();
        all.push_back(std::move(parameter));
    }
    return all;
}

std::vector<network::NamedParameter> Trainer::checkpointWeights(Holds holds) const
{
    std::vector<network::NamedParameter> all;
    if (!m_parts.learning.adapter)
        all = ownWeights();
    else
        for (const TrainedParameter &parameter : m_parameters)
            all.push_back({parameter.name, parameter.master, parameter.decays});
    if (holds == Holds::Average) {
        for (network::NamedParameter &parameter : all)
            if (const torch::Tensor mean = m_average->of(parameter.name); mean.defined())
                parameter.value = mean;
    }
    return all;
}

std::vector<NamedState> Trainer::memory(Holds holds) const
{
    std::vector<NamedState> all = m_optimizer->state(), average = m_average->state();
    for (size_t i = 0; holds == Holds::Average && i < m_parameters.size(); ++i)
        average[i] = {"raw." + m_parameters[i].name, m_parameters[i].master};
    all.insert(all.end(), average.begin(), average.end());
    return all;
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

Result<std::vector<network::Batch>> Trainer::batches(qint64 step) const
{
    std::vector<network::Batch> all;
    for (qint64 micro = 0; micro < m_parts.settings.accumulation; ++micro) {
        ATHANOR_ASSIGN(network::Batch batch, m_source->batch(step + m_dataShift, micro));
        all.push_back(std::move(batch));
    }
    return all;
}

/// The loss is the mean over all that the update asks for; a micro-batch that asks for more weighs more.
Status Trainer::accumulate(qint64 step, StepReport &report)
{
    const qint64 count = m_parts.settings.accumulation;
    QElapsedTimer timer;
    timer.start();
    ATHANOR_ASSIGN(const std::vector<network::Batch> all, batches(step));
    std::vector<int64_t> asked;
    TargetCount counted;
    for (const network::Batch &read : all) {
        const TargetCount targets = countTargets(read, *m_parts.tokenByteCounts);
        asked.push_back(targets.tokens);
        counted.tokens += targets.tokens;
        counted.bytes += targets.bytes;
        report.tokens += m_source->tokensOf(read);
    }
    report.dataSeconds = secondsOf(timer);
    timer.restart();
    for (qint64 micro = 0; micro < count; ++micro) {
        network::Pass pass;
        pass.training = true;
        pass.seed = m_parts.settings.seed;
        pass.step = uint64_t(step * count + micro);
        ATHANOR_ASSIGN(tensor::LossPair losses, m_model->losses(all[size_t(micro)], pass));
        if (asked[size_t(micro)] * count != counted.tokens) {
            const double share = double(asked[size_t(micro)] * count) / double(counted.tokens);
            ATHANOR_ASSIGN(losses, tensor::guarded(tr("weighing the loss"), [&] {
                return tensor::LossPair{losses.objective * share, losses.plain * share};
            }));
        }
        const double value = losses.objective.item<float>(), plain = losses.plain.item<float>();
        if (m_lossScale.isOn()) {
            ATHANOR_ASSIGN(losses.objective, tensor::guarded(tr("scaling the loss"), [&] { return losses.objective * m_lossScale.factor(); }));
        }
        report.forwardSeconds += secondsOf(timer);
        if (!std::isfinite(value))
            return diverged(step, tr("loss"));
        report.loss += plain / double(count);
        report.objective += value / double(count);
        timer.restart();
        ATHANOR_TRY(tensor::backward(losses.objective));
        ATHANOR_TRY(collectGradients(micro));
        tensor::finishWork(m_parts.device);
        report.backwardSeconds += secondsOf(timer);
        timer.restart();
    }
    report.bytesPerToken = counted.bytes / double(std::max<int64_t>(1, counted.tokens));
    return {};
}

/// One micro-batch: the gradients as they are. Several: their f32 sum, so that nothing is rounded on the way.
Status Trainer::collectGradients(qint64 micro)
{
    return tensor::guarded(tr("adding gradients"), [&] {
        torch::NoGradGuard noGradients;
        if (m_parts.settings.accumulation > 1 && m_sums.empty()) {
            for (const TrainedParameter &parameter : m_parameters)
                m_sums.push_back(torch::zeros_like(parameter.master, torch::kFloat));
        }
        for (size_t i = 0; i < m_leaves.size(); ++i) {
            const torch::Tensor gradient = m_leaves[i].grad();
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

/// Penalties on the weights are part of what is minimised: their gradient is there before it is measured and clipped.
Status Trainer::penalise(StepReport &report)
{
    if (m_parts.settings.l1 <= 0 && m_parts.settings.l2 <= 0)
        return {};
    m_model->clearGradients();  // m_parameters hold them, and let each go as its sum is made
    return tensor::guarded(tr("adding penalties"), [&] {
        const double factor = double(m_parts.settings.accumulation) * m_lossScale.factor();
        report.objective += addPenalties(m_parameters, m_parts.settings, factor);
    });
}

Status Trainer::update(qint64 step, StepReport &report)
{
    QElapsedTimer timer;
    timer.start();
    const RunSettings &settings = m_parts.settings;
    const ScheduleSettings schedule = scheduleSettings(m_parts.steps, m_scheduleSettings);
    report.learningRate = m_rate ? *m_rate : settings.learningRate * m_schedule->factor(step, schedule);
    ATHANOR_TRY(penalise(report));
    std::vector<torch::Tensor> gradients;
    for (const TrainedParameter &parameter : m_parameters)
        gradients.push_back(parameter.gradient);
    ATHANOR_TRY(tensor::guarded(tr("measuring the gradient"), [&] {
        report.gradientNorm = tensor::gradientNorm(gradients) / (double(settings.accumulation) * m_lossScale.factor());
    }));
    if (m_beforeUpdate && std::isfinite(report.gradientNorm))
        ATHANOR_TRY(m_beforeUpdate(report));  // before the scale takes note of a step that may not be made
    const double scaledBy = m_lossScale.factor();
    report.isOverflow = !m_lossScale.accepts(std::isfinite(report.gradientNorm));
    if (report.isOverflow)
        return {};
    if (!std::isfinite(report.gradientNorm))
        return diverged(step, tr("gradient"));
    double scale = 1.0 / (double(settings.accumulation) * scaledBy);
    if (settings.clipNorm > 0 && report.gradientNorm > settings.clipNorm)
        scale *= settings.clipNorm / report.gradientNorm;
    m_isUpdating = true;
    ATHANOR_TRY(tensor::guarded(tr("updating the weights"), [&] {
        if (m_watch)
            m_watch->before(m_parameters, 1.0 / (double(settings.accumulation) * scaledBy));
        m_optimizer->step(report.learningRate, scale, step);
        m_average->add(step, m_parts.steps);
        if (m_watch)
            m_watch->after(m_parameters);
    }));
    m_isUpdating = false;
    tensor::finishWork(m_parts.device);
    report.optimizerSeconds = secondsOf(timer);
    return {};
}

}  // namespace athanor::train
