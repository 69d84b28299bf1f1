"""Adapters made by PEFT on the small models of this folder, and what the models answer with them.

Run with public wheels (torch, transformers 5, peft, safetensors) after the scripts of the families:
python tests/golden/peft_adapters.py
Each folder peft/<name> holds adapter_config.json and adapter_model.safetensors as PEFT writes them, and expected.json:
{"format":1, "family": folder of the model, "batch": {"ids"}, "logits" (flat), "plainLogits" (without the adapter)}
"""
import json
import os
import shutil

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from common import HERE, random_ids


def make(name, family, **settings):
    base = os.path.join(HERE, family)
    model = AutoModelForCausalLM.from_pretrained(base, attn_implementation="eager", dtype=torch.float32)
    model.eval()
    ids = random_ids(model.config.vocab_size, 2, 9)
    plain = model(input_ids=ids).logits.detach().flatten().tolist()
    adapted = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", bias="none", **settings))
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for key, value in adapted.named_parameters():
            if "lora_B" in key:
                value.copy_(0.3 * torch.randn(value.shape, generator=generator))
            elif "lora_A" in key:
                value.copy_(0.3 * torch.randn(value.shape, generator=generator))
            elif "magnitude" in key:
                value.mul_(1 + 0.2 * torch.rand(value.shape, generator=generator))
    adapted.eval()
    logits = adapted(input_ids=ids).logits.detach().flatten().tolist()
    folder = os.path.join(HERE, "peft", name)
    shutil.rmtree(folder, ignore_errors=True)
    adapted.save_pretrained(folder)
    for file in ("README.md",):
        os.remove(os.path.join(folder, file))
    path = os.path.join(folder, "adapter_config.json")
    with open(path) as file:
        config = json.load(file)
    config["base_model_name_or_path"] = family
    with open(path, "w") as file:
        json.dump(config, file, indent=1, sort_keys=True)
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump({"format": 1, "family": family, "batch": {"ids": ids.tolist()}, "logits": logits, "plainLogits": plain}, file)


make("lora", "llama", r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"])
make("rslora", "llama", r=3, lora_alpha=8, use_rslora=True, target_modules="all-linear")
make("dora", "llama", r=2, lora_alpha=4, use_dora=True, target_modules=["k_proj", "up_proj", "down_proj"])
make("one_layer", "llama", r=2, lora_alpha=4, target_modules=["model.layers.1.self_attn.o_proj"])
make("gpt2", "gpt2", r=4, lora_alpha=8, fan_in_fan_out=True, target_modules=["c_attn", "c_fc"])
make("gpt_neox", "gpt_neox", r=4, lora_alpha=8, target_modules=["query_key_value", "dense"])
