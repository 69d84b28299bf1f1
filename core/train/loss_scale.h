// Loss scaling: f16 has few exponents, so gradients are computed of a loss times a large power of two and divided again
// before they are used (Micikevicius et al. 2018, section 3.2). The factor follows what fits: an update whose gradients
// overflow is left out and halves it, a long row of good ones doubles it. Role: arithmetic and its state in a checkpoint;
// scaling by a power of two changes no other bits. Thread: values.
#pragma once

#include "core/base/error.h"

#include <QJsonObject>

namespace athanor::train {

class ATHANOR_EXPORT LossScale {
public:
    /// Off: the factor is 1, and every update counts.
    LossScale() = default;
    static LossScale begun(double factor = 65536);

    bool isOn() const { return m_isOn; }
    double factor() const { return m_factor; }
    /// After the gradients of an update: whether it may be made. False where they are not finite and a smaller factor
    /// may help; below the smallest factor the numbers themselves are at fault.
    bool accepts(bool isFinite);

    /// {"factor","good"}; empty when off.
    QJsonObject toJson() const;
    /// Corrupt for what toJson() never writes.
    static Result<LossScale> fromJson(const QJsonObject &object);

private:
    bool m_isOn = false;
    double m_factor = 1;
    qint64 m_good = 0;  // updates since the factor changed
};

}  // namespace athanor::train
