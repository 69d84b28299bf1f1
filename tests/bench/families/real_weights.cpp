// Brings real models in, runs them, writes them for other programs: figures and numbers for comparisons with other
// libraries. See README.md. Thread: one.
#include "core/base/machine.h"
#include "core/generate/mapped_weights.h"
#include "core/interop/import_handler.h"
#include "core/interop/import_inspect.h"
#include "core/interop/model_writer.h"
#include "core/tensor/machine.h"
#include "tests/core/interop/import_context.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>

#include <cstdio>

using namespace athanor;

namespace {

int failed(const Error &error)
{
    std::fprintf(stderr, "%s\n%s\n%s\n", qPrintable(error.message), qPrintable(error.hint), qPrintable(error.detail));
    return 1;
}

double since(const QElapsedTimer &timer) { return double(timer.nsecsElapsed()) * 1e-6; }

torch::Tensor idsOf(const QString &text)
{
    std::vector<int64_t> ids;
    for (const QString &id : text.split(QLatin1Char(',')))
        ids.push_back(id.toLongLong());
    return torch::tensor(ids, at::kLong).unsqueeze(0);
}

bool write(const QString &path, const torch::Tensor &values)
{
    const torch::Tensor plain = values.detach().to(at::kFloat).contiguous();
    QFile file(path);
    return file.open(QIODevice::WriteOnly) && file.write(static_cast<const char *>(plain.data_ptr()), qint64(plain.nbytes())) == qint64(plain.nbytes());
}

int import(plugin::Catalogue &plugins, const QString &source, const QString &project)
{
    test::ImportContext context(plugins, project, {{QStringLiteral("source"), QFileInfo(source).absoluteFilePath()}});
    QDir().mkpath(context.jobPath());
    QElapsedTimer timer;
    timer.start();
    const auto result = interop::makeImportHandler()->run(context);
    if (!result)
        return failed(result.error());
    std::printf("imported in %.0f ms\n%s\n", since(timer), QJsonDocument(*result).toJson(QJsonDocument::Compact).left(3000).constData());
    return 0;
}

// The model alone: folders without a tokenizer are measured too.
Result<std::shared_ptr<network::Model>> load(plugin::Catalogue &plugins, const QString &folder, bool isBf16)
{
    return generate::loadModelWeights(plugins, folder, isBf16 ? at::kBFloat16 : at::kFloat);
}

int logits(plugin::Catalogue &plugins, const QString &folder, const QString &ids, const QString &out, bool isBf16, bool vectors)
{
    QElapsedTimer timer;
    timer.start();
    const qint64 before = residentBytes();
    const auto model = load(plugins, folder, isBf16);
    if (!model)
        return failed(model.error());
    const double loaded = since(timer);
    network::Pass pass;
    torch::NoGradGuard noGradients;
    network::Batch batch;
    batch.ids = idsOf(ids);
    const auto run = [&] { return vectors ? (*model)->hidden(batch, pass) : (*model)->logits(batch); };
    const auto first = run();
    if (!first)
        return failed(first.error());
    const double answered = since(timer);
    const auto second = run();
    const double again = since(timer);
    std::printf("loaded %.0f ms, first answer %.0f ms, second pass %.0f ms, resident %.0f MB (%.0f MB before)\n", loaded, answered,
                again - answered, double(residentBytes()) / 1e6, double(before) / 1e6);
    return write(out, *first) ? 0 : 1;
}

int greedy(plugin::Catalogue &plugins, const QString &folder, const QString &text, int count)
{
    const auto model = load(plugins, folder, false);
    if (!model)
        return failed(model.error());
    const auto cache = (*model)->makeCache();
    torch::Tensor ids = idsOf(text);
    for (int i = 0; i < count; ++i) {
        const auto scores = (*model)->lastLogits(ids, *cache);
        if (!scores)
            return failed(scores.error());
        ids = scores->argmax(1).view({1, 1});
        std::printf("%s%lld", i ? "," : "", static_cast<long long>(ids.item<int64_t>()));
    }
    std::printf("\n");
    return 0;
}

int writeModel(plugin::Catalogue &plugins, bool isGguf, const QString &folder, const QString &to, const QString &dtype)
{
    NoProgress progress;
    interop::WriteModelRequest request;
    request.folder = folder;
    request.to = QFileInfo(to).absoluteFilePath();
    request.name = QFileInfo(to).completeBaseName();
    request.dtype = dtype;
    QElapsedTimer timer;
    timer.start();
    const auto written = isGguf ? interop::writeGgufModel(plugins, request, progress, {}) : interop::writeHuggingFaceModel(plugins, request, progress, {});
    if (!written)
        return failed(written.error());
    for (const auto &file : written->files)
        std::printf("%s %lld\n", qPrintable(file.name), static_cast<long long>(file.bytes));
    std::printf("written in %.0f ms\n", since(timer));
    return 0;
}

int inspect(plugin::Catalogue &plugins, const QString &path)
{
    QElapsedTimer timer;
    timer.start();
    const interop::ModelFacts facts = interop::inspectModel(path, plugins);
    std::printf("%.0f ms: %s %s %s, %lld parameters, context %lld, vocabulary %lld, %s, tokenizer %s, licence %s, chat %d %s\n", since(timer),
                qPrintable(facts.kind), qPrintable(facts.family), qPrintable(facts.name), static_cast<long long>(facts.parameters),
                static_cast<long long>(facts.context), static_cast<long long>(facts.vocabulary), qPrintable(facts.storedAs),
                qPrintable(facts.tokenizerType), qPrintable(facts.licence), int(facts.hasChatTemplate), qPrintable(facts.error.message));
    return 0;
}

}  // namespace

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    useCLocaleForNumbers();
    tensor::setThreadCount(machineFacts().coreCount);
    const auto plugins = plugin::scanUsualFolders();
    const QStringList a = QCoreApplication::arguments();
    const QString verb = a.value(1);
    if (verb == QLatin1String("import") && a.size() == 4)
        return import(*plugins, a[2], a[3]);
    if ((verb == QLatin1String("logits") || verb == QLatin1String("vectors")) && a.size() >= 5)
        return logits(*plugins, a[2], a[3], a[4], a.value(5) == QLatin1String("bf16"), verb == QLatin1String("vectors"));
    if (verb == QLatin1String("greedy") && a.size() == 5)
        return greedy(*plugins, a[2], a[3], a[4].toInt());
    if ((verb == QLatin1String("huggingface") || verb == QLatin1String("gguf")) && a.size() >= 4)
        return writeModel(*plugins, verb == QLatin1String("gguf"), a[2], a[3], a.value(4));
    if (verb == QLatin1String("inspect") && a.size() == 3)
        return inspect(*plugins, a[2]);
    std::fputs("usage: see tests/bench/families/README.md\n", stderr);
    return 2;
}
