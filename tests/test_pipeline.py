"""The whole job on real parts: a web server, DuckDB, the bundled models, an SMTP server."""

from __future__ import annotations

import email
import email.policy
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from monitor import readmodel
from monitor.config import load
from monitor.pipeline import Monitor
from monitor.pipeline.forgetting import Forgetter
from monitor.store import Poll
from monitor.types import Correction, FetchState
from tests.conftest import FeedServer, free_port

SCANDAL = (
    "Fjordbank lurte kundene og får kjempebot. Skandale, svindel og løgn fra Fjordbank, sier rasende kunder."
)


# Eight reports of one affair in words of their own: as copies they would be one story, and count once.
AFFAIR = (
    "Fjordbank lurte hundrevis av kunder. Skandale, sier forbrukerombudet.",
    "Forferdelig: Fjordbank tok gebyrer de ikke hadde lov til, og kundene er rasende.",
    "Jeg er lurt av Fjordbank. Elendig bank, hold dere unna!",
    "Fjordbank får kjempebot for svindel mot eldre, skriver tilsynet i et knusende brev.",
    "Aldri mer Fjordbank. Løgn på løgn, og ingen svarer på telefonen.",
    "Politiet etterforsker Fjordbank for grovt bedrageri etter klagene.",
    "Ansatte i Fjordbank varslet om svindelen i fjor og ble straffet for det.",
    "Verste banken i landet! Fjordbank stjeler sparepengene til folk, dette er skammelig.",
)


class Clock:
    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def everything(monitor: Monitor) -> readmodel.MentionFilter:
    return readmodel.MentionFilter(
        since=datetime(2000, 1, 1, tzinfo=UTC), until=datetime(2100, 1, 1, tzinfo=UTC), relevant_only=False
    )


def test_a_mention_goes_from_the_feed_to_a_verdict_and_a_second_run_adds_nothing(
    brand_file: Path, feed: FeedServer, now: datetime
) -> None:
    feed.add("/nyheter/bot", "Fjordbank får bot", SCANDAL, now - timedelta(hours=1))
    feed.add("/nyheter/vaer", "Været", "Det blir regn i morgen.", now - timedelta(hours=2))
    monitor = Monitor.open(brand_file)
    report = monitor.run()
    assert report.collect.counts.new == 2 and not report.collect.failed
    assert (report.analyse.matched, report.analyse.relevant) == (2, 1)
    assert report.analyse.judged >= 1 and report.analyse.flagged == 1
    rows = readmodel.mentions(
        monitor.config.settings.database, replace(everything(monitor), relevant_only=True)
    )
    assert [row.title for row in rows] == ["Fjordbank får bot"]
    assert rows[0].verdicts[0].label == "negative"
    again = Monitor.open(brand_file).run()
    assert again.collect.counts.new == again.collect.counts.edited == 0
    assert again.analyse.matched == again.analyse.judged == again.analyse.flagged == 0


def test_an_edited_entry_is_judged_again(brand_file: Path, feed: FeedServer, now: datetime) -> None:
    feed.add("/nyheter/bot", "Fjordbank får bot", SCANDAL, now - timedelta(hours=1))
    monitor = Monitor.open(brand_file)
    monitor.run()
    path, title, _, at = feed.items.pop()
    feed.add(path, title, "Rettelse: Fjordbank er frikjent og får ros og hyllest for god behandling.", at)
    report = monitor.run()
    assert (report.collect.counts.new, report.collect.counts.edited) == (0, 1)
    assert report.analyse.judged >= 1
    (row,) = readmodel.mentions(monitor.config.settings.database, everything(monitor))
    assert row.text.startswith("Rettelse") and row.verdicts[0].label == "positive"


def test_one_broken_source_stops_nothing_and_is_shown(
    brand_file: Path, feed: FeedServer, now: datetime
) -> None:
    feed.add("/nyheter/bot", "Fjordbank får bot", SCANDAL, now)
    text = brand_file.read_text(encoding="utf-8")
    brand_file.write_text(
        text.replace("sources:\n", "sources:\n  - {id: borte, kind: feed, url: 'file:does-not-exist.xml'}\n"),
        encoding="utf-8",
    )
    report = Monitor.open(brand_file).run()
    assert report.collect.counts.new == 1
    ((source, error, weather),) = report.collect.failed
    assert source == "borte" and not weather and "does-not-exist" in error
    health = {h.source: h for h in readmodel.source_health(load(brand_file).settings.database, now)}
    assert health["borte"].state == "failing" and health["avisa"].state == "ok"


def test_weather_is_transient_and_retry_after_is_obeyed(brand_file: Path, feed: FeedServer) -> None:
    feed.status, feed.headers = 503, {"Retry-After": "600"}
    monitor = Monitor.open(brand_file)
    assert monitor.collect().failed[0][2] is True
    asked = feed.requests
    assert monitor.collect().not_due == 1
    assert feed.requests == asked


def test_strangers_are_pseudonyms_and_ours_are_not(tmp_path: Path, brand_file: Path) -> None:
    (tmp_path / "posts.jsonl").write_text(
        '{"id": "p1", "author": "Ola Viken", "text": "Fjordbank svarer aldri", "published_at": "2026-09-01T10:00:00Z"}\n'
        '{"id": "p2", "author": "Kari Nordvik", "text": "Vi må bli bedre.", "published_at": "2026-09-01T11:00:00Z"}\n',
        encoding="utf-8",
    )
    text = brand_file.read_text(encoding="utf-8")
    head, tail = text.split("sources:\n")
    brand_file.write_text(
        head + "sources:\n  - {id: r, kind: replay, path: posts.jsonl}\n" + tail.split("\n", 1)[1]
    )
    monitor = Monitor.open(brand_file)
    monitor.run()
    rows = {row.id: row for row in readmodel.mentions(monitor.config.settings.database, everything(monitor))}
    assert rows["p1"].author.startswith("anon-") and rows["p1"].voice == "third_party"
    assert rows["p2"].author == "Kari Nordvik" and rows["p2"].voice == "leader"
    database = monitor.config.settings.database
    assert b"Ola Viken" not in database.read_bytes()
    assert stat.S_IMODE(monitor.config.settings.key_file.stat().st_mode) == 0o600


def test_a_purely_private_post_is_not_kept_and_does_not_come_back(tmp_path: Path, brand_file: Path) -> None:
    posts = {
        "hytte": "Travhesten har fått føll i natt. Det reiste seg etter en time.",
        "vi": "Travhestene venter. Takk til alle på jobben som gjør at vi kan ta helg.",
        "navn": "Tilbake fra travet, og klar for Fjordbank på mandag.",
        "sak": "Vi svarer alle kunder samme dag, og det skal ingen være i tvil om.",
    }
    archive = tmp_path / "posts.jsonl"
    line = '{{"id": "{}", "author": "Kari Nordvik", "text": "{}", "published_at": "2026-09-01T10:00:00Z"}}\n'
    archive.write_text("".join(line.format(*post) for post in posts.items()), encoding="utf-8")
    head, tail = brand_file.read_text(encoding="utf-8").split("sources:\n")
    brand_file.write_text(
        head + "sources:\n  - {id: r, kind: replay, path: posts.jsonl}\n" + tail.split("\n", 1)[1]
    )
    monitor = Monitor.open(brand_file)
    database = monitor.config.settings.database
    assert monitor.run().analyse.left_alone == 1
    assert {row.id for row in readmodel.mentions(database, everything(monitor))} == {"vi", "navn", "sak"}
    again = Monitor.open(brand_file)
    again.store.add_polls(
        [Poll("r", datetime.now(UTC), state=FetchState())]
    )  # the cursor is lost: all comes anew
    report = again.run()
    assert (report.collect.counts.new, report.collect.counts.known) == (0, 4)
    assert len(readmodel.mentions(database, everything(again))) == 3
    Forgetter.open(brand_file).retain()  # as every day, though the brand file removes nothing by age
    assert "fått føll".encode() not in database.read_bytes()
    assert len(readmodel.mentions(database, everything(again))) == 3


def test_what_a_person_decided_about_is_kept_though_private(brand_file: Path, feed: FeedServer) -> None:
    feed.add("/nyheter/bot", "Fjordbank får bot", SCANDAL, datetime.now(UTC) - timedelta(hours=1))
    monitor = Monitor.open(brand_file)
    monitor.run()
    (row,) = readmodel.mentions(monitor.config.settings.database, everything(monitor))
    word = Correction(
        row.id, row.content_hash, "Fjordbank", "neutral", "Ane", datetime.now(UTC), "Gjelder en annen."
    )
    monitor.store.add_corrections([word])
    assert monitor.store.leave_alone([row.id], datetime.now(UTC)) == 0
    assert monitor.store.leave_alone([], datetime.now(UTC)) == 0
    assert len(readmodel.mentions(monitor.config.settings.database, everything(monitor))) == 1


class Inbox:
    """Keeps what a real SMTP server was given; answers 451 to the next ``refuse`` deliveries."""

    def __init__(self) -> None:
        self.mails: list[email.message.EmailMessage] = []
        self.refuse = 0

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        if self.refuse:
            self.refuse -= 1
            return "451 try again later"
        content = envelope.content  # type: ignore[attr-defined]
        message = email.message_from_bytes(content, policy=email.policy.default)
        self.mails.append(message)  # type: ignore[arg-type]
        return "250 OK"


def storm(brand_file: Path, feed: FeedServer, clock: Clock, inbox: Inbox) -> tuple[Monitor, Controller]:
    """Ten days of quiet, then eight negative articles within three hours; the mail server is up."""
    port = free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    environment = {
        "OMDOMME_SMTP_HOST": "127.0.0.1",
        "OMDOMME_SMTP_PORT": str(port),
        "OMDOMME_SMTP_STARTTLS": "false",
        "OMDOMME_SMTP_SENDER": "omdomme@fjordbank.example",
    }
    monitor = Monitor(load(brand_file, environment), now=clock)
    start = clock.at
    with monitor.store.keeping():  # what is tested is not the opening
        for day in range(10):
            clock.at = start + timedelta(days=day)
            feed.add(
                f"/ro/{day}",
                f"Dag {day}",
                f"Fjordbank holder åpent som vanlig {day + 1}. september.",
                clock.at,
            )
            monitor.run()
        for number in range(8):
            clock.at += timedelta(minutes=20)
            feed.add(f"/storm/{number}", "", AFFAIR[number], clock.at)
            monitor.run()
    return monitor, controller


def assert_one_each(inbox: Inbox) -> None:
    """One mail to each recipient that is no answer; the answers, where it got worse, are to these; none came twice."""
    first = [mail for mail in inbox.mails if mail["In-Reply-To"] is None]
    assert sorted(mail["To"] for mail in first) == ["duty@fjordbank.example", "vakt@fjordbank.example"]
    begun = {(mail["To"], mail["Message-ID"]) for mail in first}
    assert {(m["To"], m["In-Reply-To"]) for m in inbox.mails if m["In-Reply-To"]} <= begun
    assert len({mail["Message-ID"] for mail in inbox.mails}) == len(inbox.mails)


def test_one_incident_one_mail_per_recipient(brand_file: Path, feed: FeedServer) -> None:
    clock, inbox = Clock(datetime(2026, 9, 1, 9, tzinfo=UTC)), Inbox()
    monitor, controller = storm(brand_file, feed, clock, inbox)
    try:
        for _ in range(3):
            clock.at += timedelta(minutes=30)
            monitor.run()
        again = Monitor(monitor.config, now=clock)
        again.run()
    finally:
        controller.stop()
    assert_one_each(inbox)
    status = readmodel.status(monitor.config.settings.database)
    assert (status.incidents, status.mails_sent) == (1, len(inbox.mails))
    told = [row.news for row in readmodel.messages(monitor.config.settings.database)]
    assert told.count("opened") == 2 and told.count("escalated") == len(told) - 2
    mail = inbox.mails[0]
    assert {part.get_content_type() for part in mail.walk()} >= {"text/plain", "text/html"}
    assert "Fjordbank" in mail["Subject"]


def test_a_refused_mail_is_tried_again_and_sent_once(brand_file: Path, feed: FeedServer) -> None:
    clock, inbox = Clock(datetime(2026, 9, 1, 9, tzinfo=UTC)), Inbox()
    inbox.refuse = 1
    monitor, controller = storm(brand_file, feed, clock, inbox)
    try:
        clock.at += timedelta(minutes=30)
        monitor.alert()
        monitor.alert()
    finally:
        controller.stop()
    assert_one_each(inbox)


def test_a_source_that_delivers_old_items_never_alerts(
    brand_file: Path, feed: FeedServer, now: datetime
) -> None:
    feed.add("/ny", "Fjordbank åpner", "Fjordbank åpner ny filial.", now)
    monitor = Monitor.open(brand_file)
    monitor.run()
    for number in range(150):
        feed.add(
            f"/arkiv/{number}", f"Fjordbank {number}", SCANDAL, now - timedelta(days=400, minutes=number)
        )
    report = monitor.run()
    assert report.collect.counts.new == 150
    assert report.alert.opened == 0 and not list(monitor.config.settings.outbox.glob("*"))


@pytest.mark.parametrize("stage", ["collect", "analyse", "alert"])
def test_every_stage_runs_on_an_empty_store(brand_file: Path, stage: str) -> None:
    getattr(Monitor.open(brand_file), stage)()
