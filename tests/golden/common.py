"""What the scripts beside this one share: a tiny random model of transformers, and what it answers, as files.

Run with public wheels (torch, transformers 5, safetensors): python tests/golden/<family>.py
Each folder holds config.json and model.safetensors as transformers saves them, and expected.json:
{"format":1, "architecture", "choices": {some of those that the config must come to}, "batch": {"ids", "targets", …},
 "labels" (names), "logits" (flat) | "hidden" (flat), "labelLogits", "loss", "gradientNorms": {their name: L2 norm}}
Rows of padding (segment −1) are in "logits" and mean nothing.
"""
import json
import os

import torch

HERE = os.path.dirname(os.path.abspath(__file__))


def shake(model, seed=1):
    """Weights large enough that every part matters."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, value in model.named_parameters():
            if not value.requires_grad:  # sinusoidal positions are no weights
                continue
            noise = torch.randn(value.shape, generator=generator)
            if value.dim() > 1:
                value.copy_(noise * 0.25)
            elif name.endswith("weight"):
                value.copy_(1 + 0.1 * noise)
            else:
                value.copy_(0.1 * noise)
    return model.eval()


def random_ids(vocabulary, b, t, seed=2):
    return torch.randint(3, vocabulary, (b, t), generator=torch.Generator().manual_seed(seed))


def flat(values):
    return [float(f"{v:.7g}") for v in values.detach().flatten().tolist()]


def record(family, model, architecture, choices, batch, answer, saved_as=None, labels=None):
    """answer() → {"logits" or "hidden", "labelLogits"?, "loss"}. saved_as: names that the file has for parameters.
    labels: names of a head for labels."""
    folder = os.path.join(HERE, family)
    os.makedirs(folder, exist_ok=True)
    model.zero_grad()
    result = answer()
    result["loss"].backward()
    named = dict(model.named_parameters())
    norms = {(saved_as or {}).get(name, name): float(named[name].grad.double().norm()) for name in sorted(named) if named[name].grad is not None}
    model.save_pretrained(folder)
    generation = os.path.join(folder, "generation_config.json")
    if os.path.exists(generation):
        os.remove(generation)
    expected = {"format": 1, "architecture": architecture, "choices": choices,
                "batch": {key: value.tolist() for key, value in batch.items()},
                "loss": float(result["loss"]), "gradientNorms": norms}
    if labels:
        expected["labels"] = labels
    for key in ["logits", "hidden", "labelLogits"]:
        if key in result:
            expected[key] = flat(result[key])
    with open(os.path.join(folder, "expected.json"), "w") as file:
        json.dump(expected, file)
        file.write("\n")


def decoder(family, model, architecture, choices, vocabulary, t=12, saved_as=None):
    """A decoder: every token after the first is asked for."""
    shake(model)
    ids = random_ids(vocabulary, 2, t)
    targets = torch.cat([ids[:, 1:], torch.full((2, 1), -1)], 1)

    def answer():
        result = model(input_ids=ids, labels=ids)
        return {"logits": result.logits, "loss": result.loss}

    record(family, model, architecture, choices, {"ids": ids, "targets": targets}, answer, saved_as)


def padded(vocabulary, b, t, last, pad, seed=2):
    """Ids whose last row ends early, and their mask."""
    ids = random_ids(vocabulary, b, t, seed)
    mask = torch.ones(b, t, dtype=torch.long)
    ids[-1, last:] = pad
    mask[-1, last:] = 0
    return ids, mask


def segments_of(mask):
    return torch.where(mask > 0, 1, -1)


def unasked(targets):
    """Ours (−1) to theirs (−100)."""
    return torch.where(targets < 0, -100, targets)


def encoder_decoder(family, model, architecture, choices, vocabulary, pad):
    """An encoder-decoder; the second text is padded."""
    shake(model)
    source, mask = padded(vocabulary, 2, 9, 6, pad)
    ids = random_ids(vocabulary, 2, 7, 3)
    targets = random_ids(vocabulary, 2, 7, 4)
    targets[1, 5:] = -1

    def answer():
        result = model(input_ids=source, attention_mask=mask, decoder_input_ids=ids, labels=unasked(targets))
        return {"logits": result.logits, "loss": result.loss}

    record(family, model, architecture, choices,
           {"ids": ids, "targets": targets, "encoderIds": source, "encoderSegments": segments_of(mask)}, answer)
