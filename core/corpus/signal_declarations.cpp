#include "core/corpus/signal_declarations.h"

#include "core/corpus/recipe.h"

#include <QCoreApplication>
#include <QJsonArray>

namespace athanor::corpus {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

SignalLimit limitOf(const SignalDeclaration &signal, SignalLimit::Side side, const QJsonObject &settings)
{
    SignalLimit limit{signal, side, 0, true};
    limit.value = settings.value(limit.parameter()).toDouble();
    limit.isOn = side == SignalLimit::Side::Least || limit.value != signal.unlimited;
    return limit;
}

}  // namespace

std::vector<SignalDeclaration> signalsOf(const plugin::Metadata &filter)
{
    std::vector<SignalDeclaration> declared;
    for (const QJsonValue &value : filter.all.value(QLatin1String("signals")).toArray()) {
        const QJsonObject entry = value.toObject();
        const auto text = [&](const char *key) { return entry.value(QLatin1String(key)).toString(); };
        const auto parameter = [&](const char *key) { return filter.parameters.find(text(key)) ? text(key) : QString(); };
        SignalDeclaration signal{filter.id, filter.title, text("key"), text("title"), text("term"), text("unit"),
                                 entry.value(QLatin1String("share")).toBool(), parameter("least"), parameter("most")};
        if (const QJsonValue unlimited = entry.value(QLatin1String("unlimited")); unlimited.isDouble())
            signal.unlimited = unlimited.toDouble();
        if (!signal.key.isEmpty())
            declared.push_back(std::move(signal));
    }
    return declared;
}

std::vector<SignalLimit> signalLimits(const QJsonObject &recipe, const plugin::Catalogue &catalogue)
{
    std::vector<SignalLimit> limits;
    for (const QJsonValue &value : recipe.value(QLatin1String("steps")).toArray()) {
        const QJsonObject step = value.toObject();
        const plugin::Metadata *filter = catalogue.find(step.value(QLatin1String("plugin")).toString());
        if (!filter || filter->kind != QLatin1String("filter"))
            continue;
        const QJsonObject settings = step.value(QLatin1String("settings")).toObject();
        for (const SignalDeclaration &signal : signalsOf(*filter)) {
            if (!signal.least.isEmpty())
                limits.push_back(limitOf(signal, SignalLimit::Side::Least, settings));
            if (!signal.most.isEmpty())
                limits.push_back(limitOf(signal, SignalLimit::Side::Most, settings));
        }
    }
    return limits;
}

Result<QJsonObject> recipeWithLimit(const QJsonObject &recipe, const SignalLimit &limit, double value, const plugin::Catalogue &catalogue)
{
    QJsonArray steps = recipe.value(QLatin1String("steps")).toArray();
    for (QJsonValueRef entry : steps) {
        QJsonObject step = entry.toObject();
        if (step.value(QLatin1String("plugin")).toString() != limit.signal.filter)
            continue;
        QJsonObject settings = step.value(QLatin1String("settings")).toObject();
        settings.insert(limit.parameter(), value);
        step.insert(QStringLiteral("settings"), settings);
        entry = step;
        QJsonObject changed = recipe;
        changed.insert(QStringLiteral("steps"), steps);
        return checkRecipe(changed, catalogue);
    }
    return fail(ErrorCode::NotFound, tr("The recipe has no step “%1”.").arg(limit.signal.filterTitle), tr("Switch it on in the recipe first."));
}

QJsonObject measuringSettings(const plugin::Metadata &filter, const QJsonObject &settings)
{
    QJsonObject measuring = settings;
    for (const SignalDeclaration &signal : signalsOf(filter)) {
        measuring.remove(signal.least);
        measuring.remove(signal.most);
    }
    return measuring;
}

}  // namespace athanor::corpus
