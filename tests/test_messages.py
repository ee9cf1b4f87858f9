"""Alert mails: three languages, numbers with their expectation, and nothing a stranger wrote does anything."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import feedparser
import pytest

from monitor.messages import Quote, incident_message, ordinary_range, safe_url
from monitor.messages.texts import TEXTS
from monitor.types import Incident, Message

AT = datetime(2026, 9, 17, 5, tzinfo=UTC)
HOSTILE = Path(__file__).parent / "data" / "hostile"


@dataclass(frozen=True)
class Story:
    id: str = "0123456789abcdef"
    target: str = "Lomvi"
    also: tuple[str, ...] = ("Tor-Egil Nesvåg",)
    incident: Incident = field(
        default_factory=lambda: Incident(AT, AT + timedelta(hours=3), None, AT, 4, 6, 0.4, 0.7)
    )


QUOTE = Quote(
    "Krykkja på grunn", "MF Krykkja gikk på grunn i natt.", "https://avis.example/1?a=1&b=2", "avisa", AT
)


def mail(*quotes: Quote, lang: str = "nb", story: Story | None = None, brand: str = "Lomvi") -> Message:
    return incident_message(
        brand,
        story or Story(),
        quotes or (QUOTE,),
        recipient="vakt@lomvi.example",
        lang=lang,
        timezone="Europe/Oslo",
        dashboard_url="https://oversikt.lomvi.example",
        sender="omdomme@lomvi.example",
    )


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if tag == "a" and name == "href":
                self.links.append(value or "")
            elif name in (
                "src",
                "srcset",
                "background",
                "poster",
                "data",
                "href",
                "style",
            ) or name.startswith("on"):
                self.loaded.append(f"{tag} {name}={value}")


def parsed(message: Message) -> Links:
    parser = Links()
    parser.feed(message.html)
    return parser


@pytest.mark.parametrize(
    ("lang", "subject"),
    [
        ("nb", "Lomvi: 6 negative omtaler på 4 timer (ventet 0,4)"),
        ("nn", "Lomvi: 6 negative omtaler på 4 timar (venta 0,4)"),
        ("en", "Lomvi: 6 negative mentions in 4 hours (expected 0.4)"),
        ("se", "Lomvi: 6 negative omtaler på 4 timer (ventet 0,4)"),
    ],
)
def test_the_subject_says_it(lang: str, subject: str) -> None:
    assert mail(lang=lang).subject == subject


def test_the_body_holds_numbers_evidence_and_reason() -> None:
    message = mail()
    for part in (message.text, message.html):
        for expected in (
            "0–2",
            "17. september 2026 kl. 07.00",
            "Tor-Egil Nesvåg",
            "MF Krykkja",
            "min_count",
            "avisa",
        ):
            assert expected in part, expected
    assert "https://avis.example/1?a=1&b=2" in message.text
    assert parsed(message).links == ["https://avis.example/1?a=1&b=2", "https://oversikt.lomvi.example"]


def test_every_language_has_every_sentence_with_the_same_fields() -> None:
    def fields(value: object) -> object:
        if isinstance(value, str):
            assert value
            return sorted(re.findall(r"\{(\w+)\}", value))
        if isinstance(value, dict):
            return {key: fields(text) for key, text in value.items()}
        return [fields(text) for text in value]  # type: ignore[attr-defined]

    for texts in TEXTS.values():
        for name, value in texts._asdict().items():
            assert fields(value) == fields(getattr(TEXTS["nb"], name)), name


def test_at_most_five_quotes_each_bounded() -> None:
    message = mail(
        *[
            replace(QUOTE, title=f"Sak {i} " + "lang " * 5000, url=f"https://avis.example/{i}")
            for i in range(50)
        ]
    )
    assert len(parsed(message).links) == 6
    assert len(message.text) < 6000 and len(message.html) < 12_000


def test_the_id_is_stable_names_the_incident_and_differs_by_recipient() -> None:
    a, b = mail(), mail(lang="en", story=replace(Story(), also=()))
    assert a.id == b.id and a.id.startswith("0123456789abcdef")
    other = incident_message(
        "Lomvi", Story(), [], recipient="x@lomvi.example", lang="nb", timezone="Europe/Oslo"
    )
    assert other.id != a.id


def test_a_leaders_incident_names_the_brand_too() -> None:
    assert mail(story=replace(Story(), target="Tor-Egil Nesvåg", also=())).subject.startswith(
        "Lomvi – Tor-Egil Nesvåg: "
    )


def test_what_strangers_wrote_stays_text() -> None:
    title = feedparser.parse((HOSTILE / "header_injection.xml").read_bytes()).entries[0].title
    assert "\n" in title
    hostile = [
        replace(QUOTE, title=title),
        replace(
            QUOTE,
            title="<script>alert(1)</script><img src=https://evil.example/x.png>",
            source="<b>avisa</b>",
        ),
        replace(QUOTE, title="\u202egnp.exe\u2066 [klikk](javascript:alert(1)) =?utf-8?q?=0ABcc?="),
        replace(QUOTE, title="Se http://evil.example/logg-inn nå, det haster", url="javascript:alert(1)"),
        replace(QUOTE, title="", text="", url="https://bank.example@evil.example/"),
    ]
    message = mail(*hostile)
    links = parsed(message)
    assert not {"script", "img", "iframe", "link", "form", "object", "b"} & set(links.tags)
    assert links.loaded == []
    assert links.links == [*["https://avis.example/1?a=1&b=2"] * 3, "https://oversikt.lomvi.example"]
    assert "victim" not in message.subject and "\n" not in message.subject
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", message.text + message.html)
    assert "http://evil.example" not in message.text and "http://evil.example" not in message.html
    assert not any(line.startswith("Bcc:") for line in message.text.splitlines())


@pytest.mark.parametrize(
    "url",
    [
        *(
            "javascript:alert(1)",
            "data:text/html,x",
            "ftp://a.example/",
            "//a.example",
            "https://",
            "https://u:p@a.example/",
        ),
        *(
            "https://a.example/\r\nBcc: x",
            "https://a.example/ x",
            'https://a.example/"onx=',
            "https://[::1",
            "x" * 3000,
        ),
        "https://lomvi.example\u202e/",
    ],
)
def test_only_plain_web_addresses_become_links(url: str) -> None:
    assert safe_url(url) == ""


def test_the_html_loads_nothing_and_fits_phones_and_dark_mode() -> None:
    page = mail().html
    assert "prefers-color-scheme:dark" in page and 'name="viewport"' in page
    assert not re.search(r"url\(|@import|<img|<link|src=", page)


def test_ordinary_ranges() -> None:
    assert ordinary_range(0.0) == (0, 0)
    assert ordinary_range(0.4) == (0, 2)
    assert ordinary_range(10.0) == (4, 17)
    low, high = ordinary_range(1000.0)
    assert 930 <= low <= 940 and 1060 <= high <= 1070


def test_odd_settings_still_give_a_mail() -> None:
    message = incident_message(
        "Lomvi", Story(), [], recipient="x@lomvi.example", lang="", timezone="Mars/Olympus"
    )
    assert "UTC" not in message.subject and message.text and message.html
