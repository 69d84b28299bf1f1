// Steps and first weights that suit every width alike, so that a learning rate found with a narrow model holds for a wide
// one: the maximal-update parametrisation (Yang et al. 2022, "Tensor Programs V", table 8 for Adam). Role: what is scaled,
// and by how much, relative to a base width, at which nothing changes. The trainer applies it.
//
// With m = width / base: matrices inside blocks begin with 1/√m of their usual spread and learn at 1/m of the rate;
// embeddings, gains and biases are as ever; scores for tokens are multiplied by 1/m. That multiplier is put into the gain of
// the norm before the head, which begins at 1/m and learns at 1/m of the rate: the same under Adam (lemma J.1), also where
// head and embedding share weights, and a trained model is a plain one that every format can say. Scores of attention
// are divided by √D as ever; that is the rule's division by D as long as heads have the same size D at every width.
// Thread: pure.
#pragma once

#include "core/plugin/catalogue.h"

namespace athanor::model {

struct WidthScaling {
    double share = 1;    // base width / width
    QString outputNorm;  // name of the norm before the head
};

/// InvalidInput where the rule is not known for an architecture: an encoder beside the decoder, no norm before the head.
ATHANOR_EXPORT Result<WidthScaling> widthScaling(const QJsonObject &architecture, qint64 baseWidth);
/// The architecture with the spread of the first weights of matrices inside blocks multiplied by √share. Nothing else that
/// a model computes changes.
ATHANOR_EXPORT QJsonObject withScaledSpread(const plugin::Catalogue &plugins, QJsonObject architecture, double share);
/// What the learning rate of matrices inside blocks is multiplied by: the share to the power that the optimizer's
/// plugin.json declares ("hidden_rate_exponent": 1 where a step's size does not depend on the gradient's). InvalidInput
/// for optimizers that declare none.
ATHANOR_EXPORT Result<double> hiddenRateFactor(const plugin::Metadata &optimizer, double share);

}  // namespace athanor::model
