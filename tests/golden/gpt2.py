"""GPT-2, whose matrices stand transposed."""
from transformers import GPT2Config, GPT2LMHeadModel

from common import decoder, plain

config = GPT2Config(vocab_size=50, n_embd=24, n_layer=2, n_head=4, n_positions=32, n_inner=40)
weights = {"tok.weight": plain("transformer.wte.weight"), "positions.weight": plain("transformer.wpe.weight"),
           "norm.weight": plain("transformer.ln_f.weight"), "norm.bias": plain("transformer.ln_f.bias")}
for i in range(2):
    ours, theirs = f"blocks.{i}.", f"transformer.h.{i}."
    for kind in ["weight", "bias"]:
        weights[f"{ours}norm1.{kind}"] = plain(f"{theirs}ln_1.{kind}")
        weights[f"{ours}norm2.{kind}"] = plain(f"{theirs}ln_2.{kind}")
        for a, b in [("attention.qkv", "attn.c_attn"), ("attention.output", "attn.c_proj"), ("feed_forward.up", "mlp.c_fc"),
                     ("feed_forward.down", "mlp.c_proj")]:
            weights[f"{ours}{a}_{kind}"] = {"theirs": [f"{theirs}{b}.{kind}"], "transposed": kind == "weight"}
decoder("gpt2", GPT2LMHeadModel(config), "architecture.gpt2",
        {"width": 24, "layers": 2, "heads": 4, "context": 32, "feed_forward": 40}, 50, weights)
