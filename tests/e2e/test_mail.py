"""Alert mail through Exim with STARTTLS and AUTH, read back over IMAP from Dovecot."""

from __future__ import annotations

import email
import email.policy
import imaplib
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import channels, http, pictures, sources
from monitor.config import Smtp
from monitor.config.settings import Secret
from monitor.errors import ChannelError, SourceError
from monitor.types import FetchState, Message, Picture, SourceSpec

pytestmark = pytest.mark.e2e


@pytest.fixture
def mail(server: Callable[..., str], testbed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    server("dovecot")
    server("exim")
    certificate = testbed / "mail" / "tls" / "cert.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


PNG = pictures.bars([0, 1, None, 5])


def send(recipient: str) -> None:
    smtp = Smtp(
        host="localhost", port=8025, user="alerts", password="pw", starttls=True, sender="alerts@example.test"
    )
    channels.load("email", smtp).send(
        Message(
            "id-1",
            recipient,
            "Fjordbank: 6 negative omtaler – æøå",
            "Ren tekst æøå",
            '<p>HTML æøå <img src="cid:chart.1@omdomme" alt="Søyler"></p>',
            pictures=(Picture("chart.1@omdomme", PNG),),
            thread="id-0",
        )
    )


def test_delivered_and_readable(mail: Path) -> None:
    send("pr@example.test")
    context = ssl.create_default_context(cafile=str(mail))
    for _ in range(20):
        box = imaplib.IMAP4_SSL("localhost", 8993, ssl_context=context)
        box.login("pr@example.test", "pw")
        box.select("INBOX")
        _, found = box.search(None, "ALL")
        if found[0]:
            break
        box.logout()
        time.sleep(0.5)
    _, data = box.fetch(found[0].split()[-1].decode(), "(RFC822)")
    message = email.message_from_bytes(data[0][1], policy=email.policy.default)  # type: ignore[index]
    box.logout()
    assert message["Subject"] == "Fjordbank: 6 negative omtaler – æøå"
    assert message.get_body(("plain",)).get_content().strip() == "Ren tekst æøå"  # type: ignore[union-attr]
    assert message["Message-ID"] == "<id-1@example.test>" and message["Auto-Submitted"] == "auto-generated"
    assert message["In-Reply-To"] == message["References"] == "<id-0@example.test>"
    (image,) = (part for part in message.walk() if part.get_content_type() == "image/png")
    assert image["Content-ID"] == "<chart.1@omdomme>" and image.get_payload(decode=True) == PNG


@pytest.mark.parametrize(
    ("recipient", "transient"), [("tempfail@example.test", True), ("reject@example.test", False)]
)
def test_refusals_are_told_apart(mail: Path, recipient: str, transient: bool) -> None:
    with pytest.raises(ChannelError) as caught:
        send(recipient)
    assert caught.value.transient is transient


def test_a_mailbox_is_read_and_left_as_it_was(mail: Path, server: Callable[..., str], testbed: Path) -> None:
    letters = Path(__file__).parent.parent / "data" / "sources" / "imap"
    for name in ("alert", "clippings", "newsletter"):
        server("dovecot", "deliver", str(letters / f"{name}.eml"), "Klipp")
    before = _flags(mail)
    options = {
        "host": "localhost",
        "user": "news@example.test",
        "password": Secret("pw"),
        "folder": "Klipp",
        "from": ["googlealerts-noreply@google.com", "klipp@leverandor.example", "@nabo.example"],
        "split": "links",
    }
    now = datetime.now(UTC)
    for tls, port in (("implicit", 8993), ("starttls", 8143)):
        spec = SourceSpec("klipp", "imap", options=options | {"tls": tls, "port": port})
        source = sources.build(spec, http.Client(allow_private=["127.0.0.1", "::1"]), testbed)
        first = source.fetch(FetchState(), now)
        assert [m.title[:12] for m in first.mentions] == [
            "Fjordbanken ", "Kundene rømm", "Fjordbanken ", "Direktøren s", "Nabobrevet: "
        ]  # fmt: skip
        assert source.fetch(first.state, now).unchanged
    assert _flags(mail) == before and b"\\Seen" not in before
    wrong = SourceSpec("klipp", "imap", options=options | {"port": 8993, "password": Secret("feil")})
    with pytest.raises(SourceError) as caught:
        sources.build(wrong, http.Client(allow_private=["127.0.0.1", "::1"]), testbed).fetch(
            FetchState(), now
        )
    assert caught.value.kind == "login"


def _flags(certificate: Path) -> bytes:
    context = ssl.create_default_context(cafile=str(certificate))
    box = imaplib.IMAP4_SSL("localhost", 8993, ssl_context=context)
    box.login("news@example.test", "pw")
    box.select("Klipp", readonly=True)
    _, data = box.fetch("1:*", "(FLAGS)")
    box.logout()
    return b" ".join(d for d in data if isinstance(d, bytes))
