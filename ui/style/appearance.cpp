#include "ui/style/appearance.h"

#include "core/base/locations.h"
#include "ui/style/style_sheet.h"
#include "ui/style/system_theme.h"
#include "ui/style/type.h"

namespace athanor::style {

namespace {

const auto kChoiceKey = QLatin1String("appearance/theme");
const auto kSystemKey = QLatin1String("appearance/systemDark");

QVariant setting(QLatin1String key) { return QSettings(userConfigFile(), QSettings::IniFormat).value(key); }

void remember(QLatin1String key, const QVariant &value)
{
    QSettings(userConfigFile(), QSettings::IniFormat).setValue(key, value);
}

Appearance::Choice choiceFromName(const QString &name)
{
    if (name == QLatin1String("dark"))
        return Appearance::Choice::Dark;
    return name == QLatin1String("light") ? Appearance::Choice::Light : Appearance::Choice::System;
}

QString choiceName(Appearance::Choice choice)
{
    if (choice == Appearance::Choice::System)
        return QStringLiteral("system");
    return choice == Appearance::Choice::Dark ? QStringLiteral("dark") : QStringLiteral("light");
}

}  // namespace

Appearance *Appearance::instance()
{
    static QPointer<Appearance> theOne;
    if (!theOne)
        theOne = new Appearance(qApp);
    return theOne;
}

Appearance::Appearance(QObject *parent) : QObject(parent)
{
    m_choice = choiceFromName(setting(kChoiceKey).toString());
    const bool paletteIsDark = QGuiApplication::palette().color(QPalette::Window).lightnessF() < 0.5F;
    const QVariant last = setting(kSystemKey);  // asking the desktop takes longer than a window may
    m_systemDark = last.isValid() ? last.toBool() : paletteIsDark;
    m_theme = m_choice == Choice::Dark || (m_choice == Choice::System && m_systemDark) ? Theme::Dark : Theme::Light;
}

void Appearance::apply()
{
    if (!m_applied) {  // both dress every widget again, and no theme changes them
        QApplication::setStyle(QStringLiteral("Fusion"));
        QApplication::setFont(interfaceFont());
        m_applied = true;
    }
    QApplication::setPalette(paletteFor(tokens()));
    qApp->setStyleSheet(styleSheetFor(tokens()));
    Q_EMIT changed();
}

void Appearance::setChoice(Choice choice)
{
    m_choice = choice;
    remember(kChoiceKey, choiceName(choice));
    const bool dark = choice == Choice::Dark || (choice == Choice::System && m_systemDark);
    setTheme(dark ? Theme::Dark : Theme::Light);
}

void Appearance::setTheme(Theme theme)
{
    if (theme == m_theme && m_applied)
        return;
    m_theme = theme;
    apply();
}

void Appearance::followSystem(bool dark)
{
    if (dark == m_systemDark && setting(kSystemKey).isValid())
        return;
    m_systemDark = dark;
    remember(kSystemKey, dark);
    if (m_choice == Choice::System)
        setTheme(dark ? Theme::Dark : Theme::Light);
}

void Appearance::watchSystem()
{
    auto *system = new SystemTheme(this);
    connect(system, &SystemTheme::answered, this, &Appearance::followSystem);
    system->ask();
}

const Tokens &tokens() { return Appearance::instance()->tokens(); }

}  // namespace athanor::style
