"""What a provider says of a person (the claims of an ID token) -> who they are here. Pure.

The provider is trusted to say who somebody is; what people wrote about themselves there, a name above all, is not:
it is bounded, without control and bidi characters, and no claim of another type than expected does anything.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Literal

from dashboard import safe
from dashboard.viewer import NAME_MOST, Viewer
from monitor.config import Auth

Refusal = Literal["again", "no_role", "no_leader"]
_VALUES, _LENGTH = 1_000, 256  # values of a claim that are looked at, and their characters
_SKEW = timedelta(minutes=5)  # between the provider's clock and ours


def viewer_of(claims: Mapping[str, object], auth: Auth, now: datetime) -> Viewer | Refusal:
    """``again``: sign in (again), for nothing says who or since when. ``no_role``: nothing here is meant for them.
    ``no_leader``: a leader, but nothing says which."""
    subject, since = _one(claims, "sub"), _moment(claims.get("iat"))
    if (
        not subject
        or since is None
        or not since - _SKEW <= now < (until := since + timedelta(hours=auth.hours))
    ):
        return "again"
    shown, signed = _names(claims, _one(claims, "email"), subject)
    has = set(_values(claims, auth.claim))
    roles = [role for role, values in auth.roles.items() if has & values]
    leader = _leader(claims, auth)
    if leader and "leader" not in roles:
        roles.append("leader")
    for role in ("admin", "desk"):
        if role in roles:
            return Viewer(role, signed, subject, "", shown, until)  # type: ignore[arg-type]
    if "leader" in roles:
        return Viewer("leader", signed, subject, leader, shown, until) if leader else "no_leader"
    if "viewer" in roles or auth.default == "viewer":
        return Viewer("viewer", signed, subject, "", shown, until)
    return "no_role"


def _leader(claims: Mapping[str, object], auth: Auth) -> str:
    known = {_folded(auth.leader_claim, value) for value in _values(claims, auth.leader_claim)}
    named = [
        name
        for name, values in auth.leaders.items()
        if known & {_folded(auth.leader_claim, value) for value in values}
    ]
    return named[0] if len(named) == 1 else ""  # two at once is a mistake, and shows neither


def _names(claims: Mapping[str, object], mail: str, subject: str) -> tuple[str, str]:
    """(as shown, as signed): the name with the address behind it, which the provider vouches for; the subject where
    there is no address. Brackets in a name could pretend to hold another's."""
    both = " ".join(filter(None, (_line(claims.get(key), 60) for key in ("given_name", "family_name"))))
    said = (_line(claims.get("name"), 100), both, _line(claims.get("preferred_username"), 100))
    proof = (mail or subject)[: NAME_MOST - 22]
    name = next((found for each in said if (found := " ".join(each.translate(_BRACKETS).split()))), "")
    if not name:
        return proof, proof
    return name, f"{name[: NAME_MOST - len(proof) - 3].rstrip()} ({proof})"


_BRACKETS = str.maketrans(dict.fromkeys("()[]{}<>（）［］", " "))


def _values(claims: Mapping[str, object], name: str) -> list[str]:
    """The texts a claim holds; ``a.b`` is b inside a unless a claim has that whole name. An address that the provider
    says nobody has confirmed is none: anybody could have written it."""
    found: object = claims.get(name)
    if found is None and "." in name:
        found = claims
        for step in name.split("."):
            found = found.get(step) if isinstance(found, Mapping) else None
    if name == "email" and claims.get("email_verified", True) not in (True, "true"):
        return []
    if isinstance(found, str):
        found = [found]
    if not isinstance(found, Sequence) or isinstance(found, bytes | bytearray):
        return []
    texts = (each for each in islice(found, _VALUES) if isinstance(each, str) and len(each) <= _LENGTH)
    return [each for each in texts if each and each == _line(each, _LENGTH)]


def _one(claims: Mapping[str, object], name: str) -> str:
    """The text of a claim that is no list."""
    return next(iter(_values(claims, name)), "") if isinstance(claims.get(name), str) else ""


def _folded(claim: str, value: str) -> str:
    """Addresses are the same in capitals; other values are taken to the letter."""
    return value.casefold() if claim in ("email", "upn", "preferred_username") else value


def _line(value: object, limit: int) -> str:
    return safe.line(value, limit) if isinstance(value, str) else ""


def _moment(value: object) -> datetime | None:
    """Seconds since 1970, as tokens have it."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return datetime.fromtimestamp(value, UTC) if 0 < value < 32_503_680_000 else None
