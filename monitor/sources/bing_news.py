"""kind: bing_news - what Bing News finds for our names. Off by default: its feeds are for personal use.

    sources:
      - {id: bing, kind: bing_news, terms_accepted: true, market: "nb-NO", interval_minutes: 60}

Microsoft gives these feeds for reading in a personal feed reader, not for business use; so this source does nothing
before ``terms_accepted: true`` says that you have the right. Asked for: the names and people of the brand file, as
few queries as fit; ``query`` (a text or a list) replaces them. ``market`` chooses the edition.

A mention is a headline with a teaser. The link is the article's own, taken out of Bing's counter.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from monitor import http
from monitor.errors import ConfigError
from monitor.sources._feedkeys import canonical, web_link
from monitor.sources._posts import accepted, address, mention_id, queries, text_option
from monitor.sources._queries import any_of, quoted, wanted
from monitor.sources._searchfeed import SearchFeed
from monitor.types import Mention, SourceSpec

FEED = "https://www.bing.com/news/search"
REASON = "Microsoft allows these results in an RSS reader for personal, non-commercial use only."
REMEDY = "read the outlets' own feeds (kind feed) or GDELT."


def build(spec: SourceSpec, client: http.Client, base: Path) -> SearchFeed:
    accepted(spec, REASON, REMEDY)
    feed = address(spec, FEED)
    market = text_option(spec, "market", "nb-NO")
    if not re.fullmatch(r"[a-zA-Z]{2}-[a-zA-Z]{2}", market):
        raise ConfigError(f"source '{spec.id}': market must be a language and a country. Remedy: 'nb-NO'.")
    made = any_of(
        wanted(spec.terms), limit=300, most=8, quote=quoted, exclude=spec.terms.exclude[:10], group=True
    )
    fixed = {"format": "rss", "setmkt": market}
    urls = [f"{feed}?{urlencode({'q': query, **fixed})}" for query in queries(spec, made)]
    return SearchFeed(spec, client, urls, _understood)


def _understood(mention: Mention) -> Mention:
    """The counter's address changes with every answer; the article's own does not."""
    parts = urlsplit(mention.url)
    if not parts.path.endswith("/apiclick.aspx"):
        return mention
    link = web_link(parse_qs(parts.query, max_num_fields=50).get("url", [""])[0])
    page = canonical(link)
    if not page:
        return mention
    keys = (f"url:{page}", *(key for key in mention.keys if not key.startswith("url:")))
    return replace(mention, url=link, keys=keys, id=mention_id(keys))
