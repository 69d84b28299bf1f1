"""Qwen 3: norms of each head's query and key, heads wider than their share."""
from transformers import Qwen3Config, Qwen3ForCausalLM

from common import decoder

config = Qwen3Config(vocab_size=50, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
                     num_key_value_heads=2, head_dim=8, max_position_embeddings=32, tie_word_embeddings=True,
                     rms_norm_eps=1e-6, rope_parameters={"rope_type": "default", "rope_theta": 1000.0})
decoder("qwen3", Qwen3ForCausalLM(config), "architecture.qwen3",
        {"width": 24, "layers": 2, "heads": 4, "key_value_heads": 2, "head_size": 8, "feed_forward": 40, "context": 32,
         "tied": True, "rotary_base": 1000, "epsilon": 1e-6}, 50)
