// Our icons: SVG of one weight in resources/icons, recoloured to the text. They follow the theme by themselves.
// Thread: the window's.
#pragma once

#include "ui/style/tokens.h"

#include <QIcon>
#include <QPixmap>
#include <QString>

namespace athanor::style {

/// By file name without ".svg": "project", "data", "play" … Drawn in the second text colour, in the text colour when
/// selected or on, in the third when disabled.
ATHANOR_EXPORT QIcon icon(const QString &name);
ATHANOR_EXPORT QPixmap iconPixmap(const QString &name, int pixels, const QColor &colour, double pixelRatio = 1);
ATHANOR_EXPORT QStringList iconNames();

/// A recoloured copy as a file, for the style sheet, which knows only files. Empty when no cache can be written.
QString recolouredFile(const QString &name, const QColor &colour);

}  // namespace athanor::style
