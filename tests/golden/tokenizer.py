"""Trains tiny tokenizers of every kind with the `tokenizers` library (0.23) and records its ids and decoded text.
Usage: tokenizer.py OUT   (pip install tokenizers sentencepiece). The tests read the result and need no Python."""
import io, json, os, sys

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

OUT = sys.argv[1]
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
TEKKEN = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|"
          r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|"
          r"\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")
O200K = TEKKEN.replace("|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+", "(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+") \
              .replace("\\p{M}]*|\\p{N}|", "\\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\\p{N}{1,3}|")
OTHER = r"\p{Lu}?\p{Ll}+|\d+(?!\d)|[^\p{L}\d\s]++|\s+"

TEXTS = [
    "", " ", "  ", "\n", "\t", "a", "Hello, world!", "  leading and trailing  ", "tabs\tand\t\ttabs", "a\r\nb\r\n\r\n  c\n\n\n   d",
    "def f(x):\n        return x ** 2 // 3\n", "I'm sure they'LL say it'S Bob's; WE'VE done I'd 'tis '", "ſ 'ſ K'ſx",
    "1234567890 3.14159 0x1F ١٢٣ ½ Ⅷ", "Grüße aus Köln; naïve café; e\u0301 a\u0308; İstanbul ΣΑΣ", "ﬁ ligature ½ ① Ａ full width ㎏",
    "Ελληνικά русский текст עברית العربية हिन्दी বাংলা தமிழ் ไทย ქართული հայերեն አማርኛ", "日本語の文章です。中文字符，한국어 문장입니다.",
    "emoji 😀 👩‍👩‍👧 🇩🇪 👍🏽 ok", "HelloWorld XMLHttpRequest iPhone15 ABCdef ÀÉîô camelCaseWords", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "the theory of the other there " * 6, "x\u00a0y\u2003z\u3000w\u2028v\u0085u\u200bt\u180es", "//comments\n/path/to/file\n!!!\n/", "nul \x00 in \x01\x7f\x8f", "\ufffd \ufeff mark",
    "<s> </s> <unk> <|endoftext|> <|im_start|>user\nhi<|im_end|>\n[CLS] a [SEP] [MASK]", "a <extra> b <extra>c d<word>e <word> f   <left>  <right>   g",
    "snake_case_name += other->field[3]; // (c) 2024 — “quoted” … 100%", "Don't do not can't won't .", "▁already ▁▁marked▁ ",
]


def corpus():
    words = ("the of and to in is that for it as with on be this are by an at from or have which can will not all one their more other if "
             "when there been has its new would may some two time than only these def return class import self value function list string "
             "number json object parse module file encode decode token model layer train learning rate gradient step loss memory").split()
    state = 7
    for _ in range(400):
        line = []
        for _ in range(12):
            state = (state * 1664525 + 1013904223) % 2**32
            line.append(words[(state >> 8) % 1000 * ((state >> 8) % 1000) // 1000 * len(words) // 1000])
        yield " ".join(line) + ".\n"
    for text in TEXTS:
        if "<" not in text:
            yield text


SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def added(tokenizer):
    tokenizer.add_tokens([AddedToken("<extra>", normalized=False), AddedToken("<word>", single_word=True, normalized=False),
                          AddedToken("<left>", lstrip=True, normalized=False), AddedToken("<right>", rstrip=True, normalized=False)])


def byte_level(pre, normalizer=None, prefix=False, extra=True):
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = pre
    if normalizer:
        t.normalizer = normalizer
    t.decoder = decoders.ByteLevel()
    t.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=420, special_tokens=SPECIAL, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    if extra:
        added(t)
    return t


def split(expression):
    return pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(expression), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])


def bert(lower=True):
    t = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=40))
    t.normalizer = normalizers.BertNormalizer(lowercase=lower)
    t.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    t.decoder = decoders.WordPiece()
    t.train_from_iterator(corpus(), trainers.WordPieceTrainer(vocab_size=420, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"], show_progress=False))
    t.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return t


def llama(fuse=True, metaspace=False, fallback=True):
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=fuse, byte_fallback=fallback))
    if metaspace:
        t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    else:
        t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    special = ["<unk>", "<s>", "</s>"] + (["<0x%02X>" % b for b in range(256)] if fallback else [])
    trainer = trainers.BpeTrainer(vocab_size=len(special) + 260, special_tokens=special[:3], limit_alphabet=70, show_progress=False)
    lines = [line.replace(" ", "▁") for line in corpus() if len(line) < 200]
    plain = Tokenizer(models.BPE(unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    plain.train_from_iterator(lines, trainer)
    model = json.loads(plain.to_str())["model"]
    vocab = {piece: i for i, piece in enumerate(special)}
    for piece in sorted(model["vocab"], key=model["vocab"].get):
        vocab.setdefault(piece, len(vocab))
    whole = json.loads(t.to_str())
    whole["model"].update(vocab=vocab, merges=[" ".join(m) for m in model["merges"]])
    whole["added_tokens"] = [dict(id=i, content=c, single_word=False, lstrip=False, rstrip=False, normalized=False, special=True) for i, c in enumerate(special[:3])]
    whole["post_processor"] = {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                               "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}}
    return Tokenizer.from_str(json.dumps(whole))


def unigram(pre, normalizer, fallback=False):
    t = Tokenizer(models.Unigram())
    if normalizer:
        t.normalizer = normalizer
    t.pre_tokenizer = pre
    t.decoder = decoders.Metaspace()
    t.train_from_iterator(corpus(), trainers.UnigramTrainer(vocab_size=300, unk_token="<unk>", special_tokens=["<pad>", "</s>", "<unk>", "<s>"], show_progress=False))
    return t


def charsmap():
    """A small map of SentencePiece's kind, as its own trainer compiles it."""
    import sentencepiece as spm
    model = io.BytesIO()
    rules = "\n".join("%s\t%s" % (" ".join("%X" % ord(c) for c in a), " ".join("%X" % ord(c) for c in b)) for a, b in
                      [("ﬁ", "fi"), ("Ａ", "A"), ("½", "1/2"), ("①", "1"), ("\r", " "), ("\t", " "), ("\n", " "), ("e\u0301", "é"), ("\u200b", ""), ("\u00a0", " "), ("\u3000", " "), ("㎏", "kg")])
    path = os.path.join(OUT, "rules.tsv")
    open(path, "w").write(rules + "\n")
    spm.SentencePieceTrainer.train(sentence_iterator=corpus(), model_writer=model, vocab_size=300, normalization_rule_tsv=path, hard_vocab_limit=False, minloglevel=2)
    os.remove(path)
    return field(field(model.getvalue(), 3), 2)  # ModelProto.normalizer_spec.precompiled_charsmap


def field(message, wanted):
    """The bytes of a field of a protobuf message."""
    def varint(at):
        value = shift = 0
        while True:
            value |= (message[at] & 127) << shift
            at, shift = at + 1, shift + 7
            if message[at - 1] < 128:
                return value, at
    at = 0
    while at < len(message):
        tag, at = varint(at)
        size, at = {0: lambda: (0, varint(at)[1]), 1: lambda: (8, at), 2: lambda: varint(at), 5: lambda: (4, at)}[tag & 7]()
        if tag >> 3 == wanted:
            return message[at:at + size]
        at += size


def marked_bpe():
    t = Tokenizer(models.BPE(unk_token="[UNK]", continuing_subword_prefix="##", end_of_word_suffix="</w>"))
    t.normalizer = normalizers.Sequence([normalizers.NFD(), normalizers.Lowercase(), normalizers.StripAccents(), normalizers.Strip()])
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Digits(individual_digits=False), pre_tokenizers.Punctuation()])
    t.decoder = decoders.BPEDecoder(suffix="</w>")
    t.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=360, special_tokens=["[UNK]"], continuing_subword_prefix="##", end_of_word_suffix="</w>", limit_alphabet=80, show_progress=False))
    return t


def words():
    t = Tokenizer(models.WordLevel(unk_token="<unk>"))
    t.normalizer = normalizers.NFKC()
    t.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    t.train_from_iterator(corpus(), trainers.WordLevelTrainer(vocab_size=120, special_tokens=["<unk>"], show_progress=False))
    return t


def for_people(tokenizer):
    """The same, but no text becomes a special token: the library's Unigram finds their names in text like any piece."""
    whole = json.loads(tokenizer.to_str())
    if whole["model"]["type"] == "Unigram":
        special = {t["content"] for t in whole["added_tokens"] if t["special"]}
        whole["added_tokens"] = [t for t in whole["added_tokens"] if not t["special"]]
        whole["model"]["vocab"] = [["\x01%d" % i if p in special else p, s] for i, (p, s) in enumerate(whole["model"]["vocab"])]
        tokenizer = Tokenizer.from_str(json.dumps(whole))
    tokenizer.encode_special_tokens = True
    return tokenizer


BYTES = pre_tokenizers.ByteLevel
KINDS = {
    "gpt2": lambda: byte_level(BYTES(add_prefix_space=False)),
    "roberta": lambda: byte_level(BYTES(add_prefix_space=True), extra=False),
    "smollm": lambda: byte_level(pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), BYTES(add_prefix_space=False)])),
    "llama3": lambda: byte_level(split(LLAMA3)),
    "qwen2": lambda: byte_level(split(QWEN2), normalizers.NFC()),
    "tekken": lambda: byte_level(split(TEKKEN)),
    "o200k": lambda: byte_level(split(O200K)),
    "other": lambda: byte_level(split(OTHER)),
    "llama": lambda: llama(),
    "mistral": lambda: llama(metaspace=True),
    "unknown_bpe": lambda: llama(fallback=False, fuse=True),
    "unfused_bpe": lambda: llama(fallback=False, fuse=False),
    "bert": lambda: bert(),
    "bert_cased": lambda: bert(lower=False),
    "t5": lambda: unigram(pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]),
                          normalizers.Sequence([normalizers.Precompiled(charsmap()), normalizers.Replace(Regex(" {2,}"), " ")])),
    "xlnet": lambda: unigram(pre_tokenizers.Metaspace(), normalizers.Sequence([normalizers.Nmt(), normalizers.NFKD()])),
    "marked_bpe": marked_bpe,
    "words": words,
}

for name, make in KINDS.items():
    tokenizer = make()
    if name == "llama3":
        whole = json.loads(tokenizer.to_str())
        whole["model"]["ignore_merges"] = True
        tokenizer = Tokenizer.from_str(json.dumps(whole))
    people = for_people(Tokenizer.from_str(tokenizer.to_str()))
    cases = []
    for text in TEXTS:
        ids = people.encode(text, add_special_tokens=False).ids
        template = tokenizer.encode(text, add_special_tokens=False).ids
        cases.append({"text": text, "ids": ids, "decoded": tokenizer.decode(ids)} | ({"template": template} if template != ids else {}))
    json.dump({"tokenizer": json.loads(tokenizer.to_str()), "cases": cases}, open(os.path.join(OUT, name + ".json"), "w"), ensure_ascii=False, separators=(",", ":"))
