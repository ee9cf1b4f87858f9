"""Stories, their links, and what sources weigh. Part of the store room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from monitor import db
from monitor.db import Con, naive
from monitor.store import aggregates, derived, rows
from monitor.types import SourceSpec, StoryLink

Weights = tuple[dict[str, tuple[float | None, bool]], dict[str, float]]


def add(con: Con, stories: Sequence[tuple[str, str]], at: datetime, links: Sequence[StoryLink]) -> None:
    rows.stage(con, "stage_stories", rows.STORY, list(dict(stories).items()))
    con.execute("""
        CREATE OR REPLACE TEMP TABLE placed AS SELECT m.id AS mention_id, m.said_at, s.story
        FROM stage_stories AS s JOIN mentions AS m ON m.id = s.mention_id""")
    con.execute(
        """
        INSERT INTO stories BY NAME SELECT p.*, ?::TIMESTAMP AS grouped_at FROM placed AS p WHERE NOT EXISTS (
            FROM stories AS x WHERE x.said_at = p.said_at AND x.mention_id = p.mention_id)""",
        [naive(at)],
    )
    if links:
        unique = {(k.mention_id, k.other): k for k in links}
        staged = [(k.mention_id, k.story, k.other, k.score, list(k.shared)) for k in unique.values()]
        rows.stage(con, "stage_links", rows.STORY_LINK, staged)
        # By a story that was meanwhile decided otherwise (two processes group at once) nothing is linked.
        con.execute(
            """
            INSERT INTO story_links BY NAME
            SELECT k.*, s.said_at, 'translation' AS kind, ?::TIMESTAMP AS linked_at FROM stage_links AS k
            JOIN placed AS p ON p.mention_id = k.mention_id
            JOIN stories AS s ON s.said_at = p.said_at AND s.mention_id = k.mention_id AND s.story = k.story
            WHERE NOT EXISTS (
                FROM story_links AS x
                WHERE x.said_at = s.said_at AND x.mention_id = k.mention_id AND x.other = k.other)""",
            [naive(at)],
        )
    derived.refresh(con, "placed")
    derived.advance(con, "story", "placed", "")


def wanted(sources: Sequence[SourceSpec], types: Mapping[str, float]) -> Weights:
    return {spec.id: (spec.weight, spec.own_place) for spec in sources}, dict(types)


def weights(path: Path) -> Weights:
    with db.reading(path) as con:
        return _weights(con)


def _weights(con: Con) -> Weights:
    of_sources = con.execute("SELECT source, weight, own_place FROM source_weights").fetchall()
    of_types = con.execute("SELECT source_type, weight FROM type_weights").fetchall()
    return {row[0]: (row[1], row[2]) for row in of_sources}, dict(of_types)


def set_weights(con: Con, sources: Sequence[SourceSpec], types: Mapping[str, float]) -> None:
    of_sources, of_types = wanted(sources, types)
    old_sources, old_types = _weights(con)
    rows.stage(con, "stage_sources", rows.SOURCE_WEIGHT, [(k, *v) for k, v in of_sources.items()])
    rows.stage(con, "stage_types", rows.TYPE_WEIGHT, list(of_types.items()))
    con.execute("DELETE FROM source_weights")
    con.execute("INSERT INTO source_weights BY NAME FROM stage_sources")
    con.execute("DELETE FROM type_weights")
    con.execute("INSERT INTO type_weights BY NAME FROM stage_types")
    # A source that is no longer named weighs what its type does, and one that is new may have been collected before.
    changed = {k for k, _ in of_sources.items() ^ old_sources.items()}
    aggregates.reweigh(con, changed, {k for k, _ in of_types.items() ^ old_types.items()})
