"""One field of a mention as the senses read it: tokens with weights, neighbours, style. Pure."""

from __future__ import annotations

import bisect
from functools import cached_property

from monitor.targets.homonyms import NOTHING, Context, Weight
from monitor.text import words
from monitor.types import Field

_MAX_TOKENS = 4_000  # a field is weighed by its first words; names beyond them are still found
_WINDOW = 10  # words on either side
_SENTENCE_BREAKS = '.!?…:\n–—•|«"“('


class Reading:
    """One normalised field with its tokens, made once per mention."""

    def __init__(self, field: Field, text: str, context: Context) -> None:
        self.field = field
        self.text = text
        self.context = context

    @cached_property
    def tokens(self) -> list[tuple[str, int, int]]:
        out = []
        for word in words(self.text):
            out.append((word.folded, word.start, word.end))
            if len(out) >= _MAX_TOKENS:
                break
        return out

    @cached_property
    def starts(self) -> list[int]:
        return [t[1] for t in self.tokens]

    @cached_property
    def weights(self) -> list[Weight]:
        weight = self.context.weight
        return [weight(t[0]) for t in self.tokens]

    @cached_property
    def lower_style(self) -> bool:
        """The author does not use capitals, so that a small letter says nothing."""
        heads = [self.text[s] for _, s, _ in self.tokens[:40]]
        letters = [c for c in heads if c.isalpha()]
        return (
            bool(letters)
            and sum(c.isupper() for c in letters) <= max(1, len(letters) // 25)
            and letters[0].islower()
        )

    @cached_property
    def title_style(self) -> bool:
        """A headline in Title Case or capitals, where a capital says nothing."""
        long = [self.text[s] for f, s, e in self.tokens[:30] if e - s > 3]
        return len(long) >= 3 and sum(c.isupper() for c in long) >= 0.75 * len(long)

    def total(self) -> tuple[float, float, float, int]:
        """Weight for us, for the ordinary word, for another bearer, and the number of words; a word counts once."""
        seen = {t[0]: w for t, w in zip(self.tokens, self.weights, strict=True) if w is not NOTHING}
        return (
            sum(w.ours for w in seen.values()),
            sum(w.common for w in seen.values()),
            sum(w.bearer for w in seen.values()),
            len(self.tokens),
        )

    def near(self, start: int, end: int) -> Weight:
        """What the words around a span say together."""
        a = bisect.bisect_left(self.starts, start)
        b = bisect.bisect_left(self.starts, end)
        near = {
            self.tokens[i][0]: self.weights[i]
            for i in (*range(max(0, a - _WINDOW), a), *range(b, min(len(self.tokens), b + _WINDOW)))
        }
        return Weight(
            sum(w.ours for w in near.values()),
            sum(w.common for w in near.values()),
            sum(w.bearer for w in near.values()),
        )

    def neighbours(self, start: int, end: int) -> tuple[tuple[str, str], tuple[str, str]]:
        """(folded, raw) of the words directly before and after a span, "" across a sentence or clause break."""
        a = bisect.bisect_left(self.starts, start) - 1
        b = bisect.bisect_left(self.starts, end)
        before = after = ("", "")
        if a >= 0:
            folded, s, e = self.tokens[a]
            gap = self.text[e:start]
            if (
                len(gap) <= 3
                and not any(c in ".!?;:\n–,()/" for c in gap.replace(".", "", 1))
                and ("." not in gap or e - s <= 4)
            ):
                before = (folded, self.text[s:e])
        if b < len(self.tokens):
            folded, s, e = self.tokens[b]
            gap = self.text[end:s]
            if gap.strip(" \u00a0&") == "" and len(gap) <= 3:
                after = ("&" if "&" in gap else folded, self.text[s:e])
        return before, after

    def opens_sentence(self, start: int) -> bool:
        """Whether any word would have a capital at ``start``."""
        head = self.text[max(0, start - 4) : start].rstrip(" \u00a0#@»'’")
        return not head or head[-1] in _SENTENCE_BREAKS
