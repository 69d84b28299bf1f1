// Expanding, counting, presets and the training settings, from the shipped plugin.json files.
#include "core/model/parameter_groups.h"
#include "core/model/training_settings.h"
#include "tests/core/model/fixture.h"

using namespace athanor;
using namespace athanor::model;

class TestArchitecture : public QObject {
    Q_OBJECT

    const fixture::Plugins m_plugins;  // made once: dozens of files

    static QJsonObject with(QJsonObject choices, const char *key, const QJsonValue &value)
    {
        choices.insert(QLatin1String(key), value);
        return choices;
    }
    static double memoryOf(const Accounting &accounting, const char *name)
    {
        for (const MemoryPart &part : accounting.memory)
            if (part.name == QLatin1String(name))
                return part.bytes;
        return 0;
    }
    static Result<QJsonObject> llama(const fixture::Plugins &plugins, const QJsonObject &choices, qint64 vocabulary = 8192)
    {
        return expandArchitecture(plugins.catalogue, QStringLiteral("architecture.llama"), choices, vocabulary);
    }

private Q_SLOTS:
    void expandsTheTemplate()
    {
        const auto made = llama(m_plugins, fixture::small());
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().message));
        QCOMPARE(made->value(QLatin1String("format")).toInt(), kArchitectureFormat);
        const QJsonObject dimensions = made->value(QLatin1String("dimensions")).toObject();
        QCOMPARE(dimensions.value(QLatin1String("vocabulary")).toInt(), 8192);
        QCOMPARE(dimensions.value(QLatin1String("width")).toInt(), 384);
        const QJsonArray layers = made->value(QLatin1String("layers")).toArray();
        QCOMPARE(layers.at(1).toObject().value(QLatin1String("repeat")).toInt(), 6);
        QCOMPARE(layers.last().toObject().value(QLatin1String("parameters")).toObject().value(QLatin1String("tied")), QJsonValue(true));
        QVERIFY(!QJsonDocument(*made).toJson().contains("${"));
    }

    // Counted by hand: V·C + L·(4·C² + 3·C·F + 2·C) + C, with F = 1024.
    void countsParametersExactly()
    {
        const auto cost = account(m_plugins.catalogue, *llama(m_plugins, fixture::small()), {});
        QVERIFY2(cost.has_value(), cost ? "" : qPrintable(cost.error().message));
        const qint64 c = 384, f = 1024, v = 8192, l = 6, t = 256;
        QCOMPARE(cost->parameters, v * c + l * (4 * c * c + 3 * c * f + 2 * c) + c);
        qint64 sum = 0;
        for (const PartCost &part : cost->parts)
            sum += part.parameters;
        QCOMPARE(sum, cost->parameters);
        QCOMPARE(cost->suitableTokens, 20 * cost->parameters);
        const double byHand = 6.0 * static_cast<double>(cost->parameters) + 12.0 * l * c * t;
        QVERIFY(std::abs(cost->flopsPerTokenTraining / byHand - 1) < 0.01);
        QCOMPARE(cost->flopsPerTokenTraining, 3 * cost->flopsPerTokenGenerating);
        const auto free = account(m_plugins.catalogue, *llama(m_plugins, with(fixture::small(), "tied", false)), {});
        QCOMPARE(free->parameters, cost->parameters + v * c);
    }

    // GPT-2 small as published: 124,439,808.
    void countsGpt2AsPublished()
    {
        const auto made = expandArchitecture(m_plugins.catalogue, QStringLiteral("architecture.gpt2"),
            {{QStringLiteral("width"), 768}, {QStringLiteral("layers"), 12}, {QStringLiteral("heads"), 12}, {QStringLiteral("context"), 1024}}, 50257);
        QVERIFY2(made.has_value(), made ? "" : qPrintable(made.error().message));
        QCOMPARE(account(m_plugins.catalogue, *made, {})->parameters, 124439808);
    }

    void memoryGrowsWithEverythingThatCostsIt()
    {
        const QJsonObject made = *llama(m_plugins, fixture::small());
        TrainingShape shape;
        const auto base = account(m_plugins.catalogue, made, shape);
        shape.batch = 16;
        QVERIFY(account(m_plugins.catalogue, made, shape)->trainingBytes > base->trainingBytes);
        shape.batch = 8;
        shape.bf16 = false;
        QVERIFY(account(m_plugins.catalogue, made, shape)->trainingBytes > base->trainingBytes);
        QVERIFY(base->trainingBytes > 16 * base->parameters);
        QVERIFY(base->generatingBytes < base->trainingBytes);
        shape.bf16 = true;
        shape.settings = {{QStringLiteral("averaging"), QStringLiteral("ema")}};
        const auto averaged = account(m_plugins.catalogue, made, shape);
        QVERIFY(averaged->trainingBytes >= base->trainingBytes + 4 * base->parameters);
        QCOMPARE(averaged->optimizerBytesPerWeight, base->optimizerBytesPerWeight + 4);
        const double mean = 4.0 * double(base->parameters);
        QCOMPARE(memoryOf(*averaged, "weights and optimizer") - memoryOf(*base, "weights and optimizer"), mean);  // counted once
        QCOMPARE(memoryOf(*averaged, "copy for a checkpoint") - memoryOf(*base, "copy for a checkpoint"), 2 * mean);
        shape.settings = {{QStringLiteral("averaging"), QStringLiteral("none")}};
        QCOMPARE(account(m_plugins.catalogue, made, shape)->trainingBytes, base->trainingBytes);
        const auto grouped = account(m_plugins.catalogue, *llama(m_plugins, with(fixture::small(), "key_value_heads", 2)), {});
        QVERIFY(grouped->generatingBytes < base->generatingBytes);
    }

    // One short row: the gradients decide. A price on the weights makes them f32, unless they are summed in f32 anyway.
    void penaltiesWidenGradients()
    {
        const QJsonObject made = *llama(m_plugins, with(fixture::small(), "context", 8), 64);
        TrainingShape shape;
        shape.batch = 1;
        const auto plain = account(m_plugins.catalogue, made, shape);
        const double parameters = double(plain->parameters);
        QVERIFY(memoryOf(*plain, "gradients") >= 2 * parameters);
        for (const char *price : {"l1", "l2"}) {
            shape.settings = {{QLatin1String(price), 0.01}};
            const auto penalised = account(m_plugins.catalogue, made, shape);
            QCOMPARE(memoryOf(*penalised, "gradients"), 4 * parameters);
            QVERIFY(penalised->trainingBytes > plain->trainingBytes);
        }
        shape.accumulation = 4;
        const auto penalised = account(m_plugins.catalogue, made, shape);
        shape.settings = {};
        QCOMPARE(account(m_plugins.catalogue, made, shape)->trainingBytes, penalised->trainingBytes);
    }

    void refusesWhatDoesNotFitTogether_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<double>("value");
        QTest::addColumn<QString>("says");
        QTest::addColumn<QString>("hint");
        QTest::newRow("heads") << QStringLiteral("heads") << 5.0 << QStringLiteral("5 heads do not divide the width 384") << QStringLiteral("4, 6");
        QTest::newRow("width") << QStringLiteral("width") << 400.0 << QStringLiteral("6 heads do not divide the width 400") << QStringLiteral("396, 402");
        QTest::newRow("groups") << QStringLiteral("key_value_heads") << 4.0 << QStringLiteral("4 key-value heads do not divide 6") << QStringLiteral("divides the heads");
        QTest::newRow("odd") << QStringLiteral("head_size") << 33.0 << QStringLiteral("head size 33 is odd") << QStringLiteral("even");
        QTest::newRow("no layers") << QStringLiteral("layers") << 0.0 << QStringLiteral("layers") << QStringLiteral("between 1");
        QTest::newRow("unknown") << QStringLiteral("widht") << 1.0 << QStringLiteral("widht") << QStringLiteral("width");
        QTest::newRow("part of a layer") << QStringLiteral("layers") << 1.5 << QStringLiteral("whole number") << QString();
    }
    void refusesWhatDoesNotFitTogether()
    {
        QFETCH(QString, key);
        QFETCH(double, value);
        QFETCH(QString, says);
        QFETCH(QString, hint);
        const auto made = llama(m_plugins, with(fixture::small(), qPrintable(key), value));
        QVERIFY(!made.has_value());
        QCOMPARE(made.error().code, ErrorCode::InvalidInput);
        QVERIFY2(made.error().message.contains(says), qPrintable(made.error().message));
        QVERIFY2(made.error().hint.contains(hint), qPrintable(made.error().hint));
    }

    void refusesWrongNamesAndVocabularies()
    {
        const auto unknown = expandArchitecture(m_plugins.catalogue, QStringLiteral("architecture.none"), {}, 100);
        QCOMPARE(unknown.error().code, ErrorCode::NotFound);
        QVERIFY(unknown.error().hint.contains(QStringLiteral("architecture.llama")));
        QCOMPARE(expandArchitecture(m_plugins.catalogue, QStringLiteral("layer.head"), {}, 100).error().code, ErrorCode::NotFound);
        for (const qint64 vocabulary : {qint64(0), qint64(-1), qint64(1) << 40})
            QCOMPARE(llama(m_plugins, {}, vocabulary).error().code, ErrorCode::InvalidInput);
        const fixture::Plugins bare({}, false);
        const auto missing = llama(bare, fixture::small());
        QCOMPARE(missing.error().code, ErrorCode::NotFound);
        QVERIFY(missing.error().message.contains(QStringLiteral("layer.token_embedding")));
    }

    void refusesBrokenArchitectures()
    {
        const QJsonObject good = *llama(m_plugins, fixture::small());
        const auto check = [&](const QJsonObject &bad, ErrorCode code) {
            const auto cost = account(m_plugins.catalogue, bad, {});
            QVERIFY(!cost.has_value());
            QCOMPARE(errorCodeName(cost.error().code), errorCodeName(code));
        };
        check({}, ErrorCode::Corrupt);
        check(with(good, "format", 2), ErrorCode::NewerVersion);
        check(with(good, "layers", QJsonArray()), ErrorCode::Corrupt);
        check(with(good, "dimensions", QJsonObject()), ErrorCode::Corrupt);
        QJsonObject dimensions = good.value(QLatin1String("dimensions")).toObject();
        check(with(good, "dimensions", with(dimensions, "width", 1e15)), ErrorCode::Corrupt);
        check(with(good, "layers", QJsonArray{QJsonObject{{QStringLiteral("repeat"), 1e12}}}), ErrorCode::Corrupt);
        check(with(good, "layers", QJsonArray{QJsonObject{{QStringLiteral("repeat"), -1}}}), ErrorCode::Corrupt);
        check(with(good, "layers", QJsonArray{7, QStringLiteral("x")}), ErrorCode::Corrupt);
        QJsonObject nested{{QStringLiteral("layer"), QStringLiteral("layer.head")}};
        for (int i = 0; i < 40; ++i)
            nested = {{QStringLiteral("repeat"), 1}, {QStringLiteral("layers"), QJsonArray{nested}}};
        check(with(good, "layers", QJsonArray{nested}), ErrorCode::Corrupt);
        check(with(good, "layers", QJsonArray{QJsonObject{{QStringLiteral("layer"), QStringLiteral("layer.attention")},
                  {QStringLiteral("parameters"), QJsonObject{{QStringLiteral("heads"), QStringLiteral("six")}}}}}), ErrorCode::InvalidInput);
    }

    void aBrokenFormulaNamesItsLayer()
    {
        const QJsonObject broken{{QStringLiteral("id"), QStringLiteral("layer.broken")}, {QStringLiteral("kind"), QStringLiteral("layer")},
                                 {QStringLiteral("api"), 1}, {QStringLiteral("title"), QStringLiteral("x")}, {QStringLiteral("summary"), QStringLiteral("x")},
                                 {QStringLiteral("cost"), QJsonObject{{QStringLiteral("parameters"), QStringLiteral("width * nonsense")}}}};
        const fixture::Plugins plugins({broken});
        QJsonObject made = *llama(plugins, fixture::small());
        made.insert(QStringLiteral("layers"), QJsonArray{QJsonObject{{QStringLiteral("layer"), QStringLiteral("layer.broken")}}});
        const auto cost = account(plugins.catalogue, made, {});
        QVERIFY(!cost.has_value());
        QVERIFY2(cost.error().message.contains(QStringLiteral("layer.broken")), qPrintable(cost.error().message));
        QVERIFY(cost.error().message.contains(QStringLiteral("nonsense")));
    }

    void presetsAscendAndAreWhatTheySay()
    {
        const QList<Preset> all = presets(m_plugins.catalogue);
        QStringList ids;
        QList<qint64> counts;  // of the family that is offered first; the others have some of their own
        qint64 before = 0;
        for (const Preset &preset : all) {
            QVERIFY(preset.approximateParameters >= before);
            before = preset.approximateParameters;
            const auto made = expandArchitecture(m_plugins.catalogue, preset.architecture, preset.choices, 8192);
            QVERIFY2(made.has_value(), made ? "" : qPrintable(preset.id + made.error().message));
            if (preset.architecture != QLatin1String("architecture.llama"))
                continue;
            ids += preset.id;
            counts += preset.approximateParameters;
        }
        QVERIFY(all.size() > ids.size());
        QCOMPARE(ids, QStringLiteral("tiny-1M mini-3M small-7M small-13M medium-30M base-124M large-350M xl-1B").split(QLatin1Char(' ')));
        const QList<double> said{1e6, 3e6, 7e6, 13e6, 30e6, 124e6, 350e6, 1e9};
        for (qsizetype i = 0; i < counts.size(); ++i)
            QVERIFY2(std::abs(static_cast<double>(counts[i]) / said[i] - 1) < 0.15, qPrintable(ids[i]));
    }

    void trainingSettingsAreWhole()
    {
        const plugin::ParameterSchema schema = trainingSettings(m_plugins.catalogue).schemaFor();
        QStringList plain;
        for (const plugin::Parameter &parameter : schema.parameters()) {
            QVERIFY2(!parameter.doc.isEmpty() && !parameter.title.isEmpty() && !parameter.term.isEmpty(), qPrintable(parameter.key));
            if (!parameter.advanced)
                plain += parameter.key;
        }
        QCOMPARE(plain, QStringLiteral("budget_kind budget batch learning_rate precision").split(QLatin1Char(' ')));
        QVERIFY(schema.validate(schema.defaults()).has_value());
        QVERIFY(schema.validate({{QStringLiteral("learning_rate"), 1e30}}).has_value());
        QVERIFY(!schema.validate({{QStringLiteral("learning_rate"), -1}}).has_value());
        QVERIFY(!schema.validate({{QStringLiteral("budget_kind"), QStringLiteral("days")}}).has_value());
        QVERIFY(!schema.validate({{QStringLiteral("batch"), 0}}).has_value());
    }

    // As runs stored them when every optimizer and schedule shared these keys.
    void settingsOfEarlierRunsAreUnderstood()
    {
        const QJsonObject stored = QJsonDocument::fromJson(R"({"optimizer":"optimizer.muon","schedule":"schedule.constant","weight_decay":0.02,
            "beta1":0.9,"beta2":0.95,"minimum_lr_ratio":0.1,"warmup_share":0.2,"learning_rate":0.006})").object();
        const auto read = trainingSettings(m_plugins.catalogue).validate(stored);
        QVERIFY2(read, read ? "" : qPrintable(read.error().message));
        for (const char *key : {"weight_decay", "beta1", "beta2", "warmup_share", "learning_rate", "optimizer", "schedule"})
            QCOMPARE(read->value(QLatin1String(key)), stored.value(QLatin1String(key)));
        QVERIFY(!read->contains(QLatin1String("minimum_lr_ratio")));
        QCOMPARE(read->value(QLatin1String("momentum")).toDouble(), 0.95);
    }
    void everyMethodHasSettingsThatPeopleUnderstand()
    {
        for (const char *kind : {"optimizer", "schedule"})
            for (const plugin::Metadata *method : m_plugins.catalogue.ofKind(QLatin1String(kind))) {
                const plugin::ParameterSchema schema = trainingSettings(m_plugins.catalogue).schemaFor({{QLatin1String(kind), method->id}});
                for (const plugin::Parameter &parameter : method->parameters.parameters()) {
                    QVERIFY2(!parameter.doc.isEmpty() && !parameter.term.isEmpty() && parameter.title != parameter.key, qPrintable(method->id + parameter.key));
                    QVERIFY2(schema.find(parameter.key) && schema.find(parameter.key)->doc == parameter.doc, qPrintable(method->id + parameter.key));
                }
            }
    }
    void groupsOfWeightsAreRead()
    {
        const auto groups = parseParameterGroups(QStringLiteral(" tok: lr 0.5, decay 0 ;*.norm?: lr 2;blocks.1.*:decay 3; "));
        QVERIFY2(groups, groups ? "" : qPrintable(groups.error().message));
        QCOMPARE(groups->size(), 3);
        QCOMPARE(groups->at(0).learningRateFactor, 0.5);
        QCOMPARE(groups->at(0).decayFactor, 0.0);
        QCOMPARE(groupOf(*groups, QStringLiteral("tok.weight"))->learningRateFactor, 0.5);
        QCOMPARE(groupOf(*groups, QStringLiteral("blocks.1.norm2.weight"))->learningRateFactor, 2.0);  // the first that fits
        QCOMPARE(groupOf(*groups, QStringLiteral("blocks.1.attention.qkv_weight"))->decayFactor, 3.0);
        QVERIFY(!groupOf(*groups, QStringLiteral("token.weight")));
        QVERIFY(parseParameterGroups(QString())->isEmpty());
        const QStringList names{QStringLiteral("tok.weight"), QStringLiteral("blocks.0.norm1.weight"), QStringLiteral("blocks.1.norm1.weight")};
        QVERIFY(checkGroups(*parseParameterGroups(QStringLiteral("tok: lr 1; blocks.*: lr 2")), names));
        const auto nothing = checkGroups(*parseParameterGroups(QStringLiteral("toks: lr 1")), names);
        QVERIFY(!nothing && nothing.error().message.contains(QStringLiteral("toks")));
        QCOMPARE(nothing.error().hint, QStringLiteral("Its layers are: tok, blocks.*.norm1."));
    }
    void patternsFitNamesAndWhatStandsBelow_data()
    {
        QTest::addColumn<QString>("pattern");
        QTest::addColumn<QString>("name");
        QTest::addColumn<bool>("fits");
        const auto row = [](const char *pattern, const char *name, bool fits) { QTest::addRow("%s on %s", pattern, name) << QString::fromLatin1(pattern) << QString::fromLatin1(name) << fits; };
        row("tok", "tok.weight", true);
        row("tok", "token.weight", false);
        row("to?", "tok.weight", true);
        row("*", "blocks.3.norm1.weight", true);
        row("*.norm?", "blocks.3.norm1.weight", true);
        row("*.norm?", "blocks.3.norm10.weight", false);
        row("blocks.1", "blocks.1.norm1.weight", true);
        row("blocks.1", "blocks.11.norm1.weight", false);
        row("blocks.1*", "blocks.11.norm1.weight", true);
        row("*attention*bias", "blocks.3.attention.qkv_bias", true);
        row("blocks.[0-9]", "blocks.3.norm1.weight", false);  // no expression
        row("", "tok", false);
        row("tok.weight.more", "tok.weight", false);
    }
    void patternsFitNamesAndWhatStandsBelow()
    {
        QFETCH(QString, pattern);
        QFETCH(QString, name);
        QFETCH(bool, fits);
        QCOMPARE(fitsName(name, pattern), fits);
    }
    void noPatternTakesLong()
    {
        QElapsedTimer timer;
        timer.start();
        QVERIFY(!fitsName(QString(200, QLatin1Char('a')), QStringLiteral("*a").repeated(60) + QLatin1Char('b')));
        QVERIFY2(timer.elapsed() < 1000, "backtracking");
    }
    void badGroupsAreRefused_data()
    {
        QTest::addColumn<QString>("text");
        for (const char *bad : {"tok", "tok:", ": lr 1", "tok lr 1", "tok: lr", "tok: lr x", "tok: lr -1", "tok: lr 1001", "tok: lr nan", "tok: rate 1",
                                "tok: lr 1 decay 0", "tok: lr 1,", "a tok: lr 1", "tok: lr 0,5", "tok: lr 1; norm"})
            QTest::newRow(bad) << QString::fromLatin1(bad);
    }
    void badGroupsAreRefused()
    {
        QFETCH(QString, text);
        const auto read = parseParameterGroups(text);
        QVERIFY(!read && read.error().code == ErrorCode::InvalidInput);
        QVERIFY(read.error().hint.contains(QStringLiteral("0 to 1000")));
    }
    void lowerBlocksLearnMoreSlowly()
    {
        const QStringList names{QStringLiteral("tok.weight"), QStringLiteral("blocks.0.norm1.weight"), QStringLiteral("blocks.0.attention.qkv_weight"),
                                QStringLiteral("blocks.1.norm1.weight"), QStringLiteral("norm.weight"), QStringLiteral("head.weight")};
        QCOMPARE(layerFactors(names, 0.5), (QList<double>{0.125, 0.25, 0.25, 0.5, 1, 1}));
        QCOMPARE(layerFactors(names, 1), QList<double>(6, 1.0));
        QCOMPARE(layerFactors({QStringLiteral("tok.weight"), QStringLiteral("head.weight")}, 0.5), QList<double>(2, 1.0));
        const QStringList two{QStringLiteral("tok.weight"), QStringLiteral("encoder.0.norm.weight"), QStringLiteral("decoder.0.norm.weight"), QStringLiteral("decoder.1.norm.weight")};
        QCOMPARE(layerFactors(two, 0.5), (QList<double>{0.125, 0.5, 0.25, 0.5}));
    }
    // What an optimizer remembers, by its own formula: a model whose weights stand mostly in blocks.
    void optimizersSayWhatTheyRemember_data()
    {
        QTest::addColumn<QString>("optimizer");
        QTest::addColumn<QJsonObject>("settings");
        QTest::addColumn<double>("least");
        QTest::addColumn<double>("most");
        QTest::newRow("AdamW") << "optimizer.adamw" << QJsonObject() << 8.0 << 8.0;
        QTest::newRow("AdamW in eight bits") << "optimizer.adamw" << QJsonObject{{QStringLiteral("state_bits"), QStringLiteral("8")}} << 2.0 << 2.1;
        QTest::newRow("Adam") << "optimizer.adam" << QJsonObject() << 8.0 << 8.0;
        QTest::newRow("Muon") << "optimizer.muon" << QJsonObject() << 4.5 << 6.0;
        QTest::newRow("Lion") << "optimizer.lion" << QJsonObject() << 4.0 << 4.0;
        QTest::newRow("SGD") << "optimizer.sgd" << QJsonObject() << 4.0 << 4.0;
        QTest::newRow("SGD without momentum") << "optimizer.sgd" << QJsonObject{{QStringLiteral("momentum"), 0}} << 0.0 << 0.0;
        QTest::newRow("Adafactor") << "optimizer.adafactor" << QJsonObject() << 0.0 << 0.03;
        QTest::newRow("Adafactor with a mean") << "optimizer.adafactor" << QJsonObject{{QStringLiteral("beta1"), 0.9}} << 4.0 << 4.03;
        QTest::newRow("one that is not installed") << "optimizer.none" << QJsonObject() << 8.0 << 8.0;
    }
    void optimizersSayWhatTheyRemember()
    {
        QFETCH(QString, optimizer);
        QFETCH(QJsonObject, settings);
        QFETCH(double, least);
        QFETCH(double, most);
        TrainingShape shape;
        shape.optimizer = optimizer;
        shape.settings = settings;
        const auto cost = account(m_plugins.catalogue, *llama(m_plugins, fixture::small()), shape);
        QVERIFY2(cost, cost ? "" : qPrintable(cost.error().message));
        QVERIFY2(cost->optimizerBytesPerWeight >= least && cost->optimizerBytesPerWeight <= most, qPrintable(QString::number(cost->optimizerBytesPerWeight)));
        TrainingShape usual;
        const auto usualCost = account(m_plugins.catalogue, *llama(m_plugins, fixture::small()), usual);
        const double more = (cost->optimizerBytesPerWeight - 8) * double(cost->parameters);
        const double state = memoryOf(*cost, "weights and optimizer") - memoryOf(*usualCost, "weights and optimizer");
        QVERIFY2(std::abs(state - more) <= 2, qPrintable(QString::number(state)));
        QVERIFY(std::abs(double(cost->trainingBytes - usualCost->trainingBytes)) >= std::abs(more) - 2);  // also in the copy for a checkpoint
    }

    void fineTuningSettingsAreWhole()
    {
        for (const plugin::ParameterSchema *schema : {&teachingSchema(), &adapterSchema(), &learnsSchema()}) {
            for (const plugin::Parameter &parameter : schema->parameters())
                QVERIFY2(!parameter.doc.isEmpty() && !parameter.title.isEmpty() && !parameter.term.isEmpty(), qPrintable(parameter.key));
            QVERIFY(schema->validate(schema->defaults()).has_value());
        }
        QCOMPARE(learnsText({{QStringLiteral("learns"), QStringLiteral("head")}}), QStringLiteral("head"));
        QCOMPARE(learnsText({{QStringLiteral("learns"), QStringLiteral("chosen")}, {QStringLiteral("layers"), QStringLiteral("norm")}}), QStringLiteral("norm"));
    }
    void assignmentsAreSortedByWhatTheyBelongTo()
    {
        const auto sorted = parseTrainingAssignments(m_plugins.catalogue, QStringLiteral("batch=2 teaching.maxTokens=64 adapter.rank=4 adapter.targets=q_proj,v_proj")
                                                         .split(QLatin1Char(' ')));
        QVERIFY2(sorted, sorted ? "" : qPrintable(sorted.error().message));
        QCOMPARE(sorted->settings, (QJsonObject{{QStringLiteral("batch"), 2}}));
        QCOMPARE(sorted->teaching.value(QLatin1String("maxTokens")).toInt(), 64);
        QCOMPARE(sorted->teaching.value(QLatin1String("kind")).toString(), QStringLiteral("chat"));
        QCOMPARE(sorted->adapter.value(QLatin1String("rank")).toInt(), 4);
        QCOMPARE(sorted->adapter.value(QLatin1String("targets")).toString(), QStringLiteral("q_proj,v_proj"));
        QVERIFY(parseTrainingAssignments(m_plugins.catalogue, {QStringLiteral("learns=blocks.1.*")})->adapter.isEmpty());
        QVERIFY(!parseTrainingAssignments(m_plugins.catalogue, {QStringLiteral("learns=adapter")})->adapter.isEmpty());
        for (const char *bad : {"adapter.rnak=4", "adapter.rank=0", "teaching.kind=poems", "learns=chosen", "teachings.kind=chat", "rank=4"})
            QVERIFY2(!parseTrainingAssignments(m_plugins.catalogue, {QLatin1String(bad)}), bad);
    }
    void rowsOfRecords()
    {
        QCOMPARE(recordRowLength(300, 2048, 0, true), 1024);
        QCOMPARE(recordRowLength(300, 512, 0, true), 512);
        QCOMPARE(recordRowLength(300, 2048, 400, true), 400);
        QCOMPARE(recordRowLength(1500, 2048, 0, true), 1500);
        QCOMPARE(recordRowLength(300, 2048, 0, false), 300);
        QCOMPARE(recordRowLength(1, 2048, 0, false), 2);
    }
};

QTEST_GUILESS_MAIN(TestArchitecture)
#include "test_architecture.moc"
