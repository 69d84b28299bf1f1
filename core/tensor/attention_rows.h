// Inside core/tensor: the row kernels of attention.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

// to = scale · rotate(from, angle) for one head of `d` numbers; rotation null: only scaled. `turn` −1 rotates back.
// Pairs are (i, i + d/2), as in Llama's published weights.
void rotateRow(const float *from, float *to, const float *rotation, float turn, float scale, int64_t d);
void rotateRow(const Bf16 *from, float *to, const float *rotation, float turn, float scale, int64_t d);
void rotateRow(const float *from, Bf16 *to, const float *rotation, float turn, float scale, int64_t d);
void rotateRow(const Bf16 *from, Bf16 *to, const float *rotation, float turn, float scale, int64_t d);

// softmax over the first `n` of `width` scores in place, zero after them; returns log Σ exp.
float softmaxRow(float *row, int64_t n, int64_t width);

// A part of a softmax of scale · score: `n` scores become exp(scale · score − highest), where `highest` first grows to the
// highest of them; `total` becomes the sum so far. Returns exp(highest before − highest now), by which it was multiplied; 0
// at the first part.
float exponentials(float *scores, float scale, int64_t n, float &highest, float &total);

void scaleRow(float *row, float factor, int64_t n);

// p = exp(scale · scores − logSum) in place of the scores; gradient becomes p · (gradient − Σ p·gradient). Zero after n.
void softmaxBackwardRow(float *scores, float *gradient, float scale, float logSum, int64_t n, int64_t width);

// One scaled query against `n` cached keys and values of `d` numbers: to (d) f32. scores: room for n.
void attendRow(const float *query, const float *keys, const float *values, float *scores, float *to, int64_t n,
               int64_t d);
void attendRow(const float *query, const Bf16 *keys, const Bf16 *values, float *scores, float *to, int64_t n, int64_t d);

}  // namespace athanor::tensor::kernels
