"""What one machine needs to run: folders, mail server, models. Values only; the environment is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from monitor.config.hours import clock_minutes
from monitor.config.login import Auth
from monitor.config.schema import WEEKDAYS, BrandFile, ConflictsModel, DigestModel, Email, Host, Lang
from monitor.config.yamltree import plain
from monitor.errors import ConfigError, Problem

_HOST: TypeAdapter[str] = TypeAdapter(Host)
_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_YES = frozenset({"1", "true", "yes", "on", "ja"})
_NO = frozenset({"0", "false", "no", "off", "nei"})


class Secret(str):
    """A value from the environment that must not show in a repr, and so not in a log or a traceback."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"


@dataclass(frozen=True, slots=True)
class Smtp:
    """The mail server. ``sender`` is the From address. The password never shows in a repr."""

    host: str
    port: int = 587
    user: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = True
    sender: str = ""


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """An alert needs ``min_count`` negative mentions in an hour, and a chance under ``tail`` of as many in an
    ordinary hour of the last ``baseline_days``; the same target is then left alone for ``cooldown_hours``. ``morning``
    (minutes after local midnight) is when what was over a recipient's daily number is told."""

    min_count: int = 5
    tail: float = 5e-4
    baseline_days: int = 28
    cooldown_hours: int = 24
    morning: int = 7 * 60


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """When the digest of the day and of the week is made, in the brand's time zone; None = never. ``weekday`` counts
    from Monday, 0."""

    daily: time | None = time(7)
    weekly: time | None = time(7)
    weekday: int = 0


@dataclass(frozen=True, slots=True)
class ConflictSettings:
    """``second`` holds the name and options of the judge asked about flags within ``band`` of the threshold; None =
    nobody is asked."""

    band: float = 0.15
    second: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """Months after which mentions are removed; None = they stay. ``mentions`` = about us and by others, ``cases`` =
    those of them that people decided about or corrected (None = as ``mentions``), ``unrelated`` = not about us,
    ``own`` = said by ourselves."""

    mentions: int | None = None
    cases: int | None = None
    unrelated: int | None = None
    own: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """``home`` holds the data: ``var/`` beside the brand file unless OMDOMME_HOME says otherwise."""

    home: Path
    database: Path
    key_file: Path
    outbox: Path
    smtp: Smtp | None = None  # None = mails are written to ``outbox``
    allow_private_addresses: tuple[str, ...] = ()  # hosts and CIDR ranges
    contact: str = ""  # in the User-Agent
    threads: int = 2
    classifier: str = "onnx"
    classifier_options: Mapping[str, object] = field(default_factory=dict)
    language: Lang = "nb"
    timezone: str = "Europe/Oslo"
    start_date: datetime | None = None  # UTC; nothing published before it alerts
    alerts: AlertSettings = AlertSettings()
    digest: DigestSettings = DigestSettings()
    conflicts: ConflictSettings = ConflictSettings()
    dashboard_url: str = ""
    contact_points: tuple[str, ...] = ()  # the brand's own, never masked
    retention: Retention = Retention()
    login_key_file: Path = Path("login.key")  # signs the cookies of who is signed in
    auth: Auth | None = None  # None = nobody signs in, and the dashboard is on this machine only


def settings_of(
    brand: BrandFile, base: Path, environ: Mapping[str, str], auth: Auth | None = None
) -> Settings:
    """The brand file's settings, overruled by the environment. Raises ConfigError naming every bad variable."""
    env = _Environment(environ)
    home = env.path("OMDOMME_HOME", base / "var")
    start = brand.start_date
    if start is not None:
        start = (start if start.tzinfo else start.replace(tzinfo=ZoneInfo(brand.timezone))).astimezone(UTC)
    alerts = brand.alerts
    classifier = env.get("OMDOMME_CLASSIFIER") or brand.classifier.name
    # Options belong to the classifier they stand with: another one named by the environment runs without any.
    options = brand.classifier.model_extra or {} if classifier == brand.classifier.name else {}
    settings = Settings(
        home=home,
        database=env.path("OMDOMME_DATABASE", home / "omdomme.duckdb"),
        key_file=home / "pseudonym.key",
        outbox=home / "outbox",
        smtp=_smtp(env),
        allow_private_addresses=(*brand.http.allow_private, *env.hosts("OMDOMME_ALLOW_PRIVATE")),
        contact=env.get("OMDOMME_CONTACT") or brand.contact,
        threads=env.number("OMDOMME_THREADS", brand.threads or 2, 1, 256),
        classifier=classifier,
        classifier_options=_rooted(options_of(options, environ), base),
        language=brand.language,
        timezone=brand.timezone,
        start_date=start,
        alerts=AlertSettings(
            alerts.min_count,
            alerts.tail,
            alerts.baseline_days,
            alerts.cooldown_hours,
            clock_minutes(alerts.morning),
        ),
        digest=digest_of(brand.digest),
        conflicts=conflicts_of(brand.conflicts, environ),
        dashboard_url=env.get("OMDOMME_DASHBOARD_URL") or brand.dashboard_url or "",
        contact_points=(*brand.contact_points, brand.contact),
        login_key_file=home / "login.key",
        auth=auth,
        retention=Retention(**brand.retention.model_dump(include={f.name for f in fields(Retention)})),
    )
    if env.problems:
        raise ConfigError(problems=env.problems)
    return settings


def digest_of(given: DigestModel) -> DigestSettings:
    def clock(value: str) -> time | None:
        return None if value == "off" else time(*divmod(clock_minutes(value), 60))

    day, _, hour = given.weekly.partition(" ")
    weekday = WEEKDAYS.index(day) if hour else 0
    return DigestSettings(clock(given.daily), clock(hour or "off"), weekday)


def conflicts_of(given: ConflictsModel, environ: Mapping[str, str]) -> ConflictSettings:
    if given.second is None:
        return ConflictSettings(given.band)
    options = options_of(given.second.model_extra or {}, environ)
    return ConflictSettings(given.band, {"name": given.second.name, **options})


def options_of(values: Mapping[str, Any], environ: Mapping[str, str]) -> dict[str, object]:
    """Options as plain values. ``${OMDOMME_X}`` comes from the environment, and from no other variable; where it
    is not set the option is left out, so that only the part that needs it fails, and says so. Options inside options
    (the two judges of a cascade) are read alike."""
    found: dict[str, object] = {}
    for key, value in values.items():
        if isinstance(value, str) and value.startswith("${OMDOMME_") and value.endswith("}"):
            name = value[2:-1]
            if name in environ:
                found[key] = Secret(environ[name])
        elif isinstance(value, Mapping):
            found[key] = options_of(value, environ)
        else:
            found[key] = plain(value)
    return found


def _rooted(options: dict[str, object], base: Path) -> dict[str, object]:
    """``./``, ``../`` and ``~/`` at the head of a classifier's option are paths; relative ones count from ``base``."""
    found: dict[str, object] = {}
    for key, value in options.items():
        if isinstance(value, dict):
            value = _rooted(value, base)
        elif type(value) is str and value.startswith(("./", "../", "~/")):
            value = str((base / Path(value).expanduser()).resolve())
        found[key] = value
    return found


def _smtp(env: _Environment) -> Smtp | None:
    host = env.get("OMDOMME_SMTP_HOST")
    if not host:
        return None
    user = env.get("OMDOMME_SMTP_USER")
    sender = env.get("OMDOMME_SMTP_SENDER") or (user if "@" in user else "")
    try:
        _EMAIL.validate_python(sender)
    except ValidationError:
        env.report("OMDOMME_SMTP_SENDER", "is not an e-mail address", "set it to the address mails come from")
    starttls = env.flag("OMDOMME_SMTP_STARTTLS", True)
    password = env.get("OMDOMME_SMTP_PASSWORD") or env.file("OMDOMME_SMTP_PASSWORD_FILE")
    port = env.number("OMDOMME_SMTP_PORT", 587 if starttls else 25, 1, 65535)
    return Smtp(host, port, user, Secret(password), starttls, sender)


class _Environment:
    """Typed reading of the environment; mistakes are collected, values never repeated in them."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.problems: list[Problem] = []

    def report(self, name: str, message: str, remedy: str) -> None:
        self.problems.append(Problem("environment", None, name, message, remedy))

    def get(self, name: str) -> str:
        return self._values.get(name, "").strip()

    def path(self, name: str, default: Path) -> Path:
        value = self.get(name)
        return Path(value).expanduser().absolute() if value else default

    def file(self, name: str) -> str:
        value = self.get(name)
        if not value:
            return ""
        try:
            return Path(value).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self.report(name, "names a file that cannot be read", "correct the path or its rights")
            return ""

    def number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.get(name)
        if not value:
            return default
        if not (value.isascii() and value.isdigit() and least <= int(value[:9]) <= most):
            self.report(name, "is not a whole number in its range", f"set it between {least} and {most}")
            return default
        return int(value)

    def flag(self, name: str, default: bool) -> bool:
        value = self.get(name).lower()
        if value in _YES or value in _NO:
            return value in _YES
        if value:
            self.report(name, "is neither true nor false", "set it to true or false")
        return default

    def hosts(self, name: str) -> tuple[str, ...]:
        found = []
        for part in self.get(name).replace(",", " ").split():
            try:
                found.append(_HOST.validate_python(part))
            except ValidationError:
                self.report(
                    name, "holds neither a host name nor an address range", "write 10.0.0.0/8, nas.local"
                )
        return tuple(found)
