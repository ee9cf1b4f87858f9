"""kind: google_news - what Google News finds for our names. Off by default: its feeds are for personal use.

    sources:
      - {id: gnews, kind: google_news, terms_accepted: true, language: "no", country: "NO", interval_minutes: 60}

Google gives these feeds for reading in a personal feed reader, not for business use; so this source does nothing
before ``terms_accepted: true`` says that you have the right. Asked for: the names and people of the brand file, as
few queries as fit; ``query`` (a text or a list) replaces them. ``language`` and ``country`` choose the edition.

A mention is a headline; the outlet stands as the author. The link leads over Google to the article.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

from monitor import http
from monitor.errors import ConfigError
from monitor.sources._posts import accepted, address, queries, text_option
from monitor.sources._queries import any_of, quoted, wanted
from monitor.sources._searchfeed import SearchFeed
from monitor.types import Mention, SourceSpec

FEED = "https://news.google.com/rss/search"
REASON = "Google allows its news feeds in a personal feed reader only, for personal, non-commercial use."
REMEDY = "read the outlets' own feeds (kind feed), GDELT, or Google Alerts sent to a mailbox (kind imap)."


def build(spec: SourceSpec, client: http.Client, base: Path) -> SearchFeed:
    accepted(spec, REASON, REMEDY)
    feed = address(spec, FEED)
    language, country = text_option(spec, "language", "no"), text_option(spec, "country", "NO").upper()
    if not re.fullmatch(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,4})?", language) or not re.fullmatch(
        "[A-Z]{2}", country
    ):
        raise ConfigError(f"source '{spec.id}': language and country must be codes. Remedy: 'no' and 'NO'.")
    made = any_of(
        wanted(spec.terms), limit=300, most=10, quote=quoted, exclude=spec.terms.exclude[:10], group=True
    )
    edition = {"hl": language, "gl": country, "ceid": f"{country}:{language}"}
    urls = [f"{feed}?{urlencode({'q': query, **edition})}" for query in queries(spec, made)]
    return SearchFeed(spec, client, urls, _understood)


def _understood(mention: Mention) -> Mention:
    """ "Headline - Outlet" taken apart; the description only says the headline again, in a list of others."""
    headline, dash, outlet = mention.title.rpartition(" - ")
    if not dash:
        return replace(mention, text="")
    return replace(mention, title=headline, text="", author=outlet)
