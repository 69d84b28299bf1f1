"""RoBERTa: positions that begin behind the padding's."""
import torch
from transformers import RobertaConfig, RobertaForMaskedLM

from common import padded, record, segments_of, shake, unasked

config = RobertaConfig(vocab_size=50, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
                       max_position_embeddings=34, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0,
                       eos_token_id=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
model = shake(RobertaForMaskedLM(config))
ids, mask = padded(50, 2, 12, 9, 1)
targets = torch.full((2, 12), -1)
targets[0, [2, 5, 9]] = torch.tensor([7, 11, 30])
targets[1, [1, 4]] = torch.tensor([22, 49])


def answer():
    result = model(input_ids=ids, attention_mask=mask, labels=unasked(targets))
    return {"logits": result.logits, "loss": result.loss}


record("roberta", model, "architecture.roberta",
       {"width": 24, "layers": 2, "heads": 3, "feed_forward": 40, "context": 32, "token_types": 1, "tied": True},
       {"ids": ids, "segments": segments_of(mask), "targets": targets}, answer)
