#include "ui/style/type.h"

#include "ui/style/tokens.h"

namespace athanor::style {

namespace {

// Without a desktop's settings Qt names a generic family; then a face made for screens is taken where there is one.
QString interfaceFamily()
{
    static const QString family = [] {
        const QString named = QFontDatabase::systemFont(QFontDatabase::GeneralFont).family();
        static const QStringList generic{QStringLiteral("Sans Serif"), QStringLiteral("Sans"), QStringLiteral("sans-serif"),
                                         QStringLiteral("Helvetica"), QStringLiteral("DejaVu Sans"), QString()};
        if (!generic.contains(named))
            return named;
        for (const QString &better : {QStringLiteral("Inter"), QStringLiteral("Cantarell"), QStringLiteral("Noto Sans"),
                                      QStringLiteral("DejaVu Sans"), QStringLiteral("Liberation Sans")})
            if (QFontDatabase::hasFamily(better))
                return better;
        return named;
    }();
    return family;
}

double digitWidth(const QFontMetricsF &metrics)
{
    double widest = 0;
    for (char16_t digit = u'0'; digit <= u'9'; ++digit)
        widest = std::max(widest, metrics.horizontalAdvance(QChar(digit)));
    return widest;
}

bool hasEvenDigits(const QFont &font)
{
    const QFontMetricsF metrics(font);
    const double widest = digitWidth(metrics);
    for (char16_t digit = u'0'; digit <= u'9'; ++digit)
        if (widest - metrics.horizontalAdvance(QChar(digit)) > 0.05)
            return false;
    return true;
}

// Calls place(character run, its width) for each digit and for each stretch between digits.
template <typename Place> void eachFigureRun(const QFont &font, const QString &text, Place place)
{
    const QFontMetricsF metrics(font);
    const double cell = digitWidth(metrics);
    for (qsizetype at = 0; at < text.size();) {
        qsizetype end = at + 1;
        if (!(text[at] >= u'0' && text[at] <= u'9'))
            while (end < text.size() && !(text[end] >= u'0' && text[end] <= u'9'))
                ++end;
        const QString run = text.mid(at, end - at);
        const bool isDigit = text[at] >= u'0' && text[at] <= u'9';
        place(run, isDigit ? cell : metrics.horizontalAdvance(run));
        at = end;
    }
}

}  // namespace

QFont interfaceFont() { return sized(kBodyPixels); }

QFont sized(int pixels, QFont::Weight weight)
{
    QFont font(interfaceFamily());
    font.setPixelSize(pixels);
    font.setWeight(weight);
    font.setStyleStrategy(QFont::PreferAntialias);
    return font;
}

QFont fixedFont(int pixels)
{
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPixelSize(pixels);
    return font;
}

QFont figureFont(int pixels)
{
    static const bool even = hasEvenDigits(sized(kBodyPixels));
    return even ? sized(pixels) : fixedFont(pixels);
}

double figuresWidth(const QFont &font, const QString &text)
{
    double width = 0;
    eachFigureRun(font, text, [&](const QString &, double runWidth) { width += runWidth; });
    return width;
}

void drawFigures(QPainter &painter, const QPointF &baseline, const QString &text)
{
    double x = baseline.x();
    const QFontMetricsF metrics(painter.font());
    eachFigureRun(painter.font(), text, [&](const QString &run, double width) {
        painter.drawText(QPointF(x + (width - metrics.horizontalAdvance(run)) / 2, baseline.y()), run);
        x += width;
    });
}

}  // namespace athanor::style
