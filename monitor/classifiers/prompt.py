"""What a chat model is told and shown about one post and one target, and what of its reply is taken. Pure.

How the post is quoted, and why nothing in it can speak to the model, stands in ``quoting``. A reply is three numbers,
or a label and a number: there is no place in it for anything the post may have asked for.
"""

from __future__ import annotations

import math

from monitor.classifiers import quoting
from monitor.types import LABELS
from monitor.windows import Post

Row = tuple[float, float, float]

_SUM_SLACK = 0.05  # models round: .33 + .33 + .33

# The meaning of the labels is fixed; every word here is part of the classifier's revision.
_INSTRUCTIONS = (
    """\
You judge how a public text leaves one target. The user message is one JSON object with the keys "{key}" and \
"question".

"""
    + quoting.WARNING
    + """

"question" names the target, its other names and kind, the voice that speaks in the text, and the kind of source. \
Judge the target alone, not the others in the text. A target that is not named is judged as implied. An empty target \
stands for the text as a whole.

- voice "third_party": how would an ordinary reader think of the target afterwards? Facts count, whatever the tone: a \
dry report of a fine is negative. negative = worse than before, positive = better than before, neutral = no different.
- voice "brand", "leader" or "employee": which attitude to the target does the text express? A boast is positive, \
self-criticism is negative, anything else is neutral.

Reply with one JSON object and nothing else: the probabilities of the three labels, from 0 to 1, with the sum 1, as \
{{"negative": p, "neutral": p, "positive": p}}."""
)

SCHEMA = {
    "type": "object",
    "properties": {label: {"type": "number"} for label in LABELS},
    "required": list(LABELS),
    "additionalProperties": False,
}


def instructions(key: str) -> str:
    """The system message; the same for every post, so that a server can keep it worked out."""
    return _INSTRUCTIONS.format(key=key)


def material(post: Post, key: str, max_chars: int) -> str:
    """The user message."""
    request = post.request
    quoted = {"text": quoting.visible(post.whole[:max_chars])}
    if len(post.whole) > max_chars and post.sentences:
        quoted["sentences_that_name_the_target"] = quoting.visible(" ".join(post.sentences))
    question = {
        "target": quoting.name(request.target),
        "other_names": quoting.listed(request.aliases),
        "kind": quoting.name(request.kind),
        "voice": quoting.voice(request.voice),
        "source": quoting.name(request.source_type),
    }
    return quoting.message({key: quoted, "question": question})


def read_reply(content: str) -> Row | None:
    """Probabilities over LABELS that sum to 1, or None when the reply is anything but what was asked for.

    Taken are ``{"negative": p, "neutral": p, "positive": p}`` and ``{"label": l, "confidence": p}``. Not taken:
    another key, a text where a number belongs, numbers that are no probabilities.
    """
    found = quoting.json_object(content)
    if found is None:
        return None
    if found.keys() == {"label", "confidence"}:
        return _labelled(found["label"], found["confidence"])
    if found.keys() != set(LABELS):
        return None
    row = [_probability(found[label]) for label in LABELS]
    if any(math.isnan(p) for p in row) or abs(sum(row) - 1) > _SUM_SLACK:
        return None
    a, b, c = (p / sum(row) for p in row)
    return a, b, c


def _labelled(label: object, confidence: object) -> Row | None:
    p = _probability(confidence)
    if label not in LABELS or math.isnan(p) or p < 1 / 3:  # less is confidence in another label
        return None
    a, b, c = (p if name == label else (1 - p) / 2 for name in LABELS)
    return a, b, c


def _probability(value: object) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and 0 <= value <= 1 else math.nan  # type: ignore[operator,arg-type]
