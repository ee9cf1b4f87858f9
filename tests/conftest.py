"""What several tests share: a small brand, a real web server for its feed, a real SMTP server."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

BRAND = """
name: Fjordbank
aliases: [Fjordbanken, "@fjordbank"]
sector: sparebank
languages: [nb, en]
homonyms: ["fjordbank, en grunne i fjorden der det fiskes"]
leaders:
  - {id: leader.1, name: Kari Nordvik, aliases: ["@karinordvik"], role: banksjef,
     speaks_about: [boliglån], private: [travhester og totalisator]}
values:
  - {id: value.1, text: "Vi låner aldri ut mer enn kunden tåler.", signals: [inkasso, gjeldsfelle]}
guidelines:
  - {id: guideline.1, text: "Vi omtaler aldri enkeltkunder."}
out_of_bounds:
  - {id: out_of_bounds.1, text: "Aksjekurs, utbytte og salg av banken"}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class FeedServer:
    """A web server with one RSS feed at /feed.xml; tests change ``items`` and ``status``."""

    port: int = 0
    items: list[tuple[str, str, str, datetime | None]] = field(
        default_factory=list
    )  # path, title, text, date
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    requests: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/feed.xml"

    def add(self, path: str, title: str, text: str, at: datetime | None = None) -> None:
        self.items.append((path, title, text, at))

    def body(self) -> bytes:
        entries = "".join(
            f"<item><title>{escape(title)}</title><link>http://127.0.0.1:{self.port}{path}</link>"
            f"<description>{escape(text)}</description>"
            + (f"<pubDate>{format_datetime(at)}</pubDate>" if at else "")
            + "</item>"
            for path, title, text, at in self.items
        )
        return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Avisa</title>{entries}</channel></rss>".encode()


@pytest.fixture(autouse=True)
def _main_module() -> Iterator[None]:
    """AppTest puts its script in the place of __main__, which a process started later would then run."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


@pytest.fixture
def feed() -> Iterator[FeedServer]:
    state = FeedServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.requests += 1
            body = state.body()
            self.send_response(state.status)
            for name, value in state.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def brand_file(tmp_path: Path, feed: FeedServer) -> Path:
    """A brand file in a folder of its own, whose one source is the feed server."""
    path = tmp_path / "brand.yaml"
    path.write_text(
        BRAND
        + f"""
sources:
  - {{id: avisa, kind: feed, url: "{feed.url}"}}
recipients:
  - {{address: vakt@fjordbank.example, lang: nb}}
  - {{address: duty@fjordbank.example, lang: en}}
http: {{allow_private: [127.0.0.1]}}
""",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)
