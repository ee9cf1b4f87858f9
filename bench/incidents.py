"""Incidents as people would be told of them: every series that may open one, each hour, as ``omdomme replay`` does.

    python bench/incidents.py DATA_DIR                      gold labels (brand_*.jsonl and .yaml)
    python bench/incidents.py DATA_DIR --verdicts FILE      sentiment by a judge that has not seen the brand
                                                            (training/held_out.jsonl); conflicts stay gold

Per brand the negative stories of the brand and of each leader, those in conflict with a statement, and those in
conflict with each single one; beside it the negative ones alone. What is relevant, and of whom, is gold; mentions are
seen when they are published, copies (``dup_group``) are one story, settings are the defaults.

One incident is wanted for the labelled one, told no later than in the hour of its fifth negative story, where five of
its stories are labelled so. What begins outside of it (an hour before its first mention to a day after its last) is
false, and so is a second one inside.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from spikes import Row, held_out, judged

from monitor.pipeline.history import Alerted, hour_by_hour
from monitor.readmodel.history import SaidOf
from monitor.spikes import SeriesKey, SpikeSettings

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Brand:
    """``told`` mentions of one brand, and its labelled incident: first and last mention, and its negative stories."""

    name: str
    leaders: tuple[str, ...]
    rows: tuple[SaidOf, ...]
    start: datetime
    end: datetime
    first: datetime
    last: datetime
    negative: tuple[datetime, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``hours`` from the hour of the fifth negative story until it was told, negative = sooner."""

    found: bool
    hours: int | None
    false: tuple[Alerted, ...]


def read(path: Path, rows: Sequence[Row]) -> Brand:
    identity = yaml.safe_load(path.with_suffix(".yaml").read_text(encoding="utf-8"))
    name = (identity if isinstance(identity["brand"], str) else identity["brand"])["name"]
    leaders = tuple(leader["name"] for leader in identity["leaders"])
    said = sorted((one for row in rows if row["relevant"] for one in _said(row, name, leaders)), key=_seen)
    span = [at(row) for row in rows]
    within = [row for row in rows if row.get("incident") and row["relevant"]]
    stories: dict[str, datetime] = {}
    for row in sorted(within, key=at):
        if any(t["sentiment"] == "negative" and t["kind"] != "competitor" for t in row["targets"]):
            stories.setdefault(row.get("dup_group") or row["id"], at(row))
    return Brand(
        name,
        leaders,
        tuple(said),
        hour(min(span)),
        hour(max(span)) + HOUR,
        min(map(at, within)),
        max(map(at, within)),
        tuple(sorted(stories.values())),
    )


def _said(row: Row, brand: str, leaders: Sequence[str]) -> list[SaidOf]:
    """One row per target that is counted; products are the brand, and competitors nobody."""
    negative: dict[str, bool] = {}
    for target in row["targets"]:
        of = target["name"] if target["kind"] == "leader" else brand
        if target["kind"] == "competitor" or (target["kind"] == "leader" and of not in leaders):
            continue
        negative[of] = negative.get(of, False) or target["sentiment"] == "negative"
    statements = tuple(sorted(set(row["conflicts_with"])))
    story = row.get("dup_group") or row["id"]
    return [
        SaidOf(row["id"], at(row), at(row), story, of, bad, 1.0, True, statements)
        for of, bad in negative.items()
    ]


def outcome(brand: Brand, settings: SpikeSettings) -> Outcome:
    found = hour_by_hour(brand.rows, brand.start, brand.end, brand.name, brand.leaders, settings)
    own = [one for one in found if brand.first - HOUR <= one.at - HOUR <= brand.last + DAY]
    own.sort(key=lambda one: one.at)
    false = tuple(one for one in found if one not in own[:1])
    late = None
    if own and len(brand.negative) >= 5:
        late = round((own[0].at - HOUR - hour(brand.negative[4])) / HOUR)
    return Outcome(bool(own), late, false)


def replay(folder: Path, labels: Mapping[tuple[str, str], str] | None = None) -> None:
    """Prints found, late and false per brand."""
    settings = SpikeSettings()
    totals: Counter[str] = Counter()
    days = 0
    print(f"{'brand':10} {'days':>4} | every series: hours after the fifth negative, false | negative alone")
    for path in sorted(folder.glob("brand_*.jsonl")):
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        brand = read(path, judged(rows, labels) if labels else rows)
        every = outcome(brand, settings)
        alone = outcome(replace(brand, rows=tuple(replace(r, statements=()) for r in brand.rows)), settings)
        days += (span := (brand.end - brand.start) // DAY)
        print(
            f"{path.stem.removeprefix('brand_'):10} {span:>4} | {_hours(every, brand):>6} {len(every.false):>3}"
            f"{'':42} | {_hours(alone, brand):>6} {len(alone.false):>3}"
        )
        for one in every.false:
            print(f"{'':18}false: {one.at - HOUR:%Y-%m-%d %H}h {_figures(one)}")
        for name, result in (("every", every), ("alone", alone)):
            totals.update(
                {f"{name} brands": 1, f"{name} found": result.found, f"{name} false": len(result.false)}
            )
            totals[f"{name} late"] += result.hours is not None and result.hours > 0
    for name, what in (("every", "every series"), ("alone", "negative alone")):
        print(
            f"{what}: {totals[f'{name} found']} of {totals[f'{name} brands']} found, "
            f"{totals[f'{name} late']} after the hourly step of the fifth negative, "
            f"{totals[f'{name} false']} false in {days} days"
        )


def _figures(one: Alerted) -> str:
    run = one.first.incident
    return (
        f"{run.observed} where {run.expected:.1f} were expected: {', '.join(map(_series, one.first.series))}"
    )


def _series(key: SeriesKey) -> str:
    return " ".join(filter(None, (key.target, key.measure, key.statement)))


def _hours(result: Outcome, brand: Brand) -> str:
    if not result.found:
        return "missed"
    return "found" if result.hours is None else f"{result.hours:+d}"


def at(row: Row) -> datetime:
    return datetime.fromisoformat(row["published_at"]).astimezone(UTC)


def hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def _seen(row: SaidOf) -> datetime:
    return row.seen_at


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--verdicts", type=Path)
    args = parser.parse_args()
    replay(args.data, held_out(args.verdicts) if args.verdicts else None)


if __name__ == "__main__":
    main()
