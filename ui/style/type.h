// Type: the system's interface font in our sizes, and figures whose digits are all of one width. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QFont>
#include <QString>

class QPainter;
class QPointF;

namespace athanor::style {

ATHANOR_EXPORT QFont interfaceFont();                                         // body, 13 px
ATHANOR_EXPORT QFont sized(int pixels, QFont::Weight weight = QFont::Normal);  // the interface font otherwise
ATHANOR_EXPORT QFont fixedFont(int pixels);                                   // for text of models and tokens
/// A font whose digits have one width, for axis labels and tables: the interface font if its digits have, else the fixed one.
ATHANOR_EXPORT QFont figureFont(int pixels);

/// Figures set digit by digit in cells of one width, in any font (Qt 6.4 cannot ask a font for its tabular digits).
ATHANOR_EXPORT double figuresWidth(const QFont &font, const QString &text);
ATHANOR_EXPORT void drawFigures(QPainter &painter, const QPointF &baseline, const QString &text);

}  // namespace athanor::style
