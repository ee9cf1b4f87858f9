"""The wikipedia source against a real MediaWiki: each edit of the named pages once, with its link and its bytes."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import http, sources
from monitor.types import FetchState, Source, SourceSpec

pytestmark = pytest.mark.e2e
Server = Callable[..., str]
WIKI = "http://127.0.0.1:8102"


def wiki(*pages: str) -> Source:
    spec = SourceSpec("wiki", "wikipedia", f"{WIKI}/api.php", options={"pages": list(pages)})
    return sources.build(spec, http.Client(allow_private=["127.0.0.1"]), Path())


def test_every_edit_of_the_named_pages_once(server: Server) -> None:
    server("mediawiki")
    stamp = f"Nordvik {time.time_ns()}"
    server("mediawiki", "edit", stamp, "Kari Nordvik er banksjef.", "opprettet")
    server("mediawiki", "edit", f"Annen {stamp}", "Ikke oss.", "en annen side")
    watched = wiki(stamp, f"Finnes ikke {stamp}")
    first = watched.fetch(FetchState(), datetime.now(UTC))
    assert [(m.title, m.text, m.author) for m in first.mentions] == [(stamp, "opprettet\n+25 bytes", "Admin")]
    assert len(first.warnings) == 1 and "Finnes ikke" in first.warnings[0]
    assert watched.fetch(first.state, datetime.now(UTC)).mentions == ()

    server("mediawiki", "edit", stamp, "Kari Nordvik var banksjef.", "/* Liv */ se [[Fjordbank|banken]]")
    server("mediawiki", "edit", stamp, "Kari Nordvik", "kuttet")
    second = watched.fetch(first.state, datetime.now(UTC))
    assert [m.text for m in second.mentions] == ["Liv: se banken\n+1 bytes", "kuttet\n-14 bytes"]
    assert watched.fetch(second.state, datetime.now(UTC)).mentions == ()
    with urllib.request.urlopen(second.mentions[0].url) as page:
        text = page.read().decode()
    assert "diff" in text and "banksjef" in text


def test_more_edits_than_one_answer_holds(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.sources.wikipedia.PER_PAGE", 2)
    server("mediawiki")
    title = f"Lang {time.time_ns()}"
    for number in range(4):
        server("mediawiki", "edit", title, "x" * (number + 1), f"nr {number}")
        time.sleep(1.0)  # a wiki counts whole seconds
    watched = wiki(title)
    state, seen = FetchState(), []
    for _ in range(3):
        fetched = watched.fetch(state, datetime.now(UTC))
        seen += [m.text for m in fetched.mentions]
        state = fetched.state
    assert seen == [f"nr {n}\n+1 bytes" for n in range(4)]


def test_a_redirect_is_followed(server: Server) -> None:
    server("mediawiki")
    title = f"Ny {time.time_ns()}"
    server("mediawiki", "edit", title, "Fjordbank.", "ny")
    server("mediawiki", "edit", f"Gammel {title}", f"#REDIRECT [[{title}]]", "flyttet")
    fetched = wiki(f"Gammel {title}").fetch(FetchState(), datetime.now(UTC))
    assert [(m.title, m.text) for m in fetched.mentions] == [(title, "ny\n+10 bytes")]
