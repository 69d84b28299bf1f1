"""What the scripts beside this one share: a tiny random model of transformers, and what it answers, as files.

Run with public wheels (torch, transformers 5, safetensors): python tests/golden/<family>.py
Each folder holds config.json, model.safetensors (their names) and expected.json:
{"format":1, "architecture", "choices", "vocabulary", "weights": {our name: {"theirs": […], "transposed", "rows"}},
 "batch": {"ids", "targets", …}, "logits" (flat), "labelLogits", "loss", "gradientNorms": {their name: L2 norm}}
"theirs" are joined along the rows; "rows" then names, for each of our rows, the joined row that it is.
"""
import json
import os

import torch
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))


def shake(model, seed=1):
    """Weights large enough that every part matters."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            noise = torch.randn(value.shape, generator=generator)
            if value.dim() > 1:
                value.copy_(noise * 0.25)
            elif name.endswith("weight"):
                value.copy_(1 + 0.1 * noise)
            else:
                value.copy_(0.1 * noise)
    return model.eval()


def random_ids(vocabulary, b, t, seed=2):
    return torch.randint(3, vocabulary, (b, t), generator=torch.Generator().manual_seed(seed))


def plain(name):
    return {"theirs": [name]}


def joined(*names):
    return {"theirs": list(names)}


def record(family, model, architecture, choices, vocabulary, weights, batch, answer):
    """answer() → (token logits, label logits or None, loss)."""
    folder = os.path.join(HERE, family)
    os.makedirs(folder, exist_ok=True)
    model.zero_grad()
    logits, labels, loss = answer()
    loss.backward()
    used = {name for entry in weights.values() for name in entry["theirs"]}
    named = dict(model.named_parameters())
    missing = set(named) - used
    assert not missing, missing
    norms = {name: float(named[name].grad.double().norm()) for name in sorted(named) if named[name].grad is not None}
    model.config.to_json_file(os.path.join(folder, "config.json"))
    save_file({name: named[name].detach().contiguous().clone() for name in sorted(named)},
              os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    expected = {"format": 1, "architecture": architecture, "choices": choices, "vocabulary": vocabulary,
                "weights": weights,
                "batch": {key: value.tolist() for key, value in batch.items()},
                "logits": [float(f"{v:.7g}") for v in logits.detach().flatten().tolist()],
                "loss": float(loss), "gradientNorms": norms}
    if labels is not None:
        expected["labelLogits"] = [float(f"{v:.7g}") for v in labels.detach().flatten().tolist()]
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(expected, file)
        file.write("\n")


def decoder(family, model, architecture, choices, vocabulary, weights, t=12):
    """A decoder: every token after the first is asked for."""
    shake(model)
    ids = random_ids(vocabulary, 2, t)
    targets = torch.cat([ids[:, 1:], torch.full((2, 1), -1)], 1)

    def answer():
        result = model(input_ids=ids, labels=ids)
        return result.logits, None, result.loss

    record(family, model, architecture, choices, vocabulary, weights, {"ids": ids, "targets": targets}, answer)


def llama_like(layers, tied, bias=(), head_norms=False):
    """Names of Llama and its kin; bias: of "qkv", "output", "mlp"."""
    weights = {"tok.weight": plain("model.embed_tokens.weight"), "norm.weight": plain("model.norm.weight")}
    if not tied:
        weights["head.weight"] = plain("lm_head.weight")
    for i in range(layers):
        ours, theirs = f"blocks.{i}.", f"model.layers.{i}."
        weights[ours + "norm1.weight"] = plain(theirs + "input_layernorm.weight")
        weights[ours + "norm2.weight"] = plain(theirs + "post_attention_layernorm.weight")
        for kind in ["weight", "bias"]:
            if kind == "weight" or "qkv" in bias:
                weights[ours + "attention.qkv_" + kind] = joined(*[f"{theirs}self_attn.{x}_proj.{kind}" for x in "qkv"])
            if kind == "weight" or "output" in bias:
                weights[ours + "attention.output_" + kind] = plain(f"{theirs}self_attn.o_proj.{kind}")
            if kind == "weight" or "mlp" in bias:
                weights[ours + "feed_forward.gate_up_" + kind] = joined(f"{theirs}mlp.gate_proj.{kind}", f"{theirs}mlp.up_proj.{kind}")
                weights[ours + "feed_forward.down_" + kind] = plain(f"{theirs}mlp.down_proj.{kind}")
        if head_norms:
            weights[ours + "attention.query_norm_weight"] = plain(theirs + "self_attn.q_norm.weight")
            weights[ours + "attention.key_norm_weight"] = plain(theirs + "self_attn.k_norm.weight")
    return weights
