#include "ui/style/tokens.h"

#include <algorithm>
#include <cmath>

namespace athanor::style {

namespace {

QColor hex(unsigned rgb) { return QColor::fromRgb(0xff000000U | rgb); }

Tokens makeDark()
{
    return {hex(0x15171c), hex(0x111318), hex(0x1d2027), hex(0x252932), hex(0x30353f),
            hex(0xe8eaee), hex(0x9ba4b3), hex(0x8a93a3), hex(0xf0883e), hex(0x1a1206),
            hex(0x4fb477), hex(0xe3b341), hex(0xf0665f),
            {hex(0x56b4e9), hex(0xe69f00), hex(0x009e73), hex(0xcc79a7)}};
}

Tokens makeLight()
{
    return {hex(0xf5f6f8), hex(0xeceef2), hex(0xffffff), hex(0xf0f2f5), hex(0xdde1e7),
            hex(0x1c2026), hex(0x525c69), hex(0x5f6975), hex(0xb0500e), hex(0xffffff),
            hex(0x237a47), hex(0x8a6108), hex(0xb92f29),
            {hex(0x0072b2), hex(0xa65500), hex(0x00724f), hex(0x9a4573)}};
}

double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double luminance(const QColor &colour)
{
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

}  // namespace

QColor Tokens::of(Tone tone) const
{
    switch (tone) {
    case Tone::Good: return good;
    case Tone::Active: return accent;
    case Tone::Attention: return attention;
    case Tone::Bad: return bad;
    case Tone::Neutral: break;
    }
    return third;
}

const Tokens &tokensOf(Theme theme)
{
    static const Tokens kDark = makeDark();
    static const Tokens kLight = makeLight();
    return theme == Theme::Dark ? kDark : kLight;
}

Qt::PenStyle seriesDash(int index)
{
    constexpr std::array kDashes{Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};
    return kDashes[static_cast<std::size_t>(std::max(index, 0)) % kDashes.size()];
}

double contrastRatio(const QColor &a, const QColor &b)
{
    const double first = luminance(a);
    const double second = luminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

QColor mixed(const QColor &under, const QColor &over, double share)
{
    const auto blend = [share](double from, double to) { return static_cast<float>(from + (to - from) * share); };
    return QColor::fromRgbF(blend(under.redF(), over.redF()), blend(under.greenF(), over.greenF()),
                            blend(under.blueF(), over.blueF()));
}

}  // namespace athanor::style
