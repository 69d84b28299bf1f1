"""Qwen 2 with shared embedding and head."""
from transformers import Qwen2Config, Qwen2ForCausalLM

from common import decoder

config = Qwen2Config(vocab_size=50, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
                     num_key_value_heads=2, max_position_embeddings=32, tie_word_embeddings=True, rms_norm_eps=1e-6,
                     rope_parameters={"rope_type": "default", "rope_theta": 1000.0})
decoder("qwen2", Qwen2ForCausalLM(config), "architecture.qwen2",
        {"width": 24, "layers": 2, "heads": 4, "key_value_heads": 2, "feed_forward": 40, "context": 32, "tied": True,
         "rotary_base": 1000, "epsilon": 1e-6}, 50)
