"""Models that sort texts by labels: every family's class for it, and what it answers. The second text is padded: decoders
read their scores at its last token, encoders at its first."""
import torch
from transformers import (BertConfig, BertForSequenceClassification, FalconConfig, FalconForSequenceClassification, GPT2Config,
                          GPT2ForSequenceClassification, GPTNeoXConfig, GPTNeoXForSequenceClassification, LlamaConfig,
                          LlamaForSequenceClassification, MistralConfig, MistralForSequenceClassification, Qwen2Config,
                          Qwen2ForSequenceClassification, Qwen3Config, Qwen3ForSequenceClassification, RobertaConfig,
                          RobertaForSequenceClassification)

from common import padded, record, segments_of, shake

NAMES = {0: "bill", 1: "letter", 2: "poem"}
NAMED = dict(id2label=NAMES, label2id={name: number for number, name in NAMES.items()})
SIZES = dict(vocab_size=50, hidden_size=24, num_hidden_layers=2)
ROPE = {"rope_type": "default", "rope_theta": 10000.0}
CHOICES = {"width": 24, "layers": 2, "context": 32}


def sorts(family, model, architecture, choices, pad, **more):
    shake(model)
    ids, mask = padded(50, 2, 12, 9, pad)
    labels = torch.tensor([1, 0])

    def answer():
        result = model(input_ids=ids, attention_mask=mask, labels=labels, **more)
        return {"labelLogits": result.logits, "loss": result.loss}

    names = [model.config.id2label[number] for number in range(model.config.num_labels)]
    batch = {"ids": ids, "segments": segments_of(mask), "labels": labels}
    if "token_type_ids" in more:
        batch["tokenTypes"] = more["token_type_ids"]
    record("labels_" + family, model, architecture, {**CHOICES, **choices}, batch, answer, labels=names)


sorts("llama", LlamaForSequenceClassification(LlamaConfig(
    **SIZES, **NAMED, intermediate_size=40, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=32,
    tie_word_embeddings=False, rope_parameters=ROPE, pad_token_id=0)), "architecture.llama", {"heads": 4, "key_value_heads": 2}, 0)
sorts("mistral", MistralForSequenceClassification(MistralConfig(
    **SIZES, **NAMED, intermediate_size=40, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=32, sliding_window=5,
    rope_parameters=ROPE, pad_token_id=0, attn_implementation="eager")), "architecture.mistral", {"heads": 4, "window": 5}, 0)
# Two labels that nobody named: transformers leaves them out of config.json.
sorts("qwen2", Qwen2ForSequenceClassification(Qwen2Config(
    **SIZES, intermediate_size=40, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=32, tie_word_embeddings=True,
    rope_parameters=ROPE, pad_token_id=0)), "architecture.qwen2", {"heads": 4}, 0)
sorts("qwen3", Qwen3ForSequenceClassification(Qwen3Config(
    **SIZES, **NAMED, intermediate_size=40, num_attention_heads=4, num_key_value_heads=2, head_dim=8, max_position_embeddings=32,
    tie_word_embeddings=True, rope_parameters=ROPE, pad_token_id=0)), "architecture.qwen3", {"heads": 4, "head_size": 8}, 0)
sorts("gpt2", GPT2ForSequenceClassification(GPT2Config(
    vocab_size=50, n_embd=24, n_layer=2, n_head=4, n_positions=32, n_inner=40, pad_token_id=0, **NAMED)), "architecture.gpt2",
      {"heads": 4}, 0)
sorts("gpt_neox", GPTNeoXForSequenceClassification(GPTNeoXConfig(
    **SIZES, **NAMED, intermediate_size=40, num_attention_heads=3, max_position_embeddings=32, pad_token_id=0,
    rope_parameters={**ROPE, "partial_rotary_factor": 0.25})), "architecture.gpt_neox", {"heads": 3}, 0)
sorts("falcon", FalconForSequenceClassification(FalconConfig(
    vocab_size=50, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=32, ffn_hidden_size=48,
    rope_parameters=ROPE, pad_token_id=0, **NAMED)), "architecture.falcon", {"width": 32, "heads": 4}, 0)
quiet = dict(intermediate_size=40, num_attention_heads=3, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
types = (torch.arange(12) >= 6).long().expand(2, 12).contiguous()
sorts("bert", BertForSequenceClassification(BertConfig(**SIZES, **NAMED, **quiet, max_position_embeddings=32)), "architecture.bert",
      {"heads": 3, "masked": False, "next_sentence": False, "pooler": True}, 0, token_type_ids=types)
sorts("roberta", RobertaForSequenceClassification(RobertaConfig(
    **SIZES, **NAMED, **quiet, max_position_embeddings=34, type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, bos_token_id=0,
    eos_token_id=2)), "architecture.roberta", {"heads": 3, "token_types": 1}, 1)
