"""Llama with grouped queries, biases and positions stretched as in Llama 3; and SmolLM's kind: tied, no biases."""
from transformers import LlamaConfig, LlamaForCausalLM

from common import decoder

scaling = {"rope_type": "llama3", "rope_theta": 100.0, "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
           "original_max_position_embeddings": 16}
config = LlamaConfig(vocab_size=50, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=4,
                     num_key_value_heads=2, head_dim=8, max_position_embeddings=32, rope_parameters=scaling, tie_word_embeddings=False,
                     attention_bias=True, mlp_bias=True, rms_norm_eps=1e-5)
decoder("llama", LlamaForCausalLM(config), "architecture.llama",
        {"width": 24, "layers": 2, "heads": 4, "key_value_heads": 2, "head_size": 8, "feed_forward": 40, "context": 32,
         "tied": False, "bias": True, "rotary_base": 100, "rotary_scaling": "llama3", "rotary_factor": 4,
         "rotary_original_context": 16, "epsilon": 1e-5}, 50)
config = LlamaConfig(vocab_size=50, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=3,
                     num_key_value_heads=1, max_position_embeddings=32, rope_parameters={"rope_type": "default", "rope_theta": 100000.0},
                     tie_word_embeddings=True, rms_norm_eps=1e-5)
decoder("smollm", LlamaForCausalLM(config), "architecture.llama",
        {"width": 24, "layers": 2, "heads": 3, "key_value_heads": 1, "feed_forward": 40, "context": 32, "tied": True,
         "bias": False, "rotary_base": 100000, "rotary_scaling": "none"}, 50)
