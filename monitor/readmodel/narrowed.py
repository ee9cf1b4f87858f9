"""The figures of a digest, of the mentions a filter lets through instead of all. Part of the readmodel room.

The aggregates know nothing of filters, so the mentions of the period are read: a week of them, for a mail a week. What
passes is what the page of mentions lists for the same filter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor import db
from monitor.db import Con, aware, naive
from monitor.readmodel.behind import Behind, narrowed
from monitor.readmodel.cases import cases
from monitor.readmodel.counting import OF_PLACES, Places
from monitor.readmodel.digest import NetworkCount
from monitor.readmodel.figures import ORDER, StoryWeight
from monitor.readmodel.rows import ListedCase, MentionFilter, Standing, VolumePoint, share
from monitor.types import CaseAction, CaseState, TargetKind

_EVER = datetime(1, 1, 1, tzinfo=UTC)
_STATES: tuple[CaseState, ...] = ("open", "to_confirm")
_MOST_CASES = 10_000
_ONLY_CHOSEN = "(said_at, mention_id) IN (SELECT (c.said_at, c.mention_id) FROM chosen AS c)"


@dataclass(frozen=True, slots=True)
class Narrowed:
    """``filter`` and ``behind`` as of the page of mentions, whatever the period of the filter; ``languages``
    ("unknown" is one), ``sources`` and ``touches`` (statements, one of which is touched): () = all.

    Figures are of the targets of the filter, or of all; without what was said in meeting places of ours, unless the
    filter names places. The methods are those of the read model, with the same meaning.
    """

    path: Path
    filter: MentionFilter
    behind: Behind
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()

    def standings(self, since: datetime, until: datetime) -> list[Standing]:
        before = since - (until - since)
        with db.reading(self.path) as con:
            row = con.execute(
                "SELECT EXISTS (FROM mentions WHERE said_at >= ? AND said_at < ?)",
                [naive(before), naive(since)],
            ).fetchone()
        earlier = {s.target: s for s in self._standings(before, since)} if row and row[0] else None
        found = []
        for now in self._standings(since, until):
            nothing = _standing(now.target, now.kind)
            found.append(replace(now, previous=None if earlier is None else earlier.get(now.target, nothing)))
        return sorted(found, key=lambda s: (ORDER.get(s.kind, 9), -s.mentions, s.target))

    def _standings(self, since: datetime, until: datetime) -> list[Standing]:
        with self._chosen(since, until) as con:
            rows = con.execute(f"""
                WITH story AS ({self._stories()})
                SELECT target, any_value(kind), sum(copies)::BIGINT, count(*),
                    count_if(standing = 'negative'), count_if(standing = 'neutral'), count_if(standing = 'positive'),
                    count_if(standing = 'unsure'), count_if(standing = 'unjudged')
                FROM story GROUP BY target""").fetchall()
        return [_standing(*row) for row in rows]

    def volume(self, since: datetime, until: datetime, targets: Sequence[str]) -> list[VolumePoint]:
        """By the hour; a story in that of its first copy."""
        with self._chosen(since, until) as con:
            rows = con.execute(
                f"""
                WITH story AS ({self._stories()})
                SELECT date_trunc('hour', first_at) AS hour, target, count_if(standing = 'negative'),
                    count_if(standing = 'neutral'), count_if(standing = 'positive'),
                    count_if(standing IN ('unsure', 'unjudged'))
                FROM story WHERE list_contains(?::VARCHAR[], target) GROUP BY ALL ORDER BY hour, target""",
                [list(targets)],
            ).fetchall()
        return [VolumePoint(aware(row[0]), *row[1:]) for row in rows]

    def story_weights(
        self, since: datetime, until: datetime, targets: Sequence[str], limit: int = 20_000
    ) -> list[StoryWeight]:
        with self._chosen(since, until) as con:
            rows = con.execute(
                f"""
                WITH story AS ({self._stories()})
                SELECT target, story, mention_id, source, standing, copies, weight FROM story
                WHERE list_contains(?::VARCHAR[], target) AND standing NOT IN ('unsure', 'unjudged')
                ORDER BY weight DESC, target, story LIMIT ?""",
                [list(targets), limit],
            ).fetchall()
        return [StoryWeight(*row) for row in rows]

    def network_counts(self, since: datetime, until: datetime) -> list[NetworkCount]:
        before = since - (until - since)
        with self._chosen(before, until) as con:
            rows = con.execute(
                """
                SELECT m.source_type, count(*) FILTER (m.said_at >= $since), count(*) FILTER (m.said_at < $since)
                FROM listed AS m JOIN chosen AS c ON c.said_at = m.said_at AND c.mention_id = m.mention_id
                WHERE m.said_at >= $before AND m.said_at < $until
                GROUP BY m.source_type ORDER BY 2 DESC, 3 DESC, 1""",
                {"since": naive(since), "before": naive(before), "until": naive(until)},
            ).fetchall()
            row = con.execute(
                "SELECT EXISTS (FROM mentions WHERE said_at >= ? AND said_at < ?)",
                [naive(before), naive(since)],
            ).fetchone()
        collected = bool(row and row[0])
        return [NetworkCount(name, now, earlier if collected else None) for name, now, earlier in rows]

    def decisions(self, since: datetime, until: datetime) -> dict[CaseAction, int]:
        period = [naive(since), naive(until)]
        acted = "SELECT mention_id FROM v_case_log WHERE acted_at >= ? AND acted_at < ?"
        with self._chosen(_EVER, until, f"m.mention_id IN ({acted})", period) as con:
            found = con.execute(
                "SELECT action, count(DISTINCT mention_id) FROM v_case_log WHERE acted_at >= ? AND acted_at < ? "
                f"AND {_ONLY_CHOSEN} GROUP BY action",
                period,
            ).fetchall()
        return dict(found)

    def waiting(self, until: datetime, limit: int) -> tuple[int, list[ListedCase]]:
        """(how many flags nobody has decided, the gravest ``limit`` of them)."""
        found = cases(self.path, states=_STATES, until=until, limit=_MOST_CASES)
        ids = [listed.case.mention_id for listed in found]
        with self._chosen(_EVER, until, "m.mention_id IN (SELECT unnest(?::VARCHAR[]))", [ids]) as con:
            among = {row[0] for row in con.execute("SELECT mention_id FROM chosen").fetchall()}
        left = [listed for listed in found if listed.case.mention_id in among]
        return len(left), left[:limit]

    @contextmanager
    def _chosen(
        self, since: datetime, until: datetime, more: str = "true", values: Sequence[Any] = ()
    ) -> Iterator[Con]:
        """A connection with the temporary tables ``chosen`` (said_at, mention_id), of what passes, and ``whom``."""
        with db.reading(self.path) as con:
            where, bound = narrowed(con, replace(self.filter, since=since, until=until), self.behind)
            among = "(m.said_at, m.mention_id) IN (SELECT {} WHERE x.said_at >= ? AND x.said_at < ? AND {})"
            period = [naive(since), naive(until)]
            if self.languages:
                told = "list_contains(?::VARCHAR[], coalesce(x.lang, 'unknown'))"
                where += " AND " + among.format("(x.said_at, x.id) FROM mentions AS x", told)
                bound += [*period, list(self.languages)]
            if self.sources:
                where += " AND list_contains(?::VARCHAR[], m.source)"
                bound.append(list(self.sources))
            if self.touches:
                told = "x.touches AND list_contains(?::VARCHAR[], x.statement)"
                where += " AND " + among.format("(x.said_at, x.mention_id) FROM v_touches AS x", told)
                bound += [*period, list(self.touches)]
            con.execute(
                "CREATE OR REPLACE TEMP TABLE chosen AS SELECT m.said_at, m.mention_id FROM listed AS m "
                f"WHERE {where} AND {more}",
                [*bound, *values],
            )
            con.execute(
                "CREATE OR REPLACE TEMP TABLE whom AS SELECT unnest(?::VARCHAR[]) AS name",
                [list(self.filter.targets)],
            )
            yield con

    def _stories(self) -> str:
        """SQL: one row per (story, target) among ``chosen``, as ``figures`` has it."""
        places: Places = "others" if self.filter.places == "all" else self.filter.places
        about = "AND target IN (SELECT w.name FROM whom AS w)" if self.filter.targets else ""
        return f"""
            SELECT target, story, any_value(kind) AS kind, count(*) AS copies, min(said_at) AS first_at,
                arg_min(mention_id, (said_at, mention_id)) AS mention_id,
                arg_min(source, (said_at, mention_id)) AS source,
                story_label(arg_max(standing, (said_at, mention_id)) FILTER (status = 'corrected'),
                    count_if(standing = 'negative'), count_if(standing = 'neutral'), count_if(standing = 'positive'),
                    count_if(standing = 'unsure')) AS standing,
                max(weight) * copies_factor(count(*)) AS weight
            FROM v_weighted WHERE {_ONLY_CHOSEN} {about} {OF_PLACES[places]}
            GROUP BY story, target"""


def _standing(
    target: str, kind: TargetKind, mentions: int = 0, stories: int = 0, negative: int = 0, neutral: int = 0,
    positive: int = 0, unsure: int = 0, unjudged: int = 0,
) -> Standing:  # fmt: skip
    judged = negative + neutral + positive
    return Standing(
        target, kind, mentions, stories, negative, neutral, positive, unsure, unjudged,
        share(negative, judged), share(positive, judged), None,
    )  # fmt: skip
