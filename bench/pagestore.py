"""Synthetic stores for the benches of pages: a year of mentions up to now, otherwise the same each time.

60 sources, 70 % of the mentions about us, all judged, flagged and read for searching, 3 % in conflict, 40 % in stories
of several copies. A text has 60 words of a vocabulary of 30,000, frequent ones more often, as words are.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from monitor import db, searching
from monitor.config import type_weights
from monitor.store import Store
from monitor.text import stem
from monitor.types import SourceSpec

YEAR_S = 365 * 86400
VOCABULARY = 30_000
_WORDS = [f"ord{n}" for n in range(VOCABULARY)]
_NUMBERS = [searching.number(stem(word)) for word in _WORDS]
CHUNK = 50_000  # as they arrive: in time order, so that blocks of a table cover short periods

# i runs over the mentions of one chunk; every choice is a hash of i, so that all runs build the same store.
_MENTION = f"""
    SELECT i, substr(md5(i::VARCHAR), 1, 16) AS id, substr(md5('c' || i), 1, 16) AS content_hash,
        $until::TIMESTAMP - to_seconds({YEAR_S}) + to_seconds((i * {YEAR_S} // $total)::BIGINT) AS said_at,
        'source ' || (h(i, 1) % 60) AS source,
        ['news', 'press', 'forum', 'microblog', 'review'][h(i, 2) % 5 + 1] AS source_type, h(i, 3) % 10 < 7 AS relevant
    FROM range($first, $last) AS r(i)"""
_BUILD = (
    "CREATE OR REPLACE TEMP MACRO h(i, n) AS (hash(i, n) >> 1)::BIGINT",
    f"""CREATE OR REPLACE TEMP MACRO w(i, n) AS
        1 + floor({VOCABULARY} * pow(h(i, 100 + n) % 100000 / 100000, 3))::BIGINT""",
    f"CREATE OR REPLACE TEMP TABLE b AS {_MENTION}",
    """INSERT INTO mentions SELECT id, said_at, content_hash, said_at, said_at + INTERVAL 9 MINUTE, NULL, true,
        source, source_type, 'nb', 'third_party', md5('a' || h(i, 4) % 5000), 'https://news.example/' || id,
        array_to_string([$words[w(i, n)] for n in range(8)], ' '),
        array_to_string([$words[w(i, n)] for n in range(8, 60)], ' '),
        CASE WHEN source_type = 'microblog' THEN h(i, 15) % 20000 END FROM b""",
    """INSERT INTO search_words
        SELECT id, said_at, list_sort(list_distinct([$numbers[w(i, n)] for n in range(60)])) FROM b""",
    """INSERT INTO mention_keys SELECT md5(id || k)::UUID, id, said_at, ('0x' || left(md5(id || k), 8))::UINTEGER
        FROM b, (VALUES ('link'), ('guid'), ('id')) AS v(k)""",
    """INSERT INTO matches SELECT id, said_at, content_hash, 'identity', relevant, 'third_party', NULL, [], said_at
        FROM b""",
    """INSERT INTO mention_targets SELECT id, said_at, content_hash, 'identity', n,
        ['Brand', 'Leader One', 'Leader Two', 'Product'][n + 1],
        ['brand', 'leader', 'leader', 'product'][n + 1], 'text', 'text', 10, 16, 'words'
        FROM b, range(4) AS t(n) WHERE relevant AND (n = 0 OR h(i, n + 10) % 8 = 0)""",
    """INSERT INTO verdicts SELECT id, b.said_at, b.content_hash, target, 'model@1', 0.2, 0.6, 0.2,
        ['negative', 'neutral', 'positive'][h(i, 5) % 3 + 1],
        CASE h(i, 6) % 20 WHEN 0 THEN 'unsure' ELSE 'judged' END, b.said_at, true
        FROM b JOIN mention_targets AS t ON t.said_at = b.said_at AND t.mention_id = b.id""",
    """INSERT INTO flags SELECT id, said_at, content_hash, 'identity', 'flagger@1', CASE WHEN h(i, 7) % 33 <> 0 THEN
        'none' WHEN h(i, 8) % 3 = 0 THEN 'major' ELSE 'minor' END, (h(i, 7) % 1000) / 1000, false, said_at, true, NULL
        FROM b WHERE relevant""",
    """INSERT INTO flag_conflicts SELECT id, f.said_at, f.content_hash, 'identity', 'flagger@1', 1,
        'guideline.' || h(i, 0) % 30,
        score, level, 'text', 0, 20, 'the words it rests on', 'says the opposite of the statement'
        FROM b JOIN flags AS f ON f.said_at = b.said_at AND f.mention_id = b.id WHERE level <> 'none'""",
    """INSERT INTO flag_candidates SELECT id, said_at, content_hash, 'identity', 'flagger@1', n, 'guideline.' || n, 0.01
        FROM b, range(1, 6) AS t(n) WHERE relevant""",
    """INSERT INTO flag_relations SELECT id, said_at, content_hash, 'identity', 'flagger@1',
        'guideline.' || h(i, 16) % 30, 0.02, (h(i, 17) % 1000) / 1000 FROM b WHERE relevant AND h(i, 18) % 4 = 0""",
    """INSERT INTO stories SELECT id, said_at,
        CASE WHEN h(i, 9) % 5 < 2 THEN substr(md5((i - i % 6)::VARCHAR), 1, 16) ELSE id END, said_at
        FROM b WHERE relevant""",
)


def end_of(path: Path) -> datetime:
    """When the year of a built store ends: every period of a page that ends then is full."""
    return datetime.fromisoformat(Store(path).setting("bench end") or "")


def build(path: Path, total: int, end: datetime | None = None) -> None:
    """``end``: the hour of building, so that a dashboard over the store shows full periods."""
    end = end or datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    store = Store(path)
    store.migrate()
    store.set_setting("brand", "Brand")
    store.set_setting("bench end", end.isoformat())
    places = [
        SourceSpec(f"source {n}", "feed", weight=float(n % 10), own_place=n == 59) for n in range(40, 60)
    ]
    store.set_weights(places, type_weights())
    for first in range(0, total, CHUNK):
        with db.writing(path) as con:
            given: dict[str, object] = {"total": total, "first": first, "last": min(first + CHUNK, total)}
            given |= {"words": _WORDS, "numbers": _NUMBERS, "until": end.replace(tzinfo=None)}
            for statement in _BUILD:
                con.execute(statement, {k: v for k, v in given.items() if f"${k}" in statement})
    store.add_matches("identity", [], end)  # comes into force: what is derived is built
    with db.writing(path) as con:
        con.execute(
            "INSERT INTO done VALUES ('search', ?, ?)", [f"\n{searching.REVISION}", end.replace(tzinfo=None)]
        )
