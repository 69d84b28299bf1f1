"""Recorded checkpoints for the reader of PyTorch's files, and their tensors as PyTorch loads them.

Run with the public wheels torch and safetensors: python tests/golden/torch_checkpoint.py
Writes tests/golden/torch: zip.pt, protocol4.pt and older.bin (the form before version 1.6), each with the tensors of
expected.safetensors: every element type, transposed, sliced, stepped, repeated and shared storages; nested.pt with those
of a small module under "model"; system.pt, which would run a command.
"""
import collections
import os

import torch
from safetensors.torch import save_file

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch")


class Command:
    def __reduce__(self):
        return os.system, ("echo this must never run",)


def tensors():
    generator = torch.Generator().manual_seed(1)
    base = torch.randn(6, 4, generator=generator)
    named = collections.OrderedDict(
        f32=base, transposed=base.t(), view=base[2:5, 1:3], step=base[::2], tied=base, f16=base.half(),
        bf16=base.bfloat16(), f64=base.double(), scalar=torch.tensor(3.5), empty=torch.zeros(0, 5),
        expanded=torch.arange(8).expand(1, -1), repeated=torch.tensor([1.0, 2.0]).expand(3, 2),
        permuted=torch.randn(2, 3, 4, generator=generator).permute(2, 0, 1),
        parameter=torch.nn.Parameter(torch.randn(3, generator=generator)))
    for kind in (torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool):
        named[str(kind).split(".")[1]] = (base * 10).to(kind)
    return named


def newer():
    """Types that have no storage of their own, so that only the zip form can hold them."""
    base = torch.linspace(-3, 3, 12)
    return collections.OrderedDict(u16=torch.tensor([1, 65535], dtype=torch.uint16), e4m3=base.to(torch.float8_e4m3fn),
                                   e5m2=base.to(torch.float8_e5m2))


def save_expected(name, named):
    save_file({key: value.detach().contiguous().clone() for key, value in named.items()}, os.path.join(HERE, name))


def main():
    os.makedirs(HERE, exist_ok=True)
    named, extra = tensors(), newer()
    torch.save(named, os.path.join(HERE, "zip.pt"))
    torch.save(named, os.path.join(HERE, "protocol4.pt"), pickle_protocol=4)
    torch.save(named, os.path.join(HERE, "older.bin"), _use_new_zipfile_serialization=False)
    save_expected("expected.safetensors", named)
    torch.save(extra, os.path.join(HERE, "newer.pt"))
    save_expected("newer.safetensors", extra)
    torch.manual_seed(2)
    module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.LayerNorm(3)).state_dict()
    torch.save({"model": module, "step": 5, "arguments": {"lr": 1e-3, "dtype": torch.bfloat16}},
               os.path.join(HERE, "nested.pt"))
    save_expected("nested.safetensors", module)
    torch.save({"weight": torch.zeros(2), "command": Command()}, os.path.join(HERE, "system.pt"))


if __name__ == "__main__":
    main()
