"""The courses of learning rates as PyTorch and transformers compute them, as shares of the peak, step by step.

    python schedules.py           writes schedules.json

transformers counts the steps that were made: its value n is the rate of step n here (from 1). PyTorch's OneCycleLR gives
the rate of its first step before any was made.
"""
import json
import pathlib
import warnings

import torch
from transformers import (get_cosine_with_min_lr_schedule_with_warmup, get_inverse_sqrt_schedule,
                          get_linear_schedule_with_warmup, get_wsd_schedule)

warnings.simplefilter("ignore")  # no weights are changed here
STEPS = 40
WARMUP = 8


def course(make, first):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = make(optimizer)
    factors = []
    for step in range(STEPS + 1):
        factors.append(optimizer.param_groups[0]["lr"])
        if step < STEPS - (1 - first):
            schedule.step()
    return factors[first:first + STEPS]


def record(schedule, own, make, first=1):
    return {"schedule": schedule, "own": own, "factors": course(make, first)}


def wsd(shape):
    return lambda o: get_wsd_schedule(o, num_warmup_steps=WARMUP, num_decay_steps=12, num_training_steps=STEPS,
                                      decay_type=shape)


share = {"warmup_share": WARMUP / STEPS}
cases = {
    "cosine": record("cosine", {**share, "minimum_lr_ratio": 0.1}, lambda o: get_cosine_with_min_lr_schedule_with_warmup(o, WARMUP, STEPS, min_lr_rate=0.1)),
    "linear": record("linear", {**share, "minimum_lr_ratio": 0.0}, lambda o: get_linear_schedule_with_warmup(o, WARMUP, STEPS)),
    "inverse square root": record("inverse_sqrt", share, lambda o: get_inverse_sqrt_schedule(o, WARMUP)),
    "linear decay": record("wsd", {**share, "decay_share": 0.3, "decay_shape": "linear", "minimum_lr_ratio": 0.0}, wsd("linear")),
    "cosine decay": record("wsd", {**share, "decay_share": 0.3, "decay_shape": "cosine", "minimum_lr_ratio": 0.0}, wsd("cosine")),
    "root decay": record("wsd", {**share, "decay_share": 0.3, "decay_shape": "root", "minimum_lr_ratio": 0.0}, wsd("1-sqrt")),
    "one cycle": record("one_cycle", {"peak_share": 0.3, "start_divisor": 25, "end_divisor": 10000},
                        lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 1.0, total_steps=STEPS, pct_start=0.3), first=0),
    "one cycle, early and shallow": record("one_cycle", {"peak_share": 0.1, "start_divisor": 4, "end_divisor": 5},
                                           lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 1.0, total_steps=STEPS, pct_start=0.1, div_factor=4, final_div_factor=5), first=0),
}
file = pathlib.Path(__file__).parent / "schedules.json"
file.write_text(json.dumps({"steps": STEPS, "cases": cases}))
