"""What strangers write is masked before it is stored, ours is not, and no picture is ever fetched."""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from monitor import db
from monitor.config import check, load
from monitor.errors import ConfigError
from monitor.masking import EMAIL, PHONE
from monitor.pipeline import Monitor
from monitor.sources import _feedplain
from monitor.types import Mention
from tests.conftest import BRAND, FeedServer

ROOT = Path(__file__).parent.parent
SETTINGS = """
sources: [{id: avisa, kind: feed, url: feed.xml}]
contact_points: ["815 00 640", post@fjordbank.example]
classifier: lexicon
"""


def feed(*entries: tuple[str, str, str, str]) -> str:
    """(path, author, title, text) as RSS."""
    items = "".join(
        f"<item><link>http://avisa.example/{path}</link><guid>{path}</guid><author>{author}</author>"
        f"<title>{title}</title><description>{text}</description></item>"
        for path, author, title, text in entries
    )
    return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Avisa</title>{items}</channel></rss>"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(*entries: tuple[str, str, str, str]) -> Path:
        (tmp_path / "feed.xml").write_text(feed(*entries), encoding="utf-8")
        (tmp_path / "brand.yaml").write_text(BRAND + SETTINGS, encoding="utf-8")
        return tmp_path / "brand.yaml"

    return written


def stored(monitor: Monitor) -> dict[str, tuple[str, str, str]]:
    with db.reading(monitor.config.settings.database) as con:
        found = con.execute("SELECT url, author, title, text FROM mentions").fetchall()
    return {url.rsplit("/", 1)[1]: (author, title, text) for url, author, title, text in found}


CONTACT = "Ring 412 34 567 eller 815 00 640, skriv til ola@post.example eller post@fjordbank.example."


def test_strangers_are_masked_and_ours_are_not(write: Callable[..., Path]) -> None:
    ours = "Spør kari@fjordbank.example eller ring 22 33 44 55. Ola (ola@post.example) klaget."
    monitor = Monitor.open(
        write(
            ("a", "Ola Nordmann", "Fjordbank: ring 22 33 44 55", CONTACT),
            ("b", "Kari Nordvik", "Fra banken", ours),
        )
    )
    assert monitor.collect().counts.new == 2
    found = stored(monitor)
    assert found["a"][0].startswith("anon-")
    assert found["a"][1:] == (
        f"Fjordbank: ring {PHONE}",
        f"Ring {PHONE} eller 815 00 640, skriv til {EMAIL} eller post@fjordbank.example.",
    )
    assert found["b"][0] == "Kari Nordvik"
    assert found["b"][2] == f"Spør kari@fjordbank.example eller ring 22 33 44 55. Ola ({EMAIL}) klaget."
    for file in monitor.config.settings.home.iterdir():
        assert b"ola@post" not in file.read_bytes() and b"412 34 567" not in file.read_bytes(), file


def test_the_next_poll_changes_nothing_and_an_edit_elsewhere_is_one(write: Callable[..., Path]) -> None:
    monitor = Monitor.open(write(("a", "Ola", "Fjordbank", CONTACT)))
    assert monitor.collect().counts.new == 1
    monitor.analyse()
    for text, edited in (
        (CONTACT.replace("412 34 567", "411 34 567"), 0),
        (CONTACT.replace("412 34 567", "413 34 567"), 0),
        (CONTACT + " Nå!", 1),
    ):
        write(("a", "Ola", "Fjordbank", text))
        Path(monitor.config.base / "feed.xml").touch()
        counts = monitor.collect().counts
        assert (counts.new, counts.edited, counts.known) == (0, edited, 1 - edited), text


def test_contact_points_are_checked_and_change_no_judgement(
    write: Callable[..., Path], tmp_path: Path
) -> None:
    brand = write()
    with_points = load(brand)
    assert "815 00 640" in with_points.settings.contact_points
    brand.write_text(BRAND, encoding="utf-8")
    assert load(brand).identity.hash == with_points.identity.hash
    brand.write_text(
        BRAND + "contact_points: [kundesenteret]\nretention: {mentions: 12, cases: 6}\n", encoding="utf-8"
    )
    told = [str(problem) for problem in check(brand)]
    assert any("neither an e-mail address nor a phone number" in line for line in told)
    assert any("cases is shorter than mentions" in line for line in told)
    brand.write_text(BRAND + "retention: {cases: 6}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="without mentions"):
        load(brand)


def test_no_picture_is_ever_fetched(
    brand_file: Path, feed: FeedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feed full of pictures, on a real server that remembers what it was asked for."""
    monkeypatch.setenv("OMDOMME_CLASSIFIER", "lexicon")
    asked: list[str] = []
    url = f"http://127.0.0.1:{feed.port}"
    body = f"""<?xml version='1.0'?><rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'
      xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel><title>A</title>
      <image><url>{url}/logo.png</url></image><itunes:image href='{url}/cover.png'/>
      <item><title>Fjordbank</title><link>{url}/a</link>
      <description>&lt;img src="{url}/avatar.png"&gt;Fjordbank svarte. &lt;iframe src="{url}/f"&gt;</description>
      <media:thumbnail url='{url}/thumb.png'/><media:content url='{url}/photo.jpg' medium='image'/>
      <enclosure url='{url}/face.jpg' type='image/jpeg' length='9'/></item></channel></rss>"""
    monkeypatch.setattr(feed, "body", lambda: body.encode())
    real = BaseHTTPRequestHandler.parse_request

    def remembered(self: BaseHTTPRequestHandler) -> bool:
        sound = real(self)
        asked.append(self.path)
        return sound

    monkeypatch.setattr(BaseHTTPRequestHandler, "parse_request", remembered)
    monitor = Monitor.open(brand_file)
    assert monitor.run().collect.counts.new == 1
    assert asked == ["/feed.xml"]


def test_there_is_no_place_for_a_picture() -> None:
    """No field of a mention could hold one, and no source reads the fields that networks put them in."""
    assert not {f.name for f in dataclasses.fields(Mention)} & {
        "avatar",
        "image",
        "picture",
        "photo",
        "thumbnail",
    }
    fields = {
        "avatar",
        "avatar_static",
        "avatar_url",
        "icon_img",
        "profile_image",
        "profile_image_url",
        "thumbnail",
    }
    for path in (ROOT / "monitor" / "sources").glob("*.py"):
        read = {
            node.value
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        }
        # Ordinary feeds have a thumbnail; the plain reader names it among what it passes over.
        passed_over = {"thumbnail"} if path.name == "_feedplain.py" else set()
        assert not read & fields - passed_over, path.name
    named = {**_feedplain._RSS_ITEM, **_feedplain._ATOM_ENTRY}
    assert {kept for name, kept in named.items() if name.endswith("thumbnail")} == {""}
