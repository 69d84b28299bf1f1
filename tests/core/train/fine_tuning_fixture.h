// A tiny project with a trained model, as it is after an import, and runs that stand on it.
#pragma once

#include "core/adapt/adapter_files.h"
#include "core/adapt/tensor_file.h"
#include "core/base/atomic_file.h"
#include "core/generate/checkpoint_model.h"
#include "core/generate/generator.h"
#include "core/generate/handlers.h"
#include "core/generate/ready_model.h"
#include "core/model/architecture.h"
#include "core/model/label_head.h"
#include "core/plugin/registry.h"
#include "core/train/handlers.h"
#include "tests/support/fake_context.h"
#include "tests/support/tiny_training.h"

#include <QJsonDocument>
#include <QtTest>

namespace athanor::test {

inline QJsonObject with(std::initializer_list<std::pair<QString, QJsonValue>> values) { return QJsonObject(values); }

inline QJsonObject adapterSettings(const QJsonObject &more = {})
{
    QJsonObject settings{{QStringLiteral("method"), QStringLiteral("lora")},
                         {QStringLiteral("rank"), 4},
                         {QStringLiteral("alpha"), 8},
                         {QStringLiteral("targets"), QStringLiteral("qkv, output")}};
    for (auto it = more.begin(); it != more.end(); ++it)
        settings[it.key()] = it.value();
    return settings;
}

inline QByteArray compact(const QJsonObject &object) { return QJsonDocument(object).toJson(QJsonDocument::Compact); }

class FineTuningTest : public QObject {
protected:
    void trainTheBase()
    {
        m_plugins = builtPlugins();
        m_project = std::make_unique<TinyProject>();
        QVERIFY2(m_project->isUsable(), qPrintable(m_project->problem()));
        FakeContext base = context(QStringLiteral("base"), {{QStringLiteral("budget"), 40}}, {});
        const auto result = run(base);
        QVERIFY2(result, qPrintable(why(result)));
        m_base = result->value(QLatin1String("lastCheckpoint")).toString();
        m_startOfBase = result->value(QLatin1String("startBitsPerByte")).toDouble();
        // As an imported model: no state, no optimizer.
        const QString folder = m_project->path() + QStringLiteral("/jobs/brought/model");
        QVERIFY(QDir().mkpath(folder));
        for (const char *name : {"model.safetensors", "architecture.json", "tokenizer.model"})
            QVERIFY(QFile::copy(absolute(m_base) + QLatin1Char('/') + QLatin1String(name), folder + QLatin1Char('/') + QLatin1String(name)));
        QFile facts(folder + QStringLiteral("/generation_config.json"));
        QVERIFY(facts.open(QIODevice::WriteOnly) && facts.write("{}") == 2);
        m_base = QStringLiteral("jobs/brought/model");
    }

    std::unique_ptr<plugin::Catalogue> m_plugins;
    std::unique_ptr<TinyProject> m_project;
    QString m_base;  // model folder that the runs stand on, relative
    double m_startOfBase = 0;  // bits per byte before its training

    Result<QJsonObject> run(FakeContext &context)
    {
        train::TrainHandler handler;
        return handler.run(context);
    }
    FakeContext context(const QString &id, const QJsonObject &settings, const QJsonObject &more)
    {
        job::Spec spec = m_project->trainSpec(id, settings);
        for (auto it = more.begin(); it != more.end(); ++it)
            spec.parameters[it.key()] = it.value();
        return FakeContext(m_project->path(), spec, *m_plugins);
    }
    QJsonObject onBase(const QJsonObject &more = {}) const
    {
        QJsonObject all{{QStringLiteral("from"), m_base}};
        for (auto it = more.begin(); it != more.end(); ++it)
            all[it.key()] = it.value();
        return all;
    }
    QString absolute(const QJsonValue &path) const { return m_project->path() + QLatin1Char('/') + path.toString(); }
    static QString why(const Result<QJsonObject> &result)
    {
        return result ? QString() : result.error().message + QLatin1Char(' ') + result.error().hint + result.error().detail;
    }
    QJsonObject recordsCorpus(const char *name, QByteArray (*record)(int), int train, int validation)
    {
        const QString folder = m_project->path() + QStringLiteral("/objects/corpora/") + QLatin1String(name);
        auto writer = corpus::CorpusWriter::create(folder, QLatin1String(name));
        for (int i = 0; writer && i < train + validation; ++i) {
            const QString id = QString::number(i).rightJustified(64, QLatin1Char('0'));
            const Status added = writer->add(i < train ? QStringLiteral("train") : QStringLiteral("validation"),
                                             {id, record(i), QStringLiteral("s"), QStringLiteral("own"), QString::number(i)});
            if (!added)
                return {};
        }
        const auto facts = writer ? writer->finish() : Result<QJsonObject>(fail(writer.error()));
        if (!facts)
            return {};
        return {{QStringLiteral("corpus"), QStringLiteral("objects/corpora/") + QLatin1String(name)},
                {QStringLiteral("corpusSha256"), facts->value(QLatin1String("sha256"))}};
    }
    std::map<std::string, torch::Tensor> weightsOf(const QString &folder)
    {
        std::map<std::string, torch::Tensor> weights;
        if (const auto loaded = generate::loadModel(*m_plugins, folder))
            for (const network::NamedParameter &parameter : loaded->model->parameters())
                weights[parameter.name] = parameter.value.detach().clone();
        return weights;
    }
};

}  // namespace athanor::test
