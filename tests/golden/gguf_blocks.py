"""Recorded numbers for the GGUF reader: every block type with what the format's own package makes of it.

Run with the public wheels gguf and numpy: python tests/golden/gguf_blocks.py
Writes tests/golden/gguf/blocks.gguf: for each type a tensor "<type>" of random blocks and a tensor "<type>.expected" with
its numbers in F32, "numbers" (F32) with "numbers.q8_0" as the package quantizes them, and metadata of every kind.
"""
import os

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, quants
from gguf.constants import GGML_QUANT_SIZES

HERE = os.path.dirname(os.path.abspath(__file__))
# Where the f16 scales stand in a block: random bits there could be NaN.
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108],
          "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}
ROWS, COLUMNS = 2, 512


def random_blocks(name, generator):
    elements, size = GGML_QUANT_SIZES[GGMLQuantizationType[name]]
    blocks = generator.integers(0, 256, (ROWS * COLUMNS // elements, size), dtype=np.uint8)
    for place in SCALES[name]:
        scales = generator.normal(0, 0.05, len(blocks)).astype(np.float16)
        scales[0] = np.float16(3e-6)  # subnormal
        blocks[:, place:place + 2] = scales.view(np.uint8).reshape(-1, 2)
    return blocks.reshape(ROWS, -1)


def hard_numbers(generator):
    """Rows of 64 whose quotients meet ties, zeros, tiny and large sizes."""
    rows = generator.normal(0, 1, (16, 64)).astype(np.float32)
    rows[0] = 0
    rows[1, :32] = np.arange(-16, 16) * 0.5
    rows[1, 0] = 63.5  # scale 0.5: quotients end in .0 and .5
    rows[2] *= np.float32(1e-7)
    rows[3] *= np.float32(1e4)
    rows[4, 5] = -300
    return rows


def add_metadata(writer):
    writer.add_name("recorded blocks")
    writer.add_uint8("kinds.u8", 200)
    writer.add_int8("kinds.i8", -100)
    writer.add_uint16("kinds.u16", 60000)
    writer.add_int16("kinds.i16", -30000)
    writer.add_uint32("kinds.u32", 4000000000)
    writer.add_int32("kinds.i32", -2000000000)
    writer.add_uint64("kinds.u64", 1 << 62)
    writer.add_int64("kinds.i64", -(1 << 62))
    writer.add_float32("kinds.f32", 0.1)
    writer.add_float64("kinds.f64", 0.1)
    writer.add_bool("kinds.bool", True)
    writer.add_string("kinds.text", "grüße ▁ 你好")
    writer.add_array("kinds.texts", ["a", "", "▁ö"])
    writer.add_array("kinds.whole", [3, -1, 7])
    writer.add_array("kinds.fractions", [0.5, -2.25])
    writer.add_array("kinds.truths", [True, False, True])


def main():
    generator = np.random.default_rng(4)
    os.makedirs(os.path.join(HERE, "gguf"), exist_ok=True)
    writer = GGUFWriter(os.path.join(HERE, "gguf", "blocks.gguf"), "test")
    add_metadata(writer)
    for name in SCALES:
        kind = GGMLQuantizationType[name]
        blocks = random_blocks(name, generator)
        writer.add_tensor(name, blocks, raw_dtype=kind)
        writer.add_tensor(name + ".expected", quants.dequantize(blocks, kind).astype(np.float32))
    numbers = hard_numbers(generator)
    writer.add_tensor("numbers", numbers)
    writer.add_tensor("numbers.f16", numbers.astype(np.float16))
    writer.add_tensor("numbers.bf16", quants.quantize(numbers, GGMLQuantizationType.BF16), raw_dtype=GGMLQuantizationType.BF16)
    writer.add_tensor("numbers.q8_0", quants.quantize(numbers, GGMLQuantizationType.Q8_0), raw_dtype=GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
