// The theme in force: the person's choice, or the system's. Role: applies font, palette and style sheet to the
// application and switches them live. One per process, like QApplication itself. Thread: the window's.
#pragma once

#include "ui/style/tokens.h"

#include <QFont>
#include <QObject>

namespace athanor::style {

class ATHANOR_EXPORT Appearance : public QObject {
    Q_OBJECT
public:
    enum class Choice { System, Dark, Light };

    /// Made on first use; lives as long as the QApplication.
    static Appearance *instance();

    /// Sets font, palette and style sheet. Called once, before the first window.
    void apply();
    /// Asks the desktop for its preference and follows its changes; called after the first paint, it may be slow.
    void watchSystem();

    Choice choice() const { return m_choice; }
    void setChoice(Choice choice);  // remembered
    Theme theme() const { return m_theme; }
    void setTheme(Theme theme);  // switches now and is not remembered; for pictures and tests
    const Tokens &tokens() const { return tokensOf(m_theme); }

Q_SIGNALS:
    /// After palette and style sheet are in place: repaint what you painted yourself.
    void changed();

private:
    explicit Appearance(QObject *parent);
    void followSystem(bool dark);
    Choice m_choice = Choice::System;
    Theme m_theme = Theme::Light;
    bool m_systemDark = false;
    bool m_applied = false;
};

/// The tokens in force.
ATHANOR_EXPORT const Tokens &tokens();

}  // namespace athanor::style
