"""What the bundled model reads of a post. Training and judging both go through here, so they cannot differ.

The model reads a text and, as second segment, a line that says toward whom and whose words they are, for example
``Lomvi · third party · brand · news``. Tokens of the text that name the target carry token type 1, as the second
segment does. A post that does not fit is read in passages: the sentences around each naming of the target, the
title and the opening with the first of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from monitor import text as txt
from monitor.classifiers.runtime import encodable
from monitor.types import JudgeRequest
from monitor.windows import MAX_CHARS, join, name_spans, name_words

MAX_TOKENS = 288
PASSAGE_CHARS = 1_000  # about 250 tokens
MAX_PASSAGES = 4
_TARGET_CHARS = 120
_BEFORE, _AFTER = 1, 2  # sentences read around one that names the target

# What is asked. "" = the scored label: how an outsider's text leaves the target standing, what attitude our own
# words express. The two others name the question outright; training uses them where the data answers both.
Question = Literal["", "standing", "wording"]

Encoded = dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Passage:
    """``marks`` = half-open spans of ``text`` that name the target; ``about`` = the second segment."""

    text: str
    marks: tuple[tuple[int, int], ...]
    about: str


def passages(request: JudgeRequest, question: Question = "") -> list[Passage]:
    """One to MAX_PASSAGES passages, in the order of the post. Never empty, though its text may be."""
    whole = join(txt.clean(request.title, 400), txt.clean(request.text, MAX_CHARS))
    names = name_words(request)
    line = about(request, question)
    texts = [whole] if len(whole) <= PASSAGE_CHARS else _around(whole, name_spans(whole, names))
    return [Passage(t, tuple(name_spans(t, names)), line) for t in texts]


def about(request: JudgeRequest, question: Question = "") -> str:
    target = encodable(" ".join(request.target.split())[:_TARGET_CHARS])
    author = txt.fold(request.author)
    own = request.voice != "third_party"
    self_written = (
        own and bool(author) and author in {txt.fold(n) for n in (request.target, *request.aliases)}
    )
    parts = [target or "*", "self" if self_written else request.voice.replace("_", " ")]
    if request.target:
        parts.append(request.kind)
    if request.source_type != "other":
        parts.append(request.source_type)
    if question:
        parts.append(question)
    return " · ".join(parts)


def _around(whole: str, marks: Sequence[tuple[int, int]]) -> list[str]:
    spans = txt.sentences(whole)
    hits = [i for i, (a, b) in enumerate(spans) if any(a <= start < b for start, _ in marks)]
    if not hits:
        return [whole[:PASSAGE_CHARS]]
    wanted = {0} | {k for i in hits for k in range(max(0, i - _BEFORE), min(len(spans), i + _AFTER + 1))}
    out: list[str] = []
    named = False  # whether the passage being filled names the target
    for i in sorted(wanted):
        sentence = whole[spans[i][0] : spans[i][1]][:PASSAGE_CHARS]
        if out and len(out[-1]) + 1 + len(sentence) <= PASSAGE_CHARS:
            out[-1] += " " + sentence
            named = named or i in hits
        elif out and not named:  # a long opening gives way to the sentence that names the target
            out[-1] = (out[-1] + " ")[: max(0, PASSAGE_CHARS - len(sentence))] + sentence
            named = i in hits
        elif len(out) == MAX_PASSAGES:
            break
        else:
            out.append(sentence)
            named = i in hits
    return out if named or len(out) == 1 else out[:-1]


def encode(tokenizer: Any, passage: Passage, max_tokens: int = MAX_TOKENS) -> Encoded:
    """Token ids and types. Cut at the end of the text when too long; the second segment is never cut."""
    # Truncation is a property of the tokenizer object, so it is done here.
    first = tokenizer.encode(encodable(passage.text), add_special_tokens=False)
    second = tokenizer.encode(passage.about, add_special_tokens=False).ids[:96]
    room = max(1, max_tokens - 4 - len(second))
    types = [int(any(a < end and start < b for a, b in passage.marks)) for start, end in first.offsets[:room]]
    ids = [_BOS, *first.ids[:room], _EOS, _EOS, *second, _EOS]
    types = [0, *types, 0, 0] + [1] * (len(second) + 1)
    return {"input_ids": ids, "attention_mask": [1] * len(ids), "token_type_ids": types}


_BOS, _EOS = 0, 2
