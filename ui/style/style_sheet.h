// The one style sheet, made from the tokens, and the palette that goes with it. Thread: the window's.
#pragma once

#include "ui/style/tokens.h"

#include <QPalette>
#include <QString>

class QWidget;

namespace athanor::style {

ATHANOR_EXPORT QString styleSheetFor(const Tokens &tokens);
ATHANOR_EXPORT QPalette paletteFor(const Tokens &tokens);

/// What a widget is, for the style sheet. Labels: title, card-title, value, note, second, label, code.
/// Buttons: primary, quiet, link, chip, danger, section. Frames: card, raised, drawer, rail, toast, banner.
ATHANOR_EXPORT void setRole(QWidget *widget, const char *role);
/// Colours a label or a frame by what it says; Neutral takes the colour of its role again.
ATHANOR_EXPORT void setTone(QWidget *widget, Tone tone);

}  // namespace athanor::style
