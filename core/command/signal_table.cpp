#include "core/command/signal_table.h"

#include "core/base/format.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

using Limits = std::vector<corpus::SignalLimit>;

/// Those of the filters that were asked for.
Result<Limits> chosenLimits(const Limits &all, const QStringList &filters, const QString &dataset)
{
    QStringList known;
    Limits chosen;
    for (const corpus::SignalLimit &limit : all) {
        if (!known.contains(limit.signal.filter))
            known += limit.signal.filter;
        if (filters.isEmpty() || filters.contains(limit.signal.filter))
            chosen.push_back(limit);
    }
    for (const QString &filter : filters)
        if (!known.contains(filter))
            return fail(ErrorCode::NotFound, tr("“%1” was not filtered by “%2”.").arg(dataset, filter),
                        known.isEmpty() ? tr("Its recipe has no filter with limits.") : tr("Its filters are: %1.").arg(known.join(QStringLiteral(", "))));
    return chosen;
}

QString number(const QJsonValue &value)
{
    if (!value.isDouble())
        return QStringLiteral("–");
    return std::abs(value.toDouble()) >= 1000 ? formatInteger(qRound64(value.toDouble())) : formatReal(value.toDouble(), 4);
}

QString limitText(const QJsonObject &limit)
{
    if (!limit.value(QLatin1String("on")).toBool())
        return tr("no limit above");
    const QString value = number(limit.value(QLatin1String("value")));
    return limit.value(QLatin1String("side")).toString() == QLatin1String("least") ? tr("at least %1").arg(value) : tr("at most %1").arg(value);
}

void printReport(Session &session, const QJsonArray &report)
{
    QList<QStringList> rows;
    QString filter;
    const auto print = [&] {
        if (rows.isEmpty())
            return;
        session.print(filter);
        session.printTable({tr("signal"), tr("documents"), tr("least"), tr("5 %"), tr("25 %"), tr("median"), tr("75 %"), tr("95 %"), tr("most"), tr("limit"), tr("removed by it")}, rows);
        session.print({});
        rows.clear();
    };
    for (const QJsonValue &value : report) {
        const QJsonObject entry = value.toObject();
        if (entry.value(QLatin1String("filterTitle")).toString() != filter)
            print();
        filter = entry.value(QLatin1String("filterTitle")).toString();
        const QJsonObject quantiles = entry.value(QLatin1String("quantiles")).toObject();
        for (const QJsonValue &each : entry.value(QLatin1String("limits")).toArray()) {
            const QJsonObject limit = each.toObject();
            QStringList row{entry.value(QLatin1String("title")).toString(), formatInteger(entry.value(QLatin1String("count")).toInteger()), number(entry.value(QLatin1String("min")))};
            for (const double share : corpus::Distribution::kShares)
                row += number(quantiles.value(QString::number(share)));
            row += {number(entry.value(QLatin1String("max"))), limitText(limit), formatInteger(limit.value(QLatin1String("removed")).toInteger())};
            rows += row;
        }
    }
    print();
}

}  // namespace

Status showSignals(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    const QString name = session.arguments.word(0);
    ATHANOR_ASSIGN(const project::Dataset dataset, bench->project().dataset(name));
    ATHANOR_ASSIGN(const Limits limits, chosenLimits(corpus::signalLimits(dataset.recipe, session.plugins()),
                                                     session.arguments.values(QStringLiteral("filter")), name));
    QStringList keys;
    for (const corpus::SignalLimit &limit : limits)
        if (!keys.contains(limit.signal.key))
            keys += limit.signal.key;
    ATHANOR_ASSIGN(const corpus::SignalValues values, corpus::readSignalValues(bench->documentsFile(dataset), keys));
    const QJsonArray report = corpus::signalReport(limits, values);
    if (report.isEmpty())
        session.print(tr("The recipe of “%1” has no filter with limits.").arg(name));
    printReport(session, report);
    session.emitJson({{QStringLiteral("dataset"), dataset.name}, {QStringLiteral("version"), dataset.version},
                      {QStringLiteral("documents"), static_cast<qint64>(values.documents.size())}, {QStringLiteral("signals"), report}});
    return {};
}

}  // namespace athanor::command
