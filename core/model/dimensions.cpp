#include "core/model/dimensions.h"

namespace athanor::model {

qint64 dimension(const QJsonObject &architecture, const char *key)
{
    return architecture.value(QLatin1String("dimensions")).toObject().value(QLatin1String(key)).toInteger();
}

}  // namespace athanor::model
