"""The guidelines sheet for staff, from the brand file: composed, fitted to one page, as HTML or PDF."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date

from monitor.config import Config
from monitor.guidelines import DecidedCase, Lang, Sheet, compose

MOST_CONTACTS = 2
_ROLE = re.compile(r"[ck]ommuni[ck]a", re.IGNORECASE)  # communications, kommunikasjon


def sheet(
    config: Config, lang: Lang, today: date, *, ask: str = "", examples: Sequence[DecidedCase] = ()
) -> Sheet:
    """The sheet before it is fitted; ``examples`` is the case log, newest first, ``ask`` whom to ask instead of
    those the brand file names."""
    contacts = [ask] if ask.strip() else contacts_of(config)
    return compose(config.identity, lang, today, contacts=contacts, cases=examples)


def contacts_of(config: Config) -> list[str]:
    """Whom staff can ask: the recipients whose role is communications."""
    meant = [r for r in config.recipients if _ROLE.search(r.role)]
    return [f"{r.name}, {r.address}" if r.name else r.address for r in meant[:MOST_CONTACTS]]
