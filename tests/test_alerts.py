"""Who is told what and when: roles, severity, quiet hours over a change of the clock, the cap, threads, other channels.

The store, the SMTP server and the web server are real; news is handed in as the detecting half hands it in.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor import channels, readmodel
from monitor.config import check, hours, load
from monitor.errors import ChannelError, ConfigError
from monitor.pipeline import Monitor
from monitor.pipeline.delivering import PAUSES
from monitor.types import Incident, IncidentNews, KnownIncident, Message, Noticed
from tests.conftest import BRAND
from tests.test_channels import Inbox, Settings, free_port, server

NOON = datetime(2026, 9, 16, 10, tzinfo=UTC)  # a Wednesday, noon in Oslo
OSLO = ZoneInfo("Europe/Oslo")
HOUR = timedelta(hours=1)


@dataclass
class Desk:
    """A monitor whose clock is set by hand, and its mails."""

    at: datetime
    path: Path
    monitor: Monitor = field(init=False)

    def open(self, environ: dict[str, str]) -> Desk:
        self.monitor = Monitor(load(self.path, environ), now=lambda: self.at)
        return self

    def tell(
        self, id_: str, news: IncidentNews | None = "opened", target: str = "Fjordbank", **known: Any
    ) -> None:
        """One incident with its news goes the way of ``alert``: kept and queued, held ones told, what is due sent."""
        end = self.at if news == "closed" else None
        incident = Incident(self.at - 3 * HOUR, self.at, end, self.at - HOUR, 4, 9, 0.5, 0.9)
        phase = "closed" if news == "closed" else "open"
        found = KnownIncident(id_, target, (), incident, phase=phase, **known)
        one = Noticed(found, news)
        alerter = self.monitor.alerter
        alerter.watch.save([one], alerter.teller.queued([one]))
        self.go()

    def go(self) -> list[str]:
        self.monitor.alerter.teller.release_held()
        return self.monitor.alerter.courier.deliver()[1]

    @property
    def rows(self) -> list[readmodel.MessageRow]:
        return readmodel.messages(self.monitor.config.settings.database)


Opening = Callable[..., tuple[Desk, Inbox]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Opening]:
    """Opens a desk for these recipients (YAML), with a mail server that runs."""
    with server() as (inbox, settings):

        def opening(recipients: str, more: str = "", at: datetime = NOON) -> tuple[Desk, Inbox]:
            path = tmp_path / "brand.yaml"
            path.write_text(f"{BRAND}{more}\nrecipients:\n{recipients}", encoding="utf-8")
            return Desk(at, path).open(environ(settings)), inbox

        yield opening


def environ(settings: Settings) -> dict[str, str]:
    return {
        "OMDOMME_SMTP_HOST": settings.host,
        "OMDOMME_SMTP_PORT": str(settings.port),
        "OMDOMME_SMTP_STARTTLS": "false",
        "OMDOMME_SMTP_SENDER": settings.sender,
        "OMDOMME_HOOK_SECRET": "hemmelig",
    }


def received(inbox: Inbox) -> list[str]:
    return [str(mail["To"]).partition("@")[0] for mail in inbox.mails]


# --- who ----------------------------------------------------------------------------------------------------

EVERYBODY = """
  - {address: kom@b.example}
  - {address: kari@b.example, role: leader.1}
  - {address: styret@b.example, role: board}
  - {address: drift@b.example, role: operator}
  - {address: vakt@b.example, severity: critical}
"""


@pytest.mark.parametrize(
    ("target", "severity", "told"),
    [
        ("Fjordbank", "minor", ["kom"]),
        ("Kari Nordvik", "minor", ["kari", "kom"]),
        ("Fjordbank", "major", ["kom", "styret"]),
        ("Fjordbank", "critical", ["kom", "styret", "vakt"]),
        ("Kari Nordvik", "critical", ["kari", "kom", "styret", "vakt"]),
    ],
)
def test_role_and_severity_say_who_is_told(
    desk: Opening, target: str, severity: str, told: list[str]
) -> None:
    house, inbox = desk(EVERYBODY)
    house.tell("incident-1", target=target, severity=severity)
    assert sorted(received(inbox)) == told


def test_somebody_is_told_where_all_are_operators(desk: Opening) -> None:
    house, inbox = desk("  - {address: drift@b.example, role: operator}\n")
    house.tell("incident-1")
    assert received(inbox) == ["drift"]


# --- threads ------------------------------------------------------------------------------------------------


def test_updates_are_in_the_same_thread_and_only_on_escalation_and_close(desk: Opening) -> None:
    house, inbox = desk("  - {address: kom@b.example}\n  - {address: styret@b.example, role: board}\n")
    house.tell("incident-1", severity="minor")
    for _ in range(3):
        house.at += HOUR
        house.tell("incident-1", None, severity="minor", told="minor")
    house.tell("incident-1", "escalated", severity="major", told="minor")
    house.tell("incident-1", "escalated", severity="major", told="minor")
    house.tell("incident-1", "closed", severity="major", told="major")
    assert received(inbox).count("kom") == 3 and received(inbox).count("styret") == 2
    mine = [mail for mail in inbox.mails if str(mail["To"]).startswith("kom")]
    root = mine[0]["Message-ID"]
    assert mine[0]["In-Reply-To"] is None
    assert (
        [mail["In-Reply-To"] for mail in mine[1:]] == [mail["References"] for mail in mine[1:]] == [root] * 2
    )
    assert {str(mail["Subject"]) for mail in mine[1:]} == {f"Re: {mine[0]['Subject']}"}
    assert len({mail["Message-ID"] for mail in inbox.mails}) == 5
    board = [mail for mail in inbox.mails if str(mail["To"]).startswith("styret")]
    assert board[0]["In-Reply-To"] is None and board[0]["Message-ID"] != root
    assert board[1]["In-Reply-To"] == board[0]["Message-ID"]


def test_nothing_while_acknowledged_unless_escalated_and_nothing_while_muted(desk: Opening) -> None:
    house, inbox = desk("  - {address: kom@b.example}\n")
    house.tell("incident-1")
    taken = {"acknowledged_by": "Kari", "acknowledged_at": NOON, "told": "minor"}
    house.tell("incident-1", "closed", **taken)
    assert len(inbox.mails) == 1
    house.tell("incident-1", "escalated", severity="major", **taken)
    assert len(inbox.mails) == 2
    house.tell("incident-1", "escalated", severity="critical", muted_until=NOON + HOUR, told="major")
    house.tell("incident-2", muted_until=NOON + HOUR)
    assert len(inbox.mails) == 2


# --- when ---------------------------------------------------------------------------------------------------

NIGHT = '  - {address: kom@b.example, quiet: "22:00-07:00"}\n'


def test_what_comes_in_quiet_hours_is_told_once_afterwards(desk: Opening) -> None:
    house, inbox = desk(NIGHT, at=datetime(2026, 9, 16, 21, tzinfo=UTC))  # 23:00 in Oslo
    house.tell("incident-1", severity="minor")
    house.tell("incident-2", severity="major")
    house.tell("incident-1", "closed", told="minor")
    assert inbox.mails == [] and [row.held for row in house.rows] == ["quiet"] * 3
    house.at = datetime(2026, 9, 17, 4, 59, tzinfo=UTC)
    house.go()
    assert inbox.mails == []
    house.at += timedelta(minutes=1)
    house.go()
    house.go()
    (mail,) = inbox.mails
    assert "2 varsler" in mail["Subject"]
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "stille timer" in text and "Alvorlig" in text and "over" in text
    assert sorted(row.state for row in house.rows) == ["merged", "merged", "merged", "sent"]


def test_a_single_one_is_told_as_itself_and_begins_the_thread(desk: Opening) -> None:
    house, inbox = desk(NIGHT, at=datetime(2026, 9, 16, 21, tzinfo=UTC))
    house.tell("incident-1")
    house.at += 9 * HOUR
    house.go()
    house.tell("incident-1", "closed", told="minor")
    first, second = inbox.mails
    assert "stille timer" in first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert second["In-Reply-To"] == first["Message-ID"]


def test_critical_does_not_wait_and_what_it_overtook_is_not_told_again(desk: Opening) -> None:
    house, inbox = desk(NIGHT, at=datetime(2026, 9, 16, 21, tzinfo=UTC))
    house.tell("incident-1", severity="minor")
    house.at += HOUR
    house.tell("incident-1", "escalated", severity="critical", told="minor")
    assert len(inbox.mails) == 1
    house.at += 12 * HOUR
    house.go()
    assert len(inbox.mails) == 1


def test_muted_meanwhile_is_dropped(desk: Opening) -> None:
    house, inbox = desk(NIGHT, at=datetime(2026, 9, 16, 21, tzinfo=UTC))
    house.tell("incident-1")
    con_until = house.at + timedelta(days=2)
    with house.monitor.store._writing() as con:
        con.execute(
            "INSERT INTO incident_actions VALUES (1, 'incident-1', 'muted', 'Kari', ?, ?, '')",
            [house.at.replace(tzinfo=None), con_until.replace(tzinfo=None)],
        )
    house.at += 12 * HOUR
    house.go()
    assert inbox.mails == [] and [row.state for row in house.rows] == ["dropped"]


def wall(day: int, month: int, hour: int, minute: int = 0) -> datetime:
    """As the clock on the wall in Oslo says."""
    return datetime(2027 if month < 9 else 2026, month, day, hour, minute, tzinfo=OSLO)


@pytest.mark.parametrize(
    ("text", "at", "until"),
    [
        ("22:00-07:00", wall(16, 9, 23), wall(17, 9, 7)),
        ("22:00-07:00", wall(16, 9, 7), None),
        ("22-7", wall(17, 9, 6, 59), wall(17, 9, 7)),
        ("08:00-16:00", wall(16, 9, 8), wall(16, 9, 16)),
        ("lør,søn 00:00-24:00", wall(19, 9, 12), wall(21, 9, 0)),
        ("fri-sun 18:00-08:00", wall(21, 9, 7), wall(21, 9, 8)),
        ("fri-sun 18:00-08:00", wall(18, 9, 7), None),
        # The clock goes back at 03:00 on 25 October and forward at 02:00 on 28 March.
        ("22:00-07:00", wall(24, 10, 23), wall(25, 10, 7)),
        ("22:00-07:00", wall(27, 3, 23), wall(28, 3, 7)),
    ],
)
def test_quiet_hours(text: str, at: datetime, until: datetime | None) -> None:
    assert hours.quiet_until([hours.parse(text)], OSLO, at.astimezone(UTC)) == until


def test_the_night_the_clock_is_moved_is_an_hour_longer_or_shorter() -> None:
    days = {"ordinary": wall(16, 9, 12), "autumn": wall(24, 10, 12), "spring": wall(27, 3, 12)}
    night, early = hours.parse("22:00-07:00"), hours.parse("22:00-02:30")
    spans = {name: night.interval(day.date(), OSLO) for name, day in days.items()}
    lengths = {name: (end - start) / HOUR for name, (start, end) in spans.items()}
    assert lengths == {"ordinary": 9, "autumn": 10, "spring": 8}
    # 02:30 comes twice in the autumn; the quiet that ends at it ends once, and does not begin again.
    end = early.interval(days["autumn"].date(), OSLO)[1]
    assert end == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert hours.quiet_until([early], OSLO, end) is None
    # It does not come at all in the spring: the quiet ends when the clock says 03:30.
    assert early.interval(days["spring"].date(), OSLO)[1] == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)


def test_over_the_cap_waits_for_the_morning_and_says_so(desk: Opening) -> None:
    house, inbox = desk("  - {address: kom@b.example, per_day: 2}\n", 'alerts: {morning: "08:30"}')
    for n in range(5):
        house.tell(f"incident-{n}")
    house.tell("incident-9", severity="critical")
    assert len(inbox.mails) == 3, "two, and the critical one"
    assert [row.held for row in house.rows].count("cap") == 3
    house.at = datetime(2026, 9, 17, 6, 30, tzinfo=UTC)  # 08:30 in Oslo
    house.go()
    assert len(inbox.mails) == 4 and "3 varsler" in inbox.mails[-1]["Subject"]
    assert "per_day" in inbox.mails[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    house.tell("incident-10")
    assert len(inbox.mails) == 5, "a new day"


# --- delivery -----------------------------------------------------------------------------------------------


def test_pauses_grow_and_then_it_is_given_up_visibly(desk: Opening) -> None:
    house, inbox = desk(
        "  - {address: tempfail@b.example}\n  - {address: reject@b.example}\n  - {address: kom@b.example}\n"
    )
    house.tell("incident-1")
    assert received(inbox) == ["kom"], "who can be reached is reached"
    assert [row.recipient for row in house.rows if row.state == "failed"] == ["reject@b.example"]
    waits = []
    for _ in PAUSES:
        (row,) = (row for row in house.rows if row.recipient.startswith("tempfail"))
        assert row.state == "waiting"
        waits.append((row.next_at - house.at) / timedelta(minutes=1))
        house.at = row.next_at
        house.go()
    assert tuple(waits) == PAUSES and list(PAUSES) == sorted(PAUSES)
    (row,) = (row for row in house.rows if row.recipient.startswith("tempfail"))
    assert row.state == "failed" and "451" in row.last_error and "8 tries" in row.last_error
    assert readmodel.status(house.monitor.config.settings.database).mails_failed == 2


# --- webhooks -----------------------------------------------------------------------------------------------


@dataclass
class Hook:
    port: int = 0
    status: int = 200
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@pytest.fixture
def hook() -> Iterator[Hook]:
    state = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            state.requests.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(state.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = web.server_port
    threading.Thread(target=web.serve_forever, daemon=True).start()
    yield state
    web.shutdown()
    web.server_close()


def verified(headers: dict[str, str], body: bytes, secret: bytes, now: float) -> bool:
    """As docs/alerts.md tells the receiver to."""
    at = headers["x-omdomme-timestamp"]
    ours = "sha256=" + hmac.new(secret, at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(ours, headers["x-omdomme-signature"]) and abs(now - int(at)) < 300


def test_a_webhook_is_signed_and_beside_it_mail_goes_on(desk: Opening, hook: Hook) -> None:
    house, inbox = desk(
        f"  - {{name: Vaktrom, channel: webhook, url: '{hook.url}', secret: '${{OMDOMME_HOOK_SECRET}}', allow_private: [127.0.0.1]}}\n"
        "  - {address: kom@b.example}\n"
    )
    house.tell("incident-1", severity="major")
    ((headers, body),) = hook.requests
    assert verified(headers, body, b"hemmelig", datetime.now(UTC).timestamp())
    assert not verified(headers, body + b" ", b"hemmelig", datetime.now(UTC).timestamp())
    assert not verified(headers, body, b"feil", datetime.now(UTC).timestamp())
    assert not verified(headers, body, b"hemmelig", datetime.now(UTC).timestamp() + 600)
    said = json.loads(body)
    assert (
        said["news"] == "opened" and said["facts"]["severity"] == "major" and said["recipient"] == "Vaktrom"
    )
    assert received(inbox) == ["kom"]
    hook.status = 503
    house.tell("incident-2")
    hook.status = 200
    house.at += timedelta(minutes=6)
    house.go()
    same = [headers["x-omdomme-id"] for headers, _ in hook.requests[1:]]
    assert len(same) == 2 and same[0] == same[1] and len(inbox.mails) == 2
    hook.status = 404
    house.tell("incident-3")
    assert [row.last_error for row in house.rows if row.state == "failed"] == [
        "the webhook at 127.0.0.1 failed: http_404"
    ]


MESSAGE = Message(
    "id.1", "Vaktrom", "Fjordbank: 9 <negative> @all", "text", facts=json.dumps({"summary": ["*En* <!channel> & @here"], "link": "https://o.example/x"}),
)  # fmt: skip


@pytest.mark.parametrize("template", ["slack", "mattermost", "teams"])
def test_chats_get_their_shape_and_nobody_is_called(hook: Hook, template: str) -> None:
    options = {"url": hook.url, "template": template, "allow_private": "127.0.0.1"}
    channels.load("webhook", options).send(MESSAGE)
    ((headers, body),) = hook.requests
    assert "x-omdomme-signature" not in headers and headers["content-type"] == "application/json"
    said = json.loads(body)
    if template == "slack":
        assert (
            said["mrkdwn"] is False and "&lt;!channel&gt; &amp;" in said["text"] and "<" not in said["text"]
        )
    elif template == "mattermost":
        assert (
            "@here" not in said["text"]
            and "\\*En\\*" in said["text"]
            and "<https://o.example/x>" in said["text"]
        )
    else:
        card = said["attachments"][0]["content"]
        assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
        assert card["actions"][0]["url"] == "https://o.example/x"


def test_a_webhook_reaches_no_private_address_that_is_not_named(hook: Hook) -> None:
    with pytest.raises(ChannelError, match="allow_private") as caught:
        channels.load("webhook", {"url": hook.url}).send(MESSAGE)
    assert caught.value.transient and hook.requests == []
    with pytest.raises(ChannelError) as down:
        channels.load(
            "webhook", {"url": f"http://127.0.0.1:{free_port()}/", "allow_private": "127.0.0.1"}
        ).send(MESSAGE)
    assert down.value.transient


def test_apprise_sends_or_says_what_is_missing(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    options = {"url": hook.url.replace("http://", "json://")}
    pytest.importorskip("apprise", reason="the extra apprise is not installed")
    channels.load("apprise", options).send(MESSAGE)
    ((_, body),) = hook.requests
    assert "https://o.example/x" in json.loads(body)["message"]
    hook.status = 500
    with pytest.raises(ChannelError) as caught:
        channels.load("apprise", options).send(MESSAGE)
    assert caught.value.transient
    monkeypatch.setitem(__import__("sys").modules, "apprise", None)
    with pytest.raises(ConfigError, match=r"omdomme\[apprise\]"):
        channels.load("apprise", options)


# --- the brand file -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipient", "said"),
    [
        ("{address: a@b.example, role: leader}", "does not say which leader"),
        ("{address: a@b.example, role: leader, leader: Ola}", "'Ola' is no leader"),
        ("{address: a@b.example, role: sjefen}", "no role known here"),
        ('{address: a@b.example, quiet: "natten"}', "is not a span of hours"),
        ('{address: a@b.example, quiet: "25:00-07:00"}', "is not a time of day"),
        ('{address: a@b.example, quiet: "xyz 22:00-07:00"}', "is not a day of the week"),
        ('{address: a@b.example, quiet: ["00:00-24:00"]}', "never ends"),
        ("{address: a@b.example, severity: huge}", "is not one of"),
        ("{address: a@b.example, per_day: 0}", "is below 1"),
        ("{address: a@b.example, timezone: Oslo}", "not a time zone"),
        ("{name: Vakta}", "needs an address"),
        ("{channel: webhook, url: 'https://x.example'}", "needs a name"),
        ("{name: V, channel: webhook}", "needs `url`"),
        (
            "{name: V, channel: webhook, url: 'https://x.example', template: irc}",
            "no template is called 'irc'",
        ),
        (
            "{name: V, channel: webhook, url: 'https://x.example', tempalte: slack}",
            "does not read 'tempalte'",
        ),
        ("{name: V, channel: webhook, url: 'https://x.example', secret: hunter2}", "secret does not belong"),
        ("{name: V, channel: pigeon}", "No channel is called 'pigeon'"),
        ("{name: V, channel: apprise, url: telegram}", "apprise needs `url`"),
    ],
)
def test_check_says_what_is_wrong(tmp_path: Path, recipient: str, said: str) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(f"{BRAND}recipients:\n  - {recipient}\n", encoding="utf-8")
    found = [p for p in check(path, channel=channels.examine) if p.field.startswith("recipients")]
    assert any(said in str(p) for p in found), [str(p) for p in found]
    assert all(p.line and p.remedy for p in found)


def test_old_recipients_keep_working(tmp_path: Path) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(
        f"{BRAND}recipients: [a@b.example, {{email: c@d.example, role: kommunikasjon}}]\n", encoding="utf-8"
    )
    assert check(path, channel=channels.examine) == []
    found = load(path, {}).recipients
    assert [(r.duty, r.least, r.quiet, r.channel, r.alerts) for r in found] == [
        ("communications", "minor", (), "email", True)
    ] * 2
    assert replace(found[0], options={"secret": "x"}).key == "a@b.example"
