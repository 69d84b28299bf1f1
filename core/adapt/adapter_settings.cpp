// See adapter_settings.h.
#include "core/adapt/adapter_settings.h"

#include "core/model/training_settings.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <cmath>

namespace athanor::adapt {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::adapt", text); }

}  // namespace

QStringList textList(const QJsonValue &value)
{
    QStringList texts;
    if (value.isArray()) {
        for (const QJsonValue &entry : value.toArray())
            texts += entry.toString().trimmed();
    } else {
        for (const QString &part : value.toString().split(QLatin1Char(',')))
            texts += part.trimmed();
    }
    texts.removeAll(QString());
    return texts;
}

double AdapterSettings::scale() const { return alpha / (rslora ? std::sqrt(double(rank)) : double(rank)); }

Result<AdapterSettings> AdapterSettings::fromJson(const QJsonObject &values)
{
    QJsonObject plain = values;
    const QJsonValue named = values.value(QLatin1String("targets"));
    if (named.isArray())  // the schema knows texts only
        plain[QStringLiteral("targets")] = textList(named).join(QLatin1Char(','));
    ATHANOR_ASSIGN(const QJsonObject all, model::adapterSchema().validate(plain));
    AdapterSettings settings;
    settings.rank = all.value(QLatin1String("rank")).toInteger();
    settings.alpha = all.value(QLatin1String("alpha")).toDouble();
    settings.dropout = all.value(QLatin1String("dropout")).toDouble();
    settings.rslora = all.value(QLatin1String("rslora")).toBool();
    settings.dora = all.value(QLatin1String("dora")).toBool();
    settings.targets = textList(all.value(QLatin1String("targets")));
    if (settings.targets.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("“targets” names no matrix."),
                    tr("Name some, with commas between them, or write “all”."));
    return settings;
}

QJsonObject AdapterSettings::toJson() const
{
    return {{QStringLiteral("method"), QStringLiteral("lora")},
            {QStringLiteral("rank"), qint64(rank)},
            {QStringLiteral("alpha"), alpha},
            {QStringLiteral("dropout"), dropout},
            {QStringLiteral("rslora"), rslora},
            {QStringLiteral("dora"), dora},
            {QStringLiteral("targets"), QJsonArray::fromStringList(targets)}};
}

}  // namespace athanor::adapt
