"""A web server of a thousand outlets of made-up news, each on a loopback address of its own, each with its own manners.

    python -m bench.feedserver PORT FEEDS          # what bench/thousand.py starts, in a process of its own

Feed n is ``http://127.1.x.y:PORT/n``. Nine in ten answer within 20 to 150 ms, one in ten after 1 to 2 s; ten in a
thousand say 503, and five accept the request and say nothing. Six in ten have an ETag, one in ten a Last-Modified, the
others send the same bytes every time. Two thirds are RSS 2.0, the others Atom; each has 20 entries of about eighty
words in HTML. Everything follows from n: every run serves the same bytes after the same waits.

``GET /waits/off`` answers at once from then on (503 and silence stay), ``/waits/on`` takes it back; ``/counted`` is how
many requests came and how many were answered with 304 since it was last asked.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape

ENTRIES = 20
SLOW, BROKEN, SILENT = 100, 10, 5  # of a thousand
SYLLABLES = [
    a + b
    for a in ("b", "d", "f", "gr", "h", "k", "l", "m", "n", "r", "sk", "st", "t", "v")
    for b in "aeiouyå"
]
SAID = datetime(2026, 11, 1, 8, tzinfo=UTC)


def address(n: int, port: int) -> str:
    return f"http://127.1.{n // 250}.{1 + n % 250}:{port}/{n}"


def manners(n: int) -> str:
    """silent, broken, slow or quick: mixed through all of them, the same for every run."""
    place = n * 617 % 1000  # 617 is prime to 1000: each thousand holds exactly so many of each
    if place < SILENT:
        return "silent"
    if place < SILENT + BROKEN:
        return "broken"
    return "slow" if place < SILENT + BROKEN + SLOW else "quick"


def document(n: int) -> bytes:
    rng = random.Random(n)
    lexicon = ["".join(rng.choices(SYLLABLES, k=rng.randrange(1, 5))) for _ in range(400)]

    def words(count: int) -> str:
        return " ".join(rng.choices(lexicon, k=count))

    home = f"https://avis{n}.example"
    entries = []
    for number in range(ENTRIES):
        at = SAID + timedelta(minutes=37 * number + n)
        title, link = escape(words(rng.randrange(4, 12))), f"{home}/{at:%Y/%m/%d}/sak-{n}-{number}"
        body = escape(
            f'<p>{words(rng.randrange(20, 60))} &amp; <a href="{link}/mer">{words(2)}</a>.</p>'
            f'<p>{words(rng.randrange(10, 50))}</p><img src="{home}/{number}.jpg" alt="">'
        )
        author = words(2).title()
        if n % 3:
            entries.append(
                f'<item><title>{title}</title><link>{link}</link><guid isPermaLink="false">{n}-{number}</guid>'
                f"<pubDate>{format_datetime(at)}</pubDate><dc:creator>{author}</dc:creator>"
                f"<category>{words(1)}</category><description>{body}</description></item>"
            )
        else:
            tag = f"tag:avis{n}.example,2026:{number}"
            entries.append(
                f'<entry><title>{title}</title><link rel="alternate" href="{link}"/><id>{tag}</id>'
                f"<updated>{at.isoformat()}</updated><published>{at.isoformat()}</published>"
                f'<author><name>{author}</name></author><content type="html">{body}</content></entry>'
            )
    entries.reverse()
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    if n % 3:
        return (
            f'{head}<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Avis {n}</title>'
            f"<link>{home}/</link><description>{words(5)}</description><language>nb</language>"
            f"{''.join(entries)}</channel></rss>"
        ).encode()
    return (
        f'{head}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="nb"><title>Avis {n}</title>'
        f'<link rel="alternate" href="{home}/"/><id>tag:avis{n}.example,2026:feed</id>'
        f"<updated>{SAID.isoformat()}</updated>{''.join(entries)}</feed>"
    ).encode()


class Outlets:
    def __init__(self, feeds: int) -> None:
        self.documents = [document(n) for n in range(feeds)]
        self.validators = [self._validator(n, body) for n, body in enumerate(self.documents)]
        self.waits = True
        self.requests = self.unchanged = 0

    @staticmethod
    def _validator(n: int, body: bytes) -> tuple[str, str] | None:
        if n % 10 < 6:
            return "ETag", f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        return ("Last-Modified", format_datetime(SAID, usegmt=True)) if n % 10 == 6 else None

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._reply(head.decode("latin-1"), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _reply(self, head: str, writer: asyncio.StreamWriter) -> None:
        lines = head.split("\r\n")
        path = lines[0].split(" ")[1].lstrip("/")
        if not path.isdigit():
            self._command(path, writer)
            return
        self.requests += 1
        n = int(path)
        kind = manners(n)
        if kind == "silent":
            await asyncio.sleep(3600)
        rng = random.Random(-n - 1)
        if self.waits:
            await asyncio.sleep(rng.uniform(1, 2) if kind == "slow" else rng.uniform(0.02, 0.15))
        if kind == "broken":
            _send(writer, "503 Service Unavailable", b"try again later")
            return
        validator = self.validators[n]
        asked = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        if validator:
            given = asked.get("if-none-match" if validator[0] == "ETag" else "if-modified-since")
            if given == validator[1].lower():
                self.unchanged += 1
                _send(writer, "304 Not Modified", b"", f"{validator[0]}: {validator[1]}\r\n")
                return
        own = f"{validator[0]}: {validator[1]}\r\n" if validator else ""
        _send(writer, "200 OK", self.documents[n], f"Content-Type: application/xml\r\n{own}")

    def _command(self, path: str, writer: asyncio.StreamWriter) -> None:
        if path == "counted":
            body = json.dumps({"requests": self.requests, "unchanged": self.unchanged}).encode()
            self.requests = self.unchanged = 0
        else:
            self.waits = path == "waits/on"
            body = b"{}"
        _send(writer, "200 OK", body)


def _send(writer: asyncio.StreamWriter, status: str, body: bytes, headers: str = "") -> None:
    writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)


async def serve(port: int, feeds: int) -> None:
    server = await asyncio.start_server(Outlets(feeds).answer, "0.0.0.0", port, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
