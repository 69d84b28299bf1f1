"""T5: version 1.0 (ReLU, one matrix for embeddings and head, scaled scores) and 1.1 (gated, a head of its own)."""
from transformers import T5Config, T5ForConditionalGeneration

from common import encoder_decoder

common = dict(vocab_size=50, d_model=24, d_kv=8, d_ff=40, num_layers=2, num_decoder_layers=2, num_heads=3,
              relative_attention_num_buckets=8, relative_attention_max_distance=12, dropout_rate=0.0, pad_token_id=0,
              decoder_start_token_id=0)
choices = {"width": 24, "layers": 2, "encoder_layers": 2, "heads": 3, "head_size": 8, "feed_forward": 40, "buckets": 8, "distance": 12}
encoder_decoder("t5", T5ForConditionalGeneration(T5Config(**common)), "architecture.t5",
                {**choices, "gated": False, "tied": True, "scaled_head": True}, 50, 0)
config = T5Config(**common, feed_forward_proj="gated-gelu", tie_word_embeddings=False)
encoder_decoder("t5_gated", T5ForConditionalGeneration(config), "architecture.t5",
                {**choices, "gated": True, "scaled_head": False}, 50, 0)
