// The parts that are sentences and tables: advice, documents, tokenizer, model, forecast, machine, commands.
#include "core/report/advice.h"
#include "core/report/html.h"
#include "core/report/sections.h"

#include "core/base/format.h"
#include "core/plugin/parameter_schema.h"

#include <QCoreApplication>
#include <QJsonArray>

namespace athanor::report {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::report", text); }

QString integerAt(const QJsonObject &object, const char *key)
{
    const auto value = numberAt(object, QLatin1String(key));
    return value ? formatInteger(static_cast<qint64>(*value)) : QString();
}

QString bytesAt(const QJsonObject &object, const char *key)
{
    const auto value = numberAt(object, QLatin1String(key));
    return value ? formatBytes(static_cast<qint64>(*value)) : QString();
}

QString textAt(const QJsonObject &object, const char *key) { return object[QLatin1String(key)].toString(); }

QString splitsTable(const QJsonObject &splits)
{
    std::vector<QStringList> rows;
    const std::pair<const char *, QString> names[] = {{"train", tr("To learn from")}, {"validation", tr("Held out")}};
    for (const auto &[name, title] : names) {
        const QJsonObject split = splits[QLatin1String(name)].toObject();
        if (!split.isEmpty())
            rows.push_back({title, integerAt(split, "documents"), bytesAt(split, "bytes")});
    }
    return table({tr("Part"), tr("Documents"), tr("Text")}, rows, {false, true, true});
}

/// How much a run read of each source, where it was told in what shares.
QString readTable(const QJsonArray &sources)
{
    std::vector<QStringList> rows;
    for (const QJsonValue &value : sources) {
        const QJsonObject source = value.toObject();
        const auto share = numberAt(source, QStringLiteral("share")), passes = numberAt(source, QStringLiteral("passes"));
        rows.push_back({textAt(source, "source"), integerAt(source, "tokens"), integerAt(source, "read"),
                        share ? formatReal(100 * *share, 3) + QStringLiteral(" %") : QString(), passes ? formatReal(*passes, 2) : QString()});
    }
    const QString body = table({tr("Source"), tr("Tokens"), tr("Tokens read"), tr("Share"), tr("Passes")}, rows, {false, true, true, true, true});
    return body.isEmpty() ? body : QStringLiteral("<h3>") + escaped(tr("How often each source was read")) + QStringLiteral("</h3>\n") + body;
}

QString reasonsTable(const QJsonArray &reasons)
{
    std::vector<QStringList> rows;
    for (const QJsonValue &value : reasons) {
        const QJsonObject reason = value.toObject();
        const QString title = textAt(reason, "title");
        rows.push_back({title.isEmpty() ? textAt(reason, "id") : title, integerAt(reason, "count")});
    }
    const QString body = table({tr("Why a document was removed or could not be read"), tr("Documents")}, rows, {false, true});
    return body.isEmpty() ? body : QStringLiteral("<h3>") + escaped(tr("Removed")) + QStringLiteral("</h3>\n") + body;
}

QString stagesTable(const QJsonArray &stages)
{
    std::vector<QStringList> rows;
    for (const QJsonValue &value : stages) {
        const QJsonObject stage = value.toObject();
        const QString title = textAt(stage, "title");
        rows.push_back({title.isEmpty() ? textAt(stage, "id") : title, integerAt(stage, "documents"),
                        bytesAt(stage, "bytes"), integerAt(stage, "changed"), integerAt(stage, "removed")});
    }
    const QString body = table({tr("Step"), tr("Documents after"), tr("Text after"), tr("Changed"), tr("Removed")}, rows,
                               {false, true, true, true, true});
    return body.isEmpty() ? body : QStringLiteral("<h3>") + escaped(tr("The recipe, step by step"))
            + QStringLiteral("</h3>\n") + body;
}

QString commandList(const std::vector<CommandLine> &commands)
{
    QString out;
    for (const CommandLine &line : commands) {
        out += paragraph(line.purpose);
        if (!line.command.isEmpty())
            out += QStringLiteral("<pre>") + escaped(line.command) + QStringLiteral("</pre>\n");
    }
    return out;
}

QString stoppedWords(const QString &reason)
{
    if (reason == QLatin1String("budget"))
        return tr("the budget was used up");
    if (reason == QLatin1String("hopeless"))
        return tr("others of its sweep were ahead at the same point");
    if (reason == QLatin1String("early"))
        return tr("the held-out loss did not fall any more");
    if (reason == QLatin1String("request"))
        return tr("somebody asked it to");
    return reason;
}

}  // namespace

QString advicePart(const ReportInput &input)
{
    QString out;
    for (const QString &sentence : advice(input))
        out += paragraph(sentence);
    return section(QStringLiteral("advice"), tr("What stands out"), out);
}

QString documentsPart(const ReportInput &input)
{
    QString out = facts({{tr("Dataset"), input.dataset},
                         {tr("About"), input.about},
                         {tr("Personal data"), input.hasPersonalData ? tr("the documents may hold some, and a model can repeat what it was trained on") : QString()},
                         {tr("Documents found"), integerAt(input.curate, "documents")},
                         {tr("Kept"), integerAt(input.curate, "kept")},
                         {tr("Removed"), integerAt(input.curate, "removed")},
                         {tr("Could not be read"), integerAt(input.curate, "unreadable")},
                         {tr("SHA-256 of the corpus"), textAt(input.curate, "corpusSha256")}});
    std::vector<QStringList> sources;
    for (const SourceLine &source : input.sources)
        sources.push_back({source.location, source.licence.isEmpty() ? tr("not stated") : source.licence});
    const QString sourceTable = table({tr("Source"), tr("Licence")}, sources, {});
    if (!sourceTable.isEmpty())
        out += QStringLiteral("<h3>") + escaped(tr("Sources")) + QStringLiteral("</h3>\n") + sourceTable;
    const QString splits = splitsTable(input.curate[QStringLiteral("splits")].toObject());
    if (!splits.isEmpty())
        out += QStringLiteral("<h3>") + escaped(tr("Parts")) + QStringLiteral("</h3>\n") + splits;
    out += readTable(input.train[QStringLiteral("sources")].toArray());
    out += stagesTable(input.curate[QStringLiteral("stages")].toArray());
    out += reasonsTable(input.curate[QStringLiteral("reasons")].toArray());
    return section(QStringLiteral("documents"), tr("What it was trained on"), out);
}

QString tokenizerPart(const ReportInput &input)
{
    const QJsonObject &result = input.tokenizer;
    const auto bytesPerToken = numberAt(result, QStringLiteral("bytesPerToken"));
    const QJsonValue lossless = result[QStringLiteral("lossless")];
    QString out = facts({{tr("Vocabulary"), integerAt(result, "vocabulary")},
                         {tr("Kind"), textAt(result, "type")},
                         {tr("Bytes a token"), bytesPerToken ? formatReal(*bytesPerToken, 3) : QString()},
                         {tr("Gives every text back unchanged"),
                          lossless.isBool() ? (lossless.toBool() ? tr("yes") : tr("no")) : QString()},
                         {tr("SHA-256"), textAt(result, "tokenizerSha256")}});
    std::vector<QStringList> rows;
    for (const QJsonValue &value : result[QStringLiteral("languages")].toArray()) {
        const QJsonObject language = value.toObject();
        const auto perToken = numberAt(language, QStringLiteral("bytesPerToken"));
        const auto fallback = numberAt(language, QStringLiteral("fallbackShare"));
        rows.push_back({textAt(language, "language"), perToken ? formatReal(*perToken, 3) : QString(),
                        fallback ? formatReal(*fallback * 100, 2) + QStringLiteral(" %") : QString()});
    }
    out += table({tr("Language"), tr("Bytes a token"), tr("Spelled byte by byte")}, rows, {false, true, true});
    return section(QStringLiteral("tokenizer"), tr("Its words"), out);
}

QString modelPart(const ReportInput &input)
{
    const QJsonObject dimensions = input.architecture[QStringLiteral("dimensions")].toObject();
    const bool hasBase = !input.base.name.isEmpty();
    QString out = facts({{tr("Model"), input.model},
                         {tr("Went on from"), input.base.name},
                         {tr("Which came from"), hasBase ? QStringList{input.base.location, input.base.revision}.join(QLatin1Char(' ')).trimmed() : QString()},
                         {tr("Its licence"), !hasBase ? QString() : input.base.licence.isEmpty() ? tr("not known") : input.base.licence},
                         {tr("Architecture"), textAt(input.architecture, "architecture")},
                         {tr("Layers"), integerAt(dimensions, "layers")},
                         {tr("Width"), integerAt(dimensions, "width")},
                         {tr("Context"), integerAt(dimensions, "context")},
                         {tr("Parameters"), integerAt(input.train, "parameters")},
                         {tr("Training stopped because"), stoppedWords(textAt(input.train, "stoppedBecause"))},
                         {tr("Best checkpoint"), textAt(input.train, "bestCheckpoint")},
                         {tr("SHA-256 of the weights"), textAt(input.train, "weightsSha256")}});
    std::vector<QStringList> rows;
    for (auto setting = input.settings.begin(); setting != input.settings.end(); ++setting)
        if (!setting.value().isObject() && !setting.value().isArray())
            rows.push_back({setting.key(), plugin::valueText(setting.value())});
    const QString settings = table({tr("Setting"), tr("Value")}, rows, {});
    if (!settings.isEmpty())
        out += QStringLiteral("<h3>") + escaped(tr("Settings of the training")) + QStringLiteral("</h3>\n") + settings;
    return section(QStringLiteral("model"), tr("The model"), out);
}

QString forecastPart(const ReportInput &input)
{
    std::vector<QStringList> rows;
    const auto known = [](const QString &text) { return text.isEmpty() ? tr("not known") : text; };
    for (const model::ForecastLine &line : input.forecast)
        rows.push_back({line.title, known(line.forecastText), known(line.measuredText),
                        line.isWhole() ? formatReal(line.ratio() * 100, 3) + QStringLiteral(" %") : QString()});
    return section(QStringLiteral("forecast"), tr("Forecast and actual"),
                   table({tr("What"), tr("Forecast"), tr("Actual"), tr("Actual of forecast")}, rows,
                         {false, true, true, true}));
}

QString machinePart(const ReportInput &input)
{
    const MachineFacts &machine = input.machine;
    if (machine.processor.isEmpty() && machine.memoryBytes <= 0)
        return {};
    QStringList features;
    if (machine.hasAvx2)
        features += QStringLiteral("AVX2");
    if (machine.hasAvx512)
        features += QStringLiteral("AVX-512");
    if (machine.hasBf16)
        features += QStringLiteral("bf16");
    return section(QStringLiteral("machine"), tr("The machine"),
                   facts({{tr("Processor"), machine.processor},
                          {tr("Cores used"), formatInteger(machine.coreCount)},
                          {tr("Fast arithmetic"), features.join(QStringLiteral(", "))},
                          {tr("Graphics card"), input.train.value(QLatin1String("device")).toString()},
                          {tr("Memory"), machine.memoryBytes > 0 ? formatMemory(machine.memoryBytes) : QString()}}));
}

QString commandsPart(const ReportInput &input)
{
    QString out = section(QStringLiteral("next"), tr("How to go on"), commandList(input.next));
    QString again = commandList(input.reproduce);
    if (!again.isEmpty() && !input.projectPath.isEmpty())
        again += QStringLiteral("<p class=\"note\">")
            + escaped(tr("The project is in %1; the run is %2.").arg(input.projectPath, input.runId))
            + QStringLiteral("</p>\n");
    return out + section(QStringLiteral("reproduce"), tr("The same again"), again);
}

}  // namespace athanor::report
