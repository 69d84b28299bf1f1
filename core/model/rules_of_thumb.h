// What the literature found for training of any model. Role: one place for the numbers that several rooms and the window
// reason with. Thread: constants.
#pragma once

namespace athanor::model {

inline constexpr double kFlopsPerParameter = 6;    // for each token, forward and backward; attention comes on top (Kaplan et al. 2020)
inline constexpr double kTokensPerParameter = 20;  // make the best of the arithmetic (Hoffmann et al. 2022)
inline constexpr double kUsefulPasses = 4;         // over a text: up to so many are nearly as good as new text (Muennighoff et al. 2023)

}  // namespace athanor::model
