"""The digest of a day or a week: its figures from the store, and each recipient's mail, once a period.

A period is the local day, or the seven local days, that ended with the last midnight before the hour the brand file
says. Its id holds that midnight, so a digest that was queued is known, and one that was not is composed again: a crash
between deciding and sending neither loses nor doubles it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from monitor import readmodel
from monitor.config import Config
from monitor.digest import Digest, Figures, Lang
from monitor.digest.composing import compose
from monitor.digest.mail import message, message_id
from monitor.pipeline import views
from monitor.pipeline.digestfigures import Span, figures, last_span, span
from monitor.store import Store
from monitor.store.sending import Outgoing

__all__ = ["Digester", "Span", "digest", "figures", "last_span", "span"]


def digest(config: Config, of: Span, lang: Lang, view: str = "") -> Digest:
    """``view`` is the name of one that narrows it; a whole one, which says so, where that cannot be."""
    settings, found = config.settings, views.for_digest(config, view)
    made = figures(config, of, found, missing="" if found else view)
    return compose(made, lang, settings.timezone, dashboard_url=settings.dashboard_url)


class Digester:
    """Who gets which digest when, for one brand. What it queues is sent with the other mails."""

    def __init__(self, config: Config, store: Store, now: Callable[[], datetime]) -> None:
        self.config = config
        self.store = store
        self.now = now

    def queue_due(self, started_at: datetime) -> int:
        """Queues the digests whose hour has come; returns how many mails. Nothing about a time before ``started_at``,
        when collecting began. After a pause only the last day and the last week are told."""
        return sum(self.queue(of) for of in self.due() if of.until > started_at)

    def due(self) -> list[Span]:
        """The last period of each kind whose hour has come, whether or not it was told."""
        settings, zone = self.config.settings, ZoneInfo(self.config.settings.timezone)
        local = self.now().astimezone(zone)
        found = []
        wanted = settings.digest
        if wanted.daily is not None:
            passed = local.time() >= wanted.daily
            end = local.date() - timedelta(days=1 if passed else 2)
            found.append(span("day", end, settings.timezone))
        if wanted.weekly is not None:
            back = (local.weekday() - wanted.weekday) % 7
            if back == 0 and local.time() < wanted.weekly:
                back = 7
            found.append(span("week", local.date() - timedelta(days=back + 1), settings.timezone))
        return found

    def queue(self, of: Span) -> int:
        """One mail for each recipient of this kind of digest who was not sent this one, all in one transaction."""
        kinds = ("both", "daily" if of.kind == "day" else "weekly")
        wanted = {r.key: r for r in self.config.recipients if r.digest in kinds}
        ids = {message_id(of.kind, of.end, key): recipient for key, recipient in wanted.items()}
        told = readmodel.known_messages(self.config.settings.database, list(ids))
        left = [recipient for id_, recipient in ids.items() if id_ not in told]
        if not left:
            return 0
        settings, found = self.config.settings, self._figures(of, {r.view for r in left})
        made = {
            (view, lang): compose(found[view], lang, settings.timezone, dashboard_url=settings.dashboard_url)
            for view, lang in {(recipient.view, recipient.lang) for recipient in left}
        }
        sender = settings.smtp.sender if settings.smtp else ""
        messages = [
            message(made[r.view, r.lang], recipient=r.key, sender=sender, channel=r.channel) for r in left
        ]
        self.store.queue_messages([Outgoing(each) for each in messages], self.now())
        return len(messages)

    def _figures(self, of: Span, names: set[str]) -> dict[str, Figures]:
        """By the name of the view, "" = of everything."""
        found = {}
        for name in names:
            view = views.for_digest(self.config, name)
            found[name] = figures(self.config, of, view, missing="" if view else name)
        return found
