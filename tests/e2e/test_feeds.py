"""The feed source against WordPress, MediaWiki and a misbehaving nginx: nothing lost, nothing doubled."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor import readmodel
from monitor.config import load
from monitor.pipeline import Monitor
from tests.conftest import BRAND

pytestmark = pytest.mark.e2e
Server = Callable[..., str]
ALL = readmodel.MentionFilter(
    since=datetime(2000, 1, 1, tzinfo=UTC), until=datetime(2100, 1, 1, tzinfo=UTC), relevant_only=False
)


def monitor_of(tmp_path: Path, **urls: str) -> Monitor:
    sources = "".join(f"  - {{id: {name}, kind: feed, url: {url!r}}}\n" for name, url in urls.items())
    path = tmp_path / "brand.yaml"
    path.write_text(BRAND + f"http: {{allow_private: [127.0.0.1]}}\nsources:\n{sources}", encoding="utf-8")
    return Monitor.open(path)


def rows(monitor: Monitor) -> list[readmodel.MentionRow]:
    return readmodel.mentions(monitor.config.settings.database, ALL, limit=1000)


@pytest.mark.parametrize("format", ["rss2", "atom", "rdf", "rss"])
def test_wordpress_in_every_format(server: Server, tmp_path: Path, format: str) -> None:
    server("wordpress")
    server(
        "wordpress",
        "post",
        f"Fjordbank hever renta ({format})",
        "<p>Fjordbank varsler <b>dyrere</b> lån.</p>",
    )
    monitor = monitor_of(tmp_path, wp=f"http://127.0.0.1:8101/?feed={format}")
    first = monitor.run()
    assert not first.collect.failed and first.collect.counts.new >= 1
    found = [row for row in rows(monitor) if row.title == f"Fjordbank hever renta ({format})"]
    assert len(found) == 1 and "<" not in found[0].text
    again = monitor.run()
    assert (again.collect.counts.new, again.collect.counts.edited) == (0, 0)
    time.sleep(1.1)  # WordPress' validators count whole seconds
    server("wordpress", "post", f"Ny sak ({format})", "Fjordbank igjen.", "", "Ola Viken")
    assert monitor.run().collect.counts.new == 1


def test_wordpress_answers_304(server: Server, tmp_path: Path) -> None:
    server("wordpress")
    server("wordpress", "post", "Fjordbank 304", "Fjordbank.")
    monitor = monitor_of(tmp_path, wp="http://127.0.0.1:8101/?feed=rss2")
    monitor.collect()
    assert monitor.collect().unchanged == 1


def test_one_article_through_two_feeds_is_one_mention(server: Server, tmp_path: Path) -> None:
    server("wordpress")
    server("wordpress", "post", "Fjordbank to ganger", "Fjordbank.")
    monitor = monitor_of(
        tmp_path, rss="http://127.0.0.1:8101/?feed=rss2", atom="http://127.0.0.1:8101/?feed=atom"
    )
    monitor.run()
    assert sum(row.title == "Fjordbank to ganger" for row in rows(monitor)) == 1


def test_mediawiki_without_validators(server: Server, tmp_path: Path) -> None:
    server("mediawiki")
    server("mediawiki", "edit", "Fjordbank", "Fjordbank er en bank.", "opprettet")
    monitor = monitor_of(
        tmp_path, wiki="http://127.0.0.1:8102/index.php?title=Special:RecentChanges&feed=atom"
    )
    assert monitor.collect().counts.new >= 1
    assert monitor.collect().counts.new == 0
    time.sleep(1.1)
    server("mediawiki", "edit", "Fjordbank", "Fjordbank er en sparebank.", "rettet")
    assert monitor.collect().counts.new >= 1


FEED = """<rss version="2.0"><channel><title>A</title><item><title>Fjordbank på nett</title>
<link>http://127.0.0.1:8110/s/1</link><description>Bærum og Ås</description></item></channel></rss>"""

FAULTS = {
    "static/feed.rss": None,
    "p301/feed.rss": None,
    "p308/feed.rss": None,
    "r302/feed.rss": None,
    "noheaders/feed.rss": None,
    "html/feed.rss": None,  # a feed served as text/html is still a feed
    "err500/": "http_500",
    "err503/": "http_503",
    "gone/": None,  # no failure: it is retired, see below
    "loop/": "redirect",
    "auth/feed.rss": "http_401",
    "bombgz": "too_large",
    "static/page.html": "html",
}


def test_nginx_faults_are_each_told_apart(server: Server, testbed: Path, tmp_path: Path) -> None:
    server("nginx")
    www = testbed / "nginx" / "www"
    (www / "feed.rss").write_text(FEED, encoding="utf-8")
    (www / "page.html").write_text("<html><body>Samtykke</body></html>", encoding="utf-8")
    names = {f"s{number}": path for number, path in enumerate(FAULTS)}
    monitor = monitor_of(tmp_path, **{name: f"http://127.0.0.1:8110/{path}" for name, path in names.items()})
    began = time.monotonic()
    report = monitor.collect()
    assert time.monotonic() - began < 120
    failed = {names[name]: error for name, error, _ in report.failed}
    assert set(failed) == {path for path, kind in FAULTS.items() if kind}, failed
    assert [row.title for row in rows(monitor)] == ["Fjordbank på nett"]
    health = {
        names[h.source]: h
        for h in readmodel.source_health(load(tmp_path / "brand.yaml").settings.database, datetime.now(UTC))
    }
    assert {path: h.error_kind for path, h in health.items() if h.error_kind} == {
        path: kind for path, kind in FAULTS.items() if kind
    }
    assert health["gone/"].state == "retired"
