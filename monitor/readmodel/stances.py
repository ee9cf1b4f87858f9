"""How stories stand to each statement of the identity, in expected numbers, with texts that show it. Readmodel room."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from monitor import db
from monitor.db import Con, aware, naive
from monitor.readmodel.behind import LIKELY
from monitor.readmodel.byid import among, bound, in_parts
from monitor.readmodel.rows import Z95
from monitor.types import Voice

TEXT_MOST = 8_000  # characters of a text that are read
_EXACT = 200  # an expected number from which the normal distribution is close enough


@dataclass(frozen=True, slots=True)
class Expected:
    """How many of ``of`` stories are expected to be so, and the range that holds 95 % of what chance makes of it.

    The range takes the model's probabilities as right; how far they are is in the model's card.
    """

    value: float
    low: int
    high: int
    of: int


@dataclass(frozen=True, slots=True)
class Stance:
    """How the stories that were compared with the identity stand to one statement. A story counts once.

    ``against + in_line + silent == compared`` in expected numbers. ``flagged`` are those that a conflict with it stands
    for. ``in_line`` and ``silent`` None = no model compared any of them with it one by one: no data, not zero.
    ``likely`` are the stories one can look at: against it, and in line, with a probability of LIKELY or more.
    """

    statement: str
    compared: int
    flagged: int
    against: Expected
    in_line: Expected | None
    silent: Expected | None
    likely: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A text that stands to a statement so; ``quote`` is part of ``field``, "" where no words are marked (in line)."""

    statement: str
    stance: Literal["against", "in_line"]
    probability: float
    flagged: bool
    mention_id: str
    story: str
    at: datetime
    voice: Voice
    speaker: str
    source: str
    source_type: str
    url: str
    title: str
    text: str
    field: Literal["title", "text"]
    quote: str


def expected(value: float, variance: float, of: int) -> Expected:
    """The central 95 % of a binomial with this mean and variance: the sums of p and of p (1 - p) over the stories."""
    if value <= 0:
        return Expected(0.0, 0, 0, of)
    spread = max(variance, 0.0)
    if value >= _EXACT or spread == 0:
        half = Z95 * math.sqrt(spread)
        low, high = max(0, math.ceil(value - half)), min(of, math.floor(value + half))
        return Expected(value, min(low, round(value)), max(high, round(value)), of)
    p = min(1 - 1e-9, max(1e-9, 1 - spread / value))
    n = min(float(of), max(value / p, 1.0))
    found, low, high = 0.0, -1, of
    for k in range(of + 1):
        if k > n + 1:
            high = k - 1
            break
        found += _binomial(k, n, min(p, value / n))
        if low < 0 and found > 0.025:
            low = k
        if found >= 0.975:
            high = k
            break
    return Expected(value, max(0, low), max(high, low), of)


def _binomial(k: int, n: float, p: float) -> float:
    """P(k) of a binomial whose n need not be whole."""
    if p >= 1:
        return 1.0 if k == round(n) else 0.0
    if n - k + 1 <= 0:
        return 0.0
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(p) + (n - k) * math.log(1 - p))


Side = Literal["others", "all"]

# Those the figures are about: what others say (of somebody), or what anybody says. Stories are numbers here.
_SAID = """
    CREATE OR REPLACE TEMP TABLE theirs AS
    SELECT m.mention_id, m.said_at, m.story_no AS story, m.level
    FROM listed AS m
    WHERE m.said_at >= $since AND m.said_at < $until AND m.relevant AND ($side = 'all' OR m.voice = 'third_party')
    AND ($target = '' OR list_contains(m.targets, $target))"""


# The same join for the figures and the texts: it reads all that was compared in the period, so it is made once. The
# times are compared first, which are numbers.
_WEIGHED = """
    CREATE OR REPLACE TEMP TABLE weighed AS
    SELECT x.*, t.story FROM theirs AS t JOIN v_stances AS x ON x.said_at = t.said_at AND x.mention_id = t.mention_id
    WHERE x.said_at >= $since AND x.said_at < $until AND x.said_at IN (SELECT w.said_at FROM theirs AS w)"""


def said(con: Con, since: datetime, until: datetime, target: str, side: Side) -> None:
    """Makes the temporary tables ``theirs`` and ``weighed``: the mentions a figure is about, and how they stand."""
    period = {"since": naive(since), "until": naive(until)}
    con.execute(_SAID, {**period, "target": target, "side": side})
    con.execute(_WEIGHED, period)


def stances(
    path: Path,
    since: datetime,
    until: datetime,
    *,
    target: str = "",
    side: Side = "others",
    most: int = 2,
) -> tuple[list[Stance], list[Evidence]]:
    """One row per statement that any story of the period was compared with, and the newest texts that show it;
    ``target`` "" = whoever it is about.

    Texts against: a conflict with it stands. In line: P(in line) of LIKELY or more, as few are surer than that. There
    are ``most`` stories of each.
    """
    with db.reading(path) as con:
        said(con, since, until, target, side)
        return stances_of(con), evidence_of(con, most)


def stances_of(con: Con) -> list[Stance]:
    """Of the mentions in ``theirs``."""
    whole = con.execute("SELECT count(DISTINCT story) FROM theirs WHERE level IS NOT NULL").fetchone()
    compared = int(whole[0]) if whole else 0
    found = con.execute(
        """
        WITH story AS (
            SELECT statement, story, max(contradicts) AS against, max(in_line) AS in_line,
                bool_or(severity IS NOT NULL) AS flagged
            FROM weighed GROUP BY statement, story
        ), one AS (
            -- The likeliest copy speaks for the story on either side, so the two may add up to more than one.
            SELECT *, least(coalesce(in_line, 0), 1 - against) AS for_it FROM story)
        SELECT statement, count_if(flagged), sum(against), sum(against * (1 - against)), sum(for_it),
            sum(for_it * (1 - for_it)), sum((against + for_it) * (1 - against - for_it)), count(in_line),
            count_if(flagged OR against >= $likely), count_if(NOT flagged AND for_it >= $likely)
        FROM one GROUP BY statement ORDER BY statement""",
        {"likely": LIKELY},
    ).fetchall()
    rows = []
    for statement, flagged, against, var_against, in_line, var_in_line, var_both, known, *likely in found:
        silent = expected(max(0.0, compared - against - in_line), var_both, compared) if known else None
        for_it = expected(in_line, var_in_line, compared) if known else None
        is_against = expected(against, var_against, compared)
        rows.append(Stance(statement, compared, flagged, is_against, for_it, silent, (likely[0], likely[1])))
    return rows


def evidence_of(con: Con, most: int) -> list[Evidence]:
    """Of the mentions in ``theirs``."""
    page = con.execute(
        """
        WITH hit AS (
            SELECT *, CASE WHEN severity IS NOT NULL THEN 'against' ELSE 'in_line' END AS stance
            FROM weighed WHERE severity IS NOT NULL OR in_line >= $likely
        ), once AS (
            FROM hit QUALIFY row_number() OVER (PARTITION BY statement, stance, story ORDER BY said_at, mention_id) = 1
        )
        SELECT mention_id, said_at, statement, stance,
            CASE stance WHEN 'against' THEN contradicts ELSE in_line END, severity IS NOT NULL,
            coalesce(field, 'text'), coalesce(quote, '')
        FROM once QUALIFY row_number() OVER (
            PARTITION BY statement, stance ORDER BY said_at DESC, mention_id) <= $most
        ORDER BY statement, stance, said_at DESC, mention_id""",
        {"likely": LIKELY, "most": most},
    ).fetchall()
    known: dict[str, tuple[Any, ...]] = {}
    for part in in_parts(list({row[:2] for row in page})):
        known |= {
            row[0]: row
            for row in con.execute(
                f"""
                SELECT m.id, l.story, m.said_at, l.voice, coalesce(l.speaker, ''), m.source, m.source_type, m.url,
                    left(m.title, 500), left(m.text, {TEXT_MOST})
                FROM {among("mentions", "id")} AS m JOIN {among("listed")} AS l ON l.mention_id = m.id""",
                [*bound(part), *bound(part)],
            ).fetchall()
        }
    rows = []
    for id_, _, *told, field, quote in page:
        _, story, at, *text = known[id_]
        values: list[Any] = [*told, id_, story, aware(at), *text, field, quote]
        rows.append(Evidence(*values))
    return rows
