"""What a file source may be told: which column is what, and how its dates are written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from monitor.errors import ConfigError
from monitor.sources._feeddates import AHEAD, EPOCH, parse
from monitor.sources._filerows import FIELDS, Columns
from monitor.types import SourceSpec


def columns_of(spec: SourceSpec) -> Columns:
    given = spec.options.get("columns")
    if given is None:
        return {field: (field,) for field in FIELDS}
    remedy = f"Remedy: columns: {{text: Post text, published_at: Date}}; fields are {', '.join(FIELDS)}"
    if not isinstance(given, dict):
        raise ConfigError(f"source '{spec.id}': columns is not a map of fields to columns. {remedy}")
    found: dict[str, tuple[str, ...]] = {}
    for field, names in given.items():
        if field not in FIELDS:
            raise ConfigError(f"source '{spec.id}': columns: '{field}' is no field. {remedy}")
        listed = names if isinstance(names, list | tuple) else [names]
        if not listed or not all(isinstance(name, str) and name.strip() for name in listed):
            raise ConfigError(f"source '{spec.id}': columns: '{field}' does not name a column. {remedy}")
        found[str(field)] = tuple(str(name).strip() for name in listed)
    if not found.keys() & {"text", "title"}:
        raise ConfigError(f"source '{spec.id}': columns names neither a text nor a title. {remedy}")
    return found


def dates_of(spec: SourceSpec) -> Dates:
    form, name = spec.options.get("date_format"), spec.options.get("timezone")
    if form is not None and (not isinstance(form, str) or "%" not in form or len(form) > 100):
        raise ConfigError(
            f"source '{spec.id}': date_format is not a format of dates. Remedy: write for example %d.%m.%Y %H:%M"
        )
    if name is None:
        return Dates(form, None)
    try:
        return Dates(form, ZoneInfo(str(name)))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"source '{spec.id}': timezone '{str(name)[:40]}' is not known. Remedy: write one like Europe/Oslo"
        ) from error


@dataclass(frozen=True, slots=True)
class Dates:
    format: str | None
    zone: ZoneInfo | None

    def read(self, value: str, now: datetime, lang: str | None) -> datetime | None:
        """UTC; None for no date. Raises ValueError for what is no date, or lies ahead."""
        value = value.strip()
        if not value:
            return None
        if self.format:
            at: datetime | None = datetime.strptime(value[:200], self.format)  # noqa: DTZ007 - placed below
        else:
            at = self._free(value, lang)
        if at is None:
            raise ValueError(f"{value[:40]!r} is not a date")
        if at.tzinfo is None:
            local = parse(at.isoformat(), lang) if self.zone is None else at.replace(tzinfo=self.zone)
            if local is None:
                raise ValueError(f"{value[:40]!r} is not a date")
            at = local
        at = at.astimezone(UTC)
        if at > now + AHEAD:
            raise ValueError(f"{value[:40]!r} lies in the future")
        return max(min(at, now), EPOCH)

    def _free(self, value: str, lang: str | None) -> datetime | None:
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            # Without a zone of its own such a date is read in ours, and not as feeds are.
            return parse(value, lang, self.zone)
