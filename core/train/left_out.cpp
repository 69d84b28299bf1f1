// See left_out.h.
#include "core/train/left_out.h"

#include <QJsonObject>

#include <algorithm>

namespace athanor::train {
namespace {

constexpr qint64 kNear = 1000;  // steps
constexpr qint64 kMostSteps = 1'000'000'000'000;

std::optional<LeftOut> entryFrom(const QJsonObject &object)
{
    LeftOut entry{object.value(QLatin1String("noticedAt")).toInteger(-1), object.value(QLatin1String("afterStep")).toInteger(-1),
                  object.value(QLatin1String("batches")).toInteger(-1), object.value(QLatin1String("reason")).toString(), {},
                  object.value(QLatin1String("replaced")).toBool()};
    for (const QJsonValue &name : object.value(QLatin1String("documents")).toArray())
        entry.documents += name.toString();
    const bool isUsable = entry.afterStep >= 0 && entry.noticedAt > entry.afterStep && entry.noticedAt <= kMostSteps
                          && entry.batches >= 1 && entry.batches <= kMostSteps;
    return isUsable ? std::optional(entry) : std::nullopt;
}

}  // namespace

qint64 dataShift(const std::vector<LeftOut> &all, qint64 step)
{
    qint64 shift = 0;
    for (const LeftOut &entry : all)
        if (!entry.isReplaced && entry.afterStep < step)
            shift += entry.batches;
    return shift;
}

int troublesNear(const std::vector<LeftOut> &all, qint64 step)
{
    return int(std::count_if(all.begin(), all.end(), [&](const LeftOut &entry) { return entry.noticedAt > step - kNear; }));
}

LeftOut &leaveOutFrom(std::vector<LeftOut> &all, qint64 step, qint64 noticedAt)
{
    const qint64 end = noticedAt + dataShift(all, noticedAt);  // the last that was read
    for (LeftOut &entry : all)
        entry.isReplaced = entry.isReplaced || entry.afterStep > step;
    const qint64 begin = step + 1 + dataShift(all, step + 1);  // the first that would be read again
    LeftOut entry;
    entry.noticedAt = noticedAt;
    entry.afterStep = step;
    entry.batches = end - begin + 1;
    all.push_back(entry);
    return all.back();
}

bool standsOn(const std::vector<LeftOut> &all, qint64 step, qint64 known)
{
    for (size_t i = size_t(std::max<qint64>(0, known)); i < all.size(); ++i)
        if (all[i].afterStep < step)
            return false;
    return true;
}

QJsonArray toJson(const std::vector<LeftOut> &all)
{
    QJsonArray array;
    for (const LeftOut &entry : all) {
        QJsonObject object{{QStringLiteral("noticedAt"), entry.noticedAt},
                           {QStringLiteral("afterStep"), entry.afterStep},
                           {QStringLiteral("batches"), entry.batches},
                           {QStringLiteral("reason"), entry.reason},
                           {QStringLiteral("documents"), QJsonArray::fromStringList(entry.documents)}};
        if (entry.isReplaced)
            object[QStringLiteral("replaced")] = true;
        array += object;
    }
    return array;
}

std::optional<std::vector<LeftOut>> leftOutFrom(const QJsonArray &array)
{
    std::vector<LeftOut> all;
    for (const QJsonValue &value : array) {
        const auto entry = entryFrom(value.toObject());
        if (!entry)
            return std::nullopt;
        all.push_back(*entry);
    }
    return all;
}

}  // namespace athanor::train
