"""BERT with both of its heads, with the one for masked tokens, and as an encoder of texts."""
import torch
from torch.nn.functional import cross_entropy
from transformers import BertConfig, BertForMaskedLM, BertForPreTraining, BertModel

from common import padded, record, segments_of, shake, unasked

common = dict(vocab_size=50, hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=40,
              max_position_embeddings=32, type_vocab_size=2, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
choices = {"width": 24, "layers": 2, "heads": 3, "feed_forward": 40, "context": 32, "token_types": 2, "activation": "gelu", "tied": True}
ids, mask = padded(50, 2, 12, 9, 0)
types = (torch.arange(12) >= 6).long().expand(2, 12).contiguous()
targets = torch.full((2, 12), -1)
targets[0, [2, 5, 9]] = torch.tensor([7, 11, 30])
targets[1, [1, 4]] = torch.tensor([22, 49])
labels = torch.tensor([1, 0])
given = dict(input_ids=ids, attention_mask=mask, token_type_ids=types)
batch = {"ids": ids, "segments": segments_of(mask), "tokenTypes": types}

model = shake(BertForPreTraining(BertConfig(**common)))


def both():
    result = model(**given, labels=unasked(targets), next_sentence_label=labels)
    return {"logits": result.prediction_logits, "labelLogits": result.seq_relationship_logits, "loss": result.loss}


record("bert", model, "architecture.bert", {**choices, "masked": True, "next_sentence": True},
       {**batch, "targets": targets, "labels": labels}, both)

masked = shake(BertForMaskedLM(BertConfig(**common, hidden_act="gelu_new")))


def tokens():
    result = masked(**given, labels=unasked(targets))
    return {"logits": result.logits, "loss": result.loss}


record("bert_masked", masked, "architecture.bert", {**choices, "activation": "gelu_tanh", "masked": True, "next_sentence": False},
       {**batch, "targets": targets}, tokens)

encoder = shake(BertModel(BertConfig(**common)))


def vectors():
    result = encoder(**given)
    return {"hidden": result.last_hidden_state, "labelLogits": result.pooler_output,
            "loss": cross_entropy(result.pooler_output, labels)}


record("bert_encoder", encoder, "architecture.bert", {**choices, "masked": False, "next_sentence": False, "pooler": True},
       {**batch, "labels": labels}, vectors)
