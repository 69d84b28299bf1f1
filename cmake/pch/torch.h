// LibTorch and Qt Core, for every file of the tensor side. QT_NO_KEYWORDS keeps Qt's `slots` out of LibTorch.
#pragma once
#include "core/tensor/libtorch.h"

#include "cmake/pch/core.h"
