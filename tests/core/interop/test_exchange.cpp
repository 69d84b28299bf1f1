// Families in other programs' words: keys of both generations of config.json, what is refused and how, names with and
// without their prefix, tensors that are missing, too many or of another shape; the import job's whole and broken ends.
#include "core/base/atomic_file.h"
#include "core/interop/import_handler.h"
#include "core/interop/import_inspect.h"
#include "core/interop/model_writer.h"
#include "core/tokenizer/chat_template.h"
#include "tests/core/interop/import_context.h"

#include <QDir>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using namespace athanor::interop;

namespace {

const QString kGolden = QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/");

QJsonObject object(const char *json) { return QJsonDocument::fromJson(json).object(); }

QJsonObject with(QJsonObject base, const QJsonObject &more)
{
    for (auto it = more.begin(); it != more.end(); ++it)
        it.value().isUndefined() ? base.remove(it.key()) : (void)base.insert(it.key(), it.value());
    return base;
}

const QJsonObject kLlama = object(R"({"model_type":"llama","architectures":["LlamaForCausalLM"],"vocab_size":100,"hidden_size":24,
    "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"intermediate_size":40,"max_position_embeddings":64,
    "rms_norm_eps":1e-5,"hidden_act":"silu","torch_dtype":"bfloat16","use_cache":true})");

// Float tensors of zeros, in a file.
bool writeTensors(const QString &path, const std::vector<SafetensorsWriter::Declaration> &declarations)
{
    auto writer = SafetensorsWriter::create(path, declarations);
    if (!writer)
        return false;
    for (const auto &declaration : declarations)
        if (!writer->write(QByteArray(*elementCount(declaration.shape) * 4, '\0')))
            return false;
    return writer->finish().has_value();
}

bool copyFolder(const QString &from, const QString &to)
{
    bool isWhole = QDir().mkpath(to);
    for (const QString &name : QDir(from).entryList(QDir::Files))
        isWhole = QFile::copy(from + QLatin1Char('/') + name, to + QLatin1Char('/') + name) && isWhole;
    return isWhole;
}

}  // namespace

class TestExchange : public QObject {
    Q_OBJECT
    std::unique_ptr<plugin::Catalogue> m_plugins;

    Result<FamilyChoices> read(const QJsonObject &config, ExchangeForm form = ExchangeForm::HuggingFace)
    {
        const QString type = config.value(form == ExchangeForm::Gguf ? QLatin1String("general.architecture") : QLatin1String("model_type")).toString();
        ATHANOR_ASSIGN(const Exchange exchange, Exchange::find(*m_plugins, form, type));
        return exchange.readConfig(form, config);
    }

private Q_SLOTS:
    void initTestCase() { m_plugins = plugin::scanUsualFolders(); }

    void everyFamilyHasOne()
    {
        for (const plugin::Metadata *family : m_plugins->ofKind(QStringLiteral("architecture"))) {
            const auto exchange = Exchange::of(*m_plugins, family->id);
            QVERIFY2(exchange.has_value(), exchange ? "" : qPrintable(exchange.error().message));
            QVERIFY(!exchange->modelTypes(ExchangeForm::HuggingFace).isEmpty());
            const auto moves = exchange->writeMoves(ExchangeForm::HuggingFace, {}, 1000);
            QVERIFY2(moves.has_value(), moves ? "" : qPrintable(moves.error().message));
            QSet<QString> names;
            for (const TensorMove &move : *moves) {
                QVERIFY2(!names.contains(move.name), qPrintable(move.name));
                names.insert(move.name);
            }
        }
        QCOMPARE(Exchange::find(*m_plugins, ExchangeForm::HuggingFace, QStringLiteral("mamba")).error().code, ErrorCode::Unsupported);
        QVERIFY(Exchange::find(*m_plugins, ExchangeForm::HuggingFace, QStringLiteral("mamba")).error().hint.contains(QLatin1String("llama")));
    }

    void bothGenerationsOfKeys_data()
    {
        QTest::addColumn<QJsonObject>("more");
        QTest::addColumn<QJsonObject>("choices");
        QTest::newRow("nothing said") << QJsonObject() << object(R"({"rotary_base":10000,"rotary_scaling":"none","tied":false,"bias":false,"head_size":0})");
        QTest::newRow("4") << object(R"({"rope_theta":500000.0,"rope_scaling":null,"tie_word_embeddings":true,"head_dim":6})")
                           << object(R"({"rotary_base":500000,"rotary_scaling":"none","tied":true,"head_size":6})");
        QTest::newRow("5") << object(R"({"rope_parameters":{"rope_theta":500000.0,"rope_type":"default"},"attention_bias":true,"mlp_bias":true})")
                           << object(R"({"rotary_base":500000,"rotary_scaling":"none","bias":true})");
        QTest::newRow("4, stretched") << object(R"({"rope_theta":10000.0,"rope_scaling":{"type":"linear","factor":4.0}})")
                                      << object(R"({"rotary_scaling":"linear","rotary_factor":4})");
        QTest::newRow("4, Llama 3") << object(R"({"rope_scaling":{"rope_type":"llama3","factor":32.0,"low_freq_factor":1.0,"high_freq_factor":4.0,
                                                  "original_max_position_embeddings":8192}})")
                                    << object(R"({"rotary_scaling":"llama3","rotary_factor":32,"rotary_original_context":8192})");
        QTest::newRow("5, Llama 3") << object(R"({"rope_parameters":{"rope_theta":1.0,"rope_type":"llama3","factor":32.0,"low_freq_factor":1.0,
                                                  "high_freq_factor":4.0}})")
                                    << object(R"({"rotary_base":1,"rotary_scaling":"llama3","rotary_factor":32,"rotary_original_context":64})");
    }
    void bothGenerationsOfKeys()
    {
        QFETCH(QJsonObject, more);
        QFETCH(QJsonObject, choices);
        const auto read = this->read(with(kLlama, more));
        QVERIFY2(read.has_value(), read ? "" : qPrintable(read.error().message));
        QCOMPARE(read->vocabulary, 100);
        QCOMPARE(read->warnings, QStringList());
        for (auto it = choices.begin(); it != choices.end(); ++it)
            QCOMPARE(read->choices.value(it.key()), it.value());
        // What is written says the same again.
        const auto exchange = Exchange::of(*m_plugins, read->architecture);
        const auto written = exchange->writeConfig(ExchangeForm::HuggingFace, read->choices, read->vocabulary);
        QVERIFY2(written.has_value(), written ? "" : qPrintable(written.error().message));
        const auto again = this->read(*written);
        QVERIFY2(again.has_value(), again ? "" : qPrintable(again.error().message));
        QJsonObject first = read->choices, second = again->choices;
        for (QJsonObject *one : {&first, &second})
            one->remove(QLatin1String("head_size"));
        QCOMPARE(second, first);
    }

    void refused_data()
    {
        QTest::addColumn<QJsonObject>("config");
        QTest::addColumn<QString>("key");
        QTest::addColumn<QString>("value");
        const auto llama = [](const char *name, const char *more, const char *key, const char *value) {
            QTest::newRow(name) << with(kLlama, object(more)) << QString::fromLatin1(key) << QString::fromLatin1(value);
        };
        llama("activation", R"({"hidden_act":"relu6"})", "hidden_act", "relu6");
        llama("yarn", R"({"rope_scaling":{"rope_type":"yarn","factor":4.0}})", "rope_scaling.rope_type", "yarn");
        llama("dynamic, 5", R"({"rope_parameters":{"rope_type":"dynamic","rope_theta":1.0}})", "rope_parameters.rope_type", "dynamic");
        llama("unknown part", R"({"rope_parameters":{"rope_type":"default","rope_theta":1.0,"mscale":2}})", "rope_parameters.mscale", "2");
        llama("half turned", R"({"partial_rotary_factor":0.5})", "partial_rotary_factor", "0.5");
        llama("one bias only", R"({"attention_bias":true})", "mlp_bias", "0");
        llama("text for a number", R"({"hidden_size":"wide"})", "hidden_size", "wide");
        llama("class", R"({"architectures":["LlamaForTokenClassification"]})", "LlamaForTokenClassification", "");
        llama("broken width", R"({"hidden_size":24.5})", "hidden_size", "24.5");
        QTest::newRow("window of Qwen") << with(kLlama, object(R"({"model_type":"qwen2","architectures":["Qwen2ForCausalLM"],"use_sliding_window":true})"))
                                        << QStringLiteral("use_sliding_window") << QStringLiteral("true");
        QTest::newRow("layers of two kinds") << with(kLlama, object(R"({"model_type":"qwen3","architectures":["Qwen3ForCausalLM"],"head_dim":8,
                                                     "layer_types":["full_attention","sliding_attention"]})"))
                                             << QStringLiteral("layer_types") << QStringLiteral("sliding_attention");
    }
    void refused()
    {
        QFETCH(QJsonObject, config);
        QFETCH(QString, key);
        QFETCH(QString, value);
        const auto read = this->read(config);
        QVERIFY(!read.has_value());
        QCOMPARE(read.error().code, ErrorCode::Unsupported);
        QVERIFY2(read.error().message.contains(key) && read.error().message.contains(value), qPrintable(read.error().message));
        QVERIFY(!read.error().hint.isEmpty());
    }

    void incompleteConfigs()
    {
        QJsonObject config = kLlama;
        config.remove(QLatin1String("num_hidden_layers"));
        QCOMPARE(read(config).error().code, ErrorCode::Corrupt);
        QVERIFY(read(config).error().message.contains(QLatin1String("num_hidden_layers")));
        QVERIFY(!read(with(kLlama, object(R"({"vocab_size":0})"))).has_value());
        QVERIFY(!read(with(kLlama, object(R"({"num_hidden_layers":-3})"))).has_value());
        QVERIFY(!read(with(kLlama, object(R"({"num_attention_heads":1e300})"))).has_value());
        const auto unknown = read(with(kLlama, object(R"({"attn_logit_softcapping":30.0})")));
        QVERIFY(unknown.has_value());
        QVERIFY(unknown->warnings.join(u' ').contains(QLatin1String("attn_logit_softcapping")));
    }

    void tensorsThatDoNotFit()
    {
        const auto exchange = Exchange::of(*m_plugins, QStringLiteral("architecture.llama"));
        const auto family = read(with(kLlama, object(R"({"tie_word_embeddings":true})")));
        const auto wanted = exchange->writeMoves(ExchangeForm::HuggingFace, family->choices, 100);
        QVERIFY(wanted.has_value());
        std::vector<SafetensorsWriter::Declaration> all;
        for (const TensorMove &move : *wanted)
            all.push_back({move.name, ElementType::F32, move.shape});
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("model.safetensors"));
        const auto moves = [&](const std::vector<SafetensorsWriter::Declaration> &declarations, QStringList *notes = nullptr) -> Result<std::vector<TensorMove>> {
            QFile::remove(path);
            if (!writeTensors(path, declarations))
                return fail(ErrorCode::Internal, QStringLiteral("not written"));
            ATHANOR_ASSIGN(const auto source, openWeights(path));
            return exchange->readMoves(ExchangeForm::HuggingFace, family->choices, 100, *source, notes);
        };
        QVERIFY(moves(all).has_value());

        auto bare = all;  // a bare LlamaModel's names
        for (auto &declaration : bare)
            declaration.name.remove(QLatin1String("model."));
        QVERIFY(moves(bare).has_value());

        auto wrong = all;
        wrong[1].shape = {25};
        auto error = moves(wrong).error();
        QVERIFY(error.message.contains(wrong[1].name) && error.message.contains(QLatin1String("blocks.0.")) && error.message.contains(QLatin1String("(24)")));

        const auto missing = std::vector(all.begin(), all.end() - 2);
        error = moves(missing).error();
        QCOMPARE(error.code, ErrorCode::Corrupt);
        QVERIFY2(error.message.contains(all.back().name), qPrintable(error.message));

        auto more = all;
        more.push_back({QStringLiteral("model.layers.0.self_attn.sinks"), ElementType::F32, {4}});
        error = moves(more).error();
        QCOMPARE(error.code, ErrorCode::Unsupported);
        QVERIFY(error.message.contains(QLatin1String("sinks")));

        more = all;
        more.push_back({QStringLiteral("lm_head.weight"), ElementType::F32, {100, 24}});
        more.push_back({QStringLiteral("model.layers.1.self_attn.rotary_emb.inv_freq"), ElementType::F32, {3}});
        QStringList notes;
        QVERIFY(moves(more, &notes).has_value());
        QVERIFY(notes.join(u' ').contains(QLatin1String("lm_head.weight")));
    }

    void inspects()
    {
        const ModelFacts facts = inspectModel(kGolden + QStringLiteral("llama"), *m_plugins);
        QVERIFY2(facts.isReadable, qPrintable(facts.error.message));
        QCOMPARE(facts.kind, QStringLiteral("huggingface"));
        QCOMPARE(facts.family, QStringLiteral("architecture.llama"));
        QCOMPARE(facts.context, 32);
        QCOMPARE(facts.vocabulary, 50);
        QCOMPARE(facts.storedAs, QStringLiteral("F32"));
        QVERIFY(facts.parameters > 10000 && facts.bytes == 4 * facts.parameters);
        const ModelFacts absent = inspectModel(kGolden + QStringLiteral("absent"), *m_plugins);
        QVERIFY(!absent.isReadable && absent.error.code == ErrorCode::NotFound && !absent.error.hint.isEmpty());
        QVERIFY(!inspectModel(QStringLiteral(ATHANOR_SOURCE_DIR "/core"), *m_plugins).isReadable);
    }

    void whatIsOfNoUseSaysSo()
    {
        QTemporaryDir encoder, marian;
        QVERIFY(copyFolder(kGolden + QStringLiteral("bert_encoder"), encoder.path()));
        const ModelFacts facts = inspectModel(encoder.path(), *m_plugins);
        QVERIFY2(facts.isReadable, qPrintable(facts.error.message));
        QVERIFY(facts.warnings.join(u' ').contains(QStringLiteral("without a head")) && facts.warnings.join(u' ').contains(QStringLiteral("labels")));
        QVERIFY(!inspectModel(kGolden + QStringLiteral("bert"), *m_plugins).warnings.join(u' ').contains(QStringLiteral("without a head")));
        QVERIFY(!inspectModel(kGolden + QStringLiteral("labels_bert"), *m_plugins).warnings.join(u' ').contains(QStringLiteral("without a head")));
        QVERIFY(makeFolder(encoder.filePath(QStringLiteral("additional_chat_templates"))));
        for (const char *name : {"rag.jinja", "with tools.jinja"})
            QVERIFY(writeFileAtomically(encoder.filePath(QStringLiteral("additional_chat_templates/") + QLatin1String(name)), "x"));
        const QString said = inspectModel(encoder.path(), *m_plugins).warnings.join(u' ');
        QVERIFY2(said.contains(QStringLiteral("with tools.jinja")) && !said.contains(QStringLiteral("rag.jinja")), qPrintable(said));
        QVERIFY(copyFolder(kGolden + QStringLiteral("transformer"), marian.path()));
        QVERIFY(inspectModel(marian.path(), *m_plugins).isReadable);
        QVERIFY(writeFileAtomically(marian.filePath(QStringLiteral("source.spm")), "x"));
        const ModelFacts refused = inspectModel(marian.path(), *m_plugins);
        QVERIFY(!refused.isReadable);
        QCOMPARE(refused.error.code, ErrorCode::Unsupported);
        QVERIFY(refused.error.message.contains(QStringLiteral("source.spm")) && !refused.error.hint.isEmpty());
    }

    // Names of labels: as the config has them, as transformers leaves them out, and what cannot be one label of a text.
    void labelsOfAConfig_data()
    {
        QTest::addColumn<QJsonObject>("more");
        QTest::addColumn<QStringList>("labels");
        QTest::addColumn<QString>("word");
        const auto config = [](const char *json) { return object(json); };
        QTest::newRow("named") << config(R"({"id2label":{"1":"b","0":"a","2":"c"}})") << QStringList{QStringLiteral("a"), QStringLiteral("b"), QStringLiteral("c")} << QString();
        QTest::newRow("left out") << QJsonObject() << QStringList{QStringLiteral("LABEL_0"), QStringLiteral("LABEL_1")} << QString();
        QTest::newRow("numbers") << config(R"({"id2label":{"0":0,"1":1}})") << QStringList{QStringLiteral("0"), QStringLiteral("1")} << QString();
        QTest::newRow("long numbers") << config(R"({"id2label":{"0":1234567,"1":1234568,"2":0.5}})") << QStringList{QStringLiteral("1234567"), QStringLiteral("1234568"), QStringLiteral("0.5")} << QString();
        QTest::newRow("null") << config(R"({"id2label":null})") << QStringList{QStringLiteral("LABEL_0"), QStringLiteral("LABEL_1")} << QString();
        QTest::newRow("a list of names") << config(R"({"id2label":["a","b"]})") << QStringList() << QStringLiteral("id2label");
        QTest::newRow("holes") << config(R"({"id2label":{"0":"a","2":"c"}})") << QStringList() << QStringLiteral("Label 1");
        QTest::newRow("empty name") << config(R"({"id2label":{"0":"a","1":""}})") << QStringList() << QStringLiteral("Label 1");
        QTest::newRow("regression") << config(R"({"num_labels":1})") << QStringList() << QStringLiteral("regression");
        QTest::newRow("one score") << config(R"({"id2label":{"0":"a"}})") << QStringList() << QStringLiteral("regression");
        QTest::newRow("several at once") << config(R"({"problem_type":"multi_label_classification"})") << QStringList() << QStringLiteral("multi-label");
        QTest::newRow("far too many") << config(R"({"num_labels":1000000000})") << QStringList() << QStringLiteral("1000000000");
    }
    void labelsOfAConfig()
    {
        QFETCH(const QJsonObject, more);
        QFETCH(const QStringList, labels);
        QFETCH(const QString, word);
        const QJsonObject config = with(with(kLlama, {{QStringLiteral("architectures"), QJsonArray{QStringLiteral("LlamaForSequenceClassification")}}}), more);
        const auto family = read(config);
        if (!word.isEmpty()) {
            QVERIFY(!family);
            QVERIFY2(family.error().message.contains(word), qPrintable(family.error().message));
            return;
        }
        QVERIFY2(family, family ? "" : qPrintable(family.error().message));
        QCOMPARE(family->labels, labels);
        const auto exchange = Exchange::of(*m_plugins, family->architecture);
        const auto written = exchange->writeConfig(ExchangeForm::HuggingFace, family->choices, family->vocabulary, family->labels);
        QCOMPARE(written->value(QLatin1String("architectures")).toArray().at(0).toString(), QStringLiteral("LlamaForSequenceClassification"));
        QCOMPARE(read(*written)->labels, labels);
        QVERIFY(!exchange->writeConfig(ExchangeForm::HuggingFace, family->choices, family->vocabulary)->contains(QLatin1String("id2label")));
    }
    void moreScoresThanNames()
    {
        QTemporaryDir folder;
        QVERIFY(copyFolder(kGolden + QStringLiteral("labels_llama"), folder.path()));
        QJsonObject config = *readJsonFile(folder.filePath(QStringLiteral("config.json")));
        config.insert(QStringLiteral("id2label"), QJsonObject{{QStringLiteral("0"), QStringLiteral("a")}, {QStringLiteral("1"), QStringLiteral("b")}});
        QVERIFY(writeJsonFile(folder.filePath(QStringLiteral("config.json")), config));
        const ModelFacts facts = inspectModel(folder.path(), *m_plugins);
        QVERIFY(!facts.isReadable);
        QVERIFY2(facts.error.message.contains(QStringLiteral("scores 3")), qPrintable(facts.error.message));
    }

    void cancelLeavesNothing()
    {
        QTemporaryDir project;
        test::ImportContext context(*m_plugins, project.path(), {{QStringLiteral("source"), kGolden + QStringLiteral("gpt2")}});
        QVERIFY(QDir().mkpath(context.jobPath()));
        context.onReport = [&](const Progress &progress) {
            if (progress.done > 5000)
                context.cancel.cancel();
        };
        const auto result = makeImportHandler()->run(context);
        QVERIFY(!result.has_value());
        QCOMPARE(result.error().code, ErrorCode::Cancelled);
        QCOMPARE(QDir(context.jobPath()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), QStringList());
    }

    void brokenSourceLeavesNothing()
    {
        QTemporaryDir project, source;
        QVERIFY(copyFolder(kGolden + QStringLiteral("gpt2"), source.path()));
        QFile weights(source.filePath(QStringLiteral("model.safetensors")));
        QVERIFY(weights.resize(weights.size() - 100));
        test::ImportContext context(*m_plugins, project.path(), {{QStringLiteral("source"), source.path()}});
        QVERIFY(QDir().mkpath(context.jobPath()));
        QCOMPARE(makeImportHandler()->run(context).error().code, ErrorCode::Corrupt);
        QCOMPARE(QDir(context.jobPath()).entryList(QDir::AllEntries | QDir::NoDotAndDotDot), QStringList());
        test::ImportContext nothing(*m_plugins, project.path(), {});
        QCOMPARE(makeImportHandler()->run(nothing).error().code, ErrorCode::InvalidInput);
    }

    void importSaysWhatItMade()
    {
        QTemporaryDir project;
        test::ImportContext context(*m_plugins, project.path(), {{QStringLiteral("source"), kGolden + QStringLiteral("gpt2")},
                                                                 {QStringLiteral("name"), QStringLiteral("small")},
                                                                 {QStringLiteral("licence"), QStringLiteral("mit")}});
        QVERIFY(QDir().mkpath(context.jobPath()));
        const auto result = makeImportHandler()->run(context);
        QVERIFY2(result.has_value(), result ? "" : qPrintable(result.error().message));
        QCOMPARE(result->value(QLatin1String("checkpoint")).toString(), QStringLiteral("jobs/job1/model"));
        QCOMPARE(result->value(QLatin1String("family")).toString(), QStringLiteral("architecture.gpt2"));
        QCOMPARE(result->value(QLatin1String("licence")).toString(), QStringLiteral("mit"));
        QVERIFY(!result->contains(QLatin1String("tokenizer")));
        const QString folder = project.filePath(QStringLiteral("jobs/job1/model"));
        QCOMPARE(*sha256OfFile(folder + QStringLiteral("/model.safetensors")), result->value(QLatin1String("weightsSha256")).toString());
        const QJsonObject facts = *readJsonFile(folder + QStringLiteral("/model.json"));
        QCOMPARE(facts.value(QLatin1String("config")).toObject(), *readJsonFile(kGolden + QStringLiteral("gpt2/config.json")));
        QCOMPARE(facts.value(QLatin1String("source")).toObject().value(QLatin1String("sha256")).toObject().size(), 2);
    }

    // As transformers writes several: the default one as a file, others in a folder, or all as a list in the settings.
    void chatTemplatesComeAndGoUnchanged_data()
    {
        QTest::addColumn<QHash<QString, QByteArray>>("files");
        QTest::newRow("files") << QHash<QString, QByteArray>{
            {QStringLiteral("chat_template.jinja"), "{% for m in messages %}{{ m.content }}{% endfor %}\n"},
            {QStringLiteral("additional_chat_templates/tool_use.jinja"), "tools: {{ tools | length }}"},
            {QStringLiteral("additional_chat_templates/rag.jinja"), "{{ documents }}\r\n"},
            {QStringLiteral("tokenizer_config.json"), R"({"eos_token": "</s>"})"}};
        QTest::newRow("a list") << QHash<QString, QByteArray>{
            {QStringLiteral("tokenizer_config.json"), R"({"chat_template": [{"name": "default", "template": "{{ messages[0].content }}"},
             {"name": "rag", "template": "rag {{ documents }}"}]})"}};
    }
    void chatTemplatesComeAndGoUnchanged()
    {
        using Files = QHash<QString, QByteArray>;
        QFETCH(const Files, files);
        QTemporaryDir project, source;
        QVERIFY(copyFolder(kGolden + QStringLiteral("gpt2"), source.path()));
        const auto put = [&](const QString &name, const QByteArray &bytes) {
            QVERIFY(makeFolder(QFileInfo(source.filePath(name)).path()));
            QVERIFY(writeFileAtomically(source.filePath(name), bytes));
        };
        for (auto it = files.begin(); it != files.end(); ++it)
            put(it.key(), it.value());
        put(QStringLiteral("additional_chat_templates/a b.jinja"), "no name that is brought along");
        put(QStringLiteral("additional_chat_templates/notes.txt"), "no template");
        test::ImportContext context(*m_plugins, project.path(), {{QStringLiteral("source"), source.path()}});
        QVERIFY(QDir().mkpath(context.jobPath()));
        const auto result = makeImportHandler()->run(context);
        QVERIFY2(result.has_value(), result ? "" : qPrintable(result.error().message));
        QVERIFY(result->value(QLatin1String("hasChatTemplate")).toBool());
        NoProgress progress;
        WriteModelRequest request;
        request.folder = project.filePath(QStringLiteral("jobs/job1/model"));
        request.to = project.filePath(QStringLiteral("out"));
        const auto written = writeHuggingFaceModel(*m_plugins, request, progress, {});
        QVERIFY2(written.has_value(), written ? "" : qPrintable(written.error().message));
        const QJsonObject hashes = readJsonFile(request.folder + QStringLiteral("/model.json"))->value(QLatin1String("source")).toObject().value(QLatin1String("sha256")).toObject();
        for (auto it = files.begin(); it != files.end(); ++it) {
            QVERIFY2(QFile::exists(request.to + QLatin1Char('/') + it.key()), qPrintable(it.key()));
            QCOMPARE(*readFile(request.to + QLatin1Char('/') + it.key()), it.value());
            QVERIFY2(hashes.contains(it.key()), qPrintable(it.key()));
            QVERIFY(std::any_of(written->files.begin(), written->files.end(), [&](const WrittenModelFile &file) { return file.name == it.key(); }));
        }
        QVERIFY(!QFile::exists(request.to + QStringLiteral("/additional_chat_templates/a b.jinja")));
        const auto before = tokenizer::ChatTemplate::read(source.path()), after = tokenizer::ChatTemplate::read(request.to);
        QVERIFY(before && after);
        QCOMPARE(after->names(), before->names());
        QVERIFY(after->source(QStringLiteral("rag")) == before->source(QStringLiteral("rag")) && !after->source(QStringLiteral("rag")).isEmpty());
        put(QStringLiteral("additional_chat_templates/rag.jinja"), QByteArray(2 << 20, 'x'));
        test::ImportContext large(*m_plugins, project.path(), {{QStringLiteral("source"), source.path()}});
        QCOMPARE(makeImportHandler()->run(large).error().code, ErrorCode::LimitExceeded);
    }

    void writesShardsAndRefusesTargets()
    {
        QTemporaryDir project;
        test::ImportContext context(*m_plugins, project.path(), {{QStringLiteral("source"), kGolden + QStringLiteral("gpt2")}});
        QVERIFY(QDir().mkpath(context.jobPath()));
        QVERIFY(makeImportHandler()->run(context).has_value());
        NoProgress progress;
        WriteModelRequest request;
        request.folder = project.filePath(QStringLiteral("jobs/job1/model"));
        request.to = project.filePath(QStringLiteral("out"));
        request.dtype = QStringLiteral("bf16");
        request.shardBytes = 10000;
        const auto written = writeHuggingFaceModel(*m_plugins, request, progress, {});
        QVERIFY2(written.has_value(), written ? "" : qPrintable(written.error().message));
        QVERIFY(QFile::exists(request.to + QStringLiteral("/model.safetensors.index.json")));
        QVERIFY(written->files.size() >= 4);
        QCOMPARE(readJsonFile(request.to + QStringLiteral("/config.json"))->value(QLatin1String("torch_dtype")).toString(), QStringLiteral("bfloat16"));
        QVERIFY(inspectModel(request.to, *m_plugins).isReadable);
        QCOMPARE(writeHuggingFaceModel(*m_plugins, request, progress, {}).error().code, ErrorCode::AlreadyExists);
        request.to = project.filePath(QStringLiteral("other"));
        request.dtype = QStringLiteral("int3");
        QCOMPARE(writeHuggingFaceModel(*m_plugins, request, progress, {}).error().code, ErrorCode::InvalidInput);
        QVERIFY(!QFile::exists(request.to));
        CancelToken cancelled;
        cancelled.cancel();
        request.dtype.clear();
        QCOMPARE(writeHuggingFaceModel(*m_plugins, request, progress, cancelled).error().code, ErrorCode::Cancelled);
        QVERIFY(!QFile::exists(request.to) && !QFile::exists(request.to + QStringLiteral(".unfinished")));
    }
};

QTEST_GUILESS_MAIN(TestExchange)
#include "test_exchange.moc"
