"""Alert mail through Exim with STARTTLS and AUTH, read back over IMAP from Dovecot."""

from __future__ import annotations

import email
import email.policy
import imaplib
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor import channels
from monitor.config import Smtp
from monitor.errors import ChannelError
from monitor.types import Message

pytestmark = pytest.mark.e2e


@pytest.fixture
def mail(server: Callable[..., str], testbed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    server("dovecot")
    server("exim")
    certificate = testbed / "mail" / "tls" / "cert.pem"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    return certificate


def send(recipient: str) -> None:
    smtp = Smtp(
        host="localhost", port=8025, user="alerts", password="pw", starttls=True, sender="alerts@example.test"
    )
    channels.load("email", smtp).send(
        Message("id-1", recipient, "Fjordbank: 6 negative omtaler – æøå", "Ren tekst æøå", "<p>HTML æøå</p>")
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
    assert message["Message-ID"] and message["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("recipient", "transient"), [("tempfail@example.test", True), ("reject@example.test", False)]
)
def test_refusals_are_told_apart(mail: Path, recipient: str, transient: bool) -> None:
    with pytest.raises(ChannelError) as caught:
        send(recipient)
    assert caught.value.transient is transient
