"""Exports of Athanor against what transformers recorded: python tests/golden/check_export.py EXPORTS

EXPORTS is the folder that test.golden.families wrote with ATHANOR_GOLDEN_EXPORTS set. Each <family>-export is loaded in
transformers and must give the recorded scores again. Prints the largest difference of each family.
"""
import json
import os
import sys

import torch
import transformers

HERE = os.path.dirname(os.path.abspath(__file__))
TOLERANCE = 1e-4


def answer(model, batch):
    """The model's scores or vectors (none of a model that only sorts texts), and those of labels."""
    given = {"input_ids": batch["ids"]}
    if "segments" in batch:
        given["attention_mask"] = (batch["segments"] >= 0).long()
    if "tokenTypes" in batch:
        given["token_type_ids"] = batch["tokenTypes"]
    if "encoderIds" in batch:
        given = {"input_ids": batch["encoderIds"], "decoder_input_ids": batch["ids"],
                 "attention_mask": (batch["encoderSegments"] >= 0).long()}
    with torch.no_grad():
        result = model(**given)
    if type(model).__name__.endswith("ForSequenceClassification"):
        return None, result["logits"]
    for name in ["logits", "prediction_logits", "last_hidden_state"]:
        if name in result:
            first = result[name]
            break
    for name in ["seq_relationship_logits", "pooler_output"]:
        if name in result:
            return first, result[name]
    return first, None


def check(family, folder):
    with open(os.path.join(HERE, family, "expected.json")) as file:
        expected = json.load(file)
    with open(os.path.join(folder, "config.json")) as file:
        kind = getattr(transformers, json.load(file)["architectures"][0])
    model, info = kind.from_pretrained(folder, output_loading_info=True, dtype=torch.float32)
    missing = [name for name in info["missing_keys"] if "embed_positions" not in name]
    assert not missing, missing
    batch = {key: torch.tensor(value) for key, value in expected["batch"].items()}
    first, labels = answer(model.eval(), batch)
    worst = 0.0
    if first is not None:
        wanted = torch.tensor(expected.get("logits", expected.get("hidden"))).view(first.shape)
        apart = (first - wanted).abs()
        if "segments" in batch:
            apart = apart * (batch["segments"] >= 0).unsqueeze(2)
        worst = float(apart.max())
    if "labels" in expected:
        named = [model.config.id2label[number] for number in range(model.config.num_labels)]
        assert named == expected["labels"], named
    if "labelLogits" in expected:
        worst = max(worst, float((labels.flatten() - torch.tensor(expected["labelLogits"])).abs().max()))
    return worst


def main(exports):
    bad = 0
    for name in sorted(os.listdir(exports)):
        if name.endswith("-export"):
            family = name[: -len("-export")]
            worst = check(family, os.path.join(exports, name))
            bad += worst > TOLERANCE
            print(f"{family}: {worst:.1e}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main(sys.argv[1])
