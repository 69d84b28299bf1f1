// What Athanor uses of LibTorch: tensors, their operations and autograd. <torch/torch.h> also brings data loaders,
// optimizers and layers, whose templates every file would make again: three times the time to compile.
#pragma once

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/types.h>
#include <torch/utils.h>
