"""News of incidents -> messages: who is told what, in which thread, at once or later. What it decides is queued by
whoever keeps the incidents, in the same transaction, so that news is neither lost nor told twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Literal

from monitor import messages, pictures, readmodel
from monitor.config import Config, Recipient, hours
from monitor.messages.held import late
from monitor.readmodel import MessageRow
from monitor.store import HeldMessage, Outgoing, Store
from monitor.types import IncidentNews, IncidentSummary, Noticed

Hold = tuple[Literal["quiet", "cap"], datetime]
NOT_TOLD = ("dropped", "merged")
MOST_ROWS = 10_000


class Teller:
    """For one brand."""

    def __init__(self, config: Config, store: Store, now: Callable[[], datetime]) -> None:
        self.config = config
        self.store = store
        self.now = now

    def queued(self, noticed: Sequence[Noticed]) -> list[Outgoing]:
        """A message for each news and recipient it concerns; none about an incident that is muted."""
        news = [one for one in noticed if one.news is not None]
        if not news or not self.config.recipients:
            return []
        before = self._rows([one.known.id for one in news])
        today = self._today()
        out: list[Outgoing] = []
        for one in news:
            assert one.news is not None
            summary = one.summary or readmodel.summarise(self.config.settings.database, one.known, self.now())
            if summary.muted_until and summary.muted_until > self.now():
                continue
            for recipient in self.config.recipients:
                mine = [r for r in before if r.incident == summary.id and r.recipient == recipient.key]
                told = self._news(recipient, summary, one.news, mine)
                if told is None:
                    continue
                hold = self._hold(recipient, summary, mine, today)
                today[recipient.key] += hold is None
                out.append(self._outgoing(recipient, summary, told, mine, hold))
        return out

    def release_held(self) -> None:
        """Tells in one message what was held back for a recipient, now that its time has come: as it stands now."""
        now = self.now()
        waiting = self.store.held_messages(now)
        if not waiting:
            return
        known = {
            each.id: each
            for each in self.store.incidents(min(h.created_at for h in waiting) - timedelta(days=1))
        }
        before = self._rows([h.incident for h in waiting if h.incident])
        for key, group in groupby(waiting, key=lambda h: h.message.recipient):
            held = list(group)
            recipient = next((r for r in self.config.recipients if r.key == key), None)
            if recipient and self._quiet_until(recipient, now):
                continue
            ids = [each.message.id for each in held]
            meant = [i for i in dict.fromkeys(h.incident for h in held) if i in known] if recipient else []
            mine = [row for row in before if row.recipient == key]
            summaries = [
                readmodel.summarise(self.config.settings.database, known[i], now)
                for i in meant
                if i is not None and not _superseded(i, held, mine)
            ]
            summaries = [s for s in summaries if not (s.muted_until and s.muted_until > now)]
            into = self._late(recipient, summaries, held, mine) if recipient and summaries else None
            self.store.merge_messages(ids, into, now)

    # --- decisions ------------------------------------------------------------------------------------------

    def _news(
        self, recipient: Recipient, summary: IncidentSummary, news: IncidentNews, mine: Sequence[MessageRow]
    ) -> IncidentNews | None:
        """Whether the recipient is told of it. Who was never told of an incident is not told of its end."""
        knows = any(row.state != "dropped" for row in mine)
        if news == "closed":
            return "closed" if knows and not summary.acknowledged_by else None
        if not recipient.concerned({summary.target, *summary.also, *summary.leaders}, summary.severity):
            return None
        return news

    def _hold(
        self, recipient: Recipient, summary: IncidentSummary, mine: Sequence[MessageRow], today: Counter[str]
    ) -> Hold | None:
        """Critical news never waits. Other news waits with what waits already of the same incident."""
        if summary.severity == "critical":
            return None
        for row in mine:
            if row.state == "waiting" and row.held:
                return ("quiet" if row.held == "quiet" else "cap"), row.next_at
        now, zone = self.now(), recipient.zone(self.config.settings.timezone)
        if until := self._quiet_until(recipient, now):
            return "quiet", until
        if today[recipient.key] < recipient.per_day:
            return None
        morning = hours.morning(now, self.config.settings.alerts.morning, zone)
        return "cap", self._quiet_until(recipient, morning) or morning

    def _quiet_until(self, recipient: Recipient, at: datetime) -> datetime | None:
        return hours.quiet_until(recipient.quiet, recipient.zone(self.config.settings.timezone), at)

    def _today(self) -> Counter[str]:
        """How many alerts left, or are about to, since each recipient's midnight; what is held does not count."""
        now, path = self.now(), self.config.settings.database
        found: Counter[str] = Counter()
        for recipient in self.config.recipients:
            since = hours.midnight(now, recipient.zone(self.config.settings.timezone))
            found[recipient.key] = readmodel.alerts_since(path, recipient.key, since)
        return found

    def _rows(self, incidents: Iterable[str]) -> list[MessageRow]:
        """What was queued about them, oldest first."""
        return readmodel.messages(
            self.config.settings.database, incidents=tuple(dict.fromkeys(incidents)), limit=MOST_ROWS
        )

    # --- composing ------------------------------------------------------------------------------------------

    def _outgoing(
        self,
        recipient: Recipient,
        summary: IncidentSummary,
        news: IncidentNews,
        mine: Sequence[MessageRow],
        hold: Hold | None,
        held: str = "",
    ) -> Outgoing:
        root = next((row for row in mine if row.state not in NOT_TOLD and row.news != "digest"), None)
        message = messages.incident_message(
            self.house,
            self._reader(recipient),
            summary,
            news,
            pictures.bars,
            first=not mine,
            ends=sum(row.news == "closed" for row in mine),
            thread=(root.thread or root.id) if root else "",
            subject=root.subject if root else "",
            held=held,
        )
        return Outgoing(message, summary.id, *(hold or (None, None)))

    def _late(
        self,
        recipient: Recipient,
        summaries: Sequence[IncidentSummary],
        held: Sequence[HeldMessage],
        mine: Sequence[MessageRow],
    ) -> Outgoing:
        ids = [each.message.id for each in held]
        why = {each.why for each in held}
        if len(summaries) > 1:
            message = messages.held_message(self.house, self._reader(recipient), summaries, why, ids)
            first = min(summaries, key=lambda each: each.incident.start)
            return Outgoing(message, first.id)
        (summary,) = summaries
        told = [
            row for row in mine if row.incident == summary.id and not (row.state == "waiting" and row.held)
        ]
        news: IncidentNews = "opened"
        if told:
            news = "closed" if summary.phase == "closed" else "escalated"
        out = self._outgoing(recipient, summary, news, told, None, min(why))
        return Outgoing(late(out.message, ids), summary.id)

    @property
    def house(self) -> messages.House:
        settings, identity = self.config.settings, self.config.identity
        return messages.House(
            identity.name,
            settings.dashboard_url,
            settings.smtp.sender if settings.smtp else "",
            {each.id: each.text for each in identity.statements},
        )

    def _reader(self, recipient: Recipient) -> messages.Reader:
        return messages.Reader(
            recipient.key,
            recipient.lang,
            recipient.timezone or self.config.settings.timezone,
            recipient.duty,
            recipient.least,
            recipient.channel,
        )


def _superseded(incident: str, held: Sequence[HeldMessage], mine: Sequence[MessageRow]) -> bool:
    """Whether something newer about it went out meanwhile: critical news does not wait."""
    last = max(each.created_at for each in held if each.incident == incident)
    return any(
        row.incident == incident
        and row.created_at > last
        and not row.held
        and row.state not in NOT_TOLD
        and row.news != "digest"
        for row in mine
    )
