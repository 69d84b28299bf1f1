"""GPT-NeoX: side-by-side branches, a quarter of each head turned, queries, keys and values interleaved by head."""
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

from common import decoder

config = GPTNeoXConfig(vocab_size=50, hidden_size=24, intermediate_size=40, num_hidden_layers=2, num_attention_heads=3,
                       max_position_embeddings=32, use_parallel_residual=True, tie_word_embeddings=False,
                       rope_parameters={"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.25})
decoder("gpt_neox", GPTNeoXForCausalLM(config), "architecture.gpt_neox",
        {"width": 24, "layers": 2, "heads": 3, "context": 32, "feed_forward": 40, "tied": False, "rotary_share": 0.25}, 50,
        saved_as={"lm_head.weight": "embed_out.weight"})
