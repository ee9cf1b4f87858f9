"""The canonical brand file as pydantic models: the one place that says which keys there are and what they hold."""

from __future__ import annotations

import ipaddress
import re
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from monitor import masking
from monitor.config.fields import Long, Model, Name, Names, Short, Text, cleaned
from monitor.config.hours import parse
from monitor.config.login import AuthModel
from monitor.types import SOURCE_TYPES, ActivityKind, GoalPeriod

Lang = Literal["nb", "nn", "en"]
_OFF = ("off", "false", "no", "none")  # what a person writes for never
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_EMAIL = re.compile(
    r"[^\s@<>\"(),:;\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W_][\w-]{0,61}[^\W_]"
)


def _email(value: str) -> str:
    if len(value) > 254 or not _EMAIL.fullmatch(value):
        raise ValueError("is not an e-mail address")
    return value


def _contact_point(value: str) -> str:
    if not masking.contact_point(value):
        raise ValueError("is neither an e-mail address nor a phone number")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is not a time zone; write one like Europe/Oslo") from error
    return value


def _source_type(value: str) -> str:
    if value not in SOURCE_TYPES:
        raise ValueError(f"is not one of {', '.join(SOURCE_TYPES)}")
    return value


def _clock(value: str) -> str:
    if not re.fullmatch(r"([01]?\d|2[0-3])[:.][0-5]\d", value):
        raise ValueError('is not a time of day; write "07:00"')
    return value


def _daily(value: str) -> str:
    """A time of day, or off."""
    return "off" if value.lower() in _OFF else _clock(value)


def _weekly(value: str) -> str:
    """A day and a time of it, or off; the day by its first three letters."""
    if value.lower() in _OFF:
        return "off"
    day, _, clock = value.partition(" ")
    if day.lower()[:3] not in WEEKDAYS:
        raise ValueError("is neither off nor a day and a time like mon 07:00")
    return f"{day.lower()[:3]} {_clock(clock)}"


def _quiet(value: str) -> str:
    parse(value)
    return value


def _midnight(value: object) -> object:
    return (
        f"{value}T00:00:00" if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) else value
    )


def _amount(value: object) -> object:
    """Also the way a person writes it: 60 % is 0.6; 3,2 is 3.2."""
    if not isinstance(value, str):
        return value
    number = value.replace("\N{NO-BREAK SPACE}", " ").replace("−", "-").strip().replace(",", ".")
    if not number.endswith("%"):
        return number
    try:
        return float(number[:-1]) / 100
    except ValueError:
        return value


def _host_or_network(value: str) -> str:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        if not re.fullmatch(r"[a-z0-9]([a-z0-9.-]{0,252}[a-z0-9])?", value.lower()) or re.fullmatch(
            r"[\d.]+", value
        ):
            raise ValueError("is neither a host name nor an address range such as 10.0.0.0/8") from None
    return value


Email = Annotated[str, BeforeValidator(cleaned), AfterValidator(_email)]
ContactPoint = Annotated[str, BeforeValidator(cleaned), AfterValidator(_contact_point)]
Moment = Annotated[datetime, BeforeValidator(_midnight)]
Amount = Annotated[float, BeforeValidator(_amount), Field(allow_inf_nan=False)]
QuietSpan = Annotated[str, Field(max_length=100), BeforeValidator(cleaned), AfterValidator(_quiet)]
Host = Annotated[str, BeforeValidator(cleaned), AfterValidator(_host_or_network)]


def _listed(value: object) -> object:
    """One value may stand alone."""
    return (value,) if isinstance(value, str) else value


Values = Annotated[tuple[Name, ...], BeforeValidator(_listed)]


class HomonymModel(Model):
    description: Text
    context_words: Names = ()


class ProductModel(Model):
    name: Name
    aliases: Names = ()
    note: Long = ""
    kind: Name = "product"


class PersonalAccountModel(Model):
    """``opted_in: false`` keeps an account, and what it says, out of reach."""

    url: Name | None = None
    handle: Name | None = Field(default=None, description="an @handle or the name shown as author")
    opted_in: bool = True

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not self.addresses:
            raise ValueError("needs a url or a handle")
        return self

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(a for a in (self.url, self.handle) if a)


class AccountModel(PersonalAccountModel):
    """An account of the brand, or of the ``person`` named."""

    person: Name | None = None


class LeaderModel(Model):
    id: Name
    name: Name
    aliases: Names = ()
    role: Short = ""
    speaks_about: Names = ()
    private: Names = ()
    accounts: tuple[PersonalAccountModel, ...] = ()


class EmployeeModel(Model):
    name: Name
    aliases: Names = ()
    accounts: tuple[PersonalAccountModel, ...] = ()


class StatementModel(Model):
    id: Name
    text: Text
    signals: Names = ()
    owner: Name | None = None
    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self


class MeasureModel(Model):
    """``of`` is a measure of docs/goals.md; the others narrow it. A bare name is ``{of: name}``."""

    of: Text
    target: Name | None = Field(default=None, description="a leader or product; default the brand")
    statement: Name | None = Field(default=None, description="id of a statement the texts touch")
    words: Names = Field(default=(), description="beginnings of words; the texts hold one of them")
    source_type: Annotated[str, AfterValidator(_source_type)] | None = None
    period: GoalPeriod = "month"


class GoalModel(Model):
    id: Name
    text: Text
    task: Text | None = None
    audience: Text | None = None
    purpose: Text | None = None
    measure: MeasureModel | None = None
    baseline: Amount | None = None
    target: Amount | None = None
    deadline: date | None = None


class ActivityModel(Model):
    """What is marked on the line of a goal; ``to`` is the last day, that of ``from`` where it is not given."""

    id: Name
    text: Text
    kind: ActivityKind = "other"
    begins: date = Field(alias="from")
    ends: date | None = Field(default=None, alias="to")
    goal: Name | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.ends and self.ends < self.begins:
            raise ValueError("`to` is before `from`")
        return self


class SourceModel(Model):
    """Keys beyond these belong to the kind of source and are handed to it."""

    id: Name
    kind: Name
    url: Long = ""
    source_type: Annotated[str, AfterValidator(_source_type)] = "other"
    lang: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    interval_minutes: Annotated[int, Field(ge=1, le=10080)] = 10
    weight: Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)] | None = Field(
        default=None, description="how much a mention counts in weighted figures; default by source_type"
    )
    own_place: Annotated[bool, Field(description="a forum, blog or group of ours, shown apart")] = False


class RecipientModel(Model):
    """Keys beyond these belong to the channel and are handed to it."""

    address: Email | None = Field(default=None, description="of mail; other channels have a name instead")
    name: Short = ""
    lang: Lang | None = None
    role: Short = Field(default="", description="communications, leader, board, operator, or a leader's id")
    leader: Short = Field(default="", description="id or name of the leader whose own incidents are told")
    severity: Literal["minor", "major", "critical"] | None = Field(default=None, description="the least told")
    quiet: tuple[QuietSpan, ...] = Field(default=(), description="22:00-07:00, or sat,sun 00:00-24:00")
    timezone: Annotated[str, AfterValidator(_zone)] | None = None
    per_day: Annotated[int, Field(ge=1, le=1000)] = 12
    channel: Name = "email"
    digest: Literal["daily", "weekly", "both", "none"] = "none"
    view: Short = Field(default="", description="name of the view that narrows the digest; off = none")

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.channel == "email" and not self.address:
            raise ValueError("needs an address")
        if self.channel != "email" and not self.name:
            raise ValueError("needs a name, by which its messages are kept apart")
        return self


class AlertsModel(Model):
    morning: Annotated[str, BeforeValidator(cleaned), AfterValidator(_clock)] = "07:00"
    min_count: Annotated[int, Field(ge=1, le=100000)] = 5
    tail: Annotated[float, Field(gt=0, lt=0.5)] = 5e-4
    baseline_days: Annotated[int, Field(ge=1, le=366)] = 28
    cooldown_hours: Annotated[int, Field(ge=0, le=8760)] = 24


class DigestModel(Model):
    """When digests are made, in the brand's time zone; ``off`` = never. They go to recipients with ``digest``."""

    daily: Annotated[str, AfterValidator(_daily)] = "07:00"
    weekly: Annotated[str, AfterValidator(_weekly)] = "mon 07:00"
    views: dict[Name, Name] = Field(default={}, description="role: name of the view that narrows its digest")


class ViewModel(Model):
    """Filters of a page as they stand in its address. ``opens``: for whom the page opens with it; true = its roles."""

    name: Name
    page: Name
    filters: dict[Name, Values] = Field(default={}, description="name: value, or name: [value, value]")
    roles: Values = Field(default=(), description="communications, leader, board, operator; none = everybody")
    opens: Values = ()


class HttpModel(Model):
    """``allow_private``: hosts and address ranges inside the own network that sources may ask."""

    allow_private: tuple[Host, ...] = ()


class ClassifierModel(Model):
    """``name`` onnx (bundled), lexicon, hub, endpoint or cascade; further keys are its options."""

    name: Name = "onnx"


class SecondJudgeModel(Model):
    """``name`` endpoint; further keys are its options."""

    name: Literal["endpoint"]


class ConflictsModel(Model):
    """``second``: a judge that is asked about flags whose score lies within ``band`` of the threshold."""

    band: Annotated[float, Field(gt=0, lt=1, allow_inf_nan=False)] = 0.15
    second: SecondJudgeModel | None = None


Months = Annotated[int, Field(ge=1, le=1200)]


class RetentionModel(Model):
    """Months that mentions are kept, by whose they are; what is not named is kept until it is forgotten by hand."""

    mentions: Months | None = Field(default=None, description="about us, by others")
    cases: Months | None = Field(default=None, description="those that people decided about or corrected")
    unrelated: Months | None = Field(default=None, description="not about us, by others")
    own: Months | None = Field(default=None, description="said by ourselves")

    @model_validator(mode="after")
    def _longer(self) -> Self:
        if self.mentions is None and self.cases is not None:
            raise ValueError("cases is given without mentions, which it extends")
        if self.mentions and self.cases and self.cases < self.mentions:
            raise ValueError("cases is shorter than mentions")
        return self


class BrandFile(Model):
    """A brand file in the canonical form."""

    name: Name
    id: Name | None = None
    legal_name: Short = ""
    aliases: Names = ()
    homonyms: tuple[HomonymModel, ...] = ()
    sector: Long = ""
    languages: Names = ("nb", "nn", "en")
    products: tuple[ProductModel, ...] = ()
    competitors: Names = ()
    leaders: tuple[LeaderModel, ...] = ()
    employees: tuple[EmployeeModel, ...] = ()
    accounts: tuple[AccountModel, ...] = ()
    values: tuple[StatementModel, ...] = ()
    wanted_image: tuple[StatementModel, ...] = ()
    unwanted_image: tuple[StatementModel, ...] = ()
    guidelines: tuple[StatementModel, ...] = ()
    out_of_bounds: tuple[StatementModel, ...] = ()
    goals: tuple[GoalModel, ...] = ()
    activities: tuple[ActivityModel, ...] = ()
    sources: tuple[SourceModel, ...] = ()
    recipients: tuple[RecipientModel, ...] = ()
    views: tuple[ViewModel, ...] = ()
    authorities: Names = Field(
        default=(), description="hosts and source ids of public bodies, told apart on the page Audience"
    )
    fictional: bool = False
    language: Lang = "nb"
    timezone: Annotated[str, AfterValidator(_zone)] = "Europe/Oslo"
    start_date: Moment | None = Field(default=None, description="nothing published before it alerts")
    contact: Short = Field(
        default="", description="address or page in the User-Agent, for those whose servers are asked"
    )
    contact_points: tuple[ContactPoint, ...] = Field(
        default=(), description="e-mail addresses and phone numbers of the brand, which are not masked"
    )
    retention: RetentionModel = RetentionModel()
    dashboard_url: Annotated[str, Field(pattern=r"^https?://[^\s<>\"]+$")] | None = None
    threads: Annotated[int, Field(ge=1, le=256)] | None = None
    classifier: ClassifierModel = ClassifierModel()
    conflicts: ConflictsModel = ConflictsModel()
    alerts: AlertsModel = AlertsModel()
    digest: DigestModel = DigestModel()
    http: HttpModel = HttpModel()
    auth: AuthModel | None = Field(
        default=None, description="who may sign in to the dashboard; see docs/login.md"
    )


def json_schema() -> dict[str, Any]:
    """The JSON schema (2020-12) editors use to complete and check a brand file."""
    schema = BrandFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    top, leader = schema["properties"], schema["$defs"]["LeaderModel"]["properties"]
    employee = schema["$defs"]["EmployeeModel"]["properties"]
    for listing in (top["homonyms"], top["employees"], leader["accounts"], employee["accounts"]):
        listing["items"] = {"anyOf": [{"type": "string"}, listing["items"]]}
    goal = schema["$defs"]["GoalModel"]["properties"]
    goal["measure"] = {"anyOf": [{"type": "string"}, *goal["measure"]["anyOf"]]}
    top["classifier"] = {"anyOf": [{"type": "string"}, top["classifier"]]}
    numbered = [*(f"{kind}Model" for kind in ("Leader", "Statement", "Goal", "Activity", "Source"))]
    for definition in (schema["$defs"][name] for name in numbered):
        definition["required"].remove("id")  # numbered by position where missing
    return schema
