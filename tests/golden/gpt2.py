"""GPT-2, whose matrices stand transposed."""
from transformers import GPT2Config, GPT2LMHeadModel

from common import decoder

config = GPT2Config(vocab_size=50, n_embd=24, n_layer=2, n_head=4, n_positions=32, n_inner=40)
decoder("gpt2", GPT2LMHeadModel(config), "architecture.gpt2",
        {"width": 24, "layers": 2, "heads": 4, "context": 32, "feed_forward": 40}, 50)
