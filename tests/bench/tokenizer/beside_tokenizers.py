"""Ids, decoded text and speed of our encoder beside the `tokenizers` library, in one run, on one thread each;
speeds are for a second of the processor, so that other work on the machine does not count.
Usage: beside_tokenizers.py PROGRAM TOKENIZER.json DOCUMENTS [--rounds N] [--marks] [--fast]
PROGRAM is bin/tokenizer_ids; DOCUMENTS a count and then each length and bytes (32 bits, little endian); see documents.py.
The library gets each document decoded with U+FFFD in the place of bytes that are no UTF-8, and so do we for the
comparison; what we make of the bytes as they are must decode to them again when the tokenizer is lossless."""
import json, os, struct, subprocess, sys, tempfile, time

os.environ["RAYON_NUM_THREADS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
from tokenizers import Tokenizer

arguments = [a for a in sys.argv[1:] if not a.startswith("--")]
rounds = 1
if "--rounds" in sys.argv:
    rounds = int(arguments.pop(arguments.index(sys.argv[sys.argv.index("--rounds") + 1])))
program, file, documents_file = arguments
marks = "--marks" in sys.argv


def read(path):
    data = open(path, "rb").read()
    at, documents = 4, []
    for _ in range(struct.unpack_from("<I", data)[0]):
        size = struct.unpack_from("<I", data, at)[0]
        documents.append(data[at + 4:at + 4 + size])
        at += 4 + size
    return documents


def write(path, documents):
    with open(path, "wb") as out:
        out.write(struct.pack("<I", len(documents)))
        for document in documents:
            out.write(struct.pack("<I", len(document)) + document)


def results(path):
    data, at = open(path, "rb").read(), 0
    while at < len(data):
        count = struct.unpack_from("<I", data, at)[0]
        ids = list(struct.unpack_from("<%dI" % count, data, at + 4))
        at += 4 + 4 * count
        size = struct.unpack_from("<I", data, at)[0]
        yield ids, data[at + 4:at + 4 + size]
        at += 4 + size


raw = read(documents_file)
texts = [document.decode("utf-8", "replace") for document in raw]
folder = tempfile.mkdtemp()
valid, out = os.path.join(folder, "valid"), os.path.join(folder, "out")
write(valid, [text.encode() for text in texts])
megabytes = sum(len(text.encode()) for text in texts) / 1e6

theirs = reader = Tokenizer.from_file(file)
whole = json.loads(theirs.to_str())
if whole["model"]["type"] == "Unigram" and not marks:  # which finds the names of special tokens in text like any piece
    special = {t["content"] for t in whole["added_tokens"] if t["special"]}
    whole["added_tokens"] = [t for t in whole["added_tokens"] if not t["special"]]
    whole["model"]["vocab"] = [["\x01%d" % i if p in special else p, s] for i, (p, s) in enumerate(whole["model"]["vocab"])]
    theirs = Tokenizer.from_str(json.dumps(whole))
theirs.encode_special_tokens = not marks
theirs.no_truncation()
theirs.no_padding()
ours = subprocess.Popen([program, file, valid, out, "--rounds", str(rounds), "--pause"] + (["--marks"] if marks else []),
                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
head = ours.stdout.readline().strip()
if not head:
    sys.exit("%s: refused" % file)
speed = []
for _ in range(rounds):  # A B A B
    ours.stdin.write("\n")
    ours.stdin.flush()
    a = float(ours.stdout.readline().split()[0])
    begin = time.process_time()
    encoded = theirs.encode_batch(texts, add_special_tokens=False)
    b = megabytes / (time.process_time() - begin)
    begin = time.process_time()
    if "--fast" in sys.argv:
        theirs.encode_batch_fast(texts, add_special_tokens=False)
        speed.append((a, b, megabytes / (time.process_time() - begin)))
    else:
        speed.append((a, b))
ours.stdin.close()
ours.wait()

different, undone, tokens, shown = 0, 0, 0, 0
for index, (encoding, (ids, decoded)) in enumerate(zip(encoded, results(out))):
    tokens += len(encoding.ids)
    if encoding.ids != ids:
        different += 1
        at = next((i for i, (x, y) in enumerate(zip(encoding.ids, ids)) if x != y), min(len(ids), len(encoding.ids)))
        if shown < 3:
            shown += 1
            span = encoding.offsets[at] if at < len(encoding.offsets) else (0, 0)
            print("  document %d token %d: theirs %s ours %s near %r" % (
                index, at, encoding.tokens[max(0, at - 2):at + 4], [theirs.id_to_token(i) for i in ids[max(0, at - 2):at + 4]],
                texts[index][max(0, span[0] - 12):span[0] + 20]))
    elif reader.decode(ids, skip_special_tokens=True) != decoded.decode("utf-8", "replace"):
        undone += 1
        if shown < 3:
            shown += 1
            text = reader.decode(ids).encode()
            at = next((i for i, (x, y) in enumerate(zip(text, decoded)) if x != y), 0)
            print("  document %d decodes differently at %d: theirs %r ours %r" % (index, at, text[at - 8:at + 12], decoded[at - 8:at + 12]))

subprocess.run([program, file, documents_file, out] + (["--marks"] if marks else []), stdout=subprocess.DEVNULL, check=True)
back = sum(decoded == document for document, (ids, decoded) in zip(raw, results(out)))
print("%s: %s" % (os.path.basename(file), head))
print("  %d documents, %.1f MB, %d tokens: ids differ in %d, decoded text in %d; %d of %d come back byte for byte"
      % (len(raw), megabytes, tokens, different, undone, back, len(raw)))
for row in speed:
    print("  ours %.1f MB/s, encode_batch %.2f MB/s, ratio %.1f" % (row[0], row[1], row[0] / row[1])
          + (", encode_batch_fast %.2f MB/s, ratio %.1f" % (row[2], row[0] / row[2]) if len(row) > 2 else ""))
