"""Mistral with a window shorter than the text."""
from transformers import MistralConfig, MistralForCausalLM

from common import decoder

config = MistralConfig(vocab_size=50, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
                       num_key_value_heads=2, max_position_embeddings=32, sliding_window=5, tie_word_embeddings=False,
                       rms_norm_eps=1e-6, rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
                       attn_implementation="eager")
decoder("mistral", MistralForCausalLM(config), "architecture.mistral",
        {"width": 24, "layers": 2, "heads": 4, "key_value_heads": 2, "feed_forward": 40, "context": 32, "tied": False,
         "window": 5, "epsilon": 1e-6}, 50)
