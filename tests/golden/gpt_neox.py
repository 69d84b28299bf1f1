"""GPT-NeoX: side-by-side branches, a quarter of each head turned, queries, keys and values interleaved by head."""
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from common import decoder, plain

H, D, C = 3, 8, 24
config = GPTNeoXConfig(vocab_size=50, hidden_size=C, intermediate_size=40, num_hidden_layers=2, num_attention_heads=H,
                       max_position_embeddings=32, use_parallel_residual=True, tie_word_embeddings=False,
                       rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.25})
rows = [h * 3 * D + part * D + d for part in range(3) for h in range(H) for d in range(D)]
weights = {"tok.weight": plain("gpt_neox.embed_in.weight"), "head.weight": plain("lm_head.weight"),
           "norm.weight": plain("gpt_neox.final_layer_norm.weight"), "norm.bias": plain("gpt_neox.final_layer_norm.bias")}
for i in range(2):
    ours, theirs = f"blocks.{i}.", f"gpt_neox.layers.{i}."
    for kind in ["weight", "bias"]:
        weights[f"{ours}norm1.{kind}"] = plain(f"{theirs}input_layernorm.{kind}")
        weights[f"{ours}norm2.{kind}"] = plain(f"{theirs}post_attention_layernorm.{kind}")
        weights[f"{ours}attention.qkv_{kind}"] = {"theirs": [f"{theirs}attention.query_key_value.{kind}"], "rows": rows}
        weights[f"{ours}attention.output_{kind}"] = plain(f"{theirs}attention.dense.{kind}")
        weights[f"{ours}feed_forward.up_{kind}"] = plain(f"{theirs}mlp.dense_h_to_4h.{kind}")
        weights[f"{ours}feed_forward.down_{kind}"] = plain(f"{theirs}mlp.dense_4h_to_h.{kind}")
model = GPTNeoXForCausalLM(config)
decoder("gpt_neox", model, "architecture.gpt_neox",
        {"width": C, "layers": 2, "heads": H, "context": 32, "feed_forward": 40, "tied": False}, 50, weights)
