// See method_settings.h.
#include "core/plugin/method_settings.h"

#include <QCoreApplication>

namespace athanor::plugin {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString keyOf(const QJsonObject &declared) { return declared.value(QLatin1String("key")).toString(); }

QJsonObject choiceOf(const Metadata &method)
{
    const QString source = method.source.isEmpty() ? QString() : QStringLiteral(" (%1)").arg(method.source);
    QString summary = method.summary;
    if (!source.isEmpty() && summary.endsWith(QLatin1Char('.')))
        summary.chop(1);
    return {{QStringLiteral("value"), method.id},
            {QStringLiteral("title"), method.title},
            {QStringLiteral("doc"), source.isEmpty() ? summary : summary + source + QLatin1Char('.')}};
}

/// "optimizer=lion" as "optimizer=optimizer.lion": people leave the kind out.
QString withWholeId(const QString &assignment, const MethodSettings &settings)
{
    const QString key = assignment.section(QLatin1Char('='), 0, 0), value = assignment.mid(key.size() + 1);
    const Parameter *parameter = settings.choosesMethod(key) && !value.isEmpty() ? settings.plain().find(key) : nullptr;
    for (const Choice &choice : parameter ? parameter->choices : std::vector<Choice>())
        if (choice.value.section(QLatin1Char('.'), 1) == value)
            return key + QLatin1Char('=') + choice.value;
    return assignment;
}

bool offers(const QJsonArray &choices, const QString &value)
{
    return std::any_of(choices.begin(), choices.end(), [&](const QJsonValue &choice) {
        return choice.toObject().value(QLatin1String("value")).toString() == value;
    });
}

}  // namespace

Result<MethodSettings> MethodSettings::create(const QJsonArray &declaration, const Catalogue &plugins)
{
    MethodSettings settings;
    for (const QJsonValue &entry : declaration) {
        QJsonObject declared = entry.toObject();
        if (const QString kind = declared.value(QLatin1String("methods")).toString(); !kind.isEmpty()) {
            ATHANOR_TRY(settings.offerMethods(declared, kind, plugins));
        }
        settings.m_declaration.append(declared);
    }
    ATHANOR_ASSIGN(settings.m_plain, ParameterSchema::fromJson(settings.m_declaration));
    settings.checkSuits();
    return settings;
}

/// The usual method stays a choice where no plugin of the kind is installed, so that what was made elsewhere can be read.
Status MethodSettings::offerMethods(QJsonObject &declared, const QString &kind, const Catalogue &plugins)
{
    QJsonArray choices = declared.value(QLatin1String("choices")).toArray();
    std::vector<Method> &methods = m_methods[keyOf(declared)];
    for (const Metadata *method : plugins.ofKind(kind)) {
        choices.append(choiceOf(*method));
        methods.push_back({method, method->all.value(QLatin1String("suits")).toObject()});
    }
    const QString usual = declared.value(QLatin1String("default")).toString();
    if (choices.isEmpty())
        choices.append(usual);
    else if (!offers(choices, usual))
        declared.insert(QStringLiteral("default"), methods.front().plugin->id);
    declared.insert(QStringLiteral("choices"), choices);
    return {};
}

/// What suits a method must be allowed; otherwise the method keeps the usual defaults.
void MethodSettings::checkSuits()
{
    for (auto &[key, methods] : m_methods)
        for (Method &method : methods)
            if (!m_plain.validate(method.suits))
                method.suits = {};
}

const MethodSettings::Method *MethodSettings::chosen(const QString &key, const QJsonObject &values) const
{
    const auto methods = m_methods.find(key);
    if (methods == m_methods.end())
        return nullptr;
    const QString id = values.value(key).toString(m_plain.find(key)->defaultValue.toString());
    const auto found = std::find_if(methods->second.begin(), methods->second.end(), [&](const Method &method) { return method.plugin->id == id; });
    return found == methods->second.end() ? nullptr : &*found;
}

bool MethodSettings::choosesMethod(const QString &key) const { return m_methods.count(key) > 0; }

ParameterSchema MethodSettings::schemaFor(const QJsonObject &values) const
{
    QJsonObject suits;
    for (const auto &[key, methods] : m_methods)
        if (const Method *method = chosen(key, values))
            for (auto it = method->suits.begin(); it != method->suits.end(); ++it)
                suits.insert(it.key(), it.value());
    QJsonArray all;
    QStringList known;
    for (const QJsonValue &entry : m_declaration) {
        QJsonObject declared = entry.toObject();
        const QString key = keyOf(declared);
        if (suits.contains(key))
            declared.insert(QStringLiteral("default"), suits.value(key));
        all.append(declared);
        const Method *method = chosen(key, values);
        for (const QJsonValue &own : method ? method->plugin->all.value(QLatin1String("parameters")).toArray() : QJsonArray()) {
            QJsonObject parameter = own.toObject();
            if (m_plain.find(keyOf(parameter)) || known.contains(keyOf(parameter)))
                continue;
            known += keyOf(parameter);
            for (const QString &place : {QStringLiteral("advanced"), QStringLiteral("section")})  // it stands where its choice does
                if (declared.contains(place))
                    parameter.insert(place, declared.value(place));
            all.append(parameter);
        }
    }
    return ParameterSchema::fromJson(all).value_or(m_plain);
}

QStringList MethodSettings::methodsWith(const QString &key) const
{
    QStringList ids;
    for (const auto &[choice, methods] : m_methods)
        for (const Method &method : methods)
            if (method.plugin->parameters.find(key))
                ids += method.plugin->id;
    return ids;
}

Result<QJsonObject> MethodSettings::validate(const QJsonObject &values) const
{
    const ParameterSchema schema = schemaFor(values);
    QJsonObject own = values;
    for (const QString &key : values.keys())
        if (!schema.find(key) && !methodsWith(key).isEmpty())
            own.remove(key);
    return schema.validate(own);
}

Result<QJsonObject> MethodSettings::parseAssignments(const QStringList &given, const QJsonObject &base) const
{
    QStringList assignments;
    for (const QString &assignment : given)
        assignments += withWholeId(assignment, *this);
    QJsonObject choices = base;
    for (const QString &assignment : assignments)
        if (const QString key = assignment.section(QLatin1Char('='), 0, 0); choosesMethod(key))
            choices.insert(key, assignment.mid(key.size() + 1));
    const ParameterSchema schema = schemaFor(choices);
    for (const QString &assignment : assignments) {
        const QString key = assignment.section(QLatin1Char('='), 0, 0);
        const QStringList methods = schema.find(key) ? QStringList() : methodsWith(key);
        if (!methods.isEmpty())
            return fail(ErrorCode::InvalidInput, tr("“%1” is a setting of %2, and none of them is chosen.").arg(key, methods.join(QStringLiteral(", "))),
                        tr("Choose one of them too, or leave “%1” out.").arg(key));
    }
    return schema.parseAssignments(assignments);
}

QJsonObject MethodSettings::merged(const QJsonObject &base, const QJsonObject &changes) const
{
    QJsonObject result = base;
    for (auto it = changes.begin(); it != changes.end(); ++it)
        result.insert(it.key(), it.value());
    const ParameterSchema before = schemaFor(base), after = schemaFor(result);
    for (const Parameter &parameter : before.parameters()) {
        const Parameter *now = after.find(parameter.key);
        const bool isOther = !now || meaningOf(*now) != meaningOf(parameter);
        const bool wasUsual = now && now->defaultValue != parameter.defaultValue && base.value(parameter.key) == parameter.defaultValue;
        if ((isOther || wasUsual) && !changes.contains(parameter.key))
            result.remove(parameter.key);
    }
    return result;
}

QString meaningOf(const Parameter &parameter)
{
    const auto limit = [](const std::optional<double> &value) { return value ? QString::number(*value, 'g', 17) : QString(); };
    return QStringList{parameter.key, parameter.title, parameter.doc, limit(parameter.minimum), limit(parameter.maximum)}.join(QLatin1Char('\n'));
}

}  // namespace athanor::plugin
