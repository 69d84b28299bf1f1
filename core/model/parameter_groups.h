// Groups of weights that learn otherwise than the rest. Role: the setting "groups" as text, what it means for weights'
// names, and the layer-wise decay of the learning rate. Thread: pure functions.
//
//   tok: lr 0.5, decay 0; *.norm*: lr 2
// Each group is a pattern of names, a colon, and factors on the learning rate ("lr") and on the weight decay ("decay"). The
// first pattern that fits a weight counts. * and ? stand for any letters; a layer's name means all that is in it.
#pragma once

#include "core/base/error.h"

#include <QStringList>

namespace athanor::model {

struct ParameterGroup {
    QString pattern;
    double learningRateFactor = 1;
    double decayFactor = 1;
};

/// InvalidInput quotes the part that cannot be read and shows how a group is written.
ATHANOR_EXPORT Result<QList<ParameterGroup>> parseParameterGroups(const QString &text);

/// Whether a text is what a pattern says: * stands for any letters, ? for one. Cost: at most their lengths multiplied.
ATHANOR_EXPORT bool fitsPattern(QStringView text, QStringView pattern);
/// Whether a weight of this name is meant.
ATHANOR_EXPORT bool fitsName(const QString &name, const QString &pattern);

/// The first group that a weight belongs to; null: none.
ATHANOR_EXPORT const ParameterGroup *groupOf(const QList<ParameterGroup> &groups, const QString &name);

/// InvalidInput names the layers that there are when a pattern means no weight. `names`: of all weights of the model.
ATHANOR_EXPORT Status checkGroups(const QList<ParameterGroup> &groups, const QStringList &names);

/// The layers that weights belong to, with numbers of blocks left out: "tok, blocks.*.attention, …".
ATHANOR_EXPORT QString layersOf(const QStringList &names);

/// A factor on the learning rate for each name, in the model's order: 1 for what stands above the blocks, `decay` for the
/// uppermost block, once more for each below it and for what stands before them (Clark et al. 2020).
ATHANOR_EXPORT QList<double> layerFactors(const QStringList &names, double decay);

}  // namespace athanor::model
