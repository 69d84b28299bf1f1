"""The first Transformer, of which Marian's models are the nearest in transformers: sinusoidal positions, norms behind the sums."""
import torch
from transformers import MarianConfig, MarianMTModel

from common import encoder_decoder

config = MarianConfig(vocab_size=50, d_model=24, encoder_layers=2, decoder_layers=2, encoder_attention_heads=3, decoder_attention_heads=3,
                      encoder_ffn_dim=40, decoder_ffn_dim=40, max_position_embeddings=32, activation_function="relu", scale_embedding=True,
                      pad_token_id=1, eos_token_id=0, decoder_start_token_id=1, forced_eos_token_id=0, dropout=0.0)
model = MarianMTModel(config)
model.final_logits_bias.copy_(0.1 * torch.randn(1, 50, generator=torch.Generator().manual_seed(5)))
encoder_decoder("transformer", model, "architecture.transformer",
                {"width": 24, "layers": 2, "encoder_layers": 2, "heads": 3, "feed_forward": 40, "context": 32, "activation": "relu",
                 "scaled_embedding": True, "tied": True, "head_bias": True}, 50, 1)
