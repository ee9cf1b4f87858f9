"""Each stage alone, JSON Lines in, JSON Lines out: what `omdomme match|judge|flag|detect` do.

One output line per valid input line, in input order; a broken line gives a numbered message and no output
line, and the work goes on. Lines are taken in batches, so any number of them passes in bounded memory.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, BinaryIO, TypeVar, get_args

from monitor import sentiment, spikes
from monitor.errors import InputError
from monitor.identity import Flagger
from monitor.pipeline import aliases_of, judge_all
from monitor.targets import Matcher
from monitor.types import (
    Bin,
    BrandIdentity,
    Classifier,
    Flag,
    FlagRequest,
    Incident,
    JudgeRequest,
    Match,
    Mention,
    Verdict,
    Voice,
)

Row = dict[str, Any]
Complain = Callable[[InputError], None]
T = TypeVar("T")

BATCH = 256
MAX_LINE = 16 * 1024 * 1024  # bytes; longer is broken, and is skipped without being held in memory
MAX_TEXT = 1_000_000  # characters


def match_lines(stream: BinaryIO, identity: BrandIdentity, complain: Complain) -> Iterator[Row]:
    """{id, title?, text, url?, author?, source_type?, voice?} -> {id, relevant, targets}."""
    matcher = Matcher(identity)
    for batch in _batches(_parsed(stream, mention_of, complain)):
        for (row, _), match in zip(batch, matcher.match_all([m for _, m in batch]), strict=True):
            yield {
                "id": row["id"],
                "relevant": match.relevant,
                "targets": [
                    {
                        "name": t.name,
                        "kind": t.kind,
                        "via": t.via,
                        "field": t.field,
                        "start": t.start,
                        "end": t.end,
                        "surface": t.surface,
                    }
                    for t in match.targets
                ],
            }


def judge_lines(
    stream: BinaryIO, identity: BrandIdentity | None, classifier: Classifier, complain: Complain
) -> Iterator[Row]:
    """{id?, title?, text, target, ...} -> {id?, target, label, negative, neutral, positive, status, model}."""
    aliases = aliases_of(identity) if identity else {}

    def read(row: Row) -> JudgeRequest:
        target = _text(row, "target", required=True)
        given = row.get("aliases")
        if given is not None and not (isinstance(given, list) and all(isinstance(a, str) for a in given)):
            raise ValueError("aliases must be a list of strings")
        return JudgeRequest(
            text=_text(row, "text", required=True),
            target=target,
            title=_text(row, "title"),
            aliases=tuple(given) if given is not None else aliases.get(target, ()),
            kind=_text(row, "kind") or "brand",
            voice=_voice(row) or "third_party",
            source_type=_text(row, "source_type") or "other",
            author=_text(row, "author"),
            lang=_text(row, "lang") or None,
        )

    for batch in _batches(_parsed(stream, read, complain)):
        for (row, _), verdict in zip(batch, sentiment.judge([r for _, r in batch], classifier), strict=True):
            out: Row = {"id": row["id"]} if "id" in row else {}
            yield out | {
                "target": verdict.target,
                "label": verdict.label,
                "negative": verdict.negative,
                "neutral": verdict.neutral,
                "positive": verdict.positive,
                "status": verdict.status,
                "model": verdict.model,
            }


def flag_lines(
    stream: BinaryIO,
    identity: BrandIdentity,
    flagger: Flagger,
    classifier: Classifier,
    lang: str,
    complain: Complain,
) -> Iterator[Row]:
    """{id, voice?, author?, url?, source_type?, title?, text, lang?} -> the flag of each mention."""
    matcher = Matcher(identity)
    aliases = aliases_of(identity)
    for batch in _batches(_parsed(stream, mention_of, complain)):
        mentions = [mention for _, mention in batch]
        requests = flag_requests(mentions, matcher.match_all(mentions), classifier, aliases)
        for (row, _), flag in zip(batch, flagger.flag(requests, lang), strict=True):
            yield {"id": row["id"], **flag_row(flag)}


def flag_requests(
    mentions: Sequence[Mention],
    matches: Sequence[Match],
    classifier: Classifier,
    aliases: Mapping[str, tuple[str, ...]],
) -> list[FlagRequest]:
    """Judges the targets of the relevant mentions in one batch and puts the verdicts beside the matches."""
    pairs = [
        (mention, target)
        for mention, match in zip(mentions, matches, strict=True)
        if match.relevant
        for target in match.targets
    ]
    verdicts: dict[int, list[Verdict]] = {}
    for (mention, _), verdict in zip(pairs, judge_all(pairs, classifier, aliases), strict=True):
        verdicts.setdefault(id(mention), []).append(verdict)
    return [
        FlagRequest(mention, match, tuple(verdicts.get(id(mention), ())))
        for mention, match in zip(mentions, matches, strict=True)
    ]


def flag_row(flag: Flag) -> Row:
    return {
        "conflict": flag.level,
        "score": flag.score,
        "conflicts": [
            {
                "statement": c.statement,
                "score": c.score,
                "severity": c.severity,
                "field": c.field,
                "start": c.start,
                "end": c.end,
                "quote": c.quote,
                "reason": c.reason,
            }
            for c in flag.conflicts
        ],
        "candidates": [{"statement": s, "score": p} for s, p in flag.candidates],
        "role_mixing": flag.role_mixing,
    }


def detect_lines(
    stream: BinaryIO,
    settings: spikes.SpikeSettings,
    complain: Complain,
    *,
    width: timedelta | None = None,
    scores: bool = False,
) -> Iterator[Row]:
    """{at, count, total?} -> a line per incident, or with ``scores`` a line per bin."""
    last: datetime | None = None

    def read(row: Row) -> Bin:
        nonlocal last
        at = _time(row.get("at"))
        count = row.get("count")
        if "count" not in row or not (count is None or _is_count(count)):
            raise ValueError("count must be a number of at least 0, or null when the source was down")
        total = row.get("total")
        if not (total is None or _is_count(total)):
            raise ValueError("total must be a number of at least 0")
        if last is not None and at <= last:
            raise ValueError(f"at must come after the bin before it ({_iso(last)})")
        last = at
        return Bin(at, None if count is None else int(count), None if total is None else int(total))

    bins = [bin for _, bin in _parsed(stream, read, complain)]
    detection = spikes.detect(
        spikes.fill(bins, width or spikes.infer_width([bin.at for bin in bins])), settings
    )
    if scores:
        for at, score in detection.scores:
            yield {"at": _iso(at), "score": score}
        return
    for incident in detection.incidents:
        yield incident_row(incident)


def incident_row(incident: Incident) -> Row:
    return {
        "start": _iso(incident.start),
        "detected_at": _iso(incident.detected_at),
        "end": _iso(incident.end) if incident.end else None,
        "peak": _iso(incident.peak),
        "peak_count": incident.peak_count,
        "observed": incident.observed,
        "expected": incident.expected,
        "score": incident.score,
    }


def mention_of(row: Row) -> Mention:
    """A mention from a JSON object; ValueError names the field. A missing title is ""."""
    if "id" not in row or not isinstance(row["id"], str | int):
        raise ValueError("id must be a string or a whole number")
    published = row.get("published_at")
    return Mention(
        id=str(row["id"]),
        title=_text(row, "title"),
        text=_text(row, "text", required=True),
        url=_text(row, "url"),
        author=_text(row, "author"),
        source_type=_text(row, "source_type") or "other",
        lang=_text(row, "lang") or None,
        voice=_voice(row),
        published_at=_time(published) if published else None,
    )


# --- reading -------------------------------------------------------------------------------------------------


def _parsed(stream: BinaryIO, read: Callable[[Row], T], complain: Complain) -> Iterator[tuple[Row, T]]:
    for number, line in _numbered(stream):
        try:
            if line is None:
                raise ValueError(f"longer than {MAX_LINE} bytes")
            row = json.loads(
                line.decode("utf-8-sig" if number == 1 else "utf-8"), parse_constant=_no_constant
            )
            if not isinstance(row, dict):
                raise ValueError("not a JSON object")
            value = read(row)
        except (ValueError, RecursionError) as error:
            complain(InputError(number, _reason(error)))
            continue
        yield row, value


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg} at column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"not UTF-8: byte {error.start}"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return str(error)


def _numbered(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """(line number from 1, line); None for a line that is too long; blank lines are counted and skipped."""
    number = 0
    while line := stream.readline(MAX_LINE + 1):
        number += 1
        if len(line) > MAX_LINE and not line.endswith(b"\n"):
            while (rest := stream.readline(MAX_LINE)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif line.strip():
            yield number, line


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(rows)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _text(row: Row, field: str, *, required: bool = False) -> str:
    value = row.get(field)
    if value is None:
        if required:
            raise ValueError(f"{field} is missing")
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{field} must be a string")
    if len(value) > MAX_TEXT:
        raise ValueError(f"{field} is longer than {MAX_TEXT} characters")
    return value


def _voice(row: Row) -> Voice | None:
    value = row.get("voice")
    if value is None or value == "":
        return None
    for voice in get_args(Voice):
        if value == voice:
            return voice  # type: ignore[no-any-return]
    raise ValueError(f"voice must be one of {', '.join(get_args(Voice))}")


def _is_count(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= 0
    )


def _time(value: object) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a time must be an ISO 8601 string")
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value!r} is not an ISO 8601 time") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
