"""kind: file - rows of CSV, JSON Lines or Parquet files: exports of LinkedIn, X or Facebook, data of other tools.

    sources:
      - id: linkedin-export
        kind: file
        path: "exports/linkedin-*.csv"          # one file or a pattern, relative to the brand file
        source_type: linkedin
        columns: {text: Post text, published_at: Date, author: Posted by, url: Post link, title: Post title}
        date_format: "%m/%d/%Y"                 # strptime; without it ISO and the forms that feeds use
        timezone: Europe/Oslo                   # of dates that name none

``columns`` says which column is what: text (or a list of columns, joined), title, url, author, published_at, id, lang;
without it the columns bear those names. In JSON Lines ``user.name`` reads a field inside a field. Which rows are the
same mention, what happens to broken ones and which limits hold is in docs/sources.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from monitor import http, text
from monitor.errors import ConfigError, SourceError
from monitor.sources._feedkeys import Entry, key_hash, keys, web_link
from monitor.sources._feedparse import MAX_AUTHOR, MAX_GUID, MAX_TEXT, MAX_TITLE, language, one_line
from monitor.sources._fileoptions import Dates, columns_of, dates_of
from monitor.sources._filerows import READERS, Broken, Columns, Row
from monitor.sources._mentions import mentions_of
from monitor.types import Fetched, FetchState, SourceSpec

MAX_FILES = 1_000
MAX_FILE = 200_000_000  # bytes
MAX_ROWS = 20_000  # a poll; the rest is taken up by the next
MAX_WARNINGS = 10
MAX_REMEMBERED = 200  # keys known to be shared by several rows


def build(spec: SourceSpec, client: http.Client, base: Path) -> FileSource:
    path = spec.options.get("path") or spec.url
    if not isinstance(path, str) or not path:
        raise ConfigError(f"source '{spec.id}': a file source needs a path. Remedy: path: exports/*.csv")
    return FileSource(spec, base, path, columns_of(spec), dates_of(spec))


class FileSource:
    host = None
    finite = True

    def __init__(self, spec: SourceSpec, base: Path, path: str, columns: Columns, dates: Dates) -> None:
        self.id = spec.id
        self._spec = spec
        self._base = base
        self._path = path
        self._columns = columns
        self._dates = dates
        # A changed map or pattern reads everything again: what was read before was read otherwise.
        told = json.dumps([path, columns, dates.format, str(dates.zone)], sort_keys=True)
        self._address = hashlib.sha256(told.encode()).hexdigest()[:10]

    def fetch(self, state: FetchState, now: datetime) -> Fetched:
        """The rows of files that are new or have changed, MAX_ROWS at most; a file that cannot be read is a warning,
        and an error when there is no other. A whole file is one document: what is wrong in it is said once."""
        memory = _Memory.load(state.cursor, self._address)
        files = self._files()
        entries: list[Entry] = []
        faults = _Faults()
        failed: list[SourceError] = []
        marks: dict[str, tuple[str, int]] = {}
        reading = False
        for name, file in files.items():
            before = memory.files.get(name)
            try:
                mark = _mark(file)
                done = before[1] if before and before[0] == mark else 0
                if done < 0:  # read to its end
                    marks[name] = (mark, done)
                    continue
                reading = True
                room = MAX_ROWS - len(entries) - faults.count
                if room > 0:
                    rows = islice(READERS[_suffix(file)](file, self._columns), done, done + room)
                    done = self._read(file.name, rows, done, room, now, entries, faults)
                marks[name] = (mark, done)
            except SourceError as error:
                failed.append(error)
        if failed and len(failed) == len(files):
            first = failed[0]
            raise SourceError(f"source '{self.id}': {first}", kind=first.kind)
        found, worthless = keys(self.id, entries, shared=memory.shared)
        shared = tuple(dict.fromkeys((*memory.shared, *sorted(map(key_hash, worthless)))))[-MAX_REMEMBERED:]
        after = replace(
            state, cursor=_Memory(self._address, marks, shared).dump(), polls=state.polls + 1, not_before=None
        )
        warnings = (*map(str, failed[:MAX_WARNINGS]), *faults.told())
        if not reading and not failed:
            return Fetched((), after, unchanged=True)
        return Fetched(
            mentions_of(self._spec, self._spec.source_type, entries, found, now, self._stored_date),
            after,
            dropped=faults.count,
            warnings=warnings,
        )

    def _files(self) -> dict[str, Path]:
        pattern = Path(self._path)
        root = Path(pattern.anchor) if pattern.is_absolute() else self._base
        try:
            named = (
                [root / pattern]
                if (root / pattern).is_file()
                else sorted(root.glob(str(pattern.relative_to(root) if pattern.is_absolute() else pattern)))
            )
        except (ValueError, IndexError, NotImplementedError) as error:
            raise SourceError(f"source '{self.id}': {self._path}: {error}", kind="file") from error
        files = [file for file in named if file.is_file()]
        if not files:
            raise SourceError(f"source '{self.id}': no file is named {self._path}", kind="file")
        if len(files) > MAX_FILES:
            raise SourceError(
                f"source '{self.id}': {self._path} names more than {MAX_FILES} files", kind="too_large"
            )
        return {str(file): file for file in files}

    def _read(
        self,
        file: str,
        rows: Iterator[Row | Broken],
        done: int,
        room: int,
        now: datetime,
        entries: list[Entry],
        faults: _Faults,
    ) -> int:
        """How many rows of the file are read by now; -1 = all."""
        taken = 0
        for row in rows:
            taken += 1
            if isinstance(row, Broken):
                faults.add(f"{file}:{row.line}: {row.reason}")
                continue
            try:
                entries.append(self._entry(row, now))
            except ValueError as error:
                faults.add(f"{file}:{row.line}: {error}")
        return -1 if taken < room else done + taken

    def _entry(self, row: Row, now: datetime) -> Entry:
        values = row.values
        title = one_line(values.get("title", ""), MAX_TITLE)
        body = text.clean(values.get("text", ""), MAX_TEXT)
        if not title and not body:
            raise ValueError("neither a title nor a text")
        author = one_line(values.get("author", ""), MAX_AUTHOR)
        lang = language(values.get("lang", ""))
        at = self._dates.read(values.get("published_at", ""), now, self._spec.lang or lang)
        published = at.isoformat() if at else ""
        guid = one_line(values.get("id", ""), MAX_GUID)
        if not guid:
            # Two people may write "Gratulerer!": who and when tell such rows apart where no id does.
            told = "\0".join((title, body, author, published))
            guid = "row-" + hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:24]
        return Entry(title, body, web_link(values.get("url", "")), guid, author, published, lang)

    @staticmethod
    def _stored_date(published: str, now: datetime, lang: str | None) -> datetime | None:
        return datetime.fromisoformat(published) if published else None


def _suffix(file: Path) -> str:
    suffix = file.suffix.lower()
    if suffix not in READERS:
        raise SourceError(f"{file.name}: not one of {', '.join(READERS)}", kind="file")
    return suffix


def _mark(file: Path) -> str:
    try:
        status = file.stat()
    except OSError as error:
        raise SourceError(f"{file.name}: {error.strerror}", kind="file") from error
    if status.st_size > MAX_FILE:
        raise SourceError(f"{file.name}: more than {MAX_FILE:,} bytes", kind="too_large")
    return f"{status.st_mtime_ns}-{status.st_size}"


class _Faults:
    def __init__(self) -> None:
        self.count = 0
        self._first: list[str] = []

    def add(self, reason: str) -> None:
        self.count += 1
        if len(self._first) < MAX_WARNINGS:
            self._first.append(text.clean(reason, 200))

    def told(self) -> tuple[str, ...]:
        more = self.count - len(self._first)
        return (*self._first, *((f"and {more:,} more broken rows",) if more else ()))


@dataclass(frozen=True, slots=True)
class _Memory:
    """The cursor: what everything else belongs to, (mark, rows read; -1 = all) of each file, keys that name no row."""

    address: str
    files: dict[str, tuple[str, int]]
    shared: tuple[str, ...] = ()

    def dump(self) -> str:
        return json.dumps({"address": self.address, "files": self.files, "shared": self.shared})

    @staticmethod
    def load(cursor: str | None, address: str) -> _Memory:
        try:
            data = json.loads(cursor or "{}")
            if data.get("address") != address:
                return _Memory(address, {})
            files = {str(name): (str(mark), int(done)) for name, (mark, done) in data["files"].items()}
            return _Memory(address, files, tuple(map(str, data.get("shared", ()))))
        except (ValueError, AttributeError, TypeError, KeyError):
            return _Memory(address, {})
