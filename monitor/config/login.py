"""``auth`` of the brand file: who may sign in to the dashboard, and as what. docs/login.md is its manual page."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from monitor.config.fields import Model, Name, cleaned
from monitor.types import Leader

# In the order in which they count for who has several: what decides, then the narrower before the wider.
SignedRole = Literal["admin", "desk", "leader", "viewer"]
ROLES: tuple[SignedRole, ...] = get_args(SignedRole)
CALLBACK = "/oauth2callback"  # Streamlit's own path
_DISCOVERY = "/.well-known/openid-configuration"
_VARIABLE = re.compile(r"\$\{(OMDOMME_[A-Z0-9_]{1,100})\}")


def loopback(host: str) -> bool:
    """Whether ``host`` is this machine and nobody else can reach it."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or " " in value:
        raise ValueError("is not a web address; write one like https://login.example.no")
    if parts.scheme == "http" and not loopback(parts.hostname):
        raise ValueError("must begin with https://, or what people sign in with can be read on the way")
    return value


def _origin(value: str) -> str:
    if urlsplit(_url(value)).path not in ("", "/") or "?" in value or "#" in value:
        raise ValueError("must be the host alone, such as https://omdomme.example.no")
    return value.rstrip("/")


def _variable(value: str) -> str:
    # A secret written out is refused by the checks of the whole file, in words that do not repeat it.
    if value.startswith("${") and not _VARIABLE.fullmatch(value):
        raise ValueError("is no variable that is read; write ${OMDOMME_OIDC_SECRET}")
    return value


def _several(value: object) -> object:
    """One value without the brackets of a list."""
    return (value,) if isinstance(value, str) else value


Url = Annotated[str, Field(max_length=500), BeforeValidator(cleaned), AfterValidator(_url)]
Origin = Annotated[str, Field(max_length=300), BeforeValidator(cleaned), AfterValidator(_origin)]
Variable = Annotated[str, Field(max_length=200), BeforeValidator(cleaned), AfterValidator(_variable)]
Values = Annotated[tuple[Name, ...], BeforeValidator(_several)]


class RolesModel(Model):
    """Values of the claim, by the role they give."""

    viewer: Values = ()
    desk: Values = ()
    leader: Values = ()
    admin: Values = ()


class AuthModel(Model):
    """``issuer`` or ``metadata_url`` says who knows people; ``address`` is where they open the dashboard."""

    issuer: Url | None = Field(default=None, description="the provider; its metadata lies below it")
    metadata_url: Url | None = Field(
        default=None, description="the provider's openid-configuration, if elsewhere"
    )
    client_id: Name
    client_secret: Variable = Field(description="${OMDOMME_...}, never the secret itself")
    cookie_secret: Variable | None = Field(
        default=None, description="${OMDOMME_...}; made and kept when left out"
    )
    address: Origin = Field(
        description="the dashboard's public address; people come back to it at /oauth2callback"
    )
    claim: Name = Field(default="roles", description="of the ID token; `a.b` is b inside a")
    roles: RolesModel = RolesModel()
    leader_claim: Name = Field(default="email", description="the claim a leader is known by")
    leaders: dict[Name, Values] = Field(default={}, description="id of a leader -> values of leader_claim")
    default: Literal["none", "viewer"] = Field(default="none", description="role of who has no other")
    hours: Annotated[int, Field(ge=1, le=168)] = Field(default=10, description="until one signs in again")

    @model_validator(mode="after")
    def _known(self) -> Self:
        if bool(self.issuer) == bool(self.metadata_url):
            raise ValueError("needs either an issuer or a metadata_url")
        if self.default == "none" and not self.leaders and not any(getattr(self.roles, r) for r in ROLES):
            raise ValueError("lets nobody in; name values of the claim under roles")
        return self


@dataclass(frozen=True, slots=True)
class Auth:
    """How people sign in. ``leaders`` are canonical names with the values they are known by; the secrets never show
    in a repr, and are "" where their variable is not set."""

    metadata_url: str
    client_id: str
    address: str
    claim: str
    roles: Mapping[SignedRole, frozenset[str]]
    leader_claim: str = "email"
    leaders: Mapping[str, frozenset[str]] = field(default_factory=dict)
    default: Literal["none", "viewer"] = "none"
    hours: int = 10
    client_secret: str = field(default="", repr=False)
    cookie_secret: str = field(default="", repr=False)
    secret_from: str = ""  # the variable of the client secret

    @property
    def redirect_uri(self) -> str:
        return self.address + CALLBACK


def auth_of(given: AuthModel, leaders: Sequence[Leader], environ: Mapping[str, str]) -> Auth:
    names = {each.id: each.name for each in leaders}
    return Auth(
        metadata_url=given.metadata_url or (given.issuer or "").rstrip("/") + _DISCOVERY,
        client_id=given.client_id,
        address=given.address,
        claim=given.claim,
        roles={role: frozenset(getattr(given.roles, role)) for role in ROLES},
        leader_claim=given.leader_claim,
        leaders={names.get(key, key): frozenset(values) for key, values in given.leaders.items()},
        default=given.default,
        hours=given.hours,
        client_secret=_from(given.client_secret, environ),
        cookie_secret=_from(given.cookie_secret or "", environ),
        secret_from=_named(given.client_secret),
    )


def _named(reference: str) -> str:
    found = _VARIABLE.fullmatch(reference)
    return found[1] if found else ""


def _from(reference: str, environ: Mapping[str, str]) -> str:
    return environ.get(_named(reference), "").strip()
