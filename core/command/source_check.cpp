#include "core/command/source_check.h"

#include <QCoreApplication>

namespace athanor::command {

namespace {

constexpr qint64 kLookMs = 5000;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Result<corpus::SourceChanges> changesOf(const workbench::Workbench &bench, const project::Dataset &dataset)
{
    ATHANOR_ASSIGN(const corpus::SourceLook look, bench.sourceLook(dataset));
    return look.run({}, kLookMs);
}

}  // namespace

void lookAtSources(workbench::Workbench &bench)
{
    const auto datasets = bench.project().datasets();
    if (!datasets || datasets->isEmpty())
        return;
    if (const auto changes = changesOf(bench, datasets->first()))
        bench.noteSourceChanges(datasets->first().jobId, *changes);
}

void showSourceCheck(Session &session, workbench::Workbench &bench, const project::Dataset &dataset, QJsonObject &object)
{
    const auto changes = changesOf(bench, dataset);
    if (!changes) {
        session.print(tr("  whether files have changed since: not known. %1").arg(changes.error().message));
        object.insert(QStringLiteral("files"), QJsonObject{{QStringLiteral("problem"), toJson(changes.error())}});
        return;
    }
    object.insert(QStringLiteral("files"), QJsonObject{{QStringLiteral("changed"), changes->changed}, {QStringLiteral("new"), changes->added},
                                                       {QStringLiteral("gone"), changes->gone}, {QStringLiteral("complete"), changes->isComplete},
                                                       {QStringLiteral("examples"), QJsonArray::fromStringList(changes->examples)},
                                                       {QStringLiteral("outOfDate"), changes->any()}});
    if (changes->any()) {
        session.print(tr("  out of date: %1%2").arg(corpus::changesText(*changes), changes->examples.isEmpty() ? QString() : tr(" (%1 …)").arg(changes->examples.join(QStringLiteral(", ")))));
        session.print(tr("  “athanor-cli dataset curate %1” reads only these files again.").arg(dataset.name));
    } else if (!changes->isComplete) {
        session.print(tr("  the files are too many to be looked at within %1 s; nothing had changed so far.").arg(kLookMs / 1000));
    }
}

}  // namespace athanor::command
