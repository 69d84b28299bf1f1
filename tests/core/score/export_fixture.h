// Model folders as an import or a training leaves them, with random weights, and the plans and contexts of their exports.
#pragma once

#include "core/score/export_gate.h"
#include "core/score/handlers.h"

#include "core/adapt/adapter_files.h"
#include "core/adapt/family_names.h"
#include "core/adapt/tensor_file.h"
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/interop/import_source.h"
#include "core/model/architecture.h"
#include "core/model/label_head.h"
#include "tests/support/fake_context.h"

#include <QtTest>

namespace athanor::test {

// A small byte-level tokenizer.json, as the recorded cases of the tokenizer's tests hold it.
inline QByteArray tokenizerBytes()
{
    const auto recorded = readJsonFile(QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/tokenizer/smollm.json"));
    return recorded ? QJsonDocument(recorded->value(QLatin1String("tokenizer")).toObject()).toJson() : QByteArray();
}

inline plugin::Catalogue &plugins()
{
    static plugin::Catalogue catalogue;
    static const bool scanned = (catalogue.scan({QStringLiteral(ATHANOR_BINARY_DIR "/lib/athanor/plugins")}), true);
    Q_UNUSED(scanned)
    return catalogue;
}

inline const QStringList kLabels{QStringLiteral("bill"), QStringLiteral("letter"), QStringLiteral("poem")};

// A model folder as an import or a training leaves it. `scale` and `offset`: of the random weights.
inline void writeModel(const QString &folder, const QString &family, double scale, double offset = 0, const QStringList &labels = {})
{
    const auto tokenizer = tokenizer::parseTokenizer(tokenizerBytes(), QStringLiteral("small"));
    QVERIFY2(tokenizer, tokenizer ? "" : qPrintable(tokenizer.error().message));
    const qint64 vocabulary = ((*tokenizer)->vocabularySize() + 31) / 32 * 32;
    auto architecture = model::expandArchitecture(
        plugins(), family, {{QStringLiteral("width"), 32}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 2}, {QStringLiteral("context"), 96}}, vocabulary);
    QVERIFY2(architecture, architecture ? "" : qPrintable(architecture.error().message));
    if (!labels.isEmpty())
        architecture = model::withLabelHead(*architecture, labels);
    const auto model = network::Model::build(plugins(), *architecture, {at::kFloat, 5});
    QVERIFY2(model, model ? "" : qPrintable(model.error().message));
    std::vector<std::pair<QString, torch::Tensor>> tensors;
    torch::NoGradGuard noGradients;
    for (const network::NamedParameter &parameter : (*model)->parameters())
        tensors.emplace_back(QString::fromStdString(parameter.name), parameter.value.dim() > 1 ? parameter.value.detach() * scale + offset : parameter.value.detach());
    QVERIFY(makeFolder(folder));
    QVERIFY(adapt::writeTensorFile(folder + QStringLiteral("/model.safetensors"), tensors));
    QVERIFY(writeJsonFile(folder + QStringLiteral("/architecture.json"), *architecture));
    QVERIFY(writeFileAtomically(folder + QStringLiteral("/tokenizer.json"), tokenizerBytes()));
}

// The same folder as base, with an adapter of random numbers on it, and a new head where there are labels.
inline void writeAdapter(const QString &folder, const QString &base, const QStringList &labels = {}, bool merges = true)
{
    auto architecture = readJsonFile(base + QStringLiteral("/architecture.json"));
    if (!labels.isEmpty())
        architecture = model::withLabelHead(*architecture, labels);
    const auto model = network::Model::build(plugins(), *architecture, {at::kFloat, 5});
    QVERIFY(model);
    adapt::AdapterFacts facts{base, *sha256OfFile(base + QStringLiteral("/model.safetensors")), {}};
    facts.settings.targets = {QStringLiteral("all")};
    facts.settings.dora = !merges;
    QVERIFY(adapt::placeAdapters(**model, adapt::modulesOf(**model, *adapt::familyMatrices(plugins(), *architecture)), facts.settings, 1));
    std::vector<std::pair<QString, torch::Tensor>> tensors;
    torch::manual_seed(3);
    for (const network::NamedParameter &tensor : adapt::adapterTensors(**model))
        tensors.emplace_back(QString::fromStdString(tensor.name), torch::randn_like(tensor.value.detach()) * 0.05);
    const QStringList headLayers = model::labelHeadLayers(*architecture);
    for (const network::NamedParameter &parameter : (*model)->parameters())
        if (const QString name = QString::fromStdString(parameter.name); headLayers.contains(name.section(QLatin1Char('.'), 0, 0)))
            tensors.emplace_back(name, torch::randn_like(parameter.value.detach()));
    QVERIFY(makeFolder(folder));
    QVERIFY(adapt::writeTensorFile(folder + QStringLiteral("/adapter.safetensors"), tensors));
    QVERIFY(writeJsonFile(folder + QStringLiteral("/adapter.json"), adapt::toJson(facts)));
    QVERIFY(writeJsonFile(folder + QStringLiteral("/architecture.json"), *architecture));
    QVERIFY(writeFileAtomically(folder + QStringLiteral("/tokenizer.json"), tokenizerBytes()));
}

class ExportTest : public QObject {
protected:
    QString path(const QString &name) const { return m_folder.filePath(name); }
    score::ExportPlan plan(const QString &checkpoint, const QString &format, const QString &dtype, const QString &to) const
    {
        return {path(checkpoint), {format, dtype}, path(to), QStringLiteral("tiny"), {}, score::builtInTexts()};
    }
    FakeContext context(const QJsonObject &parameters = {}) const
    {
        job::Spec spec;
        spec.id = QStringLiteral("job");
        spec.kind = QStringLiteral("export");
        spec.parameters = parameters;
        return FakeContext(m_folder.path(), spec, plugins());
    }
    QTemporaryDir m_folder;
};

}  // namespace athanor::test
