#include "core/workbench/measured.h"

#include "core/base/atomic_file.h"
#include "core/base/hash.h"

#include <QFileInfo>
#include <QJsonDocument>

namespace athanor::workbench {

namespace {

// Settings that change neither the time of a part nor its memory.
constexpr const char *kWithoutCost[] = {"budget", "budget_kind", "learning_rate", "seed", "validation_every", "checkpoint_every",
                                        "keep_checkpoints", "patience", "sample_prompt", "schedule", "minimum_lr_ratio", "warmup_share"};

}  // namespace

QString measureKey(const QJsonObject &trainParameters)
{
    QJsonObject settings = trainParameters.value(QLatin1String("settings")).toObject();
    for (const char *key : kWithoutCost)
        settings.remove(QLatin1String(key));
    const MachineFacts machine = machineFacts();
    QJsonObject all{{QStringLiteral("settings"), settings}, {QStringLiteral("processor"), machine.processor}, {QStringLiteral("cores"), machine.coreCount}};
    for (const char *key : {"architecture", "corpusSha256", "tokenizerSha256", "from", "teaching", "adapter", "learns"})
        all.insert(QLatin1String(key), trainParameters.value(QLatin1String(key)));
    return sha256(QJsonDocument(all).toJson(QJsonDocument::Compact));
}

std::optional<model::MeasuredRun> measuredBefore(const QString &projectPath, const QString &key)
{
    const QString file = QStringLiteral("%1/objects/measured/%2.json").arg(projectPath, key);
    if (!QFileInfo::exists(file))
        return std::nullopt;
    const auto object = readJsonFile(file);
    const auto measured = object ? model::measuredRunFromJson(*object) : Result<model::MeasuredRun>(fail(object.error()));
    return measured ? std::optional(*measured) : std::nullopt;
}

}  // namespace athanor::workbench
