// What a job of kind "lookup" found, as values.
#include "core/workbench/workbench.h"

namespace athanor::workbench {

namespace {

QList<ModelOffer::File> filesFrom(const QJsonValue &value)
{
    QList<ModelOffer::File> files;
    for (const QJsonValue &entry : value.toArray()) {
        const QJsonObject object = entry.toObject();
        files += {object.value(QLatin1String("name")).toString(), object.value(QLatin1String("bytes")).toInteger(-1),
                  object.value(QLatin1String("sha256")).toString()};
    }
    return files;
}

}  // namespace

ModelOffer Workbench::offerFrom(const QJsonObject &result)
{
    const auto text = [&](const char *key) { return result.value(QLatin1String(key)).toString(); };
    ModelOffer offer;
    offer.address = text("address");
    offer.repository = text("repository");
    offer.revision = text("revision");
    offer.format = text("format");
    offer.base = text("base");
    offer.licence = text("licence");
    offer.files = filesFrom(result.value(QLatin1String("files")));
    offer.choices = filesFrom(result.value(QLatin1String("choices")));
    offer.bytes = result.value(QLatin1String("bytes")).toInteger();
    offer.parameters = result.value(QLatin1String("parameters")).toInteger(-1);
    offer.freeDiskBytes = result.value(QLatin1String("freeDiskBytes")).toInteger();
    offer.memoryBytes = result.value(QLatin1String("memoryBytes")).toInteger();
    offer.fits = result.value(QLatin1String("fits")).toBool();
    offer.fitsText = text("fitsText");
    return offer;
}

}  // namespace athanor::workbench
