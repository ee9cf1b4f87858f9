"""One leader: how others write of them, and what became of their own posts. Part of the readmodel room.

Content is counted, one leader at a time; nothing here adds up to a number for a person or compares two.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor import db
from monitor.db import aware, naive
from monitor.readmodel.audience import FEWEST, talk
from monitor.readmodel.rows import Share, share
from monitor.readmodel.stances import Evidence, Stance, evidence_of, said, stances_of


@dataclass(frozen=True, slots=True)
class Week:
    """Stories of others in one week (UTC, from Monday); ``negative`` is toward the leader, of those judged."""

    at: datetime
    stories: int
    negative: Share


@dataclass(frozen=True, slots=True)
class Network:
    """Stories of others in one source type, and where most of them stood: hosts of news and press, and those with at
    least ``FEWEST`` voices."""

    network: str
    stories: int
    places: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class OwnPosts:
    """Stories in the leader's own voice. ``compared`` with the identity, of which ``office + mixed == compared``;
    ``mixed`` = a private topic and the office in one post. Purely private ones are deleted and counted nowhere."""

    stories: int
    compared: int
    office: int
    mixed: int
    conflicts: int  # stories in which a conflict stands
    open: int  # flags nobody decided about, mentions


@dataclass(frozen=True, slots=True)
class LeaderView:
    stories: int  # of others
    stances: tuple[Stance, ...]
    evidence: tuple[Evidence, ...]
    weeks: tuple[Week, ...]
    networks: tuple[Network, ...]
    own: OwnPosts


def leader(path: Path, since: datetime, until: datetime, name: str) -> LeaderView:
    """Everything the page about one leader counts; ``name`` as in the brand file."""
    period = {"since": naive(since), "until": naive(until), "name": name}
    with db.reading(path) as con:
        said(con, since, until, name, "others")
        stances, evidence = stances_of(con), evidence_of(con, 2)
        weeks = con.execute(
            """
            WITH copies AS (
                SELECT t.story, min(t.said_at) AS first_at, count_if(s.standing = 'negative') AS negative,
                    count_if(s.standing = 'neutral') AS neutral, count_if(s.standing = 'positive') AS positive,
                    arg_max(s.standing, s.said_at) FILTER (s.status = 'corrected') AS person
                FROM theirs AS t JOIN v_standing AS s ON s.said_at = t.said_at AND s.mention_id = t.mention_id
                WHERE s.target = $name AND s.said_at >= $since AND s.said_at < $until GROUP BY t.story
            ), story AS (
                SELECT first_at, negative + neutral + positive > 0 AS judged,
                    CASE WHEN person IS NOT NULL THEN person = 'negative'
                         ELSE negative > 0 AND negative >= neutral AND negative >= positive END AS negative FROM copies)
            SELECT date_trunc('week', first_at) AS week, count(*), count_if(judged AND negative), count_if(judged)
            FROM story GROUP BY week ORDER BY week""",
            period,
        ).fetchall()
        talk(con, since, until, name, ids=False)
        networks = con.execute(
            "SELECT network, count(DISTINCT story) FROM talk GROUP BY ALL ORDER BY 2 DESC, 1"
        ).fetchall()
        places: dict[str, list[tuple[str, int]]] = {}
        for network, place, stories in con.execute(
            """
            SELECT network, place, count(DISTINCT story) FROM talk WHERE place <> '' GROUP BY network, place
            HAVING network IN ('news', 'press') OR count(DISTINCT voice) >= ? ORDER BY 3 DESC, 2""",
            [FEWEST],
        ).fetchall():
            places.setdefault(network, []).append((place, stories))
        own = con.execute(
            """
            WITH own AS (
                FROM listed WHERE said_at >= $since AND said_at < $until AND relevant AND speaker = $name
            ), posts AS (
                SELECT m.story, m.level IS NOT NULL AS compared, f.mention_id IS NOT NULL AS mixed,
                    coalesce(k.level, 'none') <> 'none' AS conflict,
                    coalesce(k.state IN ('open', 'to_confirm'), false) AS open
                FROM own AS m
                LEFT JOIN (FROM v_flags WHERE said_at >= $since AND said_at < $until AND role_mixing) AS f
                ON f.said_at = m.said_at AND f.mention_id = m.mention_id
                LEFT JOIN (FROM v_cases WHERE said_at >= $since AND said_at < $until) AS k
                ON k.said_at = m.said_at AND k.mention_id = m.mention_id
            ), story AS (
                SELECT bool_or(compared) AS compared, bool_or(mixed) AS mixed, bool_or(conflict) AS conflict,
                    count_if(open) AS open FROM posts GROUP BY story)
            SELECT count(*), coalesce(count_if(compared), 0), coalesce(count_if(compared AND NOT mixed), 0),
                coalesce(count_if(compared AND mixed), 0), coalesce(count_if(conflict), 0),
                coalesce(sum(open), 0)::INTEGER FROM story""",
            period,
        ).fetchone()
        whole = con.execute("SELECT count(DISTINCT story) FROM theirs").fetchone()
    assert own is not None and whole is not None
    return LeaderView(
        int(whole[0]),
        tuple(stances),
        tuple(evidence),
        tuple(Week(aware(at), stories, share(negative, judged)) for at, stories, negative, judged in weeks),
        tuple(Network(name_, stories, tuple(places.get(name_, ())[:4])) for name_, stories in networks),
        OwnPosts(*own),
    )
