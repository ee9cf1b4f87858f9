"""Alert mails: three languages, numbers with their expectation, and nothing a stranger wrote does anything."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import feedparser
import pytest

from monitor import pictures
from monitor.messages import House, Reader, held_message, incident_message, ordinary_range, safe_url
from monitor.messages.lines import wilson
from monitor.messages.texts import TEXTS
from monitor.types import Bin, Excerpt, Incident, IncidentNews, IncidentSummary, Message

AT = datetime(2026, 9, 17, 5, tzinfo=UTC)
HOSTILE = Path(__file__).parent / "data" / "hostile"


CURVE = tuple(
    Bin(AT + timedelta(hours=hour), None if hour in (-9, -8) else 3 if hour == 0 else int(hour > 0), 4)
    for hour in range(-24, 4)
)
STORY = IncidentSummary(
    id="0123456789abcdef",
    target="Lomvi",
    also=("Tor-Egil Nesvåg",),
    incident=Incident(AT, AT + timedelta(hours=3), None, AT, 4, 6, 0.4, 0.7),
    phase="growing",
    severity="major",
    reasons=("impact", "conflict"),
    stories=6,
    mentions=9,
    phrases=("på grunn",),
    sources=(("avisa", 4), ("lokalt", 2)),
    curve=CURVE,
    statements=("value.1",),
    leaders=("Tor-Egil Nesvåg", "Marit Solheim-Dahl"),
)
HOUSE = House(
    "Lomvi", "https://oversikt.lomvi.example", "omdomme@lomvi.example", {"value.1": "Trygghet først."}
)
QUOTE = Excerpt(
    "m1",
    "Krykkja på grunn",
    "MF Krykkja gikk på grunn i natt.",
    "https://avis.example/1?a=1&b=2",
    "avisa",
    AT,
)
PAGE = "https://oversikt.lomvi.example/incidents?id=0123456789abcdef"


def mail(
    *quotes: Excerpt, lang: str = "nb", story: IncidentSummary = STORY, news: IncidentNews = "opened"
) -> Message:
    story = replace(story, quotes=tuple(replace(q, key=f"m{at}") for at, q in enumerate(quotes or (QUOTE,))))
    return incident_message(HOUSE, Reader("vakt@lomvi.example", lang), story, news, pictures.bars)


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


def test_an_update_counts_the_hours_that_its_mentions_came_in() -> None:
    """The detector saw it after three hours; the last of it came in the ninth."""
    grown = replace(
        STORY, curve=(*CURVE, *(Bin(AT + timedelta(hours=h), int(h == 8), 4) for h in range(4, 12)))
    )
    assert "in 9 hours" in mail(story=grown, lang="en").subject


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
    assert parsed(message).links == [PAGE, "https://avis.example/1?a=1&b=2"]


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
    assert len(message.text) < 6000 and len(message.html) < 14_000


def test_the_id_is_stable_names_the_incident_and_differs_by_recipient_and_news() -> None:
    a, b = mail(), mail(lang="en", story=replace(STORY, also=()))
    assert a.id == b.id == a.thread and a.id.startswith("0123456789abcdef")
    other = incident_message(HOUSE, Reader("x@lomvi.example"), STORY, "opened")
    ids = {a.id, other.id, mail(news="escalated").id, mail(news="closed").id}
    assert len(ids) == 4
    assert mail(news="escalated").id != mail(news="escalated", story=replace(STORY, severity="critical")).id


def test_a_leaders_incident_names_the_brand_too() -> None:
    assert mail(story=replace(STORY, target="Tor-Egil Nesvåg", also=())).subject.startswith(
        "Lomvi – Tor-Egil Nesvåg: "
    )


def test_an_update_repeats_the_subject_and_begins_with_its_news() -> None:
    root = mail()
    update = incident_message(
        HOUSE, Reader("vakt@lomvi.example"), replace(STORY, severity="critical"), "escalated",
        thread=root.id, subject=root.subject,
    )  # fmt: skip
    assert update.subject == f"Re: {root.subject}" and update.thread == root.id != update.id
    assert update.text.splitlines()[0] == "Det har trappet seg opp: nå kritisk."


@pytest.mark.parametrize("lang", ["nb", "nn", "en"])
def test_the_chart_travels_with_the_mail_and_has_words_in_its_place(lang: str) -> None:
    message = mail(lang=lang)
    (picture,) = message.pictures
    assert picture.data.startswith(b"\x89PNG") and len(picture.data) < 20_000
    (loaded,) = parsed(message).loaded
    assert loaded == f"img src=cid:{picture.name}"
    alt = re.search(r'alt="([^"]+)"', message.html)
    assert alt and len(alt[1]) > 40 and alt[1] in message.text
    assert not mail(story=replace(STORY, curve=())).pictures


def test_numbers_come_with_their_uncertainty() -> None:
    text = mail().text
    assert "Av 16 omtaler i disse timene er 6 negative: 38 % (95 % sikkert mellom 18 og 61 %)." in text
    assert wilson(6, 16) == pytest.approx((0.1848, 0.6136), abs=1e-3)
    assert (
        "value.1: Trygghet først." in text
        and "avisa (4), lokalt (2)" in text
        and "«på grunn»" in text
        and "Marit" in text
    )


def test_what_machines_and_chats_get_holds_no_word_of_strangers() -> None:
    facts = json.loads(mail().facts)
    assert facts["severity"] == "major" and facts["link"] == PAGE and facts["observed"] == 6
    assert "Krykkja" not in mail().facts and "på grunn" not in mail().facts


def test_held_alerts_are_told_together_the_worst_first() -> None:
    other = replace(STORY, id="fedcba9876543210", severity="critical", headline=replace(QUOTE, key="k"))
    told = held_message(HOUSE, Reader("vakt@lomvi.example"), [STORY, other], {"quiet", "cap"}, ["a", "b"])
    same = held_message(HOUSE, Reader("vakt@lomvi.example"), [other, STORY], {"cap", "quiet"}, ["b", "a"])
    assert told.id == same.id and told.news == "digest" and "2 varsler" in told.subject
    assert told.text.index("fedcba98") < told.text.index("0123456789abcdef")
    assert "stille timer" in told.text and "per_day" in told.text


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
    assert not {"script", "iframe", "link", "form", "object", "b"} & set(links.tags)
    assert [each for each in links.loaded if not each.startswith("img src=cid:chart.")] == []
    assert links.links == [PAGE, *["https://avis.example/1?a=1&b=2"] * 3]
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
    assert not re.search(r"url\(|@import|<link|src=\"(?!cid:)", page)


def test_ordinary_ranges() -> None:
    assert ordinary_range(0.0) == (0, 0)
    assert ordinary_range(0.4) == (0, 2)
    assert ordinary_range(10.0) == (4, 17)
    low, high = ordinary_range(1000.0)
    assert 930 <= low <= 940 and 1060 <= high <= 1070


def test_odd_settings_still_give_a_mail() -> None:
    message = incident_message(House("Lomvi"), Reader("x@lomvi.example", "", "Mars/Olympus"), STORY, "opened")
    assert "UTC" not in message.subject and message.text and message.html and "http" not in message.html
