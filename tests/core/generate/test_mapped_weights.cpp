// Weights straight from their file: as stored they are the file's own bytes, otherwise converted once; writing to them
// never reaches the file; files that do not belong to the architecture are refused.
#include "core/base/atomic_file.h"
#include "core/generate/mapped_weights.h"
#include "core/model/architecture.h"
#include "core/tensor/machine.h"

#include <QTemporaryDir>
#include <QTest>

using namespace athanor;
using generate::loadModelWeights;
using torch::Tensor;

namespace {

interop::ElementType elementOf(at::ScalarType type)
{
    return type == at::kFloat ? interop::ElementType::F32 : type == at::kHalf ? interop::ElementType::F16 : interop::ElementType::BF16;
}

// A model's folder without a tokenizer, its weights stored as `type`.
bool store(const network::Model &model, const QString &folder, at::ScalarType type, bool isWhole = true)
{
    std::vector<interop::SafetensorsWriter::Declaration> declarations;
    for (const auto &parameter : model.parameters())
        declarations.push_back({QString::fromStdString(parameter.name), elementOf(type),
                                {parameter.value.sizes().begin(), parameter.value.sizes().end()}});
    if (!isWhole)
        declarations.pop_back();
    auto writer = interop::SafetensorsWriter::create(folder + QStringLiteral("/model.safetensors"), declarations);
    if (!writer)
        return false;
    for (size_t i = 0; i < declarations.size(); ++i) {
        const Tensor stored = model.parameters()[i].value.detach().to(type).contiguous();
        if (!writer->write(QByteArrayView(static_cast<const char *>(stored.data_ptr()), qsizetype(stored.nbytes()))))
            return false;
    }
    return writer->finish().has_value() && writeJsonFile(folder + QStringLiteral("/architecture.json"), model.architecture()).has_value();
}

}  // namespace

class TestMappedWeights : public QObject {
    Q_OBJECT
    std::unique_ptr<plugin::Catalogue> m_plugins;
    std::shared_ptr<network::Model> m_model;

private Q_SLOTS:
    void initTestCase()
    {
        tensor::setThreadCount(1);
        m_plugins = plugin::scanUsualFolders();
        const auto architecture = model::expandArchitecture(*m_plugins, QStringLiteral("architecture.llama"),
                                                            {{QStringLiteral("width"), 24}, {QStringLiteral("layers"), 2}, {QStringLiteral("heads"), 3}}, 50);
        QVERIFY(architecture.has_value());
        const auto made = network::Model::build(*m_plugins, *architecture, {at::kFloat, 7});
        QVERIFY(made.has_value());
        m_model = *made;
    }

    void storedAndComputed_data()
    {
        QTest::addColumn<int>("stored");
        QTest::addColumn<int>("computed");
        for (const auto stored : {at::kFloat, at::kHalf, at::kBFloat16})
            for (const auto computed : {at::kFloat, at::kBFloat16})
                QTest::addRow("%s as %s", c10::toString(stored), c10::toString(computed)) << int(stored) << int(computed);
    }
    void storedAndComputed()
    {
        QFETCH(int, stored);
        QFETCH(int, computed);
        QTemporaryDir folder;
        QVERIFY(store(*m_model, folder.path(), at::ScalarType(stored)));
        const auto loaded = loadModelWeights(*m_plugins, folder.path(), at::ScalarType(computed));
        QVERIFY2(loaded.has_value(), loaded ? "" : qPrintable(loaded.error().message));
        const auto &ours = (*loaded)->parameters();
        QCOMPARE(ours.size(), m_model->parameters().size());
        for (size_t i = 0; i < ours.size(); ++i) {
            QCOMPARE(int(ours[i].value.scalar_type()), computed);
            QVERIFY2(ours[i].value.equal(m_model->parameters()[i].value.to(at::ScalarType(stored)).to(at::ScalarType(computed))), ours[i].name.c_str());
        }
        // The tied head reads the same memory.
        const Tensor ids = torch::arange(0, 12, at::kLong).view({1, 12});
        const auto first = (*loaded)->logits(ids);
        QVERIFY2(first.has_value(), first ? "" : qPrintable(first.error().detail));
        QVERIFY(first->isfinite().all().item<bool>());
    }

    void writingStaysInMemory()
    {
        QTemporaryDir folder;
        QVERIFY(store(*m_model, folder.path(), at::kFloat));
        const QString hash = *sha256OfFile(folder.filePath(QStringLiteral("model.safetensors")));
        {
            const auto loaded = loadModelWeights(*m_plugins, folder.path(), at::kFloat);
            QVERIFY(loaded.has_value());
            torch::NoGradGuard noGradients;
            for (const auto &parameter : (*loaded)->parameters())
                parameter.value.detach().zero_();
            const auto other = loadModelWeights(*m_plugins, folder.path(), at::kFloat);
            QVERIFY((*other)->parameters()[0].value.equal(m_model->parameters()[0].value));
        }
        QCOMPARE(*sha256OfFile(folder.filePath(QStringLiteral("model.safetensors"))), hash);
    }

    void otherFilesAreRefused()
    {
        QTemporaryDir folder;
        QVERIFY(store(*m_model, folder.path(), at::kFloat, false));
        const auto error = loadModelWeights(*m_plugins, folder.path(), at::kFloat).error();
        QCOMPARE(error.code, ErrorCode::Corrupt);
        QVERIFY(error.message.contains(QString::fromStdString(m_model->parameters().back().name)));
        QVERIFY(QFile::remove(folder.filePath(QStringLiteral("model.safetensors"))));
        QCOMPARE(loadModelWeights(*m_plugins, folder.path(), at::kFloat).error().code, ErrorCode::NotFound);
    }
};

QTEST_GUILESS_MAIN(TestMappedWeights)
#include "test_mapped_weights.moc"
