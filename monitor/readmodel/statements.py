"""What is said about each statement over time, and the texts that rules over many mentions look at. Readmodel room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from monitor import db
from monitor.db import Con, aware, naive
from monitor.readmodel.byid import among, bound, in_parts
from monitor.readmodel.rows import SayDo, StatementConflicts, share
from monitor.types import Touch, Utterance, Voice

TEXT_MOST = 8_000  # characters of a text that are read
MOST = 5_000  # utterances at a time, newest first


def say_do(
    path: Path, since: datetime, until: datetime, *, bin: Literal["week", "month"] = "week"
) -> list[SayDo]:
    """Distinct stories per bin (UTC; weeks begin on Monday) and statement, by time; own voice and others apart.

    The rows with statement "" are of everything that was compared with the identity in the bin, whatever it touches;
    a bin without such a row has no data. What is in line is an expected number: the probabilities, summed over all
    stories that were compared with the statement, also those that do not touch it. Within a side a story counts once,
    in the bin of its first copy.
    """
    with db.reading(path) as con:
        found = con.execute(
            """
            WITH said AS (
                SELECT statement, side, story, min(said_at) AS first_at, bool_or(severity IS NOT NULL) AS conflict,
                    1 AS touching, NULL AS in_line
                FROM v_said WHERE said_at >= $since AND said_at < $until GROUP BY statement, side, story
                UNION ALL
                SELECT '', side, '', first_at, conflict, 1, NULL FROM (
                    SELECT CASE WHEN m.voice = 'third_party' THEN 'others' ELSE 'own' END AS side, m.story_no,
                        min(m.said_at) AS first_at, bool_or(m.level <> 'none') AS conflict
                    FROM listed AS m
                    WHERE m.said_at >= $since AND m.said_at < $until AND m.relevant AND m.level IS NOT NULL
                    GROUP BY ALL)
                UNION ALL
                SELECT statement, CASE WHEN voice = 'third_party' THEN 'others' ELSE 'own' END AS side, story,
                    min(said_at), false, 0,
                    max(CASE WHEN severity IS NULL OR level = 'none' THEN in_line ELSE 0 END)
                FROM stances
                WHERE said_at >= $since AND said_at < $until AND in_line IS NOT NULL AND relevant
                GROUP BY statement, side, story
            )
            SELECT date_trunc($bin, first_at) AS bin, statement,
                count_if(side = 'own' AND touching = 1), count_if(side = 'own' AND conflict),
                sum(in_line) FILTER (side = 'own'),
                count_if(side = 'others' AND touching = 1), count_if(side = 'others' AND conflict),
                sum(in_line) FILTER (side = 'others')
            FROM said GROUP BY ALL ORDER BY bin, statement""",
            {"since": naive(since), "until": naive(until), "bin": bin},
        ).fetchall()
    return [SayDo(aware(row[0]), *row[1:]) for row in found]


def statement_conflicts(
    path: Path, since: datetime, until: datetime, *, examples: int = 3
) -> list[StatementConflicts]:
    """The statements that conflicts touch, most distinct stories first, each with mentions to look at."""
    with db.reading(path) as con:
        found = con.execute(
            """
            WITH c AS MATERIALIZED (
                SELECT statement, mention_id, said_at, flag_score, severity, story, voice FROM stances
                WHERE said_at >= $since AND said_at < $until AND severity IS NOT NULL AND level <> 'none' AND relevant
            ), first AS (
                FROM c QUALIFY row_number() OVER (
                    PARTITION BY statement, story ORDER BY severity <> 'major', flag_score DESC, mention_id) = 1
            ), example AS (
                SELECT statement,
                    list((mention_id, said_at) ORDER BY severity <> 'major', flag_score DESC, mention_id)[:$examples]
                        AS pairs
                FROM first GROUP BY statement)
            SELECT statement, count(DISTINCT mention_id), count(DISTINCT story),
                count(DISTINCT story) FILTER (severity = 'major'),
                count(DISTINCT story) FILTER (voice <> 'third_party'),
                (SELECT count(DISTINCT story) FROM c),
                any_value(pairs)
            FROM c JOIN example USING (statement) GROUP BY statement ORDER BY 3 DESC, 2 DESC, statement""",
            {"since": naive(since), "until": naive(until), "examples": examples},
        ).fetchall()
        known = _utterances(con, [tuple(pair) for row in found for pair in row[6]])
    rows = []
    for statement, mentions, stories, major, own, whole, pairs in found:
        rows.append(
            StatementConflicts(
                statement,
                mentions,
                stories,
                major,
                own,
                share(stories, whole),
                tuple(known[id_] for id_, _ in pairs if id_ in known),
            )
        )
    return rows


def utterances(
    path: Path,
    since: datetime,
    until: datetime,
    *,
    voices: Sequence[Voice],
    about: Sequence[str] = (),
    limit: int = MOST,
) -> list[Utterance]:
    """Texts about us in these voices, newest first; with ``about``, only those that name one of these targets."""
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT m.mention_id, m.said_at FROM listed AS m
            WHERE m.said_at >= $since AND m.said_at < $until AND m.relevant
            AND list_contains($voices::VARCHAR[], m.voice)
            AND (len($about::VARCHAR[]) = 0 OR EXISTS (
                FROM v_standing AS t WHERE t.said_at = m.said_at AND t.mention_id = m.mention_id
                AND list_contains($about::VARCHAR[], t.target)))
            ORDER BY m.said_at DESC, m.mention_id LIMIT $limit""",
            {
                "since": naive(since), "until": naive(until), "voices": list(voices), "about": list(about),
                "limit": limit,
            },
        ).fetchall()  # fmt: skip
        known = _utterances(con, found)
    return [known[id_] for id_, _ in found]


def uncovered(
    path: Path,
    since: datetime,
    until: datetime,
    *,
    share_below: float,
    score_from: float,
    negative_from: float,
    limit: int = MOST,
) -> list[Utterance]:
    """Texts no statement takes ``share_below`` of, that are likely conflicts or surely negative, newest first.

    Likely: P(conflict) of ``score_from`` or more. Surely negative: judged or corrected so toward the brand or a leader,
    with a probability of ``negative_from`` or more.
    """
    with db.reading(path) as con:
        found = con.execute(
            """
            SELECT mention_id, said_at FROM v_coverage AS c
            WHERE said_at >= $since AND said_at < $until AND best_share < $share AND (flag_score >= $score OR EXISTS (
                FROM v_standing AS t WHERE t.said_at = c.said_at AND t.mention_id = c.mention_id
                AND t.kind <> 'product' AND t.standing = 'negative' AND t.negative >= $negative))
            ORDER BY said_at DESC, mention_id LIMIT $limit""",
            {
                "since": naive(since), "until": naive(until), "share": share_below, "score": score_from,
                "negative": negative_from, "limit": limit,
            },
        ).fetchall()  # fmt: skip
        known = _utterances(con, found)
    return [known[id_] for id_, _ in found]


def flagged_count(path: Path, since: datetime, until: datetime) -> int:
    """How many mentions of the period were compared with the identity in force."""
    with db.reading(path) as con:
        row = con.execute(
            "SELECT count(*) FROM listed WHERE level IS NOT NULL AND said_at >= ? AND said_at < ?",
            [naive(since), naive(until)],
        ).fetchone()
    return int(row[0]) if row else 0


def own_channels(path: Path) -> frozenset[str]:
    """The leaders of whom any own text is stored, however old."""
    with db.reading(path) as con:
        found = con.execute(
            "SELECT DISTINCT speaker FROM listed WHERE relevant AND voice = 'leader'"
        ).fetchall()
    return frozenset(row[0] for row in found if row[0])


def _utterances(con: Con, found: Sequence[tuple[Any, ...]]) -> dict[str, Utterance]:
    """The utterances of these (id, said_at), by id."""
    return {id_: one for part in in_parts(found) for id_, one in _utterances_of(con, part).items()}


def _utterances_of(con: Con, found: Sequence[tuple[Any, ...]]) -> dict[str, Utterance]:
    these = bound(found)
    touches: dict[str, list[Touch]] = {}
    for row in con.execute(
        f"""
        SELECT mention_id, statement, coalesce(least(score / nullif(flag_score, 0), 1), 0) AS share,
            CASE WHEN level <> 'none' THEN severity END,
            CASE WHEN level <> 'none' THEN coalesce(quote, '') ELSE '' END, in_line
        FROM {among("stances")} WHERE touches
        ORDER BY mention_id, CASE WHEN level <> 'none' THEN conflict_rank END NULLS LAST, share DESC, statement""",
        these,
    ).fetchall():
        touches.setdefault(row[0], []).append(Touch(*row[1:]))
    targets: dict[str, list[Any]] = {}
    for row in con.execute(
        f"""
        SELECT mention_id, target, CASE WHEN standing IN ('negative', 'neutral', 'positive') THEN standing END
        FROM {among("standing")} ORDER BY mention_id, position""",
        these,
    ).fetchall():
        targets.setdefault(row[0], []).append(row[1:])
    known = {}
    for row in con.execute(
        f"""
        SELECT m.id, l.story, m.said_at, l.voice, coalesce(l.speaker, ''), m.source, m.url, m.lang, m.title,
            left(m.text, {TEXT_MOST}), coalesce(l.level, 'none'), f.score
        FROM {among("mentions", "id")} AS m JOIN {among("listed")} AS l ON l.mention_id = m.id
        LEFT JOIN {among("flags")} AS f ON f.mention_id = m.id AND f.content_hash = m.content_hash AND f.newest
            AND f.identity = (SELECT value FROM settings WHERE name = 'identity')""",
        [*these, *these, *these],
    ).fetchall():
        id_, story, at, *told, level, score = row
        about = tuple(touches.get(id_, ())), tuple(targets.get(id_, ()))
        values: list[Any] = [id_, story, aware(at), *told, *about, level, score]
        known[id_] = Utterance(*values)
    return known
