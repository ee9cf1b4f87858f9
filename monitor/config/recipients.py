"""Who is told of what: a recipient of the brand file with its defaults filled in."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

from monitor.config.hours import Quiet, parse
from monitor.config.schema import BrandFile, Lang, RecipientModel
from monitor.config.settings import options_of
from monitor.text import fold
from monitor.types import BrandIdentity, IncidentSeverity, Leader
from monitor.views import Duty

PER_DAY = 12
OFF = ("off", "false", "no", "none")  # what a person writes for no view
_ORDER: tuple[IncidentSeverity, ...] = ("minor", "major", "critical")
_DUTIES: tuple[tuple[Duty, re.Pattern[str]], ...] = (
    ("communications", re.compile(r"[ck]ommuni[ck]a|comms\b|^presse?\b|^pr$")),
    ("leader", re.compile(r"^leader$|^leder$|^leiar$")),
    ("board", re.compile(r"^board\b|^styre")),
    ("operator", re.compile(r"^operator$|^operatør$|^drift")),
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """``duty`` is what ``role`` comes to; ``leader`` the canonical name of the leader whose own incidents are told.

    ``alerts`` False = told of sources that are down and of no incident. ``least`` is the least severity told;
    ``quiet`` hours count in ``timezone`` ("" = the brand's); ``options`` are the channel's. ``view`` is the name of the
    one that narrows the digest, "" = none; one that is not of the brand file may be a saved one.
    """

    address: str
    name: str = ""
    lang: Lang = "nb"
    role: str = ""
    duty: Duty = "communications"
    leader: str = ""
    alerts: bool = True
    least: IncidentSeverity = "minor"
    quiet: tuple[Quiet, ...] = ()
    timezone: str = ""
    per_day: int = PER_DAY
    channel: str = "email"
    digest: Literal["daily", "weekly", "both", "none"] = "none"
    view: str = ""
    options: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> str:
        """What the store knows them by."""
        return self.address if self.channel == "email" else self.name

    def concerned(self, names: Collection[str], severity: IncidentSeverity) -> bool:
        """Whether they are told of an incident about ``names`` (canonical)."""
        if not self.alerts or _ORDER.index(severity) < _ORDER.index(self.least):
            return False
        return self.duty != "leader" or self.leader in names

    def zone(self, default: str) -> tzinfo:
        return ZoneInfo(self.timezone or default)


def duty_of(role: str, leaders: Sequence[Leader]) -> Duty | None:
    """What a role comes to; None = no word this knows. The id or name of a leader is a leader's."""
    said = role.strip().casefold()
    if not said:
        return "communications"
    known = next((duty for duty, words in _DUTIES if words.search(said)), None)
    return known or ("leader" if leader_of(role, leaders) else None)


def leader_of(said: str, leaders: Sequence[Leader]) -> Leader | None:
    """By id, name or alias."""
    folded = fold(said.strip())
    return next(
        (each for each in leaders if folded in {fold(w) for w in (each.id, each.name, *each.aliases)}), None
    )


def recipients_of(
    brand: BrandFile, identity: BrandIdentity, environ: Mapping[str, str]
) -> tuple[Recipient, ...]:
    found = [_recipient(model, brand, identity, environ) for model in brand.recipients]
    if not any(each.alerts for each in found):
        found = [replace(each, alerts=True) for each in found]  # somebody has to be told
    return tuple(found)


def _recipient(
    model: RecipientModel, brand: BrandFile, identity: BrandIdentity, environ: Mapping[str, str]
) -> Recipient:
    duty = duty_of(model.role, identity.leaders) or "communications"
    leader = None
    if duty == "leader":
        said = next((s for s in (model.leader, model.role, model.name) if leader_of(s, identity.leaders)), "")
        leader = leader_of(said, identity.leaders)
    default: IncidentSeverity = "major" if duty == "board" else "minor"
    return Recipient(
        address=model.address or "",
        name=model.name,
        lang=model.lang or brand.language,
        role=model.role,
        duty=duty,
        leader=leader.name if leader else "",
        alerts=duty != "operator" or model.severity is not None,
        least=model.severity or default,
        quiet=tuple(parse(each) for each in model.quiet),
        timezone=model.timezone or "",
        per_day=model.per_day,
        channel=model.channel,
        digest=model.digest,
        view=_view(model, duty, brand, identity),
        options=options_of(model.model_extra or {}, environ),
    )


def _view(model: RecipientModel, duty: Duty, brand: BrandFile, identity: BrandIdentity) -> str:
    """Their own, or that of their role."""
    if model.view:
        return "" if model.view.casefold() in OFF else model.view
    of_role = {duty_of(role, identity.leaders): view for role, view in brand.digest.views.items()}
    return of_role.get(duty, "")
