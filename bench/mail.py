"""The alert mail as people see it: python bench/mail.py [OUT] [--lang nb] [--smtp HOST:PORT]

Composes the mails of a made-up incident (opened, escalated, closed, and the digest of held alerts), sends them through
a real SMTP server (one in this process, and one that --smtp names), and writes for each what arrived as .eml, its HTML
with the pictures inside, and pictures of it by headless Chromium: on a phone and wide, light and dark. Prints size and
structure of each. bench/mail_lint.mjs then says what mail programs make of the HTML.
"""

from __future__ import annotations

import argparse
import base64
import email
import email.policy
import shutil
import socket
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

from aiosmtpd.controller import Controller
from PIL import Image
from playwright.sync_api import sync_playwright

from monitor import channels, pictures
from monitor.config import load
from monitor.messages import House, Reader, held_message, incident_message
from monitor.types import Bin, Excerpt, Incident, IncidentSummary, Message

EXAMPLE = Path(__file__).parent.parent / "examples" / "lomvi" / "brand.yaml"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
SHADES = 64  # colours of a picture: enough for text and a chart, and a third of the bytes
START = datetime(2026, 9, 17, 5, tzinfo=UTC)
VIEWS = (
    ("phone", 390, "light"),
    ("phone-dark", 390, "dark"),
    ("wide", 800, "light"),
    ("wide-dark", 800, "dark"),
)
NEGATIVE = [0, 0, 1, 0, 0, 0, None, None, 0, 1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0, 3, 5, 4, 2]
SAID = [
    ("Ferja Krykkja gikk på grunn ved Nesvåg i natt", "avisa", "major"),
    ("Passasjerer ventet tre timer uten beskjed etter grunnstøtingen", "lokalavisa", "minor"),
    ("– Ingen fortalte oss hva som skjedde, sier barnefamilie", "lokalavisa", None),
    ("Grunnstøtingen: Dette vet vi om Krykkja", "kringkasteren", None),
    ("Tredje hendelse med samme fartøy i år", "avisa", None),
]


@dataclass(frozen=True)
class Smtp:
    host: str
    port: int
    user: str = ""
    password: str = ""
    starttls: bool = False
    sender: str = "omdomme@lomvi.example"


class Box:
    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(envelope.content)
        return "250 OK"


def incident() -> IncidentSummary:
    curve = tuple(
        Bin(START + timedelta(hours=at - 24), count, None if count is None else 2 * count + 1)
        for at, count in enumerate(NEGATIVE)
    )
    said = tuple(
        Excerpt(f"m{at}", title, "", f"https://{source}.example/{at}", source, START + timedelta(minutes=20 * at),
                "negative", level)
        for at, (title, source, level) in enumerate(SAID)
    )  # fmt: skip
    return IncidentSummary(
        id="5f2a9c1b7d3e8046", target="Lomvi", also=("Tor-Egil Nesvåg",),
        incident=Incident(START, START + timedelta(hours=2), None, START + timedelta(hours=1), 5, 14, 0.9, 0.8),
        phase="growing", severity="major", reasons=("impact", "conflict", "leader"), stories=14, mentions=31,
        headline=said[0], first=said[1], quotes=said, phrases=("på grunn", "tre timer", "uten beskjed"),
        sources=(("lokalavisa", 6), ("avisa", 5), ("kringkasteren", 3)), curve=curve,
        statements=("value.1", "guideline.5"), leaders=("Tor-Egil Nesvåg",),
    )  # fmt: skip


def mails(lang: str) -> dict[str, Message]:
    identity = load(EXAMPLE, {}).identity
    house = House(
        identity.name,
        "https://omdomme.lomvi.example",
        "omdomme@lomvi.example",
        {s.id: s.text for s in identity.statements},
    )
    reader = Reader("vakt@lomvi.example", lang)
    now = incident()
    opened = incident_message(house, reader, now, "opened", pictures.bars)
    worse = replace(
        now, severity="critical", acknowledged_by="Marit", acknowledged_at=START + timedelta(hours=3)
    )
    over = replace(now, phase="closed", incident=replace(now.incident, end=START + timedelta(hours=9)))
    other = replace(
        now, id="0c4d5e6f708192a3", target="Marit Solheim-Dahl", severity="minor", headline=now.quotes[3]
    )
    thread = {"thread": opened.id, "subject": opened.subject}
    return {
        "opened": opened,
        "escalated": incident_message(house, reader, worse, "escalated", pictures.bars, **thread),
        "closed": incident_message(house, reader, over, "closed", pictures.bars, **thread),
        "held": held_message(house, reader, [over, other], {"quiet"}, ["a", "b"]),
    }


def shown(mail: EmailMessage) -> str:
    """The HTML part with the pictures it names put in, as a mail program would show it."""
    rich = mail.get_body(("html",))
    assert rich is not None
    page = str(rich.get_content())
    for part in mail.walk():
        if part.get_content_maintype() == "image":
            data = base64.b64encode(cast(bytes, part.get_payload(decode=True))).decode()
            page = page.replace(f"cid:{part['Content-ID'].strip('<>')}", f"data:image/png;base64,{data}")
    return page


def send(letters: list[Message], smtp: str) -> list[bytes]:
    """Through the server, in order. With --smtp they are only sent there; what was composed is what is read."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    box = Box()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        for letter in letters:
            channels.load("email", Smtp("127.0.0.1", port)).send(letter)
            if smtp:
                host, _, number = smtp.partition(":")
                channels.load("email", Smtp(host, int(number or 25))).send(letter)
    finally:
        server.stop()
    return box.mails


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, nargs="?", default=Path("mail"))
    parser.add_argument("--lang", default="nb")
    parser.add_argument("--smtp", default="")
    parser.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("chromium-browser"))
    wanted = parser.parse_args()
    wanted.out.mkdir(parents=True, exist_ok=True)
    letters = mails(wanted.lang)
    pages = {}
    for (name, letter), raw in zip(letters.items(), send(list(letters.values()), wanted.smtp), strict=True):
        mail = cast(EmailMessage, email.message_from_bytes(raw, policy=email.policy.default))
        (wanted.out / f"{name}.eml").write_bytes(raw)
        page = wanted.out / f"{name}.html"
        page.write_text(shown(mail), encoding="utf-8")
        pages[name] = page
        kinds = " ".join(part.get_content_type() for part in mail.walk())
        print(f"{name}: {len(raw) / 1024:.1f} KB, HTML {len(letter.html) / 1024:.1f} KB, {kinds}")
        print(f"  {mail['Subject']}\n  {mail['Message-ID']} in reply to {mail['In-Reply-To']}")
    if not wanted.chromium:
        print("no Chromium found: no pictures", file=sys.stderr)
        return 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=wanted.chromium, args=FLAGS)
        for name, page in pages.items():
            for view, width, scheme in VIEWS:
                tab = browser.new_page(
                    viewport={"width": width, "height": 800}, color_scheme=cast(Any, scheme)
                )
                tab.goto(page.resolve().as_uri())
                wide = tab.evaluate("document.documentElement.scrollWidth")
                target = wanted.out / f"{name}-{view}.png"
                tab.screenshot(path=target, full_page=True)
                Image.open(target).convert("RGB").quantize(SHADES).save(target, optimize=True)
                print(f"{target.name}: {target.stat().st_size // 1024} KB, {wide} of {width} wide")
                tab.close()
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
