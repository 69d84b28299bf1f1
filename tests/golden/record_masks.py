"""Records which tokens of a conversation are learned, for test.core.tokenizer.record_encoder.

    record_masks.py      writes record_masks/masks.json

Templates with {% generation %}: transformers' apply_chat_template(return_assistant_tokens_mask=True), its ids and mask as
they come. Templates without: the method of prefixes that TRL uses (the chat up to an answer with the prompt for it, and the
chat with the answer), on the offsets of one tokenization; blanks that the template writes after the end mark are not learned.
Where no prefix holds, the answer's own words and the end mark after them. Needs transformers 5 and tokenizers; the tests
need neither. The templates and the tokenizer are made here.
"""
import json
import os

os.environ["HF_HUB_OFFLINE"] = "1"
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

HERE = os.path.dirname(os.path.abspath(__file__))
MARKS = ["<s>", "</s>", "<|open|>", "<|close|>", "<|user|>", "<|assistant|>", "<|system|>", "<|tool|>", "<|end|>", "<|text|>"]

TEMPLATES = {
    # marks its answers, and their end
    "marked": "{% for message in messages %}{% if message.role == 'assistant' %}<|assistant|>\n{% generation %}{{ message.content }}<|end|>{% endgeneration %}\n"
              "{% else %}{{ '<|' + message.role + '|>\n' + message.content + '<|end|>\n' }}{% endif %}{% endfor %}"
              "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% endif %}",
    # marks the words of its answers, not the end
    "marked_words": "{{ bos_token }}{% for message in messages %}{{ '<|open|>' + message.role + '\n' }}{% if message.role == 'assistant' %}"
                    "{% generation %}{{ message.content | trim }}{% endgeneration %}{% else %}{{ message.content | trim }}{% endif %}{{ '<|close|>\n' }}{% endfor %}",
    # a heading for each turn, one end mark, a line break after it
    "turns": "{% for message in messages %}{{ '<|open|>' + message.role + '\n' + message.content + '<|close|>' + '\n' }}{% endfor %}"
             "{% if add_generation_prompt %}{{ '<|open|>assistant\n' }}{% endif %}",
    # begins with a mark, cuts blanks off, two line breaks after each heading
    "headings": "{{ bos_token }}{% for message in messages %}{{ '<|' + message.role + '|>\n\n' + message.content | trim + '<|end|>' }}{% endfor %}"
                "{% if add_generation_prompt %}{{ '<|assistant|>\n\n' }}{% endif %}",
    # no heading for answers: what is asked stands between marks of its own, the answer ends with the end of the text
    "asked": "{% if messages[0].role == 'system' %}{% set first = messages[0].content + '\n' %}{% set rest = messages[1:] %}"
             "{% else %}{% set first = '' %}{% set rest = messages %}{% endif %}"
             "{% for message in rest %}{% if message.role == 'user' %}{{ bos_token + '[ASK] ' + (first if loop.first else '') + message.content.strip() + ' [/ASK]' }}"
             "{% else %}{{ ' ' + message.content.strip() + ' ' + eos_token }}{% endif %}{% endfor %}",
    # closes the whole chat with a mark of its own: no chat begins the longer one
    "closed": "{% for message in messages %}{{ '<|' + message.role + '|>\n' + message.content + '<|end|>\n' }}{% endfor %}"
              "{% if add_generation_prompt %}{{ '<|assistant|>\n' }}{% else %}{{ eos_token }}{% endif %}",
    # leaves an empty place for thoughts before the last answer only
    "thinking": "{% for message in messages %}{{ '<|open|>' + message.role + '\n' }}{% if message.role == 'assistant' and loop.last %}{{ '<|text|>\n\n<|text|>\n\n' }}{% endif %}"
                "{{ message.content + '<|close|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|open|>assistant\n' }}{% endif %}",
    # no marks at all: words only
    "words": "{% for message in messages %}{{ message.role | upper + ': ' + message.content + '\n\n' }}{% endfor %}"
             "{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}",
}
END = {"turns": "<|close|>", "headings": "<|end|>", "asked": "</s>", "closed": "<|end|>", "thinking": "<|close|>", "words": None}


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def system(text):
    return {"role": "system", "content": text}


CONVERSATIONS = [
    [user("What is the value of the list?"), assistant("The value is 4.")],
    [system("You are terse."), user("Hello"), assistant("Hi")],
    [user("a"), assistant("b"), user("c"), assistant("d"), user("e"), assistant("f")],
    [system("Answer in German."), user("Grüße an alle, 東京!"), assistant("Schöne Grüße — 👩‍👩‍👧 zurück."), user("And in\ntwo lines?"), assistant("First line\nsecond line\n\n  indented")],
    [user("  blanks around  "), assistant("  blanks \n\n")],
    [user("Write code."), assistant("def f(x):\n    return x ** 2  # the square\n"), user("Thanks"), assistant("You are welcome.")],
    [user("same"), assistant("same"), user("same"), assistant("same")],
    [user("{{ 7*7 }} {% if %}"), assistant("It says {{ 7*7 }}.")],
    [user("numbers"), assistant("1234567890 3.14159"), user("still open?")],
    [user("x"), assistant("a" * 300)],
]


def corpus():
    for conversation in CONVERSATIONS:
        for message in conversation:
            yield message["content"]
            yield "assistant user system\n"
    for _ in range(50):
        yield "the value of the list is a number and the function returns it in the next line of the answer that is given\n"


def tokenizer():
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    made.train_from_iterator(corpus(), trainers.BpeTrainer(vocab_size=360, special_tokens=[AddedToken(m, special=True, normalized=False) for m in MARKS],
                                                           initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    return made


def mask_of(offsets, spans):
    return "".join("1" if a < b and any(a < end and b > begin for begin, end in spans) else "0" for a, b in offsets)


def learned_spans(render, messages, text, name, last_only):
    """Spans of characters, by prefixes; by the words of the answer where a prefix does not hold."""
    spans, done = [], 0
    answers = [i for i, message in enumerate(messages) if message["role"] == "assistant"]
    for i in answers:
        before = render(messages[:i], True)
        after = text if i + 1 == len(messages) else render(messages[:i + 1], False)
        end_mark = END[name]
        if text.startswith(before) and text.startswith(after):
            begin, end = len(before), len(after)
            region = text[begin:end]
            if end_mark and end_mark in region:
                tail = region.rindex(end_mark) + len(end_mark)
                if name == "closed" and "</s>" in region:
                    tail = region.rindex("</s>") + 4
                if not region[tail:].strip():
                    end = begin + tail
        else:
            words = messages[i]["content"]
            at = text.index(words, len(before) if text.startswith(before) else done)
            begin = len(before) if text.startswith(before) else at
            end = text.index(end_mark, at + len(words)) + len(end_mark)
        done = end
        if not last_only or i == answers[-1]:
            spans.append((begin, end))
    return spans


def main():
    raw = tokenizer()
    fast = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>")
    cases = []
    for name, source in TEMPLATES.items():
        fast.chat_template = source
        render = lambda messages, prompt: fast.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt)
        for number, messages in enumerate(CONVERSATIONS):
            text = render(messages, False)
            encoded = fast(text, add_special_tokens=False, return_offsets_mapping=True)
            case = {"template": name, "conversation": number, "text": text, "ids": encoded["input_ids"]}
            if "generation" in source and "endgeneration" in source:
                theirs = fast.apply_chat_template(messages, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)
                assert theirs["input_ids"] == encoded["input_ids"]
                case["answers"] = "".join(str(one) for one in theirs["assistant_masks"])
            else:
                case["answers"] = mask_of(encoded["offset_mapping"], learned_spans(render, messages, text, name, False))
                case["last"] = mask_of(encoded["offset_mapping"], learned_spans(render, messages, text, name, True))
            assert len(case["answers"]) == len(case["ids"])
            cases.append(case)
    os.makedirs(os.path.join(HERE, "record_masks"), exist_ok=True)
    with open(os.path.join(HERE, "record_masks", "masks.json"), "w") as out:
        json.dump({"tokenizer": raw.to_str(), "templates": TEMPLATES, "conversations": CONVERSATIONS, "cases": cases}, out, ensure_ascii=True, indent=0)


if __name__ == "__main__":
    main()
