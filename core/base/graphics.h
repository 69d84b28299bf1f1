// Graphics cards that can compute, as their driver tells of them. Role: names and memory for the window and the command
// line, which know no tensor library; the last word is the worker's (core/tensor/device.h). Thread: safe.
#pragma once

#include "core/base/export.h"

#include <QList>
#include <QString>

namespace athanor {

struct GraphicsCard {
    QString name;            // "NVIDIA H200"
    qint64 memoryBytes = 0;  // total
    int computeCapability = 0;  // the first number of it: 8 for Ampere, 9 for Hopper
};

/// In the driver's order (CUDA_VISIBLE_DEVICES is respected); empty without a driver or a card. Asked once a process.
ATHANOR_EXPORT QList<GraphicsCard> graphicsCards();
/// Those of them that this installation can compute on: all where its LibTorch has CUDA (as the build noted beside the
/// tensor side's module), else none.
ATHANOR_EXPORT QList<GraphicsCard> usableGraphicsCards();
/// Whether LibTorch has CUDA, by the same note.
ATHANOR_EXPORT bool isBuiltWithCuda();
/// As graphicsCards(), through the driver's library of this file name, asked anew.
ATHANOR_EXPORT QList<GraphicsCard> graphicsCardsOf(const QString &driverLibrary);

}  // namespace athanor
