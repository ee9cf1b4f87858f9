"""What a chat model is told and shown about one mention and an identity, and what of its reply is taken. Pure.

How the mention is quoted, and why nothing in it can speak to the model, stands in ``quoting``. A reply is a level, ids
of statements that were shown, and words that stand in the mention: there is no place in it for anything else.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from monitor.classifiers import quoting
from monitor.types import BrandIdentity, ConflictLevel, ConflictQuestion, Field, Opinion

MAX_NAMED = 3  # statements of an answer
MIN_QUOTE, MAX_QUOTE = 8, 300  # characters; of a shorter text, the whole
_TITLE_CHARS = 400
_STATEMENT_CHARS = 500
_LEVELS: tuple[ConflictLevel, ...] = ("none", "minor", "major")
_KEYS = frozenset({"conflict", "statements", "quote"})

# The meaning of the answers is fixed; every word here is part of the judge's revision.
_INSTRUCTIONS = (
    """\
You decide whether a public text conflicts with what an organisation has written down about itself. The user message \
is one JSON object with the keys "question" and "{key}".

"""
    + quoting.WARNING
    + """

"question" names the organisation, its other names, its leaders and products, the voice that speaks in the text and \
the kind of source. It lists the organisation's "statements" by id, each with its kind and its words.

Decide this: would a reader who believes the text conclude that the organisation, or one of its own people, has acted \
or spoken against one of the statements? Go by what the text says, not by what you know from elsewhere.

- voice "brand", "leader" or "employee": one of its own speaks, and the words themselves can be the breach, in a \
cheerful boast as much as in a complaint.
- voice "third_party": an outsider speaks, and cannot break a statement. But a credible report that one of its own did \
what a statement rules out, or did not do what it promises, is a conflict with it. An outsider who does the same is not.
- kind "value" or "guideline": a conflict when the organisation acted or spoke against it. "wanted_image": when the \
text shows it as the opposite. "unwanted_image": when the text shows it as just that. "out_of_bounds": when one of its \
own takes the topic up.

none: no statement is broken. Also a text that is merely negative (slow, dear, disliked, insulted) without conduct a \
statement speaks of; one that mainly admits a fault or tells how it is put right; mockery that names no breach; and \
what is about somebody else.
minor: borderline, off-tone, hearsay or one customer's experience; mockery that repeats what the breach was; nothing \
but one of its own mixing private life with office in a post.
major: a clear breach that concerns law, ethics or safety, that a leader commits in person, or of two or more \
statements.

Reply with one JSON object and nothing else: {{"conflict": "none" or "minor" or "major", "statements": the ids of at \
most three statements, the most clearly broken one first, "quote": the words of the text this rests on, one passage of \
at most 200 characters copied exactly from "title" or "text"}}. With "none", "statements" is [] and "quote" is ""."""
)

SCHEMA = {
    "type": "object",
    "properties": {
        "conflict": {"type": "string", "enum": list(_LEVELS)},
        "statements": {"type": "array", "items": {"type": "string"}},
        "quote": {"type": "string"},
    },
    "required": ["conflict", "statements", "quote"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A field as it is shown: without what no reader sees, runs of blanks as one. ``at`` = where each character of
    ``text`` stands in the raw field."""

    text: str
    at: array[int]

    @classmethod
    def of(cls, raw: str, limit: int) -> Shown:
        out: list[str] = []
        at = array("L")
        for i, char in enumerate(raw[: limit * 4]):
            blank = char.isspace()
            if len(out) == limit or not (blank or char.isprintable()):
                continue
            if blank and (not out or out[-1] == " "):
                continue
            out.append(" " if blank else char)
            at.append(i)
        return cls("".join(out), at)

    def find(self, quote: str) -> tuple[int, int] | None:
        """Where ``quote`` stands in the raw field; None when it does not."""
        start = self.text.find(quote)
        return None if start < 0 else (self.at[start], self.at[start + len(quote) - 1] + 1)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply in the form asked for; ``statements`` are ids as in the brand file."""

    level: ConflictLevel
    statements: tuple[str, ...]
    quote: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One question as it is put: ``text`` is the user message, ``ids`` shown id -> the brand file's."""

    text: str
    ids: dict[str, str]
    fields: dict[Field, Shown]

    def read_reply(self, content: str) -> Answer | None:
        """None when the reply is anything but what was asked for: another key, a level or a statement that there is
        not, a conflict without a statement, a quote that does not stand in the mention."""
        found = quoting.json_object(content)
        if found is None or found.keys() != _KEYS:
            return None
        level, named, quote = found["conflict"], found["statements"], found["quote"]
        if level not in _LEVELS or not isinstance(named, list) or not isinstance(quote, str):
            return None
        if not all(isinstance(s, str) and s in self.ids for s in named) or len(set(named)) != len(named):
            return None
        if level == "none":
            return Answer("none", (), "") if not named else None
        words = Shown.of(quote, MAX_QUOTE + 1).text.strip()
        if not 1 <= len(named) <= MAX_NAMED or self._place(words) is None:
            return None
        return Answer(level, tuple(self.ids[s] for s in named), words)

    def opinion(self, answer: Answer) -> Opinion:
        place = self._place(answer.quote)
        if answer.level == "none" or place is None:
            return Opinion("none")
        return Opinion(answer.level, answer.statements, *place)

    def _place(self, quote: str) -> tuple[Field, int, int] | None:
        for field, shown in self.fields.items():
            enough = len(quote) >= MIN_QUOTE or quote == shown.text.strip()
            if quote and enough and len(quote) <= MAX_QUOTE and (found := shown.find(quote)):
                return (field, *found)
        return None


def instructions(key: str) -> str:
    """The system message; the same for every mention, so that a server can keep it worked out."""
    return _INSTRUCTIONS.format(key=key)


def sheet(question: ConflictQuestion, key: str, max_chars: int, max_statements: int) -> Sheet:
    """The statements stand in the order of the brand file, whatever the first judge thinks of them: it is to be a
    second opinion, and what is the same in every question can be kept worked out."""
    mention, match = question.request.mention, question.request.match
    title = Shown.of(mention.title, _TITLE_CHARS)
    fields: dict[Field, Shown] = {
        "text": Shown.of(mention.text, max(1, max_chars - len(title.text))),
        "title": title,
    }
    kept = {s.id for s in question.statements[:max_statements]}
    statements = [s for s in question.identity.statements if s.id in kept]
    asked = {
        **_ours(question.identity),
        # No list: see ``quoting.message``.
        "statements": {
            quoting.name(s.id): {
                "kind": s.kind,
                "words": quoting.visible(" ".join(s.text.split())[:_STATEMENT_CHARS]),
            }
            for s in statements
        },
        "voice": quoting.voice(match.voice),
        "source": quoting.name(mention.source_type),
    }
    quoted = {"title": title.text, "text": fields["text"].text}
    text = quoting.message({"question": asked, key: quoted})
    return Sheet(text, {quoting.name(s.id): s.id for s in statements}, fields)


def _ours(identity: BrandIdentity) -> dict[str, str]:
    leaders = tuple(f"{p.name} ({p.role})" if p.role else p.name for p in identity.leaders)
    return {
        "organisation": quoting.name(identity.name),
        "other_names": quoting.listed(identity.aliases),
        "leaders": quoting.listed(leaders),
        "products": quoting.listed(tuple(p.name for p in identity.products)),
    }
