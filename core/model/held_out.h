// What a run reads of the text that is held out, for each of its measurements. The forecast and the run go by the same number.
#pragma once

#include <QtGlobal>

namespace athanor::model {

inline constexpr qint64 kTokensPerMeasurement = 16'384;  // about so many, of as many as there are

}  // namespace athanor::model
