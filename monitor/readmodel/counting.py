"""Counting the stories of any period without reading its mentions. Part of the readmodel room.

A story counts by its copies in the period, so counts of stories do not add up from day to day. But a story that lies
wholly within a period counts in it as it does in every other such period, and those are counted in advance, by the
hour of their first copy. A period is therefore the sum of

- the hours that lie whole in it, except those in which a story began that goes on after it (``story_counts``);
- the stories that began in the rest of it and ended in it (``story_standing``);
- the stories that cross its beginning or its end, counted from their copies in it (``v_weighted``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from monitor.db import Con

Places = Literal["others", "own", "all"]

_OWN_SOURCES = "(SELECT source FROM source_weights WHERE own_place)"
OF_PLACES = {"others": f"AND source NOT IN {_OWN_SOURCES}", "own": f"AND source IN {_OWN_SOURCES}", "all": ""}
_ROWS = {"others": "'others', 'others_part'", "own": "'own', 'own_part'", "all": "'others', 'own', 'whole'"}
_HOUR = timedelta(hours=1)


def count_stories_between(
    con: Con, start: datetime, end: datetime, places: Places, targets: Sequence[str] = ()
) -> None:
    """Makes the temporary table ``counted`` (hour, target, kind, standing, stories, mentions, weight, squares).

    Of the stories with a copy in [start, end): ``hour`` is that of their first copy in the period, ``mentions`` their
    copies in it, ``weight`` the sum of their weights and ``squares`` of the squares of those.
    """
    first, last = _hour_from(start), _hour_from(end, down=True)
    if first > last:
        first = last = end  # no whole hour: all of it is an edge
    about = f"place IN ({_ROWS[places]})"
    values: dict[str, Any] = {"start": start, "end": end, "first": first, "last": last}
    if targets:
        about += " AND list_contains($targets::VARCHAR[], target)"
        values["targets"] = list(targets)

    def run(query: str, **more: object) -> None:
        bound = values | more
        con.execute(query, {k: v for k, v in bound.items() if f"${k}" in query})

    run(f"""
        CREATE OR REPLACE TEMP TABLE crossing AS
        SELECT story, target, first_at, last_at FROM story_standing
        WHERE first_at < $start AND last_at >= $start AND {about}
        UNION ALL
        SELECT story, target, first_at, last_at FROM story_standing
        WHERE first_at >= $start AND first_at < $end AND last_at >= $end AND {about}""")
    before, after = _ends(con, start, end)
    run(
        f"""
        CREATE OR REPLACE TEMP TABLE counted AS
        WITH opened AS (
            SELECT DISTINCT date_trunc('hour', first_at) AS hour FROM crossing WHERE first_at >= $start
        ), whole AS (
            SELECT first_at, target, kind, standing, copies, weight FROM story_standing
            WHERE first_at >= $start AND first_at < $first AND last_at < $end AND {about}
            UNION ALL
            SELECT first_at, target, kind, standing, copies, weight FROM story_standing
            WHERE first_at >= $last AND first_at < $end AND last_at < $end AND {about}
            UNION ALL
            SELECT first_at, target, kind, standing, copies, weight FROM story_standing
            WHERE first_at >= greatest($left, $first) AND first_at < $last AND last_at < $end AND {about}
                AND date_trunc('hour', first_at) IN (SELECT o.hour FROM opened AS o)
        ), copy AS (
            SELECT * FROM v_weighted WHERE said_at >= $start AND said_at <= $before AND said_at < $end
                AND (story, target) IN (SELECT (c.story, c.target) FROM crossing AS c WHERE c.first_at < $start)
                {OF_PLACES[places]}
            UNION ALL
            SELECT * FROM v_weighted WHERE said_at >= $after AND said_at < $end
                AND (story, target) IN (SELECT (c.story, c.target) FROM crossing AS c WHERE c.first_at >= $start)
                {OF_PLACES[places]}
        ), part AS (
            SELECT story, target, any_value(kind) AS kind, count(*) AS copies, min(said_at) AS first_at,
                count_if(standing = 'negative') AS negative, count_if(standing = 'neutral') AS neutral,
                count_if(standing = 'positive') AS positive, count_if(standing = 'unsure') AS unsure,
                arg_max(standing, (said_at, mention_id)) FILTER (status = 'corrected') AS person,
                max(weight) * copies_factor(count(*)) AS weight
            FROM copy GROUP BY story, target
        ), story AS (
            FROM whole
            UNION ALL
            SELECT first_at, target, kind, story_label(person, negative, neutral, positive, unsure), copies, weight
            FROM part
        )
        SELECT hour, target, kind, standing, stories, mentions, weight, squares FROM story_counts
        WHERE hour >= $first AND hour < $last AND {about} AND hour NOT IN (SELECT o.hour FROM opened AS o)
        UNION ALL
        SELECT date_trunc('hour', first_at), target, kind, standing, count(*), sum(copies)::BIGINT, sum(weight),
            sum(weight * weight)
        FROM story GROUP BY ALL""",
        before=before,
        after=after,
        left=_hour_from(after, down=True),
    )


def _ends(con: Con, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """(the last copy of the stories that cross the beginning, the first of those that cross the end only)."""
    row = con.execute(
        """
        SELECT coalesce(max(last_at) FILTER (first_at < $start), $start),
            coalesce(min(first_at) FILTER (first_at >= $start), $end) FROM crossing""",
        {"start": start, "end": end},
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _hour_from(at: datetime, *, down: bool = False) -> datetime:
    """The first whole hour not before the time; ``down``: the last not after it."""
    hour = at.replace(minute=0, second=0, microsecond=0)
    if down or hour == at:
        return hour
    return hour + _HOUR if datetime.max - hour > _HOUR else datetime.max  # noqa: DTZ901
