"""A model that was taught labels, as Athanor wrote it, against what Athanor answers:
python tests/golden/check_labels.py ANSWERS WHOLE [ADAPTER BASE]

ANSWERS: JSON lines {"prompt": text, "labels": [{"text", "probability"} …]}, as `athanor-cli --json generate` prints them, with the
prompt added. WHOLE: the Hugging Face folder. ADAPTER: the folder for PEFT, on the model BASE. All texts go through in one padded
batch. Prints the largest difference of a probability.
"""
import json
import sys

import torch
from peft import PeftModel
from transformers import AutoModelForSequenceClassification, AutoTokenizer

TOLERANCE = 1e-4


def worst(model, tokenizer, names, answers):
    model.config.pad_token_id = tokenizer.pad_token_id
    batch = tokenizer([answer["prompt"] for answer in answers], padding=True, truncation=True, return_tensors="pt")
    batch.pop("token_type_ids", None)
    with torch.no_grad():
        shares = torch.softmax(model.eval()(**batch).logits.double(), -1)
    largest = 0.0
    for row, answer in zip(shares, answers):
        assert names[int(row.argmax())] == answer["labels"][0]["text"], answer["prompt"]
        for label in answer["labels"]:
            largest = max(largest, abs(float(row[names.index(label["text"])]) - label["probability"]))
    return largest


def main(answers, whole, adapter=None, base=None):
    with open(answers) as file:
        answers = [json.loads(line) for line in file]
    tokenizer = AutoTokenizer.from_pretrained(whole)
    model = AutoModelForSequenceClassification.from_pretrained(whole, dtype=torch.float32)
    names = [model.config.id2label[number] for number in range(model.config.num_labels)]
    apart = [worst(model, tokenizer, names, answers)]
    print(f"whole: {len(answers)} texts, {apart[-1]:.1e}")
    if adapter:
        below = AutoModelForSequenceClassification.from_pretrained(base, num_labels=len(names), dtype=torch.float32)
        apart.append(worst(PeftModel.from_pretrained(below, adapter), tokenizer, names, answers))
        print(f"adapter: {len(answers)} texts, {apart[-1]:.1e}")
    sys.exit(1 if max(apart) > TOLERANCE else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
