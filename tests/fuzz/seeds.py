"""Seeds for the fuzz programs, out of the recorded files: python tests/fuzz/seeds.py FOLDER makes FOLDER/<program>/…

Only Python's own library is needed.
"""
import glob
import json
import os
import shutil
import struct
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden")


def folder(name):
    path = os.path.join(sys.argv[1], name)
    os.makedirs(path, exist_ok=True)
    return path


def write(name, file, content):
    with open(os.path.join(folder(name), file), "wb") as out:
        out.write(content)


def text(value):
    return struct.pack("<Q", len(value)) + value


def gguf():
    """A small file with values and lists of several kinds and three tensors."""
    values = [(b"general.architecture", 8, text(b"llama")), (b"a", 4, struct.pack("<I", 7)), (b"b", 7, b"\1"),
              (b"c", 9, struct.pack("<IQ", 8, 2) + text(b"x") + text(b"yz")),
              (b"d", 9, struct.pack("<IQ2f", 6, 2, 0.5, 1.5)), (b"e", 12, struct.pack("<d", 2.5))]
    header = b"".join(text(key) + struct.pack("<I", kind) + value for key, kind, value in values)
    header += text(b"q4k") + struct.pack("<IQIQ", 1, 256, 12, 0)
    header += text(b"q8") + struct.pack("<IQQIQ", 2, 32, 2, 8, 160)
    header += text(b"f16") + struct.pack("<IQIQ", 1, 3, 1, 256)
    start = b"GGUF" + struct.pack("<IQQ", 3, 3, len(values)) + header
    data = bytes(range(256)) + b"\1\2\3\4\5\6"
    return start + b"\0" * (-len(start) % 32) + data


def main():
    for path in glob.glob(os.path.join(GOLDEN, "torch", "*.safetensors")):
        shutil.copy(path, folder("safetensors"))
    write("shard_index", "index.json", json.dumps({"metadata": {"total_size": 12.5, "more": [1, {"x": None}]},
                                                   "weight_map": {"a": "bin", "b": "one.safetensors"}}).encode())
    for path in glob.glob(os.path.join(GOLDEN, "torch", "*.pt")) + glob.glob(os.path.join(GOLDEN, "torch", "*.bin")):
        shutil.copy(path, folder("torch"))
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
                write("pickle", os.path.basename(path) + ".pkl", archive.read(name))
    write("gguf", "small.gguf", gguf())
    for index, path in enumerate(glob.glob(os.path.join(GOLDEN, "chat_template", "**", "*"), recursive=True)):
        if os.path.isfile(path) and path.endswith((".jinja", ".txt")):
            shutil.copy(path, os.path.join(folder("jinja"), f"{index}-{os.path.basename(path)}"))
    with open(os.path.join(GOLDEN, "chat_template", "snippets.json"), encoding="utf-8") as file:
        for index, snippet in enumerate(json.load(file)["snippets"]):
            write("jinja", f"snippet-{index}", snippet["source"].encode())
    for path in glob.glob(os.path.join(GOLDEN, "tokenizer", "*.json")):
        with open(path, encoding="utf-8") as file:
            write("tokenizer_json", os.path.basename(path), json.dumps(json.load(file)["tokenizer"]).encode())


if __name__ == "__main__":
    main()
