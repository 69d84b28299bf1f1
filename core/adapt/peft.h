// Adapters as the library PEFT keeps them: a folder with adapter_config.json and adapter_model.safetensors (or, before
// its version 0.7, adapter_model.bin), tensors named base_model.model.<module of the Hugging Face model>.lora_A.weight, .lora_B.weight and .lora_magnitude_vector.
// Role: reading and writing; the names come from the family (family_names.h). Thread: one.
// Limits: LoRA, rsLoRA and DoRA on matrices with one rank and one alpha for all; no trained biases.
// Sources: huggingface/peft, "Checkpoint format".
#pragma once

#include "core/adapt/adapters.h"
#include "core/adapt/family_names.h"

namespace athanor::adapt {

/// Puts the folder's adapter on the model. Returns the settings that it was made with, its modules as targets.
/// Errors: NotFound, Corrupt (a half of a pair missing, shapes that do not fit), Unsupported (another method, ranks by
/// pattern, trained biases), InvalidInput when a module is none of the model's: the message names those that exist.
/// `head`: of a model with labels, whose tensors are read too where the folder has them.
ATHANOR_EXPORT Result<AdapterSettings> readPeft(const QString &folder, network::Model &model,
                                                const std::vector<Module> &modules, const FamilyHead &head = {});

/// Writes the model's adapters and, of a model with labels, its head as "modules_to_save" with the labels' names in
/// labels.json. `base`: name or path of the Hugging Face model that they stand on. InvalidInput where a matrix has no name
/// in the family; Unsupported where the head has none.
ATHANOR_EXPORT Status writePeft(const QString &folder, const network::Model &model, const std::vector<Module> &modules,
                                const AdapterSettings &settings, const QString &base, const FamilyHead &head = {});

}  // namespace athanor::adapt
