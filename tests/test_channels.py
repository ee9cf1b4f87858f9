"""Channels against a real SMTP server: TLS, passwords, refusals, broken connections; files; hostile headers."""

from __future__ import annotations

import contextlib
import email
import email.policy
import logging
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import feedparser
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from monitor import channels
from monitor.channels.email import Email
from monitor.errors import ChannelError, ConfigError
from monitor.types import Channel, Message

HOSTILE = Path(__file__).parent / "data" / "hostile"
MESSAGE = Message(
    "abc123.def456",
    "vakt@lomvi.example",
    "Lomvi: 6 negative omtaler på 4 timer (ventet 0,4)",
    "Blåbær på norsk.\n.\nEn linje med punktum over.\n",
    "<p>Blåbær</p>",
)


@dataclass(frozen=True)
class Settings:
    host: str = "127.0.0.1"
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    sender: str = "omdomme@lomvi.example"
    ca_file: str = ""


class Inbox:
    """Answers 451 to tempfail@, 550 to reject@ and 554 to content that says so; keeps the rest."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.encrypted: list[bool] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.startswith("tempfail@"):
            return "451 4.7.1 greylisted, try again"
        if address.startswith("reject@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if b"GTUBE" in envelope.content:
            return "554 5.7.1 looks like spam"
        self.raw.append(envelope.content)
        self.recipients.append(envelope.rcpt_tos)
        self.encrypted.append(session.ssl is not None)
        self.mails.append(
            cast(EmailMessage, email.message_from_bytes(envelope.content, policy=email.policy.default))
        )
        return "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(**options: Any) -> Iterator[tuple[Inbox, Settings]]:
    inbox = Inbox()
    controller = Controller(inbox, hostname="127.0.0.1", port=free_port(), **options)
    controller.start()
    try:
        yield inbox, Settings(port=controller.port)
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for localhost."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("openssl is not installed: no certificate for the STARTTLS server")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *(
                openssl,
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
            ),
            *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    return cert, key


def tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def sent(settings: Settings, message: Message = MESSAGE) -> None:
    channels.load("email", settings).send(message)


def refused(settings: Settings, message: Message = MESSAGE) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        sent(settings, message)
    return caught.value


# --- delivery -----------------------------------------------------------------------------------------------


def test_a_mail_arrives_whole() -> None:
    with server() as (inbox, settings):
        sent(settings)
        sent(settings)
    first, second = inbox.mails
    assert first["Subject"] == MESSAGE.subject and first["To"] == MESSAGE.recipient
    assert first["Auto-Submitted"] == "auto-generated" and first["Date"]
    assert first["Message-ID"] == second["Message-ID"] == "<abc123.def456@lomvi.example>"
    assert first.get_content_type() == "multipart/alternative"
    plain, rich = first.get_body(("plain",)), first.get_body(("html",))
    assert plain and rich
    assert plain.get_content().splitlines() == MESSAGE.text.splitlines()
    assert rich.get_content().strip() == MESSAGE.html
    assert all(byte < 128 for byte in inbox.raw[0])


def test_starttls_is_verified(certificate: tuple[Path, Path]) -> None:
    with server(tls_context=tls(certificate), require_starttls=True) as (inbox, plain):
        safe = replace(plain, host="localhost", starttls=True)
        unknown = refused(safe)
        assert unknown.transient and "certificate" in str(unknown)
        wrong_name = refused(replace(safe, host="127.0.0.1", ca_file=str(certificate[0])))
        assert "certificate" in str(wrong_name)
        assert inbox.mails == []
        sent(replace(safe, ca_file=str(certificate[0])))
    assert inbox.encrypted == [True]


def test_no_downgrade_where_the_server_offers_no_starttls() -> None:
    with server() as (inbox, settings):
        assert refused(replace(settings, starttls=True)).transient
    assert inbox.mails == []


def test_user_and_password(certificate: tuple[Path, Path]) -> None:
    def check(
        _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=data.login == b"alerts" and data.password == b"pw", handled=False)

    with server(tls_context=tls(certificate), authenticator=check, auth_required=True) as (inbox, plain):
        settings = replace(
            plain, host="localhost", starttls=True, ca_file=str(certificate[0]), user="alerts", password="pw"
        )
        sent(settings)
        wrong = refused(replace(settings, password="hemmelig-og-feil"))
        assert wrong.transient and "password" in str(wrong) and "hemmelig" not in str(wrong)
        assert refused(replace(settings, user="", password="")).transient is False
    assert len(inbox.mails) == 1


def test_a_password_is_never_sent_in_clear() -> None:
    with pytest.raises(ConfigError, match="STARTTLS"):
        channels.load("email", Settings(user="alerts", password="pw", starttls=False))


# --- refusals -----------------------------------------------------------------------------------------------


def test_451_is_weather_and_550_is_final() -> None:
    with server() as (inbox, settings):
        later = refused(settings, replace(MESSAGE, recipient="tempfail@lomvi.example"))
        never = refused(settings, replace(MESSAGE, recipient="reject@lomvi.example"))
        spam = refused(settings, replace(MESSAGE, text="GTUBE", html=""))
    assert later.transient and "451" in str(later)
    assert not never.transient and "550" in str(never)
    assert not spam.transient and "554" in str(spam)
    assert inbox.mails == []


def test_no_server_is_weather() -> None:
    assert refused(Settings(port=free_port())).transient
    assert refused(Settings(host="no-such-host.invalid")).transient


def talk(script: list[bytes | None]) -> int:
    """A server that says its lines one by one, each after the first after a command; None hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with listener, listener.accept()[0] as client, client.makefile("rb") as lines:
            client.settimeout(20)
            with contextlib.suppress(OSError):
                for answer in script:
                    if answer is None:
                        return
                    client.sendall(answer)
                    if answer.startswith(b"354"):
                        while lines.readline() not in (b".\r\n", b""):
                            pass
                    else:
                        lines.readline()

    threading.Thread(target=run, daemon=True).start()
    return int(listener.getsockname()[1])


GREETING: list[bytes | None] = [b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n"]


def test_a_break_before_the_message_is_weather_and_after_it_final() -> None:
    before = refused(Settings(port=talk([*GREETING[:3], None])))
    assert before.transient
    after = refused(Settings(port=talk([*GREETING, b"354 go\r\n", None])))
    assert not after.transient and "may have arrived" in str(after)
    hangs = Email(Settings(port=talk([*GREETING[:2], b""])), timeout=0.5)
    with pytest.raises(ChannelError) as slow:
        hangs.send(MESSAGE)
    assert slow.value.transient


def test_a_rude_goodbye_does_not_make_it_fail() -> None:
    sent(Settings(port=talk([*GREETING, b"354 go\r\n", b"250 accepted\r\n", b"500 what?\r\n"])))


# --- headers ------------------------------------------------------------------------------------------------


def hostile_titles() -> list[str]:
    title = feedparser.parse((HOSTILE / "header_injection.xml").read_bytes()).entries[0].title
    assert "\nBcc: victim@example.test" in title.replace("\r", "")
    return [
        title,
        "Hei\r\nBcc: victim@example.test\r\n\r\nbody",
        "Hei\u2028Bcc: victim@example.test",
        "=?utf-8?q?Hei=0D=0ABcc:_victim@example.test?=",
        "=?utf-8?b?SGVpDQpCY2M6IHZpY3RpbUBleGFtcGxlLnRlc3Q=?=",
        "\u202egnissap\u202c\x00\x1b[31m",
        "x" * 5000,
        "\ud800 halv",
    ]


@pytest.mark.parametrize("index", range(8))
def test_a_hostile_subject_stays_one_subject(index: int) -> None:
    with server() as (inbox, settings):
        sent(settings, replace(MESSAGE, subject=hostile_titles()[index]))
    (mail,) = inbox.mails
    assert inbox.recipients == [[MESSAGE.recipient]]
    assert mail["Bcc"] is None and len(mail.get_all("Subject", [])) == 1
    assert len(mail["Subject"]) <= 200 and not set(mail["Subject"]) & set("\r\n\x00\x1b\u202e")
    assert mail.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize(
    "recipient",
    [
        *(
            "a@b.example\r\nBcc: victim@example.test",
            "a@b.example, victim@example.test",
            "a@b.example>",
            "",
            "nobody",
        ),
        *(
            "Vakt <a@b.example>",
            "a b@b.example",
            "a@b.example\n",
            "å@b.example",
            "a@" + "b" * 300,
            "@b.example",
        ),
    ],
)
def test_a_recipient_is_one_address_or_none(recipient: str, tmp_path: Path) -> None:
    for channel in (channels.load("outbox", tmp_path), channels.load("email", Settings(port=9))):
        with pytest.raises(ChannelError) as caught:
            channel.send(replace(MESSAGE, recipient=recipient))
        assert not caught.value.transient
    assert list(tmp_path.iterdir()) == []


# --- files and log ------------------------------------------------------------------------------------------


def test_the_outbox_holds_one_file_per_message(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    channel = channels.load("outbox", folder)
    channel.send(MESSAGE)
    channel.send(replace(MESSAGE, subject="again"))
    channel.send(replace(MESSAGE, id="../../etc/passwd"))
    assert len(list(folder.iterdir())) == 2 and all(path.suffix == ".eml" for path in folder.iterdir())
    assert [path.name for path in tmp_path.iterdir()] == ["outbox"]
    mail = email.message_from_bytes((folder / "abc123.def456.eml").read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == MESSAGE.subject and mail["From"].endswith("<omdomme@localhost>")


def test_an_outbox_that_cannot_be_written_is_weather(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ChannelError) as caught:
        channels.load("outbox", tmp_path / "file").send(MESSAGE)
    assert caught.value.transient


def test_the_log_tells_who_and_what(caplog: pytest.LogCaptureFixture) -> None:
    channel: Channel = channels.load("log")
    with caplog.at_level(logging.WARNING, "monitor.alerts"):
        channel.send(replace(MESSAGE, subject="en\nto"))
    assert caplog.messages == ["to vakt@lomvi.example: en to"]


def test_channels_are_resolved_by_name() -> None:
    assert channels.names() == ("apprise", "email", "log", "outbox", "webhook")
    with pytest.raises(ConfigError, match="apprise, email, log, outbox, webhook"):
        channels.load("pigeon")
    with pytest.raises(ConfigError):
        channels.load("outbox", None)
    with pytest.raises(ConfigError, match="host"):
        channels.load("email", object())
