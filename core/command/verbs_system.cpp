// plugin list | show | reference, doctor
#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/graphics.h"
#include "core/base/locations.h"
#include "core/command/reference.h"
#include "core/command/verb.h"
#include "core/model/training_settings.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QFileInfo>
#include <QProcess>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Status listPlugins(Session &session)
{
    QList<QStringList> rows;
    QJsonArray array;
    for (const plugin::Metadata *plugin : session.plugins().all()) {
        const bool failed = plugin->state == plugin::PluginState::Failed;
        rows += {plugin->kind, plugin->id, failed ? tr("failed: %1").arg(plugin->error.message) : plugin->title};
        QJsonObject object{{QStringLiteral("id"), plugin->id}, {QStringLiteral("kind"), plugin->kind}, {QStringLiteral("title"), plugin->title},
                           {QStringLiteral("state"), plugin::stateName(plugin->state)}, {QStringLiteral("file"), plugin->file}};
        if (failed)
            object.insert(QStringLiteral("error"), toJson(plugin->error));
        array += object;
    }
    session.printTable({tr("kind"), tr("id"), tr("title")}, rows);
    session.emitJson({{QStringLiteral("plugins"), array}});
    return {};
}

// What a run is started with that belongs to no plugin.
std::optional<plugin::ParameterSchema> settingsOfRuns(const plugin::Catalogue &plugins, const QString &id)
{
    if (id == QLatin1String("training"))
        return model::trainingSettings(plugins).schemaFor();
    const std::map<QString, const plugin::ParameterSchema *> groups{{QStringLiteral("teaching"), &model::teachingSchema()},
                                                                    {QStringLiteral("adapter"), &model::adapterSchema()},
                                                                    {QStringLiteral("learns"), &model::learnsSchema()}};
    const auto found = groups.find(id);
    return found == groups.end() ? std::nullopt : std::optional(*found->second);
}

Status showPlugin(Session &session)
{
    const QString id = session.arguments.word(0);
    if (const auto settings = settingsOfRuns(session.plugins(), id)) {
        session.print(referenceOfParameters(*settings));
        session.emitJson({{QStringLiteral("id"), id}, {QStringLiteral("defaults"), settings->defaults()}});
        return {};
    }
    const plugin::Metadata *plugin = session.plugins().find(id);
    if (!plugin)
        return fail(ErrorCode::NotFound, tr("There is no plugin “%1”.").arg(id), tr("“athanor-cli plugin list” shows what there is."));
    session.print(referenceOf(*plugin));
    QJsonObject object = plugin->all;
    object.insert(QStringLiteral("file"), plugin->file);
    object.insert(QStringLiteral("state"), plugin::stateName(plugin->state));
    session.emitJson(object);
    return {};
}

Status writeReference(Session &session)
{
    session.print(referencePage(session.plugins()));
    session.emitJson({{QStringLiteral("markdown"), referencePage(session.plugins())}});
    return {};
}

struct Check {
    QString name;
    QString value;
    bool good = true;
    QString hint;
};

// What the worker prints of its tensor side as one JSON object; empty without LibTorch.
QJsonObject askWorker(const QString &worker, const QString &what)
{
    QProcess process;
    process.start(worker, {what});
    process.waitForFinished(60000);
    return QJsonDocument::fromJson(process.readAllStandardOutput()).object();
}

// The rates that plans stand on, where a run was measured; and what they assume where none was.
QList<Check> speeds(QJsonObject &rates)
{
    const QString worker = programPath(QStringLiteral("athanor-worker"));
    rates = askWorker(worker, QStringLiteral("--probe"));
    if (rates.isEmpty())
        return {{tr("speed"), tr("could not be measured"), false, tr("“%1 --probe” shows the reason.").arg(worker)}};
    const auto giga = [&](const char *key) { return formatReal(rates.value(QLatin1String(key)).toDouble() * 1e-9, 3); };
    const workbench::AssumedSpeed assumed = workbench::assumedSpeed();
    const auto guess = [](double rate) { return formatReal(rate * 1e-9, 3); };
    return {{tr("speed, f32"), tr("%1 GFLOP/s in matrix products (a plan without a measurement assumes %2)").arg(giga("f32FlopsPerSecond"), guess(assumed.f32FlopsPerSecond)), true, {}},
            {tr("speed, bf16"), tr("%1 GFLOP/s in matrix products (assumed: %2)").arg(giga("bf16FlopsPerSecond"), guess(assumed.bf16FlopsPerSecond)), true, {}},
            {tr("speed, memory"), tr("%1 GB/s read (assumed: %2)").arg(giga("memoryBytesPerSecond"), guess(assumed.memoryBytesPerSecond)), true, {}}};
}

Check tensorSide(QJsonObject &facts)
{
    const QString worker = programPath(QStringLiteral("athanor-worker"));
    facts = askWorker(worker, QStringLiteral("--versions"));
    if (facts.isEmpty())
        return {tr("tensor side"), tr("does not answer"), false, tr("Install Athanor again; “%1 --versions” shows the reason.").arg(worker)};
    QStringList parts;
    for (auto it = facts.begin(); it != facts.end(); ++it)
        if (!it.value().isArray())
            parts += it.key() + QLatin1Char(' ') + plugin::valueText(it.value());
    const bool hasFastBlas = facts.value(QLatin1String("blas")).toString() == QLatin1String("OpenBLAS")
                             || facts.value(QLatin1String("f32Products")).toString() == QLatin1String("oneDNN")
                             || facts.value(QLatin1String("mkl")).toBool();
    return {tr("tensor side"), parts.join(QStringLiteral(", ")), hasFastBlas, tr("Training would be many times slower: install libopenblas0-pthread.")};
}

// What can compute besides the processor; having none is not wrong.
Check graphics(const QJsonObject &tensor)
{
    QStringList used, seen;
    for (const QJsonValue &value : tensor.value(QLatin1String("devices")).toArray()) {
        const QJsonObject card = value.toObject();
        used += tr("%1 (%2), %3").arg(card.value(QLatin1String("name")).toString(), card.value(QLatin1String("id")).toString(),
                                      formatMemory(card.value(QLatin1String("memoryBytes")).toInteger()));
    }
    for (const GraphicsCard &card : graphicsCards())
        seen += card.name;
    const bool isBuiltIn = tensor.value(QLatin1String("cuda")).toBool();
    QString found = used.join(QStringLiteral("; "));
    if (used.isEmpty() && seen.isEmpty())
        found = isBuiltIn ? tr("none found; LibTorch has CUDA") : tr("none found");
    else if (used.isEmpty())
        found = isBuiltIn ? tr("%1: found, but LibTorch cannot use it; the driver may be too old").arg(seen.join(QStringLiteral("; ")))
                          : tr("%1: not used, for this LibTorch has no CUDA (./installer/setup deps --cuda)").arg(seen.join(QStringLiteral("; ")));
    return {tr("graphics card"), found, true, {}};
}

QList<Check> checks(Session &session, QJsonObject &tensor)
{
    const MachineFacts machine = machineFacts();
    QList<Check> list;
    list += {tr("version"), QStringLiteral(ATHANOR_VERSION), true, {}};
    list += {tr("processor"), tr("%1, %2 cores%3").arg(machine.processor).arg(machine.coreCount).arg(machine.hasBf16 ? QStringLiteral(", bf16") : QString()), true, {}};
    list += {tr("memory"), tr("%1 free of %2").arg(formatMemory(machine.freeMemoryBytes), formatMemory(machine.memoryBytes)),
             machine.freeMemoryBytes > (qint64(1) << 30), tr("Close other programs before training.")};
    const qint64 disk = freeDiskBytes(session.projectPath());
    list += {tr("disk"), tr("%1 free").arg(formatBytes(disk)), disk > 2000000000, tr("Free some space: a run needs a few GB for checkpoints.")};
    list += tensorSide(tensor);
    list += graphics(tensor);
    int failed = 0;
    for (const plugin::Metadata *plugin : session.plugins().all())
        failed += plugin->state == plugin::PluginState::Failed;
    list += {tr("plugins"), tr("%1 found, %2 failed").arg(session.plugins().all().size()).arg(failed), failed == 0, tr("“athanor-cli plugin list” says why.")};
    return list;
}

Status doctor(Session &session)
{
    QJsonObject tensor;
    QJsonArray array;
    QList<QStringList> rows;
    bool allGood = true;
    QJsonObject rates;
    QList<Check> all = checks(session, tensor);
    if (session.arguments.has(QStringLiteral("probe")))
        all += speeds(rates);
    for (const Check &check : all) {
        allGood = allGood && check.good;
        rows += {check.good ? QStringLiteral("ok") : QStringLiteral("!!"), check.name, check.good ? check.value : check.value + QStringLiteral(" — ") + check.hint};
        array += QJsonObject{{QStringLiteral("name"), check.name}, {QStringLiteral("value"), check.value}, {QStringLiteral("good"), check.good}, {QStringLiteral("hint"), check.good ? QString() : check.hint}};
    }
    session.printTable({QString(), tr("what"), tr("found")}, rows);
    QJsonObject said{{QStringLiteral("checks"), array}, {QStringLiteral("machine"), toJson(machineFacts())}, {QStringLiteral("tensor"), tensor}, {QStringLiteral("good"), allGood}};
    if (!rates.isEmpty())
        said.insert(QStringLiteral("speed"), rates);
    session.emitJson(said);
    if (!allGood)
        return fail(ErrorCode::External, tr("Something is not as it should be."), tr("The lines marked !! say what to do."));
    return {};
}

}  // namespace

QList<Verb> systemVerbs()
{
    const QString noun = QStringLiteral("plugin");
    return {
        {noun, QStringLiteral("list"), {}, tr("Lists every method, and what does not load."), 0, 0, {}, listPlugins},
        {noun, QStringLiteral("show"), QStringLiteral("ID"), tr("Shows a method and its parameters (“training”, “teaching”, “adapter”, “learns”: the settings of runs)."), 1, 1, {}, showPlugin},
        {noun, QStringLiteral("reference"), {}, tr("Prints the reference page of all methods."), 0, 0, {}, writeReference},
        {QStringLiteral("doctor"), {}, {}, tr("Checks this machine and this installation."), 0, 0,
         {{QStringLiteral("probe"), {}, tr("measures the speed too: GFLOP/s in f32 and bf16, GB/s of memory (two seconds)")}}, doctor},
    };
}

}  // namespace athanor::command
