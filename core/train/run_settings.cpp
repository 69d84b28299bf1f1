// See run_settings.h.
#include "core/train/run_settings.h"

#include "core/model/training_settings.h"

#include <QHash>

namespace athanor::train {

Result<RunSettings> RunSettings::fromJson(const plugin::Catalogue &plugins, const QJsonObject &values)
{
    static const QHash<QString, BudgetKind> kinds = {{QStringLiteral("time"), BudgetKind::Time},
                                                     {QStringLiteral("passes"), BudgetKind::Passes},
                                                     {QStringLiteral("tokens"), BudgetKind::Tokens},
                                                     {QStringLiteral("steps"), BudgetKind::Steps}};
    static const QHash<QString, Averaging> averagings = {{QStringLiteral("ema"), Averaging::Exponential},
                                                         {QStringLiteral("tail"), Averaging::Tail}};
    static const QHash<QString, OnSpike> answers = {{QStringLiteral("go_back"), OnSpike::GoBack},
                                                    {QStringLiteral("tell"), OnSpike::Tell},
                                                    {QStringLiteral("end"), OnSpike::End}};
    RunSettings settings;
    ATHANOR_ASSIGN(settings.all, model::trainingSettings(plugins).validate(values));
    const auto value = [&](const char *key) { return settings.all.value(QLatin1String(key)); };
    const auto whole = [&](const char *key) { return qint64(value(key).toDouble()); };
    settings.budgetKind = kinds.value(value("budget_kind").toString(), BudgetKind::Time);
    settings.budget = value("budget").toDouble();
    settings.batch = whole("batch");
    settings.accumulation = whole("accumulation");
    settings.sequence = whole("sequence");
    settings.learningRate = value("learning_rate").toDouble();
    settings.baseWidth = whole("base_width");
    settings.clipNorm = value("clip_norm").toDouble();
    settings.dropout = value("dropout").toDouble();
    settings.labelSmoothing = value("label_smoothing").toDouble();
    settings.zLoss = value("z_loss").toDouble();
    settings.l1 = value("l1").toDouble();
    settings.l2 = value("l2").toDouble();
    settings.stochasticDepth = value("stochastic_depth").toDouble();
    settings.focalGamma = value("focal_gamma").toDouble();
    settings.balanceLabels = value("balance_labels").toBool();
    if (const QString initializer = value("initializer").toString(); initializer != QLatin1String("layers"))
        settings.initializer = initializer;
    settings.averaging = {averagings.value(value("averaging").toString()), value("averaging_decay").toDouble(),
                          value("averaging_tail").toDouble()};
    settings.schedule = value("schedule").toString();
    settings.optimizer = value("optimizer").toString();
    ATHANOR_ASSIGN(settings.groups, model::parseParameterGroups(value("groups").toString()));
    settings.layerDecay = value("layer_lr_decay").toDouble();
    settings.precision = value("precision").toString();
    settings.checkpointing = value("activation_checkpointing").toString();
    settings.documentAttention = value("document_attention").toBool();
    settings.device = value("device").toString();
    settings.threads = int(whole("threads"));
    settings.seed = quint64(whole("seed"));
    settings.mixture = value("mixture").toString();
    settings.mixtureChange = value("mixture_change").toString() == QLatin1String("gradual") ? model::MixtureChange::Gradual : model::MixtureChange::Step;
    settings.sequenceWarmup = {value("sequence_warmup").toDouble(), whole("sequence_warmup_from")};
    settings.validationEvery = whole("validation_every");
    settings.checkpointEverySeconds = whole("checkpoint_every");
    settings.keepCheckpoints = int(whole("keep_checkpoints"));
    settings.keepEvery = whole("keep_every");
    settings.onSpike = answers.value(value("on_spike").toString(), OnSpike::GoBack);
    settings.spikeThreshold = value("spike_threshold").toDouble();
    settings.spikeRetries = int(whole("spike_retries"));
    settings.patience = int(whole("patience"));
    settings.samplePrompt = value("sample_prompt").toString();
    settings.sampleTokens = int(whole("sample_tokens"));
    settings.insightEvery = whole("insight_every");
    settings.tensorBoard = value("tensorboard").toBool();
    return settings;
}

}  // namespace athanor::train
