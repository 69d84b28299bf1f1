// One declaration of a method's parameters, from which come the form in the window, `--set key=value` on the
// command line, validation, and the reference page. Thread: values, safe to share when const.
#pragma once

#include "core/base/error.h"

#include <QJsonArray>
#include <QJsonObject>
#include <QJsonValue>
#include <QStringList>

#include <optional>
#include <vector>

namespace athanor::plugin {

enum class ParameterType { Boolean, Integer, Real, Text, Choice, Path };

struct Choice {
    QString value;
    QString title;
    QString doc;
};

struct Parameter {
    QString key;      // lower_snake, never renamed
    ParameterType type = ParameterType::Text;
    QString title;    // the person's words
    QString term;     // the field's term, for the tooltip
    QString doc;      // one or two sentences, with the source
    QString unit;
    QJsonValue defaultValue;
    std::optional<double> minimum;
    std::optional<double> maximum;
    std::vector<Choice> choices;
    bool advanced = false;  // stands under "More"
    QString section;        // the heading that it stands under there; empty: none
};

class ATHANOR_EXPORT ParameterSchema {
public:
    ParameterSchema() = default;

    /// From the "parameters" array of a plugin.json. Corrupt when a declaration contradicts itself
    /// (unknown type, default outside its limits, doubled key, choice without choices).
    static Result<ParameterSchema> fromJson(const QJsonArray &declaration);

    const std::vector<Parameter> &parameters() const { return m_parameters; }
    const Parameter *find(const QString &key) const;

    /// All defaults, as an object.
    QJsonObject defaults() const;

    /// `values` completed by the defaults. InvalidInput names the key, the value, the limits, and near
    /// spellings when a key is unknown.
    Result<QJsonObject> validate(const QJsonObject &values) const;

    /// {"key=value", …} to typed values (not completed). Decimal point, never a comma; suffixes k, M, B on integers.
    Result<QJsonObject> parseAssignments(const QStringList &assignments) const;

private:
    std::vector<Parameter> m_parameters;
};

/// One value as text, as --set would take it.
ATHANOR_EXPORT QString valueText(const QJsonValue &value);
/// A limit of a number as people read it; of a whole one exactly.
ATHANOR_EXPORT QString limitText(const Parameter &parameter, double limit);

}  // namespace athanor::plugin
