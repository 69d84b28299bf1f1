"""Documents for beside_tokenizers.py: documentation, code, the translations of forty languages, emoji, every character of
Unicode, white space of all kinds, and text that is no UTF-8.
Usage: documents.py OUT [--documentation]   (Debian with python3.11-doc; --documentation: its sources only)"""
import gettext, glob, random, struct, sys, sysconfig, unicodedata

random.seed(5)
documents = []


def files(pattern, limit, piece=65536):
    names = sorted(glob.glob(pattern, recursive=True))
    random.shuffle(names)
    total = 0
    for name in names:
        data = open(name, "rb").read(400000)
        for at in range(0, 0 if b"\0" in data else len(data), piece):
            documents.append(data[at:at + piece])
            total += len(documents[-1])
            if total >= limit:
                return


def translations(language, limit=90000):
    total = 0
    for name in sorted(glob.glob("/usr/share/locale/%s/LC_MESSAGES/*.mo" % language)):
        try:
            catalog = gettext.GNUTranslations(open(name, "rb"))._catalog
        except (OSError, UnicodeDecodeError, LookupError):
            continue
        documents.append("\n".join(text for text in catalog.values() if isinstance(text, str) and text).encode()[:60000])
        total += len(documents[-1])
        if total > limit:
            return


def characters():
    emoji = [chr(c) for c in list(range(0x1F300, 0x1FAFF)) + list(range(0x2600, 0x27BF))]
    joints = ["\u200d", "\ufe0f", "\U0001F3FB", "\U0001F3FF", " ", " ", "\n", "ok", "\U0001F1E9\U0001F1EA"]
    yield "".join(random.choice(emoji if random.random() < 0.6 else joints) for _ in range(40000))
    known = [chr(c) for c in range(1, 0x30000) if unicodedata.category(chr(c)) not in ("Cn", "Co", "Cs")]
    for _ in range(4):
        yield "".join(random.choice(known) for _ in range(25000))
    yield "".join(known)
    yield " ".join(known)
    yield "".join(chr(random.randrange(1, 0x530)) for _ in range(60000))
    spaces = [" ", "  ", "\n", "\r\n", "\t", "\u00a0", "\u3000", "\u2003", "\u200b", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "a", "B", "'s",
              "'LL", "'", "1", "12", "٣", ".", "...", "/", "▁", "\ufeff", "é", "e\u0301", "中"]
    for _ in range(4):
        yield "".join(random.choice(spaces) for _ in range(30000))
    yield "a" * 30000 + " " * 30000 + "\n" * 10000 + "=" * 20000 + "-" * 5000 + "ab" * 9000 + "\t " * 5000
    yield from ("", " ", "\n", "a")


def broken():
    for _ in range(10):
        data = bytearray(random.choice(documents[:400])[:50000])
        for _ in range(max(1, len(data) // 60)):
            data[random.randrange(len(data))] = random.randrange(256)
        yield bytes(data)
    yield bytes(random.randrange(256) for _ in range(60000))
    yield b"\xff\xfe\xc3(\xe2\x82 \xf0\x9f\x98 \xed\xa0\x80 \xc0\x80 \xf4\x90\x80\x80" * 200


DOCUMENTATION = "/usr/share/doc/python3.11/html/"
if "--documentation" in sys.argv:
    files(DOCUMENTATION + "_sources/**/*.txt", 6_000_000, 400000)
else:
    files(DOCUMENTATION + "_sources/**/*.txt", 3_500_000)
    files(DOCUMENTATION + "**/*.html", 1_000_000)
    files(sysconfig.get_paths()["stdlib"] + "/*.py", 1_000_000)
    files("/usr/include/**/*.h", 500_000)
    for language in ("ar he fa ur hi bn pa gu ta te kn ml si th lo km my ka hy am el ru uk bg sr mn ja zh_CN zh_TW ko ne mr ti dz vi tr pl cs de "
                     "fr es fi hu is ps ug yi iu chr").split():
        translations(language)
    documents += [text.encode() for text in characters()]
    documents += list(broken())

with open(sys.argv[1], "wb") as out:
    out.write(struct.pack("<I", len(documents)))
    for document in documents:
        out.write(struct.pack("<I", len(document)) + document)
print("%d documents, %d bytes, %d that are no UTF-8" % (len(documents), sum(map(len, documents)), sum(d.decode("utf-8", "replace").encode() != d for d in documents)))
