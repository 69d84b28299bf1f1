#include "core/report/licences.h"

#include <QCoreApplication>

#include <map>

namespace athanor::report {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct Known {
    const char *id;
    LicenceClass kind;
    bool isHubs;  // one of the identifiers of Hugging Face's cards
};

constexpr Known kKnown[] = {
    {"cc0-1.0", LicenceClass::PublicDomain, true},      {"unlicense", LicenceClass::PublicDomain, true},
    {"pddl", LicenceClass::PublicDomain, true},         {"wtfpl", LicenceClass::PublicDomain, true},
    {"public-domain", LicenceClass::PublicDomain, false}, {"0bsd", LicenceClass::PublicDomain, false},
    {"mit", LicenceClass::Permissive, true},            {"apache-2.0", LicenceClass::Permissive, true},
    {"bsd", LicenceClass::Permissive, true},            {"bsd-2-clause", LicenceClass::Permissive, true},
    {"bsd-3-clause", LicenceClass::Permissive, true},   {"isc", LicenceClass::Permissive, true},
    {"zlib", LicenceClass::Permissive, true},           {"bsl-1.0", LicenceClass::Permissive, true},
    {"artistic-2.0", LicenceClass::Permissive, true},   {"postgresql", LicenceClass::Permissive, true},
    {"psf-2.0", LicenceClass::Permissive, false},       {"python-2.0", LicenceClass::Permissive, false},
    {"cc-by-2.0", LicenceClass::Permissive, true},      {"cc-by-3.0", LicenceClass::Permissive, true},
    {"cc-by-4.0", LicenceClass::Permissive, true},      {"odc-by", LicenceClass::Permissive, true},
    {"cdla-permissive-1.0", LicenceClass::Permissive, true}, {"cdla-permissive-2.0", LicenceClass::Permissive, true},
    {"cc-by-sa-3.0", LicenceClass::ShareAlike, true},   {"cc-by-sa-4.0", LicenceClass::ShareAlike, true},
    {"odbl", LicenceClass::ShareAlike, true},           {"gfdl", LicenceClass::ShareAlike, true},
    {"cdla-sharing-1.0", LicenceClass::ShareAlike, true}, {"mpl-2.0", LicenceClass::ShareAlike, true},
    {"epl-1.0", LicenceClass::ShareAlike, true},        {"epl-2.0", LicenceClass::ShareAlike, true},
    {"lgpl", LicenceClass::ShareAlike, true},           {"lgpl-2.1", LicenceClass::ShareAlike, true},
    {"lgpl-3.0", LicenceClass::ShareAlike, true},       {"gpl", LicenceClass::Copyleft, true},
    {"gpl-2.0", LicenceClass::Copyleft, true},          {"gpl-3.0", LicenceClass::Copyleft, true},
    {"agpl-3.0", LicenceClass::Copyleft, true},         {"osl-3.0", LicenceClass::Copyleft, true},
    {"openrail", LicenceClass::UseRestricted, true},    {"openrail++", LicenceClass::UseRestricted, true},
    {"creativeml-openrail-m", LicenceClass::UseRestricted, true}, {"bigscience-openrail-m", LicenceClass::UseRestricted, true},
    {"bigscience-bloom-rail-1.0", LicenceClass::UseRestricted, true}, {"bigcode-openrail-m", LicenceClass::UseRestricted, true},
    {"llama2", LicenceClass::UseRestricted, true},      {"llama3", LicenceClass::UseRestricted, true},
    {"llama3.1", LicenceClass::UseRestricted, true},    {"llama3.2", LicenceClass::UseRestricted, true},
    {"llama3.3", LicenceClass::UseRestricted, true},    {"gemma", LicenceClass::UseRestricted, true},
    {"cc-by-nd-4.0", LicenceClass::NonCommercial, true}, {"cc-by-nc-2.0", LicenceClass::NonCommercial, true},
    {"cc-by-nc-3.0", LicenceClass::NonCommercial, true}, {"cc-by-nc-4.0", LicenceClass::NonCommercial, true},
    {"cc-by-nc-nd-3.0", LicenceClass::NonCommercial, true}, {"cc-by-nc-nd-4.0", LicenceClass::NonCommercial, true},
    {"cc-by-nc-sa-2.0", LicenceClass::NonCommercial, true}, {"cc-by-nc-sa-3.0", LicenceClass::NonCommercial, true},
    {"cc-by-nc-sa-4.0", LicenceClass::NonCommercial, true}};

// "Apache License 2.0", "GPL-3.0-or-later": the identifier that is meant.
QString identifierOf(const QString &name)
{
    static const std::map<QString, QString> usual{
        {QStringLiteral("apache license 2.0"), QStringLiteral("apache-2.0")}, {QStringLiteral("apache 2.0"), QStringLiteral("apache-2.0")},
        {QStringLiteral("apache2"), QStringLiteral("apache-2.0")},            {QStringLiteral("mit license"), QStringLiteral("mit")},
        {QStringLiteral("cc0"), QStringLiteral("cc0-1.0")},                   {QStringLiteral("public domain"), QStringLiteral("public-domain")},
        {QStringLiteral("psf"), QStringLiteral("psf-2.0")},                   {QStringLiteral("cc by 4.0"), QStringLiteral("cc-by-4.0")},
        {QStringLiteral("cc by-sa 4.0"), QStringLiteral("cc-by-sa-4.0")},     {QStringLiteral("cc by-nc 4.0"), QStringLiteral("cc-by-nc-4.0")}};
    QString id = name.trimmed().toLower();
    for (const char *ending : {"-only", "-or-later"})
        if (id.endsWith(QLatin1String(ending)))
            id.chop(static_cast<qsizetype>(qstrlen(ending)));
    const auto found = usual.find(id);
    return found == usual.end() ? id : found->second;
}

const Known *find(const QString &name)
{
    const QString id = identifierOf(name);
    for (const Known &known : kKnown)
        if (id == QLatin1String(known.id))
            return &known;
    return nullptr;
}

}  // namespace

LicenceClass licenceClass(const QString &name)
{
    const Known *known = find(name);
    return known ? known->kind : LicenceClass::Unknown;
}

QString licenceClassText(LicenceClass kind)
{
    switch (kind) {
    case LicenceClass::PublicDomain: return tr("asks for nothing");
    case LicenceClass::Permissive: return tr("asks for credit or notices");
    case LicenceClass::ShareAlike: return tr("asks that changes be passed on under the same terms");
    case LicenceClass::Copyleft: return tr("asks that the whole be passed on under the same terms");
    case LicenceClass::UseRestricted: return tr("forbids some uses");
    case LicenceClass::NonCommercial: return tr("forbids commercial use, or changes");
    case LicenceClass::Unknown: break;
    }
    return tr("is not known here");
}

QString hubLicence(const QString &name)
{
    if (name.trimmed().isEmpty())
        return QStringLiteral("unknown");
    const Known *known = find(name);
    return known && known->isHubs ? QString::fromLatin1(known->id) : QStringLiteral("other");
}

LicenceConclusion concludeLicences(const QList<LicensedPart> &parts)
{
    LicenceConclusion conclusion;
    LicenceClass most = LicenceClass::PublicDomain;
    for (const LicensedPart &part : parts) {
        const LicenceClass kind = licenceClass(part.licence);
        if (kind == LicenceClass::Unknown) {
            conclusion.unknown += part.licence.isEmpty() ? part.part : tr("%1 (“%2”)").arg(part.part, part.licence);
        } else if (conclusion.licence.isEmpty() || kind > most) {
            most = kind;
            conclusion.licence = part.licence;
            conclusion.part = part.part;
        }
    }
    if (!conclusion.licence.isEmpty())
        conclusion.text = tr("Of the licences that are known, “%1” (%2) asks for most: it %3.").arg(conclusion.licence, conclusion.part, licenceClassText(most));
    if (!conclusion.unknown.isEmpty())
        conclusion.text += (conclusion.text.isEmpty() ? QString() : QStringLiteral(" ")) + tr("Unknown: %1.").arg(conclusion.unknown.join(QStringLiteral("; ")));
    if (parts.isEmpty())
        conclusion.text = tr("Unknown: nothing is recorded about what went into the model.");
    return conclusion;
}

}  // namespace athanor::report
