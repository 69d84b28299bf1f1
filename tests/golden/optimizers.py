"""A few steps of every optimizer on a matrix and a vector: PyTorch's own where it has one, else the published recurrence.

    python optimizers.py          writes optimizers.json
"""
import json
import math
import pathlib

import torch

STEPS = 6
generator = torch.Generator().manual_seed(7)
start = {"matrix": torch.randn(6, 4, generator=generator), "vector": torch.randn(5, generator=generator)}
gradients = [{name: torch.randn(value.shape, generator=generator) * 0.1 * (1 + step) for name, value in start.items()}
             for step in range(STEPS)]


def record(optimizer, settings, rate, update, only=("matrix", "vector")):
    weights = {name: start[name].clone() for name in only}
    update(weights)
    return {"optimizer": optimizer, "settings": settings, "rate": rate, "end": {name: value.tolist() for name, value in weights.items()}}


def by_torch(make, rate):
    def update(weights):
        for value in weights.values():
            value.requires_grad_(True)
        optimizer = make(list(weights.values()), rate)
        for gradient in gradients:
            for name, value in weights.items():
                value.grad = gradient[name].clone()
            optimizer.step()
        for name in weights:
            weights[name] = weights[name].detach()
    return update


def lion(beta1, beta2, decay, rate):
    """Chen et al. 2023, algorithm 2: the sign of the interpolated mean, decoupled decay, then the mean itself."""
    def update(weights):
        means = {name: torch.zeros_like(value) for name, value in weights.items()}
        for gradient in gradients:
            for name, value in weights.items():
                direction = torch.sign(beta1 * means[name] + (1 - beta1) * gradient[name])
                value -= rate * (direction + decay * value)
                means[name] = beta2 * means[name] + (1 - beta2) * gradient[name]
    return update


def adafactor(beta1, decay, rate):
    """Shazeer and Stern 2018, algorithms 4 and 5 with a given rate, and a mean of the updates (their section 6)."""
    def update(weights):
        state = {name: {} for name in weights}
        for step, gradient in enumerate(gradients, 1):
            share = step ** -0.8
            for name, value in weights.items():
                memory, square = state[name], gradient[name] ** 2
                if value.dim() == 2:
                    for what, found in (("rows", square.mean(1)), ("columns", square.mean(0))):
                        memory[what] = found if step == 1 else memory[what] + share * (found - memory[what])
                    estimate = torch.outer(memory["rows"], memory["columns"]) / memory["rows"].mean()
                else:
                    memory["all"] = square if step == 1 else memory["all"] + share * (square - memory["all"])
                    estimate = memory["all"]
                change = gradient[name] / estimate.clamp(min=1e-30).sqrt()
                change = rate * change / max(1.0, math.sqrt(float((change ** 2).mean())))
                memory["mean"] = beta1 * memory.get("mean", torch.zeros_like(value)) + (1 - beta1) * change
                value *= 1 - rate * decay
                value -= memory["mean"]
    return update


def muon(momentum, decay, rate):
    """Jordan et al. 2024 with the size of Liu et al. 2025, as torch.optim.Muon does it, but in f32 throughout."""
    def update(weights):
        velocity = {name: torch.zeros_like(value) for name, value in weights.items()}
        for gradient in gradients:
            for name, value in weights.items():
                velocity[name] = velocity[name] * momentum + gradient[name] * (1 - momentum)
                x = gradient[name] * (1 - momentum) + velocity[name] * momentum
                x = x.T if x.shape[0] > x.shape[1] else x
                x = x / (x.norm() + 1e-7)
                for _ in range(5):
                    gram = x @ x.T
                    x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
                x = x.T if value.shape[0] > value.shape[1] else x
                value *= 1 - rate * decay
                value -= rate * 0.2 * math.sqrt(max(value.shape)) * x
    return update


optim = torch.optim
cases = {
    "AdamW": record("adamw", {"beta1": 0.9, "beta2": 0.95, "weight_decay": 0.1}, 0.01,
                    by_torch(lambda p, rate: optim.AdamW(p, rate, betas=(0.9, 0.95), weight_decay=0.1), 0.01)),
    "Adam": record("adam", {}, 0.01, by_torch(lambda p, rate: optim.Adam(p, rate), 0.01)),
    "Adam with L2": record("adam", {"beta1": 0.8, "beta2": 0.98, "weight_decay": 0.3}, 0.01,
                           by_torch(lambda p, rate: optim.Adam(p, rate, betas=(0.8, 0.98), weight_decay=0.3), 0.01)),
    "SGD": record("sgd", {"momentum": 0.0}, 0.1, by_torch(lambda p, rate: optim.SGD(p, rate), 0.1)),
    "SGD with momentum and L2": record("sgd", {"momentum": 0.9, "weight_decay": 0.2}, 0.1,
                                       by_torch(lambda p, rate: optim.SGD(p, rate, momentum=0.9, weight_decay=0.2), 0.1)),
    "SGD, Nesterov": record("sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.2}, 0.1,
                            by_torch(lambda p, rate: optim.SGD(p, rate, momentum=0.9, nesterov=True, weight_decay=0.2), 0.1)),
    "Lion": record("lion", {"beta1": 0.9, "beta2": 0.99, "weight_decay": 0.5}, 0.01, lion(0.9, 0.99, 0.5, 0.01)),
    "Adafactor, relative": record("adafactor", {"relative_update": True, "weight_decay": 0.1}, 0.01,
                                  by_torch(lambda p, rate: optim.Adafactor(p, rate, eps=(1e-15, 1e-3), weight_decay=0.1), 0.01)),
    "Adafactor": record("adafactor", {"weight_decay": 0.0}, 0.01, adafactor(0.0, 0.0, 0.01)),
    "Adafactor with a mean": record("adafactor", {"beta1": 0.9, "weight_decay": 0.1}, 0.01, adafactor(0.9, 0.1, 0.01)),
    "Muon in f32": record("muon", {"weight_decay": 0.1}, 0.01, muon(0.95, 0.1, 0.01), ("matrix",)),
    # PyTorch computes the orthogonalisation in bf16.
    "Muon in bf16": record("muon", {"weight_decay": 0.1}, 0.01,
                   by_torch(lambda p, rate: optim.Muon(p, rate, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"), 0.01), ("matrix",)),
}

plain = lambda tensors: {name: value.tolist() for name, value in tensors.items()}
file = pathlib.Path(__file__).parent / "optimizers.json"
file.write_text(json.dumps({"torch": torch.__version__.split("+")[0], "start": plain(start), "gradients": [plain(g) for g in gradients], "cases": cases}))
