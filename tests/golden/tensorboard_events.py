"""Event files of a run, as TensorBoard's own reader sees them, against the run's metrics:
python tests/golden/tensorboard_events.py JOB

JOB: the folder jobs/<id> of a run. Reads JOB/tensorboard with the `tensorboard` package (every attempt's file, checksums
included), reads JOB/events.jsonl, and compares each scalar with the metric of the same name and step (f32 rounding). Prints
how many were compared; a scalar that is no metric, or differs, ends it.
"""
import json
import math
import pathlib
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def metrics_of(job):
    """{(name, step): value}; a later attempt's step takes the place of an earlier one's."""
    values = {}
    for line in (job / "events.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["type"] == "metric":
            for name, value in event["data"]["values"].items():
                values[name, event.get("step", -1)] = float(value)
    return values


def main():
    job = pathlib.Path(sys.argv[1])
    board = EventAccumulator(str(job / "tensorboard"), size_guidance={"scalars": 0, "tensors": 0})
    board.Reload()
    metrics, compared = metrics_of(job), 0
    for name in board.Tags()["scalars"]:
        for point in board.Scalars(name):
            expected = metrics[name, point.step]
            same = math.isnan(expected) and math.isnan(point.value)
            assert same or math.isclose(point.value, expected, rel_tol=1e-6, abs_tol=1e-30), (name, point, expected)
            compared += 1
    assert compared > 0, "no scalars"
    texts = [board.Tensors(name) for name in board.Tags()["tensors"]]
    print(f"{compared} scalars of {len(board.Tags()['scalars'])} names are the run's metrics; {sum(map(len, texts))} texts")


if __name__ == "__main__":
    main()
