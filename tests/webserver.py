"""A real web server on loopback that behaves well or badly, by path; each path's answer is a function."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    body: bytes = b""  # of a POST

    def do_GET(self) -> None:
        self.server.seen.append((self.path, dict(self.headers.items()), time.monotonic()))
        with contextlib.suppress(ConnectionError):
            self.server.answers[self.path.partition("?")[0]](self)

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


Answer = Callable[[Request], None]


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.answers: dict[str, Answer] = {}
        self.seen: list[tuple[str, dict[str, str], float]] = []
        self.over = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def at(self, path: str, status: int = 200, body: bytes = b"", **headers: str) -> str:
        """Answers ``path`` so; returns its URL."""
        self.answers[path] = lambda request: request.reply(status, body, **headers)
        return self.url + path


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
