"""Mails to mentions: parsing what strangers send, and a mailbox that is looked at and left as it was."""

from __future__ import annotations

import json
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from monitor import html, http, sources
from monitor.config.settings import Secret
from monitor.errors import ConfigError, SourceError
from monitor.sources import _imapbox, _mailparts, imap
from monitor.sources._maillinks import alert_entries, linked_entries, unwrapped
from monitor.types import FetchState, Source, SourceSpec
from tests.imapserver import Mailbox, serving

DATA = Path(__file__).parent / "data" / "sources" / "imap"
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FROM = ["googlealerts-noreply@google.com", "klipp@leverandor.example", "@nabo.example"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("openssl is not installed: no certificate for the IMAP server")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [
            openssl,
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            *subject,
            "-keyout",
            key,
            "-out",
            cert,
        ],
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.fixture
def box() -> Mailbox:
    return Mailbox()


@pytest.fixture(params=["implicit", "starttls"])
def tls(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def port(
    box: Mailbox, tls: str, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[int]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with serving(box, context, tls == "implicit") as found:
        yield found


def options(port: int, tls: str, /, **more: object) -> dict[str, object]:
    given = {"host": "localhost", "port": port, "tls": tls, "user": "klipp", "from": FROM}
    return given | {"password": Secret("hemmelig ord")} | more


def source(given: dict[str, object], allow: tuple[str, ...] = ("127.0.0.0/8", "::1")) -> Source:
    return sources.build(SourceSpec("klipp", "imap", options=given), http.Client(allow_private=allow), DATA)


def mail(body: str = "Hei", sender: str = "brev@nabo.example", number: int = 1, **headers: str) -> bytes:
    told = {"From": sender, "Subject": f"Brev {number}", "Message-ID": f"<{number}@nabo.example>"}
    told |= {"Date": "Fri, 20 Nov 2026 08:00:00 +0100"} | headers
    return ("".join(f"{k}: {v}\n" for k, v in told.items()) + "\n" + body).encode()


# --- through a server ---


def test_golden_pair(box: Mailbox, port: int, tls: str) -> None:
    for name in ("alert", "clippings", "newsletter"):
        box.deliver((DATA / f"{name}.eml").read_bytes())
    fetched = source(options(port, tls, split="links")).fetch(FetchState(), NOW)
    got = [
        {field: getattr(m, field) for field in ("title", "text", "url", "author", "source_type")}
        | {"keys": list(m.keys), "published_at": m.published_at.isoformat() if m.published_at else None}
        for m in fetched.mentions
    ]
    assert got == json.loads((DATA / "expected.json").read_text(encoding="utf-8"))
    assert fetched.dropped == 0 and fetched.warnings == ()


def test_nothing_in_the_mailbox_is_changed(box: Mailbox, port: int, tls: str) -> None:
    box.deliver(mail())
    source(options(port, tls)).fetch(FetchState(), NOW)
    allowed = ("CAPABILITY", "STARTTLS", "AUTHENTICATE PLAIN", "EXAMINE", "UID SEARCH", "UID FETCH", "LOGOUT")
    assert all(command.startswith(allowed) for command in box.commands), box.commands
    assert [c for c in box.commands if "BODY" in c and "BODY.PEEK[" not in c] == []


def test_each_mail_once_over_many_polls(
    box: Mailbox, port: int, tls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "MAX_MAILS", 3)
    for n in range(1, 8):
        box.deliver(mail(number=n))
        box.deliver(mail(sender="fremmed@ukjent.example", number=100 + n))
    asked, state, seen = source(options(port, tls)), FetchState(), []
    for _ in range(3):
        fetched = asked.fetch(state, NOW)
        state = fetched.state
        seen += [m.title for m in fetched.mentions]
    assert seen == [f"Brev {n}" for n in range(1, 8)]
    quiet = asked.fetch(state, NOW)
    assert quiet.unchanged and quiet.mentions == () and quiet.state.cursor == state.cursor
    box.deliver(mail(number=50))
    assert [m.title for m in asked.fetch(quiet.state, NOW).mentions] == ["Brev 50"]
    # A folder made anew numbers its mails from one again: all is read again, and known by the same keys.
    box.validity += 1
    again = asked.fetch(quiet.state, NOW)
    assert [m.title for m in again.mentions] == ["Brev 1", "Brev 2", "Brev 3"]


def test_how_far_back_is_asked(box: Mailbox, port: int, tls: str) -> None:
    box.deliver(mail())
    asked = source(options(port, tls))
    state = asked.fetch(FetchState(), NOW).state
    asked.fetch(state, NOW)
    since = asked.fetch(FetchState(cursor=state.cursor, since=NOW - timedelta(days=300)), NOW)
    searches = [c for c in box.commands if c.startswith("UID SEARCH")]
    assert "UID 1:* SINCE 23-Oct-2026" in searches[0] and "UID 2:* OR OR FROM" in searches[1]
    assert "UID 1:* SINCE 26-Jan-2026" in searches[2] and since.state.since is None
    assert len(since.mentions) == 1


def test_only_listed_senders_and_no_forged_ones(box: Mailbox, port: int, tls: str) -> None:
    box.deliver(mail(sender='"brev@nabo.example" <ond@svindel.example>', number=1))
    box.deliver(mail(sender="brev@nabo.example <ond@svindel.example>", number=2))
    box.deliver(mail(sender="brev@nabo.example\nFrom: ond@svindel.example", number=3))
    box.deliver(mail(sender="x@ikkenabo.example, brev@nabo.example", number=4))
    box.deliver(mail(sender="Brevet <BREV@NABO.example>", number=5))
    fetched = source(options(port, tls)).fetch(FetchState(), NOW)
    assert [m.title for m in fetched.mentions] == ["Brev 5"]


def test_a_wrong_password_is_told_without_telling_it(box: Mailbox, port: int, tls: str) -> None:
    with pytest.raises(SourceError) as caught:
        source(options(port, tls, password=Secret("feil-passord"))).fetch(FetchState(), NOW)
    assert caught.value.kind == "login" and not caught.value.transient
    assert "feil-passord" not in str(caught.value) and "app password" in str(caught.value)


def test_a_folder_that_is_not_there_is_named_beside_those_that_are(box: Mailbox, port: int, tls: str) -> None:
    with pytest.raises(SourceError, match="Folders: INBOX") as caught:
        source(options(port, tls, folder="Nyhetsbrev")).fetch(FetchState(), NOW)
    assert caught.value.kind == "folder"
    box.folder = "Klipp/B&AOY-rum"
    box.deliver(mail())
    assert len(source(options(port, tls, folder="Klipp/Bærum")).fetch(FetchState(), NOW).mentions) == 1


def test_a_certificate_nobody_vouches_for_is_refused(
    box: Mailbox, port: int, tls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(SourceError) as caught:
        source(options(port, tls)).fetch(FetchState(), NOW)
    assert caught.value.kind == "tls" and not any("AUTH" in c or "LOGIN" in c for c in box.commands)


def test_private_addresses_only_when_allowed(box: Mailbox, port: int, tls: str) -> None:
    with pytest.raises(SourceError) as caught:
        source(options(port, tls), allow=()).fetch(FetchState(), NOW)
    assert caught.value.kind == "private_address" and box.commands == []


def test_a_server_that_never_stops_is_cut_off(
    box: Mailbox, port: int, tls: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    box.deliver(mail())
    box.fetch_answer = b"* 1 FETCH (UID 1 BODY[]<0> {99999999999}\r\n"
    with pytest.raises(SourceError) as caught:
        source(options(port, tls)).fetch(FetchState(), NOW)
    assert caught.value.kind == "too_large"
    monkeypatch.setattr(_imapbox, "TOTAL", 0.5)
    box.fetch_answer = b"* 1 FETCH (UID 1 BODY[]<0> {1000}\r\nfire"
    started = time.monotonic()
    with pytest.raises(SourceError) as caught:
        source(options(port, tls)).fetch(FetchState(), NOW)
    assert caught.value.kind == "timeout" and caught.value.transient and time.monotonic() - started < 4


def test_one_hostile_mail_stops_no_other(box: Mailbox, port: int, tls: str) -> None:
    parts = "".join(f"--b\nContent-Type: text/plain\n\ndel {n}\n" for n in range(10_000))
    box.deliver(mail(parts, number=1, **{"Content-Type": "multipart/mixed; boundary=b"}))
    box.deliver(mail(number=2))
    fetched = source(options(port, tls)).fetch(FetchState(), NOW)
    assert [m.title for m in fetched.mentions] == ["Brev 2"] and fetched.dropped == 1
    assert fetched.warnings == ("mail 1: more than 1,000 parts",)


# --- mails alone ---


def nested(depth: int) -> bytes:
    out = "Content-Type: multipart/mixed; boundary=b0\n\n"
    for n in range(1, depth):
        out += f"--b{n - 1}\nContent-Type: multipart/mixed; boundary=b{n}\n\n"
    return mail().split(b"\n\n")[0] + b"\n" + out.encode()


@pytest.mark.parametrize(
    "raw",
    [
        nested(5_000),
        mail(**{"Content-Type": "text/plain; " + 'a="' * 300_000}),
        mail(Subject="=?utf-8?q?" + "=41" * 500_000 + "?="),
        mail(**{f"X-{n}": "y" for n in range(100_000)}),
        mail("\n--b" * 300_000, **{"Content-Type": "multipart/mixed; boundary=b"}),
        mail("<a href='" * 200_000, **{"Content-Type": "text/html; charset=punycode"}),
        mail("<div>" * 300_000, **{"Content-Type": "text/html"}),
        mail("A" * 1_900_000, **{"Content-Type": "text/plain; charset=idna"}),
        b"\x00" * 2_000_000,
        b"From: " * 300_000,
    ],
    ids=[
        "nested",
        "parameters",
        "subject",
        "headers",
        "boundaries",
        "links",
        "divs",
        "charset",
        "zeros",
        "froms",
    ],
)
def test_no_mail_takes_long(raw: bytes) -> None:
    started = time.process_time()
    try:
        found = _mailparts.read(raw)
        linked_entries(found.html)
        assert len(found.words()) <= 50_000 and len(found.subject) <= 500
    except SourceError as error:
        assert error.kind in ("hostile", "parse")
    assert time.process_time() - started < 4


def test_headers_carry_no_lines_into_what_is_stored() -> None:
    subject = "=?utf-8?q?Hei=0D=0ABcc:_alle=40example.no=00=E2=80=AE?="
    found = _mailparts.read(mail(Subject=subject, sender="=?utf-8?q?A=0AB?= <brev@nabo.example>"))
    assert found.subject == "Hei Bcc: alle@example.no" and found.name == "A B"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "windows-1252", "no-such-set"])
def test_charsets(charset: str) -> None:
    body = "Blåbærsyltetøy – på ærlig".replace("–", "-" if charset == "iso-8859-1" else "–")
    raw = mail(**{"Content-Type": f"text/plain; charset={charset}"}).replace(
        b"Hei", body.encode("utf-8" if charset == "no-such-set" else charset)
    )
    assert _mailparts.read(raw).words() == body


def test_attachments_are_not_read() -> None:
    parts = (
        "--b\nContent-Type: text/plain\nContent-Disposition: attachment\n\nregnskap\n--b\n\nbrevet\n--b--\n"
    )
    assert _mailparts.read(mail(parts, **{"Content-Type": "multipart/mixed; boundary=b"})).words() == "brevet"


def test_lines_broken_by_the_width_of_a_mail_are_joined() -> None:
    words = _mailparts.read((DATA / "newsletter.eml").read_bytes()).words()
    assert "flere er på vei etter. Det merker Aud" in words and "- Vik\n- Sogndal" in words


def test_an_alert_without_html_is_read_from_its_text() -> None:
    found = _mailparts.read((DATA / "alert.eml").read_bytes())
    plain, rich = alert_entries("", found.plain), alert_entries(found.html, "")
    assert [(e.title, e.link) for e in plain] == [(e.title, e.link) for e in rich]
    assert len(rich) == 2


@pytest.mark.parametrize(
    ("wrapped", "leads_to"),
    [
        (
            "https://www.google.com/url?rct=j&sa=t&url=https://a.example/b%3Fc%3D1&ct=ga",
            "https://a.example/b?c=1",
        ),
        ("https://www.google.no/url?q=https://a.example/b", "https://a.example/b"),
        ("https://a.example/url?url=https://b.example/", "https://a.example/url?url=https://b.example/"),
        (
            "https://google.com.evil.example/url?url=https://b.example/",
            "https://google.com.evil.example/url?url=https://b.example/",
        ),
        ("https://www.google.com/url?url=javascript:alert(1)", ""),
        ("https://www.google.com/url?x=1", ""),
        ("https://[", ""),
    ],
)
def test_unwrapping(wrapped: str, leads_to: str) -> None:
    assert unwrapped(wrapped) == leads_to


def test_tags_as_a_browser_sees_them() -> None:
    page = "<!-- <a href=no> --><script>'<a href=no>'</script><A HREF='x?a=1&amp;b=2' Title=\"a>b\">t</a ><br/>a<b"
    found = [(t.name, dict(t.attributes), t.closing) for t in html.tags(page)]
    assert found == [
        ("script", {}, False),
        ("script", {}, True),
        ("a", {"href": "x?a=1&b=2", "title": "a>b"}, False),
        ("a", {}, True),
        ("br", {}, False),
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"password": "rett i fila"}, "stands in the brand file"),
        ({"password": None}, "is not set"),
        ({"from": []}, "names 0 senders"),
        ({"from": ['"; UID STORE']}, "is no address"),
        ({"folder": "INBOX\r\nA1 DELETE"}, "control characters"),
        ({"host": ""}, "host is missing"),
        ({"port": "993"}, "is no port"),
        ({"tls": "none"}, "neither implicit nor starttls"),
        ({"split": "all"}, "neither none nor links"),
    ],
)
def test_wrong_options_are_named_with_a_remedy(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        source(options(993, "implicit", **wrong))
    assert "Remedy" in str(caught.value) and "rett i fila" not in str(caught.value)
