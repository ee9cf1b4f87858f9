"""kind: imap - mails of a mailbox: newsletters, Google Alerts, press clippings. The mailbox is never changed.

    sources:
      - id: klipp
        kind: imap
        host: imap.example.no                    # port: 993; with tls: starttls 143
        user: klipp@eksempel.example
        password: ${OMDOMME_IMAP_PASSWORD}       # from the environment, and from nowhere else
        folder: Nyhetsbrev/Klipp                 # default INBOX
        from: [googlealerts-noreply@google.com, klipp@leverandor.example, "@avisa.example"]
        split: links                             # a mail that lists articles becomes one mention for each

Only mails of the senders in ``from`` are read; ``@avisa.example`` stands for all of a domain. A Google Alert becomes
one mention for each of its results, whatever ``split`` says. What is known of a mail, which limits hold and what TLS
is asked for is in docs/sources.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from monitor import http
from monitor.errors import ConfigError, SourceError
from monitor.sources import _imapbox, _maillinks, _mailparts
from monitor.sources._feeddates import believable
from monitor.sources._feedkeys import Entry, keys
from monitor.sources._imapbox import Box, Letter, Server
from monitor.sources._mentions import mentions_of
from monitor.types import SOURCE_TYPES, Fetched, FetchState, Mention, SourceSpec

MAX_MAILS = 100  # a poll; the rest is taken up by the next
MAX_BYTES = 40_000_000  # of mails a poll
MAX_SENDERS = 50
MAX_WARNINGS = 10
FIRST_LOOK = timedelta(days=30)  # how far back the first poll reads
_SENDER = re.compile(r"(?:[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})?@[a-z0-9.-]{1,250}$")


def build(spec: SourceSpec, client: http.Client, base: Path) -> ImapSource:
    options = _Options(spec)
    starttls = options.text("tls", "implicit", 20)
    if starttls not in ("implicit", "starttls"):
        raise options.wrong("tls", "is neither implicit nor starttls", "leave it out for port 993")
    split = options.text("split", "none", 20)
    if split not in ("none", "links"):
        raise options.wrong("split", "is neither none nor links", "split: links for mails that list articles")
    port = spec.options.get("port", 143 if starttls == "starttls" else 993)
    if not isinstance(port, int) or isinstance(port, bool) or not 1 <= port <= 65535:
        raise options.wrong("port", "is no port", "port: 993")
    server = Server(
        host=options.text("host", "", 250, "host: imap.example.no"),
        port=port,
        starttls=starttls == "starttls",
        user=options.text("user", "", 250, "user: klipp@example.no"),
        password=options.secret(),
    )
    return ImapSource(
        spec, client, server, options.text("folder", "INBOX", 250), options.senders(), split == "links"
    )


class _Options:
    def __init__(self, spec: SourceSpec) -> None:
        self._spec = spec

    def wrong(self, name: str, what: str, remedy: str) -> ConfigError:
        return ConfigError(f"source '{self._spec.id}': {name} {what}. Remedy: {remedy}")

    def text(self, name: str, default: str, limit: int, remedy: str = "") -> str:
        value = self._spec.options.get(name, default)
        if not isinstance(value, str) or not (value.strip() or not remedy):
            raise self.wrong(name, "is missing", remedy or f"{name}: {default}")
        if len(value) > limit or not value.isprintable():
            raise self.wrong(name, "is too long or has control characters", f"{name}: {default or '...'}")
        return value.strip()

    def secret(self) -> str:
        value = self._spec.options.get("password")
        remedy = "write password: ${OMDOMME_IMAP_PASSWORD} and set that variable in the environment"
        if value is None:
            raise self.wrong("password", "is not set", remedy)
        # What comes from the environment is a string of a class of its own, which never shows in a log.
        if not isinstance(value, str) or type(value) is str:
            raise self.wrong("password", "stands in the brand file", remedy)
        if not value or len(value) > 1_000 or any(c in value for c in "\r\n\0"):
            raise self.wrong("password", "is empty, too long or broken over lines", remedy)
        return value

    def senders(self) -> tuple[str, ...]:
        given = self._spec.options.get("from")
        listed = given if isinstance(given, list | tuple) else [given] if given else []
        senders = tuple(dict.fromkeys(str(one).strip().lower() for one in listed))
        remedy = 'from: [klipp@leverandor.example, "@avisa.example"]'
        if not 0 < len(senders) <= MAX_SENDERS:
            raise self.wrong("from", f"names {len(senders)} senders, not 1 to {MAX_SENDERS}", remedy)
        for one in senders:
            if not _SENDER.match(one):
                raise self.wrong("from", f"has '{one[:60]}', which is no address", remedy)
        return senders


@dataclass(frozen=True, slots=True)
class _Cursor:
    """The mailbox and senders it belongs to, the folder's UIDVALIDITY, and the last UID that was dealt with."""

    box: str
    validity: int = 0
    uid: int = 0

    def dump(self) -> str:
        return json.dumps({"box": self.box, "validity": self.validity, "uid": self.uid})

    @staticmethod
    def load(cursor: str | None, box: str) -> _Cursor:
        try:
            data = json.loads(cursor or "{}")
            if data.get("box") == box:
                return _Cursor(box, int(data["validity"]), int(data["uid"]))
        except (ValueError, AttributeError, TypeError, KeyError):
            pass
        return _Cursor(box)


class ImapSource:
    can_backfill = True

    def __init__(
        self,
        spec: SourceSpec,
        client: http.Client,
        server: Server,
        folder: str,
        senders: tuple[str, ...],
        split: bool,
    ) -> None:
        self.id = spec.id
        self.host = server.host
        self._spec = spec
        self._client = client
        self._server = server
        self._folder = folder
        self._senders = senders
        self._split = split
        self._source_type = spec.source_type if spec.source_type in SOURCE_TYPES[:-1] else "news"
        told = json.dumps([server.host, server.port, server.user, folder, sorted(senders), split])
        self._box = hashlib.sha256(told.encode()).hexdigest()[:10]

    def fetch(self, state: FetchState, now: datetime) -> Fetched:
        """Raises SourceError. One mail that cannot be read is counted, named by its UID, and stops no other."""
        try:
            with _imapbox.opened(self._server, self._folder, self._client.connect) as box:
                return self._read(box, state, now)
        except SourceError as error:
            raise type(error)(
                f"source '{self.id}': {error}",
                kind=error.kind,
                transient=error.transient,
                retry_after=error.retry_after,
            ) from error

    def _read(self, box: Box, state: FetchState, now: datetime) -> Fetched:
        cursor = _Cursor.load(state.cursor, self._box)
        since: date | None = None
        if state.since or cursor.validity != box.validity:
            # New to us, told to read back, or the folder was made anew and its numbers mean something else now: mails
            # that were read before are known by their ids.
            since = (state.since or now - FIRST_LOOK).astimezone(UTC).date()
            cursor = _Cursor(self._box, box.validity)
        uids = box.search(cursor.uid, since, self._senders)
        mentions: dict[str, Mention] = {}
        warnings: list[str] = []
        dropped = received = 0
        last = cursor.uid
        for uid in uids[:MAX_MAILS]:
            if received > MAX_BYTES:
                break
            letter = box.letter(uid, _mailparts.MAX_MAIL)
            last = uid
            if letter is None:
                continue
            received += len(letter.raw)
            try:
                for mention in self._mentions(letter, now):
                    mentions.setdefault(mention.id, mention)
            except SourceError as error:
                dropped += 1
                warnings.append(f"mail {uid}: {error}")
        more = bool(uids) and last != uids[-1]
        if not more:
            last = max(last, (box.uid_next or 1) - 1)
        after = replace(
            state, cursor=replace(cursor, uid=last).dump(), polls=state.polls + 1, not_before=None, since=None
        )
        if len(warnings) > MAX_WARNINGS:
            warnings[MAX_WARNINGS:] = [f"and {len(warnings) - MAX_WARNINGS} more"]
        return Fetched(tuple(mentions.values()), after, not uids, dropped, tuple(warnings), more)

    def _mentions(self, letter: Letter, now: datetime) -> tuple[Mention, ...]:
        mail = _mailparts.read(letter.raw)
        if not self._wanted(mail.sender):
            return ()  # the server looks for the address anywhere in the header, also in a forged name
        entries: list[Entry] = []
        if mail.sender == _maillinks.ALERTS:
            entries = _maillinks.alert_entries(mail.html, mail.plain)
        elif self._split:
            entries = _maillinks.linked_entries(mail.html)
        if not entries:
            entries = [Entry(title=mail.subject, text=mail.words(), author=mail.name or mail.sender)]
            if not entries[0].title and not entries[0].text:
                raise SourceError("neither a subject nor a text", kind="empty")
        told = mail.message_id or hashlib.sha256(letter.raw).hexdigest()[:24]
        named = [replace(e, guid=f"{told}#{number}" if number else told) for number, e in enumerate(entries)]
        # Each entry alone: that two alerts tell of one article in other words does not make its link worthless.
        found = [keys(self.id, [entry])[0][0] for entry in named]

        def dated(_: str, now: datetime, lang: str | None) -> datetime | None:
            return believable(mail.date, now, lang) or (min(letter.arrived, now) if letter.arrived else None)

        return mentions_of(self._spec, self._source_type, named, found, now, dated)

    def _wanted(self, sender: str) -> bool:
        return sender in self._senders or f"@{sender.rpartition('@')[2]}" in self._senders
