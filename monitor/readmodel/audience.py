"""Who talks and where, in groups: never a person, never a group of fewer than ``FEWEST`` voices. Readmodel room.

What a kind of voice is, and what the rules cannot know, stands in docs/audience.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, naive
from monitor.readmodel.rows import Share, VoiceKind, share

VOICE_KINDS: tuple[VoiceKind, ...] = ("sharer", "contributor", "creator", "press", "authority")
FEWEST = 5  # voices in a group that is shown
FOLLOWERS = 1_000  # from here on somebody who writes has an audience of their own
# Ends of the hosts that public bodies publish under; the brand file names further ones.
PUBLIC_BODIES = (
    "kommune.no", "fylke.no", "regjeringen.no", "dep.no", "stortinget.no", "stat.no", "politiet.no", "domstol.no",
    "sivilombudet.no", "riksrevisjonen.no", "europa.eu", "gov", "gov.uk", "gov.se", "regeringen.se", "folketinget.dk",
)  # fmt: skip
_MOST_PLACES = 12
_MOST_THEMES = 12


@dataclass(frozen=True, slots=True)
class Group:
    """One group of voices: ``mentions`` and ``stories`` of theirs, ``voices`` of them. "" = not told apart by this."""

    kind: str
    network: str  # a source type
    place: str  # a host
    theme: str  # the id of a statement
    mentions: int
    stories: int
    voices: int


@dataclass(frozen=True, slots=True)
class Overlap:
    """Stories that are told both in ``one`` and in ``other``; in ``began_in_one`` of them ``one`` came first, and not
    at the same moment."""

    one: str
    other: str
    stories: int
    began_in_one: int


@dataclass(frozen=True, slots=True)
class Replies:
    """How many of the mentions that touch a statement, in networks where people answer, are answers to somebody."""

    theme: str
    share: Share


@dataclass(frozen=True, slots=True)
class Audience:
    """Groups of fewer than ``FEWEST`` voices are left out and counted in ``hidden``; totals are of all that is shown.

    ``by_kind``, ``by_network``, ``by_place`` and ``by_theme`` are told apart by one thing, ``kind_by_network`` and
    ``kind_by_theme`` by two.
    """

    by_kind: tuple[Group, ...]
    by_network: tuple[Group, ...]
    by_place: tuple[Group, ...]
    by_theme: tuple[Group, ...]
    kind_by_network: tuple[Group, ...]
    kind_by_theme: tuple[Group, ...]
    overlaps: tuple[Overlap, ...]
    replies: tuple[Replies, ...]
    hidden: int


# A voice is an author; all who wrote unnamed in one place are one, so that no group is taken for larger than it is.
# Stories and voices are numbers here. ``several``: the story has further copies in the period, so that it must be
# looked for among them to be counted once.
_TALK = """
    CREATE OR REPLACE TEMP TABLE talk AS
    WITH said AS NOT MATERIALIZED (
        SELECT mention_id, said_at, story_no AS story, voice_no AS voice, source, source_type AS network, titled,
            author, reach, place, answers, themes
        FROM listed WHERE said_at >= $since AND said_at < $until AND voice = 'third_party'
        AND CASE WHEN $target::VARCHAR IS NULL THEN len(targets) > 0 ELSE list_contains(targets, $target) END
    ), began AS (
        SELECT story, min(said_at) AS at FROM said GROUP BY story HAVING count(*) > 1
    ), opened AS (
        SELECT b.story, arg_min(s.author, s.mention_id) AS by
        FROM began AS b JOIN said AS s ON s.story = b.story AND s.said_at = b.at GROUP BY b.story
    ), titles AS (
        SELECT DISTINCT place FROM said WHERE titled
    )
    SELECT {ids} s.said_at, s.story, s.network, s.place, s.voice, o.story IS NOT NULL AS several, s.themes,
        CASE WHEN list_contains($authorities::VARCHAR[], s.source) OR s.place IN (SELECT unnest($public::VARCHAR[]))
                  THEN 'authority'
             WHEN s.network IN ('news', 'press') THEN 'press'
             WHEN s.author <> o.by THEN 'sharer'
             WHEN s.network = 'blog' OR coalesce(s.reach, 0) >= $followers THEN 'creator'
             ELSE 'contributor' END AS kind,
        s.network IN ('microblog', 'linkedin', 'forum', 'other') AS answers_here,
        s.answers OR (s.network = 'forum' AND NOT s.titled AND s.place IN (SELECT t.place FROM titles AS t)) AS answer
    FROM said AS s LEFT JOIN opened AS o ON o.story = s.story"""


def talk(
    con: Con,
    since: datetime,
    until: datetime,
    target: str | None = None,
    authorities: Sequence[str] = (),
    *,
    ids: bool = True,
) -> None:
    """Makes the temporary table ``talk``: one row per mention by others in the period, with its kind of voice; ``ids``:
    with mention_id, which takes as long to write as most of the rest."""
    hosts = [*PUBLIC_BODIES, *(entry.casefold().strip().removeprefix("www.") for entry in authorities)]
    period = {"since": naive(since), "until": naive(until)}
    # The hosts of a year are few: DuckDB would compare each mention's with each of ours.
    places = con.execute(
        "SELECT DISTINCT place FROM listed WHERE said_at >= $since AND said_at < $until AND voice = 'third_party'",
        period,
    ).fetchall()
    ends = tuple(f".{host}" for host in hosts)
    public = [place for (place,) in places if place in hosts or place.endswith(ends)]
    con.execute(
        _TALK.replace("{ids}", "s.mention_id," if ids else ""),
        {
            **period,
            "target": target,
            "authorities": list(authorities),
            "public": public,
            "followers": FOLLOWERS,
        },
    )


def audience(
    path: Path,
    since: datetime,
    until: datetime,
    *,
    target: str | None = None,
    authorities: Sequence[str] = (),
) -> Audience:
    """Groups of those who talk about us, or ``target``. ``authorities``: hosts and source ids of public bodies."""
    with db.reading(path) as con:
        talk(con, since, until, target, authorities, ids=False)
        con.execute("""
            CREATE OR REPLACE TEMP TABLE themed AS
            SELECT * EXCLUDE (themes), unnest(themes) AS theme FROM talk WHERE len(themes) > 0""")
        found = {
            name: (*_groups(con, table, columns), most)
            for name, table, columns, most in (
                ("by_kind", "talk", ("kind",), 0),
                ("by_network", "talk", ("network",), 0),
                ("by_place", "talk", ("place",), _MOST_PLACES),
                ("by_theme", "themed", ("theme",), _MOST_THEMES),
                ("kind_by_network", "talk", ("kind", "network"), 0),
                ("kind_by_theme", "themed", ("kind", "theme"), 0),
            )
        }
        overlaps, few = _overlaps(con)
        replies = _replies(con)
    groups = {name: shown[: most or None] for name, (shown, _, most) in found.items()}
    groups["kind_by_network"], told = _covered(*found["kind_by_network"][:2], groups["by_kind"])
    hidden = sum(len(few_) for _, few_, _ in found.values()) + few + told
    return Audience(**groups, overlaps=overlaps, replies=replies, hidden=hidden)


def _groups(con: Con, table: str, columns: Sequence[str]) -> tuple[tuple[Group, ...], tuple[Group, ...]]:
    """The groups that are large enough, and those that are not, largest first. Table and columns are ours."""
    names = ", ".join(column if column in columns else f"'' AS {column}" for column in _COLUMNS)
    found = con.execute(
        f"""
        SELECT {names}, count(*), count_if(NOT several) + count(DISTINCT story) FILTER (several), count(DISTINCT voice)
        FROM {table} WHERE {" AND ".join(f"{column} <> ''" for column in columns)}
        GROUP BY {", ".join(columns)} ORDER BY 6 DESC, 5 DESC, 1, 2, 3, 4""",
    ).fetchall()
    groups = [Group(*row) for row in found]
    return tuple(g for g in groups if g.voices >= FEWEST), tuple(g for g in groups if g.voices < FEWEST)


def _covered(
    shown: tuple[Group, ...], few: tuple[Group, ...], whole: tuple[Group, ...]
) -> tuple[tuple[Group, ...], int]:
    """Without the smallest group of a kind whose small groups are together few: what is left over of the whole, which
    is shown, would tell of them. And how many were left out so."""
    left_out = set()
    for kind in {group.kind for group in whole}:
        small = [group for group in few if group.kind == kind]
        large = [group for group in shown if group.kind == kind]
        if small and large and sum(group.voices for group in small) < FEWEST:
            left_out.add(min(large, key=lambda group: (group.voices, group.network)))
    return tuple(group for group in shown if group not in left_out), len(left_out)


_COLUMNS = ("kind", "network", "place", "theme")


def _overlaps(con: Con) -> tuple[tuple[Overlap, ...], int]:
    found = con.execute("""
        WITH told AS (
            SELECT story, network, min(said_at) AS first FROM talk WHERE several GROUP BY story, network
        ), pair AS (
            SELECT a.story, a.network AS one, b.network AS other, a.first < b.first AS began
            FROM told AS a JOIN told AS b ON b.story = a.story AND a.network < b.network
        ), voices AS (
            SELECT p.one, p.other, count(DISTINCT t.voice) AS voices FROM pair AS p JOIN talk AS t
            ON t.story = p.story AND t.network IN (p.one, p.other) WHERE t.several GROUP BY p.one, p.other
        )
        SELECT one, other, count(*), count_if(began), any_value(voices) FROM pair JOIN voices USING (one, other)
        GROUP BY one, other ORDER BY 3 DESC, one, other""").fetchall()
    shown = tuple(Overlap(*row[:4]) for row in found if row[4] >= FEWEST)
    return shown, len(found) - len(shown)


def _replies(con: Con) -> tuple[Replies, ...]:
    found: list[Any] = con.execute("""
        SELECT theme, count_if(answer), count(*),
            count(DISTINCT voice) FILTER (answer)
        FROM themed WHERE answers_here GROUP BY theme HAVING count(DISTINCT voice) >= 5""").fetchall()
    rows = [Replies(theme, share(part, whole)) for theme, part, whole, voices in found if voices >= FEWEST]
    return tuple(sorted(rows, key=lambda r: (-(r.share.value or 0), r.theme)))
