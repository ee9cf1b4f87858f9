"""Forgets what a person, a rule or the retention asks for, and proves it; finds what is stored about a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from monitor import privacy, readmodel
from monitor.config import Config, load
from monitor.messages.unquoting import without_quotes
from monitor.privacy import Pseudonyms
from monitor.sources import canonical_link
from monitor.store import Forgotten, Rule, RuleKind, Store, sealed
from monitor.text import fold


@dataclass(frozen=True, slots=True)
class ForgetReport:
    """``removed`` = rows by table. ``sent`` = ids of mails with a quote of what was removed that had left already.
    ``done`` False = this is what would be removed."""

    rule: RuleKind
    digest: str
    removed: Mapping[str, int] = field(default_factory=dict)
    sent: tuple[str, ...] = ()
    done: bool = True

    @property
    def mentions(self) -> int:
        return self.removed.get("mentions", 0)


@dataclass(frozen=True, slots=True)
class Person:
    """Under which names somebody is stored: ``authors`` (pseudonyms, and in clear for ours), ``speaker`` = the name
    one of ours is known by in reports, "" for others; ``names`` are the words people call them."""

    given: str
    pseudonym: str
    authors: tuple[str, ...]
    speaker: str
    names: tuple[str, ...]


def _utcnow() -> datetime:
    return datetime.now(UTC)


class Forgetter:
    """Forgetting for one brand; migrates the store. ``now`` is the clock."""

    def __init__(self, config: Config, *, now: Callable[[], datetime] = _utcnow) -> None:
        self.config = config
        self.now = now
        self.store = Store(config.settings.database)
        self.store.migrate()
        self.pseudonyms = Pseudonyms(config.settings.key_file)

    @classmethod
    def open(cls, brand: Path) -> Forgetter:
        return cls(load(brand))

    # --- which ----------------------------------------------------------------------------------------------

    def person(self, given: str) -> Person:
        """``given`` is a name as shown beside a text (capitals do not matter), or a pseudonym."""
        given = given.strip()
        if not given:
            return Person("", "", (), "", ())  # nobody, and not everybody without a name
        if self.pseudonyms.is_one(given):
            return Person(given, given, (given,), "", ())
        speaker, names = self._ours(given)
        folded = {fold(name) for name in names}
        stored = readmodel.clear_authors(self.config.settings.database, privacy.PREFIX)
        clear = [author for author in stored if fold(author.strip()) in folded]
        authors = (*(self.pseudonyms.of(name) for name in names), *clear)
        return Person(given, self.pseudonyms.of(given), tuple(dict.fromkeys(authors)), speaker, names)

    def _ours(self, given: str) -> tuple[str, tuple[str, ...]]:
        """(name in reports, all names and handles) of the leader or employee meant; of others, only what is given."""
        identity, meant = self.config.identity, fold(given)
        for leader in identity.leaders:
            names = (leader.name, *leader.aliases, *leader.accounts)
            if meant in {fold(leader.id), *map(fold, names)}:
                return leader.name, tuple(dict.fromkeys((given, *names)))
        employee = next((name for name in identity.employees if fold(name) == meant), "")
        return employee, (given,)

    def by_author(self, given: str) -> Rule:
        person = self.person(given)
        speakers = (person.speaker,) if person.speaker else ()
        return Rule("author", authors=person.authors, speakers=speakers)

    def by_url(self, url: str) -> Rule:
        """All mentions with this address, however it is written (tracking parameters, http or https)."""
        path, link = self.config.settings.database, canonical_link(url)
        host = urlsplit(url).hostname if link else ""
        found = readmodel.urls_with(path, host or url)
        ids = [id_ for id_, stored in found if stored == url or (link and canonical_link(stored) == link)]
        return Rule("url", mention_ids=tuple(ids))

    def retention(self) -> Rule:
        months = self.config.settings.retention
        return Rule(
            "retention",
            mentions_months=months.mentions,
            cases_months=months.cases,
            unrelated_months=months.unrelated,
            own_months=months.own,
        )

    def digest(self, kind: RuleKind, argument: str) -> str:
        """What the log says instead of the argument. An author has the same by name and by pseudonym."""
        argument = argument.strip()
        if kind == "author" and not self.pseudonyms.is_one(argument):
            argument = self.pseudonyms.of(argument)
        if kind == "url":
            argument = canonical_link(argument) or argument
        return self.pseudonyms.digest(kind, argument)

    # --- doing it -------------------------------------------------------------------------------------------

    def preview(self, rule: Rule, argument: str) -> ForgetReport:
        """What ``forget`` would remove; nothing is changed."""
        found = self.store.forgettable(rule, self.now(), without_quotes)
        return replace(self._report(rule, argument, found), done=False)

    def forget(self, rule: Rule, argument: str) -> ForgetReport:
        """See ``Store.forget``."""
        found = self.store.forget(
            rule,
            self.now(),
            digest=self.digest(rule.kind, argument),
            unquote=without_quotes,
            seal=lambda row: self.pseudonyms.digest("seal", row),
        )
        return self._report(rule, argument, found)

    def retain(self) -> ForgetReport:
        """Forgets what is older than the brand file's retention; nothing where it names none."""
        return self.forget(self.retention(), self.retention_argument())

    def retention_argument(self) -> str:
        months = self.config.settings.retention
        return f"{months.mentions} {months.cases} {months.unrelated} {months.own}"

    def _report(self, rule: Rule, argument: str, found: Forgotten) -> ForgetReport:
        return ForgetReport(rule.kind, self.digest(rule.kind, argument), found.removed, found.sent)

    def log(self) -> tuple[list[readmodel.ForgetLogRow], int | None]:
        """The log, oldest first, and the number of the first row whose seal does not fit: it or a row before it was
        changed or taken out, or the key is another one. None = all fit."""
        rows = readmodel.forget_log(self.config.settings.database)
        before = ""
        for position, row in enumerate(rows, 1):
            made = sealed(row.number, row.at, row.rule, row.digest, row.removed, before)
            if row.number != position or self.pseudonyms.digest("seal", made) != row.seal:
                return rows, row.number
            before = row.seal
        return rows, None
