"""Each stage alone, JSON Lines in, JSON Lines out: what `omdomme match|judge|flag|detect` do.

One output line per valid input line, in input order; a broken line gives a numbered message and no output
line, and the work goes on. Lines are taken in batches, so any number of them passes in bounded memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, BinaryIO

from monitor import language, sentiment, spikes
from monitor.jsonlines import Complain, Row, batches, is_count, parsed, text_of, time_of, voice_of
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
)

if TYPE_CHECKING:  # each stage loads what it needs itself: `judge` alone starts in half the time
    from monitor.identity import Flagger
    from monitor.identity.second import SecondOpinions


def match_lines(stream: BinaryIO, identity: BrandIdentity, complain: Complain) -> Iterator[Row]:
    """{id, title?, text, url?, author?, source_type?, voice?} -> {id, relevant, targets}."""
    from monitor.targets import Matcher

    matcher = Matcher(identity)
    for batch in batches(parsed(stream, mention_of, complain)):
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
    aliases = sentiment.aliases_of(identity) if identity else {}

    languages = identity.languages if identity else ()

    def read(row: Row) -> JudgeRequest:
        return judge_request(row, aliases, languages)

    for batch in batches(parsed(stream, read, complain)):
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


def judge_request(row: Row, aliases: Mapping[str, tuple[str, ...]], languages: Sequence[str]) -> JudgeRequest:
    """A request from a JSON object; ValueError names the field. A language that is not given is found out."""
    target = text_of(row, "target", required=True)
    given = row.get("aliases")
    if given is not None and not (isinstance(given, list) and all(isinstance(a, str) for a in given)):
        raise ValueError("aliases must be a list of strings")
    text, title = text_of(row, "text", required=True), text_of(row, "title")
    return JudgeRequest(
        text=text,
        target=target,
        title=title,
        aliases=tuple(given) if given is not None else aliases.get(target, ()),
        kind=text_of(row, "kind") or "brand",
        voice=voice_of(row) or "third_party",
        source_type=text_of(row, "source_type") or "other",
        author=text_of(row, "author"),
        lang=text_of(row, "lang") or language.identify(text, title=title, expected=languages).lang,
    )


def flag_lines(
    stream: BinaryIO,
    identity: BrandIdentity,
    flagger: Flagger,
    classifier: Classifier,
    lang: str,
    complain: Complain,
    second: SecondOpinions | None = None,
) -> Iterator[Row]:
    """{id, voice?, author?, url?, source_type?, title?, text, lang?} -> the flag of each mention.

    With ``second``, rows also name their ``model``, and those it gave an opinion on what was said ``first``.
    """
    from monitor.targets import Matcher

    matcher = Matcher(identity)
    aliases = sentiment.aliases_of(identity)
    for batch in batches(parsed(stream, mention_of, complain)):
        mentions = [mention for _, mention in batch]
        matches = matcher.match_all(mentions)
        mentions = [
            _spoken(mention, identity.languages) if match.relevant and not mention.lang else mention
            for mention, match in zip(mentions, matches, strict=True)
        ]
        requests = flag_requests(mentions, matches, classifier, aliases)
        flags = flagger.flag(requests, lang)
        if second:
            for i, opinion in second.ask(requests, flags, lang).items():
                flags[i] = opinion or flags[i]
        for (row, _), flag in zip(batch, flags, strict=True):
            yield {"id": row["id"], **flag_row(flag), **(_opinions(flag) if second else {})}


def _opinions(flag: Flag) -> Row:
    """Who gave the flag, and what was said before."""
    first = flag.first
    before = {"conflict": first.level, "score": first.score, "model": first.model} if first else None
    return {"model": flag.model, "first": before}


def _spoken(mention: Mention, languages: Sequence[str]) -> Mention:
    return replace(
        mention, lang=language.identify(mention.text, title=mention.title, expected=languages).lang
    )


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
    for (mention, _), verdict in zip(pairs, sentiment.judge_all(pairs, classifier, aliases), strict=True):
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
        at = time_of(row.get("at"))
        count = row.get("count")
        if "count" not in row or not (count is None or is_count(count)):
            raise ValueError("count must be a number of at least 0, or null when the source was down")
        total = row.get("total")
        if not (total is None or is_count(total)):
            raise ValueError("total must be a number of at least 0")
        if last is not None and at <= last:
            raise ValueError(f"at must come after the bin before it ({_iso(last)})")
        last = at
        return Bin(at, None if count is None else int(count), None if total is None else int(total))

    bins = [bin for _, bin in parsed(stream, read, complain)]
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
        title=text_of(row, "title"),
        text=text_of(row, "text", required=True),
        url=text_of(row, "url"),
        author=text_of(row, "author"),
        source_type=text_of(row, "source_type") or "other",
        lang=text_of(row, "lang") or None,
        voice=voice_of(row),
        published_at=time_of(published) if published else None,
    )


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
