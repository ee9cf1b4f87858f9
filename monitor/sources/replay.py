"""kind: replay - plays an archive of mentions back as if it were happening now: demonstrations, rehearsals.

    sources:
      - {id: archive, kind: replay, path: "archive.jsonl"}             # relative to the brand file

The archive is JSON Lines: {id, lang, source_type, voice, author, published_at, url, title, text} a line; other
fields are not read. ``shift_days`` moves its dates (set by whoever runs the replay). Each poll brings what was
published after the previous poll and not after now. Ids and links stay those of the archive. The file is held
in memory between polls and read again when it changes. A broken line is counted, named and skipped.
"""

from __future__ import annotations

import json
import threading
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from monitor import http, text
from monitor.errors import ConfigError, SourceError
from monitor.sources._feedkeys import web_link
from monitor.sources._feedparse import language, one_line
from monitor.types import SOURCE_TYPES, Fetched, FetchState, Mention, SourceSpec, Voice

MAX_FILE = 200_000_000  # bytes
MAX_LINE = 1_000_000  # characters
MAX_WARNINGS = 10
_VOICES = ("leader", "employee", "brand", "third_party")


def build(spec: SourceSpec, client: http.Client, base: Path) -> ReplaySource:
    path = spec.options.get("path") or spec.url
    if not isinstance(path, str) or not path:
        raise ConfigError(f"source '{spec.id}': a replay needs a path (a .jsonl file).")
    shift = spec.options.get("shift_days", 0)
    if not isinstance(shift, int) or isinstance(shift, bool) or abs(shift) > 36_500:
        raise ConfigError(f"source '{spec.id}': shift_days must be a whole number of days.")
    return ReplaySource(spec, base / path, timedelta(days=shift))


def span(path: Path) -> tuple[datetime, datetime]:
    """The first and the last moment of the archive, unshifted. Raises SourceError when nothing in it is dated."""
    archive = _load(path)
    if not archive.times:
        raise SourceError(f"{path}: no line with a published_at", kind="empty")
    return archive.times[0], archive.times[-1]


class ReplaySource:
    host = None
    finite = True

    def __init__(self, spec: SourceSpec, path: Path, shift: timedelta) -> None:
        self.id = spec.id
        self._spec = spec
        self._path = path
        self._shift = shift

    def fetch(self, state: FetchState, now: datetime) -> Fetched:
        """The first poll also reports the lines that could not be used."""
        archive = _load(self._path)
        first = state.cursor is None
        since = 0
        if state.cursor is not None:
            since = bisect_right(archive.times, self._cursor(state.cursor) - self._shift)
        until = bisect_right(archive.times, now.astimezone(UTC) - self._shift)
        mentions = tuple(self._mention(m, now) for m in archive.mentions[since:until])
        last = mentions[-1].published_at if mentions else None
        cursor = last.isoformat() if last else state.cursor
        return Fetched(
            mentions,
            replace(state, cursor=cursor, polls=state.polls + 1, not_before=None),
            dropped=archive.dropped if first and mentions else 0,
            warnings=archive.warnings if first and mentions else (),
        )

    def _cursor(self, value: str) -> datetime:
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError as error:
            raise SourceError(
                f"source '{self.id}': its cursor {value[:40]!r} is no time", kind="state"
            ) from error

    def _mention(self, mention: Mention, now: datetime) -> Mention:
        at = mention.published_at
        return replace(
            mention,
            source=self.id,
            lang=mention.lang or self._spec.lang,
            published_at=at + self._shift if at else None,
            seen_at=now,
        )


@dataclass(frozen=True, slots=True)
class _Archive:
    """``mentions`` in the order of ``times`` (unshifted UTC)."""

    mentions: tuple[Mention, ...]
    times: tuple[datetime, ...]
    dropped: int
    warnings: tuple[str, ...]


_cache: dict[Path, tuple[tuple[int, int], _Archive]] = {}
_cache_lock = threading.Lock()


def _load(path: Path) -> _Archive:
    path = path.resolve()
    with _cache_lock:
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            kept = _cache.get(path)
            if kept and kept[0] == stamp:
                return kept[1]
            if status.st_size > MAX_FILE:
                raise SourceError(f"{path}: more than {MAX_FILE:,} bytes", kind="too_large")
            archive = _read(path)
        except OSError as error:
            raise SourceError(f"{path}: {error.strerror}", kind="file") from error
        _cache[path] = (stamp, archive)
        return archive


def _read(path: Path) -> _Archive:
    found: list[tuple[datetime, Mention]] = []
    warnings: list[str] = []
    dropped = 0
    ids: set[str] = set()
    # "\n" alone ends a line: U+2028 and the like are ordinary characters inside JSON strings.
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                at, mention = _parse(line)
                if mention.id in ids:
                    raise ValueError(f"the id '{mention.id[:40]}' was there before")
            except (ValueError, RecursionError) as error:
                dropped += 1
                if len(warnings) < MAX_WARNINGS:
                    warnings.append(f"{path.name}:{number}: {error}"[:200])
                continue
            ids.add(mention.id)
            found.append((at, mention))
    found.sort(key=lambda pair: pair[0])
    return _Archive(tuple(m for _, m in found), tuple(at for at, _ in found), dropped, tuple(warnings))


def _parse(line: str) -> tuple[datetime, Mention]:
    if len(line) > MAX_LINE:
        raise ValueError(f"more than {MAX_LINE:,} characters")
    record = json.loads(line)
    if not isinstance(record, dict):
        raise ValueError("not a JSON object")
    title, body = one_line(_string(record, "title"), 500), text.clean(_string(record, "text"), 50_000)
    identifier = one_line(_string(record, "id"), 200)
    if not identifier:
        raise ValueError("no id")
    if not title and not body:
        raise ValueError("neither title nor text")
    at = datetime.fromisoformat(_string(record, "published_at") or "missing")
    if at.tzinfo is None:
        raise ValueError("published_at has no time zone")
    voice, kind = _string(record, "voice"), _string(record, "source_type")
    utc = at.astimezone(UTC)
    return utc, Mention(
        id=identifier,
        title=title,
        text=body,
        url=web_link(_string(record, "url")),
        author=one_line(_string(record, "author"), 200),
        source_type=kind if kind in SOURCE_TYPES else "other",
        lang=language(_string(record, "lang")),
        voice=cast(Voice, voice) if voice in _VOICES else None,
        published_at=utc,
        keys=(f"archive:{identifier}",),
    )


def _string(record: Mapping[str, Any], field: str) -> str:
    value = record.get(field)
    return value if isinstance(value, str) else ""
