// The tokens of colour, type and space: the only place in the tree that names a colour. Two sets, dark and light.
// Thread: values.
#pragma once

#include "core/base/export.h"

#include <QColor>
#include <Qt>

#include <array>

namespace athanor::style {

enum class Theme { Dark, Light };

/// What a mark says. Used for dots, notes and hints; never the only carrier of the meaning.
enum class Tone { Neutral, Good, Active, Attention, Bad };

struct Tokens {
    QColor ground, rail, surface, raised, line;
    QColor text, second, third;
    QColor accent, onAccent;
    QColor good, attention, bad;
    std::array<QColor, 4> series;

    QColor of(Tone tone) const;
};

ATHANOR_EXPORT const Tokens &tokensOf(Theme theme);

/// Dash styles that go with the four series colours, so that colour never is the only difference.
ATHANOR_EXPORT Qt::PenStyle seriesDash(int index);

/// WCAG 2 contrast ratio, 1 to 21.
ATHANOR_EXPORT double contrastRatio(const QColor &a, const QColor &b);

/// `share` of `over` laid on `under`, opaque: the soft tints of chips and marked lines.
ATHANOR_EXPORT QColor mixed(const QColor &under, const QColor &over, double share);

// Sizes in logical pixels, on a grid of eight.
inline constexpr int kUnit = 8;
inline constexpr int kCardRadius = 10;
inline constexpr int kFieldRadius = 6;
inline constexpr int kCardPadding = 16;
inline constexpr int kGap = 16;
inline constexpr int kPageMargin = 32;
inline constexpr int kTitlePixels = 22;
inline constexpr int kValuePixels = 21;
inline constexpr int kBodyPixels = 13;
inline constexpr int kCardTitlePixels = 13;
inline constexpr int kNotePixels = 12;

}  // namespace athanor::style
