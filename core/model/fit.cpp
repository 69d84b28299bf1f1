// Role: what fits into a given memory: layers that run twice, the largest batch. Bisection over account().
#include "core/base/format.h"
#include "core/model/training_memory.h"

#include <QCoreApplication>

namespace athanor::model {

namespace {

constexpr double kSafeShare = 0.9;       // of the memory that is free: a forecast may be wrong by a tenth
constexpr qint64 kMostSequences = 4096;  // as the training settings allow

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Result<qint64> bytesOf(const plugin::Catalogue &plugins, const QJsonObject &architecture, const TrainingShape &shape, qint64 memoryBytes)
{
    ATHANOR_ASSIGN(Accounting needed, account(plugins, architecture, shape));
    leaveOutCopies(needed, memoryBytes);
    return needed.trainingBytes;
}

Result<bool> fits(const plugin::Catalogue &plugins, const QJsonObject &architecture, const TrainingShape &shape, qint64 memoryBytes)
{
    ATHANOR_ASSIGN(const qint64 needed, bytesOf(plugins, architecture, shape, memoryBytes));
    return needed <= memoryBytes;
}

}  // namespace

Result<qint64> blocksToRecompute(const plugin::Catalogue &plugins, const QJsonObject &architecture, TrainingShape shape,
                                 const QString &checkpointing, qint64 memoryBytes)
{
    shape.recomputedBlocks = 0;
    ATHANOR_ASSIGN(Accounting plain, account(plugins, architecture, shape));
    leaveOutCopies(plain, memoryBytes);
    if (checkpointing == QLatin1String("on"))
        return plain.blocks;
    if (checkpointing == QLatin1String("off") || memoryBytes <= 0 || plain.trainingBytes <= memoryBytes)
        return 0;
    qint64 tooFew = 0, enough = plain.blocks;
    while (enough - tooFew > 1) {
        shape.recomputedBlocks = tooFew + (enough - tooFew) / 2;
        ATHANOR_ASSIGN(const bool isEnough, fits(plugins, architecture, shape, memoryBytes));
        (isEnough ? enough : tooFew) = shape.recomputedBlocks;
    }
    return enough;
}

Result<qint64> largestBatch(const plugin::Catalogue &plugins, const QJsonObject &architecture, const TrainingShape &given,
                            const QString &checkpointing, qint64 memoryBytes)
{
    TrainingShape shape = given;
    shape.batch = 1;
    const auto safe = static_cast<qint64>(kSafeShare * static_cast<double>(memoryBytes));
    ATHANOR_ASSIGN(shape.recomputedBlocks, blocksToRecompute(plugins, architecture, shape, checkpointing, safe));
    ATHANOR_ASSIGN(const qint64 one, bytesOf(plugins, architecture, shape, safe));
    if (one > safe)
        return fail(ErrorCode::LimitExceeded, tr("Not even one sequence at once fits: training needs %1, and %2 of the %3 that are free can be counted on.")
                                                  .arg(formatMemory(one), formatMemory(safe), formatMemory(memoryBytes)),
                    tr("Choose a smaller model or shorter sequences, or close other programs."));
    qint64 largest = 1, tooMany = kMostSequences + 1;
    while (tooMany - largest > 1) {
        shape.batch = largest + (tooMany - largest) / 2;
        ATHANOR_ASSIGN(const bool isEnough, fits(plugins, architecture, shape, safe));
        (isEnough ? largest : tooMany) = shape.batch;
    }
    return largest;
}

}  // namespace athanor::model
