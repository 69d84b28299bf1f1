// Inside core/tensor: the loops of the rules in update_rules.h.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

struct AdamNumbers {
    float beta1, beta2, rate, epsilon, rootCorrection, pull, gradientScale;
};
struct MomentumNumbers {
    float rate, momentum, pull, ahead, gradientScale;  // ahead: 1 with Nesterov's look ahead, else 0
};
struct LionNumbers {
    float rate, beta1, beta2, keep, gradientScale;
};
struct AdafactorNumbers {
    float rate, beta1, keep, smallest, gradientScale;
};

/// `velocity` may be null: no momentum. `mean` may be null: none is kept. `columns` holds n numbers.
#define ATHANOR_RULES(W, G)                                                                                            \
    void adam(W *weight, float *master, float *first, float *second, const G *gradient, int64_t count, AdamNumbers);   \
    void momentum(W *weight, float *master, float *velocity, const G *gradient, int64_t count, MomentumNumbers);       \
    void lion(W *weight, float *master, float *mean, const G *gradient, int64_t count, LionNumbers);                   \
    void adafactorRow(W *weight, float *master, float *mean, const G *gradient, float rowSquare, const float *columns, \
                      int64_t n, AdafactorNumbers);
ATHANOR_RULES(float, float)
ATHANOR_RULES(float, Bf16)
ATHANOR_RULES(Bf16, float)
ATHANOR_RULES(Bf16, Bf16)
#undef ATHANOR_RULES

/// The sum of a row's squares; each is added to its column's too.
float addSquares(const float *row, float *columns, int64_t n, float scale);
float addSquares(const Bf16 *row, float *columns, int64_t n, float scale);
/// The sum of the squares of a row of the update: gradient / √max(rowSquare · columns, smallest).
float squaresOfUpdate(const float *row, float rowSquare, const float *columns, int64_t n, AdafactorNumbers);
float squaresOfUpdate(const Bf16 *row, float rowSquare, const float *columns, int64_t n, AdafactorNumbers);

}  // namespace athanor::tensor::kernels
