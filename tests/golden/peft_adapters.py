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
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from common import HERE, random_ids


def save(name, adapted, family, ids, scores):
    """The adapter's folder, standing on `family`, with what the model says of `ids`."""
    folder = os.path.join(HERE, "peft", name)
    shutil.rmtree(folder, ignore_errors=True)
    adapted.save_pretrained(folder)
    os.remove(os.path.join(folder, "README.md"))
    path = os.path.join(folder, "adapter_config.json")
    with open(path) as file:
        config = json.load(file)
    config["base_model_name_or_path"] = family
    with open(path, "w") as file:
        json.dump(config, file, indent=1, sort_keys=True)
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump({"format": 1, "family": family, "batch": {"ids": ids.tolist()}, **scores}, file)


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
    save(name, adapted, family, ids, {"logits": logits, "plainLogits": plain})


make("lora", "llama", r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"])
make("rslora", "llama", r=3, lora_alpha=8, use_rslora=True, target_modules="all-linear")
make("dora", "llama", r=2, lora_alpha=4, use_dora=True, target_modules=["k_proj", "up_proj", "down_proj"])
make("one_layer", "llama", r=2, lora_alpha=4, target_modules=["model.layers.1.self_attn.o_proj"])
make("gpt2", "gpt2", r=4, lora_alpha=8, fan_in_fan_out=True, target_modules=["c_attn", "c_fc"])
make("gpt_neox", "gpt_neox", r=4, lora_alpha=8, target_modules=["query_key_value", "dense"])


def make_labels(name, family, base, saved, **settings):
    """An adapter that was taught three labels, with its head beside it. `base`: the class with that head."""
    model = base.from_pretrained(os.path.join(HERE, family), num_labels=3, attn_implementation="eager", dtype=torch.float32)
    if model.config.pad_token_id is None:
        model.config.pad_token_id = 0
    model.eval()
    ids = random_ids(model.config.vocab_size, 2, 9)
    adapted = get_peft_model(model, LoraConfig(task_type="SEQ_CLS", bias="none", modules_to_save=saved, **settings))
    generator = torch.Generator().manual_seed(4)
    with torch.no_grad():
        for key, value in adapted.named_parameters():
            if "lora_" in key or "modules_to_save" in key:
                value.copy_(0.3 * torch.randn(value.shape, generator=generator))
    adapted.eval()
    logits = adapted(input_ids=ids).logits.detach().flatten().tolist()
    save(name, adapted, family, ids, {"labelLogits": logits})


make_labels("labels_llama", "llama", AutoModelForSequenceClassification, None, r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"])
make_labels("labels_bert", "bert_masked", AutoModelForSequenceClassification, ["classifier", "pooler"], r=4, lora_alpha=8,
            target_modules=["query", "value"])
make_labels("labels_roberta", "roberta", AutoModelForSequenceClassification, None, r=4, lora_alpha=8, target_modules=["query", "value"])

# The same adapter as PEFT kept it before version 0.7: a pickle.
pickled = os.path.join(HERE, "peft", "pickled")
shutil.rmtree(pickled, ignore_errors=True)
shutil.copytree(os.path.join(HERE, "peft", "lora"), pickled)
torch.save(load_file(os.path.join(pickled, "adapter_model.safetensors")), os.path.join(pickled, "adapter_model.bin"))
os.remove(os.path.join(pickled, "adapter_model.safetensors"))
