"""Falcon: one key and value for all heads and one norm (7B's shape), and groups with two norms (40B's)."""
from transformers import FalconConfig, FalconForCausalLM

from common import decoder

common = dict(vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=32,
              ffn_hidden_size=48, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 10000.0})
choices = {"width": 32, "layers": 2, "heads": 4, "context": 32, "feed_forward": 48, "tied": True}
decoder("falcon", FalconForCausalLM(FalconConfig(**common)), "architecture.falcon",
        {**choices, "key_value_heads": 1, "norms": 1}, 50)
config = FalconConfig(**common, new_decoder_architecture=True, num_kv_heads=2)
decoder("falcon40", FalconForCausalLM(config), "architecture.falcon", {**choices, "key_value_heads": 2, "norms": 2}, 50)
