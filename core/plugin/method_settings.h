// Settings of which some choose a method, whose own settings then belong to them. Role: which settings there are for the
// methods that `values` choose; the form, `--set`, validation and the reference page read them here. The choices are the
// installed plugins of a kind, from wherever they were installed. Thread: values; the catalogue outlives them.
//
// In the declaration a choice names the kind whose plugins it offers: {"key":"optimizer","type":"choice",
// "methods":"optimizer","default":"optimizer.adamw", …}; its own "choices" stand before the plugins. A plugin's own
// parameters stand after its choice. A key that the declaration or another chosen kind has already is that setting: the
// plugin shares it. "suits" in a plugin.json gives other defaults to plain settings while the method is chosen:
// {"learning_rate": 0.001}.
#pragma once

#include "core/plugin/catalogue.h"

namespace athanor::plugin {

class ATHANOR_EXPORT MethodSettings {
public:
    /// Corrupt where the declaration contradicts itself. A method whose "suits" are not allowed is not offered.
    static Result<MethodSettings> create(const QJsonArray &declaration, const Catalogue &plugins);

    /// Those that always exist, with the installed methods as choices.
    const ParameterSchema &plain() const { return m_plain; }
    /// With the own settings of the methods that `values` choose (the usual ones where they choose none).
    ParameterSchema schemaFor(const QJsonObject &values = {}) const;
    /// Whether other settings exist when this one changes.
    bool choosesMethod(const QString &key) const;

    /// Completed by the defaults; settings of methods that are not chosen are left out. Errors: ParameterSchema::validate().
    Result<QJsonObject> validate(const QJsonObject &values) const;
    /// `--set` upon `base`. InvalidInput names the methods that a setting belongs to when none of them is chosen.
    Result<QJsonObject> parseAssignments(const QStringList &assignments, const QJsonObject &base = {}) const;
    /// `base` with `changes`: what stood at its default takes the default of the methods that are chosen then, and what was
    /// another method's own goes, unless it means the same.
    QJsonObject merged(const QJsonObject &base, const QJsonObject &changes) const;

private:
    struct Method {
        const Metadata *plugin = nullptr;
        QJsonObject suits;
    };
    MethodSettings() = default;
    Status offerMethods(QJsonObject &declared, const QString &kind, const Catalogue &plugins);
    void checkSuits();
    const Method *chosen(const QString &key, const QJsonObject &values) const;
    QStringList methodsWith(const QString &key) const;

    QJsonArray m_declaration;  // choices filled in
    ParameterSchema m_plain;
    std::map<QString, std::vector<Method>> m_methods;  // by the key of their choice
};

/// What a setting means, whatever its default: two methods may call different things alike.
ATHANOR_EXPORT QString meaningOf(const Parameter &parameter);

}  // namespace athanor::plugin
