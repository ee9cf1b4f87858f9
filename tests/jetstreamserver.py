"""A Jetstream on loopback: replays what it holds from a cursor on, over a real websocket, well or badly."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as Handshake
from websockets.http11 import Response
from websockets.sync.server import Server, ServerConnection, serve


class Jetstream:
    def __init__(self) -> None:
        self.events: list[dict[str, object] | str] = []
        self.asked: list[dict[str, str]] = []
        self.status: int | None = None  # instead of a websocket
        self.breaks_after: int | None = None  # events sent before the line goes dead
        self.pause = 0.0  # between two events
        self.server: Server
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.server.socket.getsockname()[1]}"

    def say(self, number: int, at: int, text: str, did: str = "did:plc:ola", **record: object) -> None:
        """A post: ``at`` in microseconds."""
        body = {
            "$type": "app.bsky.feed.post",
            "createdAt": "2026-11-22T11:30:00Z",
            "langs": ["nb"],
            "text": text,
        }
        commit = {
            "rev": f"r{number}",
            "operation": "create",
            "collection": "app.bsky.feed.post",
            "rkey": f"3m{number:08d}",
            "record": body | record,
            "cid": "bafy",
        }
        self.events.append({"did": did, "time_us": at, "kind": "commit", "commit": commit})

    def answer(self, connection: ServerConnection, request: Handshake) -> Response | None:
        query = parse_qs(urlsplit(request.path).query)
        self.asked.append({name: values[0] for name, values in query.items()} | {"path": request.path})
        self.asked[-1]["agent"] = request.headers.get("User-Agent", "")
        if self.status is None:
            return None
        response = connection.respond(self.status, "no")
        response.headers["Retry-After"] = "9"
        return response

    def play(self, connection: ServerConnection) -> None:
        cursor = int(self.asked[-1].get("cursor", "0"))
        sent = 0
        with contextlib.suppress(ConnectionClosed):
            for event in list(self.events):
                if isinstance(event, dict) and int(str(event.get("time_us", cursor))) < cursor:
                    continue
                if sent == self.breaks_after:
                    connection.socket.shutdown(socket.SHUT_RDWR)
                    return
                connection.send(event if isinstance(event, str) else json.dumps(event))
                sent += 1
                time.sleep(self.pause)
            self.over.wait(30)


@contextlib.contextmanager
def streaming() -> Iterator[Jetstream]:
    made = Jetstream()
    made.server = serve(made.play, "127.0.0.1", 0, process_request=made.answer)
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.over.set()
        made.server.shutdown()
        thread.join()
