"""Forgetting by every rule, on a real store: what goes, what stays, what the log proves, and the bytes of the file."""

from __future__ import annotations

import os
import shutil
import stat
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from monitor import db, readmodel
from monitor.config import load
from monitor.errors import StoreError
from monitor.messages import House, Reader, incident_message
from monitor.pipeline import Monitor
from monitor.pipeline.forgetting import Forgetter
from monitor.store import Poll, Rule, Store
from monitor.types import Correction, Excerpt, FetchState, Incident, IncidentSummary, KnownIncident, Mention
from tests.conftest import BRAND

DAY = timedelta(days=1)
# The tables that are about mentions: one that is added must be forgotten too.
ABOUT = """SELECT table_name FROM duckdb_columns() WHERE database_name = 'store' AND NOT internal
    AND column_name = 'mention_id' AND table_name <> 'mention_keys'
    AND table_name IN (SELECT table_name FROM duckdb_tables() WHERE database_name = 'store')"""


def everything(path: Path) -> str:
    """All rows of all tables as text, the log of what was forgotten among them."""
    with db.reading(path) as con:
        tables = con.execute(
            "SELECT table_name FROM duckdb_tables() WHERE database_name = 'store' ORDER BY 1"
        ).fetchall()
        return "\n".join(f"{table} {con.execute(f'FROM {table}').fetchall()}" for (table,) in tables)


TEXTS = {
    "/ola-1": ("Ola Nordmann", "Fjordbank lurte kundene. Skandale, sier HEMMELIGE ORD.", 3),
    "/ola-2": ("Ola Nordmann", "Fjordbank svarte aldri. Elendig.", 40),
    "/liv": ("Liv Strand", "Fjordbank er en god bank.", 2),
    "/kari": ("Kari Nordvik", "Vi i Fjordbank låner aldri ut for mye.", 50),
    "/annet": ("Liv Strand", "Det regner i dag.", 45),
}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a brand and its store: two strangers, a leader, and a text that is not about us; judged."""
    folder = tmp_path_factory.mktemp("prepared")
    now = datetime.now(UTC)
    items = "".join(
        f"<item><title>Om {path[1:]}</title><link>http://avisa.example{path}</link><author>{author}</author>"
        f"<description>{text}</description><pubDate>{format_datetime(now - days * DAY)}</pubDate></item>"
        for path, (author, text, days) in TEXTS.items()
    )
    feed = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Avisa</title>{items}</channel></rss>"
    (folder / "feed.xml").write_text(feed, encoding="utf-8")
    source = "sources: [{id: avisa, kind: feed, url: feed.xml}]\nclassifier: lexicon\n"
    (folder / "brand.yaml").write_text(BRAND + source, encoding="utf-8")
    monitor = Monitor.open(folder / "brand.yaml")
    assert monitor.collect().counts.new == len(TEXTS)
    monitor.analyse()
    return folder


@pytest.fixture
def forgetter(prepared: Path, tmp_path: Path) -> Forgetter:
    return Forgetter.open(shutil.copytree(prepared, tmp_path / "brand") / "brand.yaml")


def ids(forgetter: Forgetter) -> dict[str, tuple[str, str]]:
    """path -> (id, content hash) of what is stored."""
    with db.reading(forgetter.store.path) as con:
        found = con.execute("SELECT url, id, content_hash FROM mentions").fetchall()
    return {"/" + url.rsplit("/", 1)[1]: (id_, content) for url, id_, content in found}


def decide(forgetter: Forgetter, path: str) -> None:
    """A person corrects one, whether or not it was flagged."""
    id_, content = ids(forgetter)[path]
    word = Correction(id_, content, "Fjordbank", "neutral", "Per Hansen", datetime.now(UTC), "ironi")
    assert forgetter.store.add_corrections([word]) == 1


def test_an_author_is_forgotten_everywhere_by_name(forgetter: Forgetter) -> None:
    decide(forgetter, "/ola-1")
    before = ids(forgetter)
    gone, pseudonym = {before["/ola-1"][0], before["/ola-2"][0]}, forgetter.pseudonyms.of("Ola Nordmann")
    assert pseudonym in everything(forgetter.store.path)
    rule = forgetter.by_author("  OLA nordmann")
    preview = forgetter.preview(rule, "OLA nordmann")
    assert (preview.mentions, preview.done) == (2, False) and len(ids(forgetter)) == 5
    report = forgetter.forget(rule, "OLA nordmann")
    assert report.removed == preview.removed
    assert report.removed["mentions"] == 2 and report.removed["corrections"] == 1
    assert (
        report.removed["standing"] == 2 and report.removed["verdicts"] >= 2 and report.removed["flags"] == 2
    )
    left = everything(forgetter.store.path)
    assert not [secret for secret in (*gone, pseudonym, "HEMMELIGE") if secret in left]
    assert set(ids(forgetter)) == {"/liv", "/kari", "/annet"}
    assert readmodel.status(forgetter.store.path).relevant == 2
    monitor = Monitor(forgetter.config)
    (forgetter.config.base / "feed.xml").touch()
    assert monitor.collect().counts.new == 0, "the feed still lists them, and they stay away"
    monitor.analyse()
    assert set(ids(forgetter)) == {"/liv", "/kari", "/annet"}


def test_every_table_about_mentions_is_emptied(forgetter: Forgetter) -> None:
    decide(forgetter, "/ola-1")
    everyone = Rule("age", before=datetime.now(UTC) + DAY)
    report = forgetter.forget(everyone, "all")
    assert report.mentions == 5
    with db.reading(forgetter.store.path) as con:
        for (table,) in con.execute(ABOUT).fetchall():
            assert con.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,), table
        kept = con.execute("SELECT DISTINCT mention_id, said_at FROM mention_keys").fetchall()
    assert kept == [("forgotten", datetime(1970, 1, 1))], "of the keys only the hashes stay"  # noqa: DTZ001


def test_the_bytes_leave_the_file(tmp_path: Path) -> None:
    """DuckDB keeps the blocks of deleted rows; texts that do not compress lie in them letter by letter."""
    store, now = Store(tmp_path / "omdomme.duckdb"), datetime(2026, 3, 1, tzinfo=UTC)
    store.migrate()
    secret = os.urandom(6_000).hex()
    mentions = tuple(Mention(f"m{n}", f"t{n}", secret[n:], published_at=now) for n in range(40))
    store.add_polls(
        [Poll("a", now, FetchState(), (*mentions, Mention("kept", "t", "bevart", published_at=now)))]
    )
    store.path.chmod(0o600)
    (tmp_path / "omdomme.duckdb.new").write_text("left behind by a process that was killed", encoding="utf-8")
    assert secret[500:540].encode() in store.path.read_bytes(), "else this test shows nothing"
    rule = Rule("url", mention_ids=tuple(m.id for m in mentions))
    with db.writing(store.path) as con:
        con.execute("DELETE FROM mentions WHERE id = 'm39'")
    assert secret[500:540].encode() in store.path.read_bytes(), "deleting alone does not do it"
    assert store.forget(rule, now).mentions == 39
    for file in tmp_path.iterdir():
        assert secret[500:540].encode() not in file.read_bytes(), file
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    with db.reading(store.path) as con:
        assert con.execute("SELECT id, text FROM mentions").fetchall() == [("kept", "bevart")]
        comment = con.execute(
            "SELECT comment FROM duckdb_tables() WHERE database_name = 'store' AND table_name = 'forget_log'"
        ).fetchone()
    assert comment and comment[0], "the schema is the migrations', comments too"
    assert store.add_polls([Poll("a", now, FetchState(), mentions[:3])]).new == 0


def test_a_file_that_could_not_be_written_anew_is_the_next_time(forgetter: Forgetter) -> None:
    path = forgetter.store.path
    (path.parent / f"{path.name}.new").mkdir()
    with pytest.raises(StoreError, match="forget again"):
        forgetter.forget(forgetter.by_author("Ola Nordmann"), "Ola Nordmann")
    assert set(ids(forgetter)) == {"/liv", "/kari", "/annet"}, "the rows are gone all the same"
    (path.parent / f"{path.name}.new").rmdir()
    inode = path.stat().st_ino
    assert forgetter.retain().mentions == 0
    assert path.stat().st_ino != inode, "written anew though there was nothing more to remove"
    inode = path.stat().st_ino
    forgetter.retain()
    assert path.stat().st_ino == inode, "and only once"


def test_by_url_however_it_is_written_and_by_source(forgetter: Forgetter) -> None:
    url = "https://avisa.example/liv/?utm_source=brev"
    assert forgetter.preview(forgetter.by_url(url), url).mentions == 1
    assert forgetter.forget(forgetter.by_url(url), url).mentions == 1
    assert "/liv" not in ids(forgetter)
    assert forgetter.preview(forgetter.by_url("http://avisa.example/li"), "x").mentions == 0
    assert forgetter.forget(Rule("source", source="avisa"), "avisa").mentions == 4
    assert ids(forgetter) == {}


def test_one_of_ours_is_forgotten_by_name_handle_or_id(forgetter: Forgetter) -> None:
    for given in ("Kari Nordvik", "@karinordvik", "leader.1"):
        assert forgetter.preview(forgetter.by_author(given), given).mentions == 1, given
    pseudonym = forgetter.pseudonyms.of("Ola Nordmann")
    assert forgetter.preview(forgetter.by_author(pseudonym), pseudonym).mentions == 2
    assert forgetter.preview(forgetter.by_author("Per Ukjent"), "Per Ukjent").mentions == 0


def test_the_log_proves_it_without_naming(forgetter: Forgetter) -> None:
    forgetter.forget(forgetter.by_author("Ola Nordmann"), "Ola Nordmann")
    forgetter.forget(forgetter.by_author("Per Ukjent"), "Per Ukjent")
    forgetter.forget(Rule("source", source="avisa"), "avisa")
    rows, broken = forgetter.log()
    assert [(row.rule, row.removed.get("mentions", 0)) for row in rows] == [
        ("author", 2),
        ("author", 0),
        ("source", 3),
    ]
    assert broken is None
    digest = forgetter.digest("author", forgetter.pseudonyms.of("ola nordmann"))
    assert rows[0].digest == digest, "the person asked about is found again, by name or pseudonym"
    with db.reading(forgetter.store.path) as con:
        logged = str(con.execute("FROM forget_log").fetchall())
    for secret in ("Ola", "Per", "avisa", forgetter.pseudonyms.of("Ola Nordmann")):
        assert secret not in logged
    with db.writing(forgetter.store.path) as con:
        con.execute("DELETE FROM forget_log WHERE number = 2")
    assert forgetter.log()[1] == 3
    with db.writing(forgetter.store.path) as con:
        con.execute("UPDATE forget_log SET removed = MAP {'mentions': 1} WHERE number = 1")
    assert forgetter.log()[1] == 1


def _retention(forgetter: Forgetter, settings: str) -> Forgetter:
    brand = forgetter.config.base / "brand.yaml"
    brand.write_text(brand.read_text(encoding="utf-8") + f"\nretention: {settings}\n", encoding="utf-8")
    return Forgetter(load(brand))


def test_retention_spares_ours_and_cases_and_keeps_counts(forgetter: Forgetter) -> None:
    decide(forgetter, "/ola-2")
    now = forgetter.now()
    volume = readmodel.volume(forgetter.store.path, now - 100 * DAY, now + DAY)
    assert forgetter.retain().mentions == 0, "nothing is said, everything is kept"
    kept_case = _retention(forgetter, "{mentions: 1, cases: 2}")
    assert kept_case.retain().removed["mentions"] == 1
    assert set(ids(forgetter)) == {"/ola-1", "/ola-2", "/liv", "/kari"}, "what is not about us went"
    late = Forgetter(kept_case.config, now=lambda: now + 35 * DAY)
    report = late.retain()
    assert set(ids(forgetter)) == {"/kari"} and report.removed["mentions"] == 3
    assert readmodel.volume(forgetter.store.path, now - 100 * DAY, now + DAY) == volume, "counts stay"
    weekly = readmodel.volume(forgetter.store.path, now - 100 * DAY, now + 7 * DAY, bin="week")
    assert sum(p.negative + p.neutral + p.positive + p.unsure for p in weekly) == sum(
        p.negative + p.neutral + p.positive + p.unsure for p in volume
    )
    with db.reading(forgetter.store.path) as con:
        assert con.execute("SELECT sum(mentions) FROM v_daily_counts").fetchone() == (
            sum(p.negative + p.neutral + p.positive + p.unsure for p in volume),
        )
        names = [row[0] for row in con.execute("DESCRIBE kept_counts").fetchall()]
    assert not {"text", "title", "author", "url", "mention_id"} & set(names)
    assert [row.rule for row in forgetter.log()[0]] == ["retention", "retention"], (
        "an empty round leaves no row"
    )
    late.retain()
    assert len(forgetter.log()[0]) == 2
    assert late.forget(Rule("source", source="avisa"), "avisa").removed["kept_counts"] >= 1
    assert readmodel.volume(forgetter.store.path, now - 100 * DAY, now + DAY) == []


def test_retention_of_ours_and_of_what_is_not_about_us(forgetter: Forgetter) -> None:
    assert _retention(forgetter, "{unrelated: 1, own: 1}").retain().mentions == 2
    assert set(ids(forgetter)) == {"/ola-1", "/ola-2", "/liv"}


@pytest.mark.parametrize("lang", ["nb", "nn", "en"])
def test_mails_lose_the_quote_whether_or_not_they_have_left(forgetter: Forgetter, lang: str) -> None:
    store, now = forgetter.store, forgetter.now()
    found = readmodel.mentions(store.path, readmodel.MentionFilter(since=now - 60 * DAY, until=now), limit=9)
    quotes = tuple(Excerpt(r.id, r.title, r.text, r.url, r.source, r.published_at) for r in found)
    incident = Incident(now - 60 * DAY, now, None, now, 9, 12, 1.5, 0.9)
    story = KnownIncident("incident-1", "Fjordbank", (), incident)
    summary = IncidentSummary(
        "incident-1", "Fjordbank", (), incident, "open", "minor", (), 9, 9, quotes=quotes
    )
    mails = [
        incident_message(House("Fjordbank"), Reader(to, lang), summary, "opened")
        for to in ("a@b.example", "c@d.example")
    ]
    assert "HEMMELIGE" in mails[0].text and "HEMMELIGE" in mails[0].html
    store.save_incidents([story], mails, now)
    assert store.begin_message(mails[0].id, store.claim_message(mails[0].id, now), now)
    store.finish_message(mails[0].id, now)
    report = forgetter.forget(forgetter.by_author("Ola Nordmann"), "Ola Nordmann")
    assert report.removed["messages"] == 2 and report.sent == (mails[0].id,)
    assert "HEMMELIGE" not in everything(store.path)
    (waiting,) = store.due_messages(now + DAY)
    assert waiting.text.count("- […]") == 2 and waiting.html.count("<blockquote>[…]</blockquote>") == 2
    assert (
        "/ola-" not in waiting.text + waiting.html
        and "god bank" in waiting.text
        and "god bank" in waiting.html
    )
    assert waiting.html.count("<blockquote") == mails[1].html.count("<blockquote")
    assert waiting.text.splitlines()[0] == mails[1].text.splitlines()[0]
