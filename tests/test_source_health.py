"""What is kept and told of each source: failing, changed, silent; when it was down; one mail, whatever crashes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from monitor import db, readmodel
from monitor.config import load
from monitor.messages.remedies import REMEDIES, remedy
from monitor.messages.sources import sources_message
from monitor.pipeline import Monitor
from monitor.pipeline.incidents import bins_of
from monitor.pipeline.watching import blind_hours, operators, plan
from monitor.readmodel import SourceHealth
from monitor.spikes import SeriesKey
from monitor.store import Poll, Store
from monitor.types import FetchState, Mention, SourceEpisode
from tests.conftest import BRAND, FeedServer

NOW = datetime(2026, 9, 7, 12, tzinfo=UTC)  # a Monday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FOR_EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    found = Store(tmp_path / "health.duckdb")
    found.migrate()
    return found


def answer(at: datetime, n: int = 10, *, dated: bool = True, texted: bool = True, first: int = 0) -> Poll:
    mentions = tuple(
        Mention(
            f"m{first + k}",
            title=f"T{k}",
            text="t" if texted else "",
            published_at=at if dated else None,
            seen_at=at,
        )
        for k in range(n)
    )
    return Poll("s", at, FetchState(), mentions, relists=True)


def failed(at: datetime, kind: str = "timeout") -> Poll:
    return Poll("s", at, error=f"it said {kind}", error_kind=kind)


def health(store: Store, now: datetime) -> SourceHealth:
    return readmodel.source_health(store.path, now)[0]


def test_one_failure_is_weather_and_an_hour_of_them_is_not(store: Store) -> None:
    store.add_polls([answer(NOW - HOUR)])
    for minutes, down in ((0, False), (10, False), (50, False), (60, True)):
        store.add_polls([failed(NOW + timedelta(minutes=minutes))])
        found = health(store, NOW + HOUR)
        assert (found.state, found.since, found.down) == ("failing", NOW, down), minutes
    store.add_polls([answer(NOW + 2 * HOUR)])
    assert (health(store, NOW + 2 * HOUR).state, health(store, NOW + 2 * HOUR).failures) == ("ok", 0)


def test_many_failures_within_minutes_are_weather_too(store: Store) -> None:
    store.add_polls([failed(NOW + timedelta(minutes=n)) for n in range(30)])
    assert not health(store, NOW + 9 * DAY).down  # nobody asked since: nothing is known


def test_a_source_that_is_asked_once_a_day_needs_two(store: Store) -> None:
    store.add_polls([failed(NOW)])
    store.add_polls([failed(NOW + DAY)])
    assert health(store, NOW + DAY).down


@pytest.mark.parametrize(
    ("kind", "state"), [("html", "changed"), ("parse", "changed"), ("http_404", "failing")]
)
def test_a_page_instead_of_a_feed_is_a_change(store: Store, kind: str, state: str) -> None:
    store.add_polls([failed(NOW, kind)])
    assert health(store, NOW).state == "failing"  # it never was anything else
    store.add_polls([answer(NOW + HOUR), failed(NOW + 2 * HOUR, kind)])
    assert health(store, NOW + 2 * HOUR).state == state


@pytest.mark.parametrize("what", ["dates", "texts"])
def test_fields_that_vanish_are_a_change(store: Store, what: str) -> None:
    lacking = {"dates": {"dated": False}, "texts": {"texted": False}}[what]
    store.add_polls([answer(NOW + n * HOUR, first=n) for n in range(5)])
    store.add_polls([answer(NOW + 5 * HOUR, 3, first=20, **lacking)])
    assert health(store, NOW + 5 * HOUR).state == "ok"  # three entries may well lack something
    store.add_polls([answer(NOW + 6 * HOUR, first=30, **lacking)])
    found = health(store, NOW + 6 * HOUR)
    assert (found.state, found.changed, found.down) == ("changed", what, False)
    store.add_polls([answer(NOW + 8 * HOUR, first=40, **lacking)])
    found = health(store, NOW + 8 * HOUR)
    assert (found.since, found.down) == (NOW + 6 * HOUR, True)
    store.add_polls([answer(NOW + 9 * HOUR, first=50)])
    assert health(store, NOW + 9 * HOUR).state == "ok"


def test_a_change_that_stays_becomes_usual(store: Store) -> None:
    store.add_polls([answer(NOW + n * HOUR, first=n) for n in range(5)])
    for day in range(20):
        store.add_polls([answer(NOW + DAY + day * DAY, first=100 * day, dated=False)])
    assert health(store, NOW + 30 * DAY).state in ("ok", "silent")


def test_what_never_had_dates_cannot_lose_them(store: Store) -> None:
    store.add_polls([answer(NOW + n * HOUR, first=10 * n, dated=False, texted=False) for n in range(9)])
    assert health(store, NOW + 9 * HOUR).state == "ok"


@pytest.mark.parametrize(
    ("relists", "left", "state"),
    [(True, 0, "changed"), (True, 1, "changed"), (True, 4, "ok"), (False, 0, "ok")],
)
def test_a_list_that_collapses_is_a_change(store: Store, relists: bool, left: int, state: str) -> None:
    polls = [answer(NOW + n * DAY, 10 + n % 3) for n in range(10)]
    store.add_polls([replace(poll, relists=relists) for poll in polls])
    store.add_polls([replace(answer(NOW + 10 * DAY, left), relists=relists)])
    assert health(store, NOW + 10 * DAY).state == state


def test_a_source_is_silent_up_to_its_last_answer_only(store: Store) -> None:
    polls = [answer(NOW + n * HOUR, 1, first=n) for n in range(24 * 14)]  # two weeks, something every hour
    store.add_polls(polls)
    at = polls[-1].at
    quiet = Poll("s", at + 3 * DAY, FetchState(), unchanged=True)
    assert health(store, at + 3 * DAY).state == "ok"  # not asked meanwhile: the machine was off
    store.add_polls([quiet])
    found = health(store, at + 3 * DAY)
    assert (found.state, found.since, found.down) == ("silent", at, True)
    store.add_polls([replace(quiet, finite=True)])
    assert health(store, at + 3 * DAY).state == "ok"  # an archive that is through


def test_warnings_are_kept_bounded_until_the_next_answer(store: Store) -> None:
    odd = tuple(f"line {n}\nis \u202eodd " + "x" * 900 for n in range(40))
    store.add_polls([replace(answer(NOW), warnings=odd)])
    store.add_polls([Poll("s", NOW + HOUR, FetchState(), unchanged=True)])
    kept = health(store, NOW + HOUR).warnings
    assert len(kept) == 10 and all(len(w) <= 200 and "\n" not in w and "\u202e" not in w for w in kept)
    store.add_polls([answer(NOW + 2 * HOUR)])
    assert health(store, NOW + 2 * HOUR).warnings == ()


def test_an_older_store_keeps_its_rhythm(tmp_path: Path) -> None:
    path = tmp_path / "old.duckdb"
    for number, name, sql in db.migration_files()[:7]:
        with db.writing(path, migrating=True) as con:
            con.execute(sql)
            con.execute("INSERT INTO migrations VALUES (?, ?, now()::TIMESTAMP)", [number, name])
    with db.writing(path, migrating=True) as con:
        con.execute("""INSERT INTO sources BY NAME SELECT 's' AS source, false AS retired, 3 AS polls, 0 AS dropped,
            TIMESTAMP '2026-01-01 12:30' AS last_new_at, [3600.0, 7200.0]::DOUBLE[] AS recent_gaps""")
    Store(path).migrate()
    with db.reading(path) as con:
        row = con.execute(
            "SELECT list_transform(new_hours, h -> h - new_hours[1]), polls FROM sources"
        ).fetchone()
    assert row == ([0, 1, 3], 3)


# --- episodes -----------------------------------------------------------------------------------------------


def state(kind: str, since: datetime, **more: object) -> SourceHealth:
    base = SourceHealth("s", kind, NOW, NOW, NOW, None, None, None, 9, 9, since, kind != "ok")  # type: ignore[arg-type]
    return replace(base, **more)  # type: ignore[arg-type]


def test_an_episode_has_a_beginning_and_an_end() -> None:
    (episode,), ended = plan([state("failing", NOW - DAY, error_kind="timeout")], [], ["s"], NOW)
    assert (episode.kind, episode.began_at, episode.told_at, ended) == ("failing", NOW - DAY, None, [])
    again = plan([state("failing", NOW - DAY)], [episode], ["s"], NOW + HOUR)
    assert again == ([], [])
    # A time-out that becomes a log-in page is the same trouble, not a second mail.
    assert plan([state("changed", NOW - DAY)], [episode], ["s"], NOW + HOUR) == ([], [])
    well = state("ok", NOW, last_success_at=NOW + HOUR)
    assert plan([well], [episode], ["s"], NOW + DAY) == ([], [(episode.id, NOW + HOUR)])
    assert plan([well], [episode], [], NOW + DAY) == (
        [],
        [(episode.id, NOW + DAY)],
    )  # not in the brand file now


def test_the_same_trouble_within_a_day_is_not_told_again() -> None:
    (first,), _ = plan([state("failing", NOW)], [], ["s"], NOW)
    told = replace(first, told_at=NOW, ended_at=NOW + HOUR)
    (second,), _ = plan([state("failing", NOW + 2 * HOUR)], [told], ["s"], NOW + 3 * HOUR)
    assert second.id != first.id and second.told_at == NOW
    (other,), _ = plan([state("silent", NOW + 2 * HOUR)], [told], ["s"], NOW + 3 * HOUR)
    assert other.told_at is None


def test_periods_know_who_was_down(store: Store) -> None:
    old = SourceEpisode("a", "s", "failing", NOW - 9 * DAY, NOW - 9 * DAY, reason="no", error_kind="dns")
    store.save_episodes([old, replace(old, id="b", began_at=NOW)], [("a", NOW - 8 * DAY)])
    store.save_episodes([], [("a", NOW - 8 * DAY)])

    def down(since: datetime, until: datetime) -> list[str]:
        return [e.id for e in readmodel.source_episodes(store.path, since, until)]

    assert down(*FOR_EVER) == ["a", "b"]
    assert down(NOW - 9 * DAY + HOUR, NOW - 9 * DAY + 2 * HOUR) == ["a"]
    assert down(NOW - 8 * DAY, NOW) == []
    assert down(NOW + DAY, NOW + 2 * DAY) == ["b"]


def test_an_hour_in_which_nothing_could_be_read_is_no_data() -> None:
    def down(source: str, begin: float, end: float | None, kind: str = "timeout") -> SourceEpisode:
        ended = None if end is None else NOW + end * HOUR
        return SourceEpisode("x", source, "failing", NOW + begin * HOUR, NOW, ended, "", kind)

    both = [down("a", 0.5, 5), down("b", -9, 2.5), down("b", 3, None), down("b", 2, 9, kind="")]
    assert blind_hours(both, ["a", "b"], NOW, NOW + DAY) == {NOW + n * HOUR for n in (1, 3, 4)}
    assert blind_hours(both, ["a", "b", "c"], NOW, NOW + DAY) == set() == blind_hours([], [], NOW, NOW + DAY)
    counts = [
        readmodel.SeriesCount(NOW + 3 * HOUR, "Lomvi", measure, "", n, n)
        for measure, n in (("negative", 1), ("total", 2))
    ]
    bins = bins_of(counts, NOW, NOW + 5 * HOUR, {NOW + HOUR, NOW + 3 * HOUR})[SeriesKey("Lomvi")]
    assert [b.count for b in bins] == [0, None, 0, 1, 0, 0]  # what came later counts


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def mails(monitor: Monitor) -> list[tuple[str, str]]:
    with db.reading(monitor.config.settings.database) as con:
        return con.execute("SELECT recipient, subject FROM messages ORDER BY created_at, id").fetchall()


def test_the_operator_is_told_once(tmp_path: Path, feed: FeedServer) -> None:
    """A real server fails for days; passes, restarts and a crash before the telling give one mail."""
    path = tmp_path / "brand.yaml"
    path.write_text(
        BRAND + f'sources:\n  - {{id: avisa, kind: feed, url: "{feed.url}"}}\nrecipients:\n'
        "  - {address: sjef@fjordbank.example}\n  - {address: drift@fjordbank.example, role: Operator, lang: en}\n"
        "http: {allow_private: [127.0.0.1]}\n",
        encoding="utf-8",
    )
    feed.add("/1", "Sak", "Fjordbank holder åpent.", NOW)
    clock = Clock(NOW)
    monitor = Monitor(load(path), now=clock)
    monitor.run()
    feed.status = 404
    for _ in range(2):
        clock.at += timedelta(minutes=40)
        monitor.run()
    assert mails(monitor) == []  # two failures are weather

    def crashing(*args: object) -> bool:
        raise KeyboardInterrupt

    clock.at += timedelta(minutes=40)
    monitor.watcher.store = type("Crashing", (Store,), {"tell_episodes": crashing})(monitor.store.path)
    with pytest.raises(KeyboardInterrupt):
        monitor.run()
    for _ in range(3):  # kept, not told, and told by whoever comes next
        Monitor(load(path), now=clock).run()
        clock.at += HOUR
    assert mails(monitor) == [("drift@fjordbank.example", "Fjordbank: the source avisa fails")]
    (episode,) = readmodel.source_episodes(monitor.config.settings.database, *FOR_EVER)
    assert (episode.kind, episode.error_kind, episode.ended_at) == ("failing", "http_404", None)
    text = next(p.read_text(encoding="utf-8") for p in monitor.config.settings.outbox.glob("*.eml"))
    assert "avisa" in text
    feed.status = 200
    Monitor(load(path), now=clock).run()
    (episode,) = readmodel.source_episodes(monitor.config.settings.database, *FOR_EVER)
    assert episode.ended_at == clock.at
    assert len(mails(monitor)) == 1


def test_two_processes_tell_of_an_episode_once(store: Store) -> None:
    from monitor.types import Message

    store.save_episodes([SourceEpisode("a", "s", "silent", NOW, NOW)], [])
    one, other = Message("one", "a@b.example", "s", "t"), Message("other", "a@b.example", "s", "t")
    assert store.tell_episodes(["a"], [one], NOW)
    assert not store.tell_episodes(["a"], [other], NOW)
    assert [m.id for m in store.due_messages(NOW)] == ["one"]


def test_operators_are_those_with_the_role_else_the_first(tmp_path: Path, brand_file: Path) -> None:
    config = load(brand_file)
    assert [r.address for r in operators(config.recipients)] == ["vakt@fjordbank.example"]
    both = [replace(r, duty="operator") for r in config.recipients]
    assert operators(both) == both and operators([]) == []


# --- the mail -----------------------------------------------------------------------------------------------

EPISODES = [
    SourceEpisode(
        "1", "avisa", "failing", NOW, NOW, reason="<b>http://evil.example\r\nBcc: x", error_kind="http_404"
    ),
    SourceEpisode("2", "blogg", "changed", NOW, NOW, reason="dates"),
    SourceEpisode("3", "brev", "silent", NOW, NOW),
]


@pytest.mark.parametrize(
    ("lang", "subject"),
    [
        ("nb", "Lomvi: 3 kilder svarer ikke som de pleier"),
        ("nn", "Lomvi: 3 kjelder svarar ikkje som dei pleier"),
        ("en", "Lomvi: 3 sources do not answer as they used to"),
    ],
)
def test_one_mail_names_all_with_their_remedy(lang: str, subject: str) -> None:
    mail = sources_message(
        "Lomvi", EPISODES, 3, recipient="d@lomvi.example", lang=lang, timezone="Europe/Oslo"
    )
    assert mail.subject == subject
    for part in ("avisa", "blogg", "brev"):
        assert part in mail.text and part in mail.html
    for key in ("moved", "dates", "silent"):
        assert REMEDIES[key][lang] in mail.text  # type: ignore[index]
    assert "14" in mail.text  # 12 UTC is 14 in Oslo
    assert "http://" not in mail.text and "<b>" not in mail.html and "\nBcc" not in mail.text
    turned = sources_message(
        "Lomvi", EPISODES[::-1], 3, recipient="d@lomvi.example", lang="nb", timezone="UTC"
    )
    assert turned.id == mail.id


def test_a_thousand_sources_give_one_bounded_mail() -> None:
    many = [replace(EPISODES[0], id=str(n), source=f"s{n}") for n in range(1000)]
    mail = sources_message("Lomvi", many, 1000, recipient="d@lomvi.example", lang="en", timezone="UTC")
    assert (
        "1000 of 1000 sources at once" in mail.text
        and "And 980 more" in mail.text
        and len(mail.text) < 12_000
    )


def test_every_remedy_is_there_in_three_languages() -> None:
    for words in REMEDIES.values():
        assert set(words) == {"nb", "nn", "en"} and all(words.values())
    assert remedy("xx", "failing", "never_heard_of", None) == REMEDIES["weather"]["nb"]
