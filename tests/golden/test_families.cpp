// Every family against transformers: small random models that transformers saved are brought in as a person would do it,
// give the recorded scores, loss and gradients, and go out again unchanged. The numbers come from tests/golden/<family>.py.
// Tolerances: scores 1e-4 (largest difference), loss 1e-4, gradients 1e-3 of each tensor's length.
#include "core/base/atomic_file.h"
#include "core/interop/import_handler.h"
#include "core/interop/import_source.h"
#include "core/interop/model_writer.h"
#include "core/model/architecture.h"
#include "core/network/model.h"
#include "core/plugin/catalogue.h"
#include "core/tensor/machine.h"
#include "tests/core/interop/import_context.h"

#include <QDir>
#include <QJsonArray>
#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using torch::Tensor;

namespace {

const QString kGolden = QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/");

Tensor whole(const QJsonObject &batch, const char *key)
{
    const QJsonArray rows = batch.value(QLatin1String(key)).toArray();
    if (rows.isEmpty())
        return {};
    std::vector<int64_t> numbers;
    int64_t columns = -1;
    for (const QJsonValue &row : rows) {
        if (!row.isArray())
            numbers.push_back(row.toInteger());
        for (const QJsonValue &number : row.toArray())
            numbers.push_back(number.toInteger());
        columns = row.isArray() ? row.toArray().size() : -1;
    }
    const Tensor flat = torch::tensor(numbers, at::kLong);
    return columns < 0 ? flat : flat.view({-1, columns});
}

network::Batch batchOf(const QJsonObject &expected)
{
    const QJsonObject from = expected.value(QLatin1String("batch")).toObject();
    network::Batch batch;
    batch.ids = whole(from, "ids");
    batch.targets = whole(from, "targets");
    batch.segments = whole(from, "segments");
    batch.tokenTypes = whole(from, "tokenTypes");
    batch.encoderIds = whole(from, "encoderIds");
    batch.encoderSegments = whole(from, "encoderSegments");
    batch.labels = whole(from, "labels");
    return batch;
}

Tensor recorded(const QJsonObject &expected, const char *key, const Tensor &like)
{
    std::vector<float> numbers;
    for (const QJsonValue &value : expected.value(QLatin1String(key)).toArray())
        numbers.push_back(float(value.toDouble()));
    if (int64_t(numbers.size()) != like.numel())
        return torch::full(like.sizes(), std::nan(""));
    return torch::tensor(numbers).view(like.sizes());
}

// Largest difference where there is no padding.
double difference(const Tensor &ours, const Tensor &theirs, const Tensor &segments)
{
    Tensor apart = (ours - theirs).abs();
    if (segments.defined())
        apart = apart * segments.ge(0).to(at::kFloat).unsqueeze(2);
    return apart.max().item<double>();
}

Status fill(network::Model &model, const QString &file)
{
    ATHANOR_ASSIGN(const auto weights, interop::SafetensorsReader::open(file));
    if (weights.tensors().size() != model.parameters().size())
        return fail(ErrorCode::Corrupt, QStringLiteral("the file has other tensors than the model"));
    for (const network::NamedParameter &parameter : model.parameters()) {
        const interop::TensorEntry *entry = weights.find(QString::fromStdString(parameter.name));
        if (!entry || entry->type != interop::ElementType::F32 || !std::equal(entry->shape.begin(), entry->shape.end(), parameter.value.sizes().begin(), parameter.value.sizes().end()))
            return fail(ErrorCode::Corrupt, QString::fromStdString(parameter.name));
        torch::NoGradGuard noGradients;
        Tensor copy = torch::empty_like(parameter.value);
        std::memcpy(copy.data_ptr(), weights.bytes(*entry).data(), size_t(entry->byteCount));
        parameter.value.detach().copy_(copy);
    }
    return {};
}

// The gradient of one of their tensors, from rows of ours.
Tensor gradientOf(const interop::TensorMove &move, const std::map<QString, Tensor> &gradients)
{
    const Tensor whole = gradients.at(move.sources[0].name);
    if (move.transposed)
        return whole;
    std::vector<Tensor> parts;
    for (const interop::RowRun &run : move.rows)
        parts.push_back(whole.narrow(0, run.first, run.count));
    return torch::cat(parts);
}

}  // namespace

class TestFamilies : public QObject {
    Q_OBJECT
    std::unique_ptr<plugin::Catalogue> m_plugins;

    // As the job does it; the model's folder.
    QString import(const QString &source, const QString &project)
    {
        test::ImportContext context(*m_plugins, project, {{QStringLiteral("source"), source}, {QStringLiteral("name"), QStringLiteral("small")}});
        if (!QDir().mkpath(context.jobPath()))
            return {};
        const auto result = interop::makeImportHandler()->run(context);
        if (!result)
            qWarning("%s %s", qPrintable(result.error().message), qPrintable(result.error().hint));
        return result ? project + QLatin1Char('/') + result->value(QLatin1String("checkpoint")).toString() : QString();
    }

private Q_SLOTS:
    void initTestCase()
    {
        tensor::setThreadCount(2);
        m_plugins = plugin::scanUsualFolders();
    }

    void answersLikeTransformers_data()
    {
        QTest::addColumn<QString>("family");
        for (const QString &name : QDir(kGolden).entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name))
            if (QFile::exists(kGolden + name + QStringLiteral("/expected.json")) && QFile::exists(kGolden + name + QStringLiteral("/config.json")))
                QTest::newRow(qPrintable(name)) << name;
    }
    void answersLikeTransformers()
    {
        QFETCH(QString, family);
        QTemporaryDir project;
        const QJsonObject expected = *readJsonFile(kGolden + family + QStringLiteral("/expected.json"));
        const QString folder = import(kGolden + family, project.path());
        QVERIFY(!folder.isEmpty());
        const QJsonObject architecture = *readJsonFile(folder + QStringLiteral("/architecture.json"));
        QCOMPARE(architecture.value(QLatin1String("architecture")), expected.value(QLatin1String("architecture")));
        const QJsonObject wanted = expected.value(QLatin1String("choices")).toObject(), choices = architecture.value(QLatin1String("choices")).toObject();
        for (auto it = wanted.begin(); it != wanted.end(); ++it)
            QVERIFY2(choices.value(it.key()) == it.value(), qPrintable(it.key()));

        QCOMPARE(architecture.value(QLatin1String("labels")).toArray(), expected.value(QLatin1String("labels")).toArray());

        const auto built = network::Model::build(*m_plugins, architecture);
        QVERIFY2(built.has_value(), built ? "" : qPrintable(built.error().message));
        network::Model &model = **built;
        const Status filled = fill(model, folder + QStringLiteral("/model.safetensors"));
        QVERIFY2(filled.has_value(), filled ? "" : qPrintable(filled.error().message));
        const network::Batch batch = batchOf(expected);
        if (expected.contains(QLatin1String("logits"))) {
            const auto logits = model.logits(batch);
            QVERIFY2(logits.has_value(), logits ? "" : qPrintable(logits.error().message + logits.error().detail));
            const double apart = difference(*logits, recorded(expected, "logits", *logits), batch.segments);
            QVERIFY2(apart <= 1e-4, qPrintable(QString::number(apart)));
            qInfo("%s: scores differ by at most %.1e", qPrintable(family), apart);
        }
        if (expected.contains(QLatin1String("hidden"))) {
            network::Pass pass;
            const auto hidden = model.hidden(batch, pass);
            QVERIFY(hidden.has_value());
            const double apart = difference(hidden->detach(), recorded(expected, "hidden", *hidden), batch.segments);
            QVERIFY2(apart <= 1e-4, qPrintable(QString::number(apart)));
            qInfo("%s: vectors differ by at most %.1e", qPrintable(family), apart);
        }
        if (expected.contains(QLatin1String("labelLogits"))) {
            const auto labels = model.labelLogits(batch);
            QVERIFY2(labels.has_value(), labels ? "" : qPrintable(labels.error().message));
            const double apart = (*labels - recorded(expected, "labelLogits", *labels)).abs().max().item<double>();
            QVERIFY2(apart <= 1e-4, qPrintable(QString::number(apart)));
            qInfo("%s: scores of labels differ by at most %.1e", qPrintable(family), apart);
        }
        checkGradients(model, batch, expected, architecture, family);
    }

    void comesBackUnchanged_data() { answersLikeTransformers_data(); }
    void comesBackUnchanged()
    {
        QFETCH(QString, family);
        QTemporaryDir project;
        const QString folder = import(kGolden + family, project.path());
        QVERIFY(!folder.isEmpty());
        NoProgress progress;
        interop::WriteModelRequest request;
        request.folder = folder;
        request.to = qEnvironmentVariable("ATHANOR_GOLDEN_EXPORTS", project.path()) + QLatin1Char('/') + family + QStringLiteral("-export");
        QDir(request.to).removeRecursively();
        const auto written = interop::writeHuggingFaceModel(*m_plugins, request, progress, {});
        QVERIFY2(written.has_value(), written ? "" : qPrintable(written.error().message));
        const auto before = interop::openWeights(kGolden + family), after = interop::openWeights(request.to);
        QVERIFY(before.has_value() && after.has_value());
        for (const interop::WeightEntry &entry : (*before)->entries()) {
            const interop::WeightEntry *same = (*after)->find(entry.name);
            if (!same)
                same = (*after)->find(QStringLiteral("bert.") + entry.name);  // an encoder's names go out with their prefix
            QVERIFY2(same, qPrintable(entry.name));
            QVERIFY2(same->shape == entry.shape, qPrintable(entry.name));
            QVERIFY2(*(*before)->bytes(entry) == *(*after)->bytes(*same), qPrintable(entry.name));
        }
        const auto first = interop::openModelSource(*m_plugins, kGolden + family), second = interop::openModelSource(*m_plugins, request.to);
        QVERIFY2(second.has_value(), second ? "" : qPrintable(second.error().message));
        // Where T5 shares its matrix and does not scale, transformers 4 needs the matrix twice in the file.
        QJsonObject firstChoices = first->family.choices, secondChoices = second->family.choices;
        if (family == QLatin1String("t5_gated")) {
            firstChoices.remove(QLatin1String("tied"));
            secondChoices.remove(QLatin1String("tied"));
        }
        QCOMPARE(secondChoices, firstChoices);
        QCOMPARE(second->family.className, first->family.className);
        QCOMPARE(second->family.labels, first->family.labels);
        QVERIFY2(second->warnings.size() <= first->warnings.size() + 1, qPrintable(second->warnings.join(u' ')));
    }

    void throughGguf_data()
    {
        QTest::addColumn<QString>("family");
        for (const char *name : {"llama", "smollm", "qwen2", "qwen3", "gpt2", "gpt_neox", "falcon", "falcon40"})
            QTest::newRow(name) << QString::fromLatin1(name);
    }
    void throughGguf()
    {
        QFETCH(QString, family);
        QTemporaryDir first, second;
        const QString folder = import(kGolden + family, first.path());
        QVERIFY(!folder.isEmpty());
        QVERIFY(writeTokenizer(folder));
        NoProgress progress;
        interop::WriteModelRequest request;
        request.folder = folder;
        request.name = family;
        request.dtype = QStringLiteral("f32");
        request.to = qEnvironmentVariable("ATHANOR_GOLDEN_EXPORTS", first.path()) + QLatin1Char('/') + family + QStringLiteral(".gguf");
        QFile::remove(request.to);
        const auto written = interop::writeGgufModel(*m_plugins, request, progress, {});
        QVERIFY2(written.has_value(), written ? "" : qPrintable(written.error().message));
        const QString back = import(request.to, second.path());
        QVERIFY(!back.isEmpty());
        QCOMPARE(readJsonFile(back + QStringLiteral("/architecture.json"))->value(QLatin1String("layers")),
                 readJsonFile(folder + QStringLiteral("/architecture.json"))->value(QLatin1String("layers")));
        const auto before = interop::SafetensorsReader::open(folder + QStringLiteral("/model.safetensors"));
        const auto after = interop::SafetensorsReader::open(back + QStringLiteral("/model.safetensors"));
        QCOMPARE(after->tensors().size(), before->tensors().size());
        for (const interop::TensorEntry &entry : before->tensors()) {
            const interop::TensorEntry *same = after->find(entry.name);
            QVERIFY2(same && same->shape == entry.shape && before->bytes(entry) == after->bytes(*same), qPrintable(entry.name));
        }
    }

private:
    void checkGradients(network::Model &model, const network::Batch &batch, const QJsonObject &expected, const QJsonObject &architecture,
                        const QString &family)
    {
        network::Pass pass;
        const auto loss = model.loss(batch, pass);
        QVERIFY2(loss.has_value(), loss ? "" : qPrintable(loss.error().message + loss.error().detail));
        const double lossApart = std::abs(loss->item<double>() - expected.value(QLatin1String("loss")).toDouble());
        QVERIFY2(lossApart <= 1e-4, qPrintable(QString::number(lossApart)));
        loss->backward();
        std::map<QString, Tensor> gradients;
        for (const network::NamedParameter &parameter : model.parameters())
            gradients[QString::fromStdString(parameter.name)] = parameter.value.grad().defined() ? parameter.value.grad() : torch::zeros_like(parameter.value);
        const auto exchange = interop::Exchange::of(*m_plugins, architecture.value(QLatin1String("architecture")).toString());
        const auto moves = exchange->writeMoves(interop::ExchangeForm::HuggingFace, architecture.value(QLatin1String("choices")).toObject(), 50, model::labelsOf(architecture).size());
        QVERIFY(moves.has_value());
        const QJsonObject norms = expected.value(QLatin1String("gradientNorms")).toObject();
        double worst = 0;
        int compared = 0;
        for (const interop::TensorMove &move : *moves) {
            QString name = move.name;
            if (!norms.contains(name) && name.startsWith(QLatin1String("bert.")))
                name = name.mid(5);  // an encoder's own names have no prefix
            if (!norms.contains(name))
                continue;
            const double theirs = norms.value(name).toDouble(), ours = gradientOf(move, gradients).to(at::kDouble).norm().item<double>();
            const double apart = std::abs(ours - theirs) / std::max(theirs, 1e-6);
            QVERIFY2(std::abs(ours - theirs) <= std::max(1e-3 * theirs, 1e-6), qPrintable(QStringLiteral("%1: %2 instead of %3").arg(name).arg(ours).arg(theirs)));
            worst = theirs > 1e-5 ? std::max(worst, apart) : worst;
            ++compared;
        }
        QCOMPARE(compared, norms.size());
        qInfo("%s: %d gradients differ by at most %.1e of their length", qPrintable(family), compared, worst);
    }

    // Fifty letters as a byte-level vocabulary without merges.
    static bool writeTokenizer(const QString &folder)
    {
        QJsonObject words;
        for (int i = 0; i < 49; ++i)
            words.insert(QString(QChar(u'0' + i)), i);
        words.insert(QStringLiteral("<|endoftext|>"), 49);
        const QJsonObject level{{QStringLiteral("type"), QStringLiteral("ByteLevel")}, {QStringLiteral("add_prefix_space"), false},
                                {QStringLiteral("trim_offsets"), true}, {QStringLiteral("use_regex"), true}};
        const QJsonObject end{{QStringLiteral("id"), 49}, {QStringLiteral("content"), QStringLiteral("<|endoftext|>")},
                              {QStringLiteral("single_word"), false}, {QStringLiteral("lstrip"), false}, {QStringLiteral("rstrip"), false},
                              {QStringLiteral("normalized"), false}, {QStringLiteral("special"), true}};
        const QJsonObject file{{QStringLiteral("version"), QStringLiteral("1.0")}, {QStringLiteral("added_tokens"), QJsonArray{end}},
                               {QStringLiteral("normalizer"), QJsonValue()}, {QStringLiteral("pre_tokenizer"), level},
                               {QStringLiteral("post_processor"), QJsonValue()}, {QStringLiteral("decoder"), level},
                               {QStringLiteral("model"), QJsonObject{{QStringLiteral("type"), QStringLiteral("BPE")}, {QStringLiteral("vocab"), words},
                                                                     {QStringLiteral("merges"), QJsonArray()}}}};
        return writeJsonFile(folder + QStringLiteral("/tokenizer.json"), file).has_value();
    }
};

QTEST_GUILESS_MAIN(TestFamilies)
#include "test_families.moc"
