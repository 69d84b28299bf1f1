"""Falcon: one key and value for all heads and one norm (7B's shape), and groups with two norms (40B's)."""
from transformers import FalconConfig, FalconForCausalLM

from common import decoder, plain

C, D = 32, 8


def names(layers, norms, rows=None):
    weights = {"tok.weight": plain("transformer.word_embeddings.weight"), "norm.weight": plain("transformer.ln_f.weight"),
               "norm.bias": plain("transformer.ln_f.bias")}
    for i in range(layers):
        ours, theirs = f"blocks.{i}.", f"transformer.h.{i}."
        for kind in ["weight", "bias"]:
            weights[f"{ours}norm1.{kind}"] = plain(f"{theirs}{'input_layernorm' if norms == 1 else 'ln_attn'}.{kind}")
            if norms == 2:
                weights[f"{ours}norm2.{kind}"] = plain(f"{theirs}ln_mlp.{kind}")
        weights[f"{ours}attention.qkv_weight"] = {"theirs": [f"{theirs}self_attention.query_key_value.weight"]}
        if rows:
            weights[f"{ours}attention.qkv_weight"]["rows"] = rows
        weights[f"{ours}attention.output_weight"] = plain(f"{theirs}self_attention.dense.weight")
        weights[f"{ours}feed_forward.up_weight"] = plain(f"{theirs}mlp.dense_h_to_4h.weight")
        weights[f"{ours}feed_forward.down_weight"] = plain(f"{theirs}mlp.dense_4h_to_h.weight")
    return weights


common = dict(vocab_size=50, hidden_size=C, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=32,
              ffn_hidden_size=48, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 10000.0})
choices = {"width": C, "layers": 2, "heads": 4, "context": 32, "feed_forward": 48, "tied": True}
decoder("falcon", FalconForCausalLM(FalconConfig(**common)), "architecture.falcon", choices, 50, names(2, 1))
# Groups of two queries, a key and a value.
order = [("q", 0), ("q", 1), ("k", 0), ("v", 0), ("q", 2), ("q", 3), ("k", 1), ("v", 1)]
heads = [order.index(x) for x in [("q", 0), ("q", 1), ("q", 2), ("q", 3), ("k", 0), ("k", 1), ("v", 0), ("v", 1)]]
config = FalconConfig(**common, new_decoder_architecture=True, num_kv_heads=2)
decoder("falcon40", FalconForCausalLM(config), "architecture.falcon", {**choices, "key_value_heads": 2, "norms": 2}, 50,
        names(2, 2, [h * D + d for h in heads for d in range(D)]))
