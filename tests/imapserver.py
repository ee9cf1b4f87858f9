"""A small IMAP server on loopback with real TLS: enough of IMAP4rev1 for one client that only looks, and it notes it."""

from __future__ import annotations

import base64
import contextlib
import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass
class Mailbox:
    """``mails`` by UID; ``commands`` = every line a client sent."""

    mails: dict[int, bytes] = field(default_factory=dict)
    validity: int = 7
    folder: str = "INBOX"
    password: str = "hemmelig ord"
    commands: list[str] = field(default_factory=list)
    fetch_answer: bytes | None = None  # sent instead of a mail

    def deliver(self, raw: bytes) -> int:
        uid = max(self.mails, default=0) + 1
        self.mails[uid] = raw
        return uid


class _Session(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            if self.server.implicit:
                self._encrypt()
            self._say(b"* OK ready")
            while line := self.rfile.readline(10_000):
                tag, _, command = line.decode("utf-8", "replace").strip().partition(" ")
                self.server.box.commands.append(command)
                if not self._answer(tag.encode(), command):
                    return

    def _encrypt(self) -> None:
        self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
        self.rfile = self.connection.makefile("rb")
        self.encrypted = True

    def _say(self, line: bytes) -> None:
        self.connection.sendall(line + b"\r\n")

    def _answer(self, tag: bytes, command: str) -> bool:
        box = self.server.box
        verb = command.upper()
        if verb == "CAPABILITY":
            secure = isinstance(self.connection, ssl.SSLSocket)
            self._say(b"* CAPABILITY IMAP4rev1 " + (b"AUTH=PLAIN" if secure else b"STARTTLS LOGINDISABLED"))
        elif verb == "STARTTLS":
            self._say(tag + b" OK go on")
            self._encrypt()
            return True
        elif verb == "AUTHENTICATE PLAIN":
            self._say(b"+ ")
            told = base64.b64decode(self.rfile.readline(10_000)).decode().split("\0")
            if told[2] != box.password:
                self._say(tag + b" NO [AUTHENTICATIONFAILED] no: " + told[2].encode())
                return True
        elif verb.startswith("EXAMINE"):
            if command != f'EXAMINE "{box.folder}"':
                self._say(tag + b" NO [NONEXISTENT] Mailbox doesn't exist")
                return True
            self._say(f"* {len(box.mails)} EXISTS".encode())
            self._say(f"* OK [UIDVALIDITY {box.validity}] valid".encode())
            self._say(f"* OK [UIDNEXT {max(box.mails, default=0) + 1}] next".encode())
        elif verb.startswith("LIST"):
            self._say(f'* LIST (\\HasNoChildren) "/" "{box.folder}"'.encode())
        elif verb.startswith("UID SEARCH"):
            self._say(b"* SEARCH " + " ".join(map(str, self._found(command))).encode())
        elif verb.startswith("UID FETCH"):
            self._fetch(command)
        elif verb == "LOGOUT":
            self._say(b"* BYE")
            self._say(tag + b" OK")
            return False
        self._say(tag + b" OK done")
        return True

    def _found(self, command: str) -> list[int]:
        first = int(re.search(r"UID (\d+):\*", command)[1])  # type: ignore[index]
        senders = [s.lower().encode() for s in re.findall(r'FROM "([^"]+)"', command)]
        froms = {
            uid: b" ".join(
                line for line in raw.split(b"\n\n", 1)[0].lower().split(b"\n") if line.startswith(b"from:")
            )
            for uid, raw in self.server.box.mails.items()
        }
        found = [u for u, told in froms.items() if u >= first and any(s in told for s in senders)]
        return found or list(froms)[-1:]  # "9:*" is the newest mail when there is none from 9 on

    def _fetch(self, command: str) -> None:
        box = self.server.box
        uid = int(command.split()[2])
        limit = int(re.search(r"<0\.(\d+)>", command)[1])  # type: ignore[index]
        if box.fetch_answer is not None:
            self.connection.sendall(box.fetch_answer)
            self.server.over.wait(5)
        if uid not in box.mails:
            return
        raw = box.mails[uid]
        part = raw[:limit]
        head = f'* 1 FETCH (UID {uid} RFC822.SIZE {len(raw)} INTERNALDATE "20-Nov-2026 09:00:00 +0100" BODY[]<0> '
        self._say(head.encode() + b"{%d}\r\n" % len(part) + part + b")")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, box: Mailbox, context: ssl.SSLContext, implicit: bool) -> None:
        super().__init__(("127.0.0.1", 0), _Session)
        self.box = box
        self.context = context
        self.implicit = implicit
        self.over = threading.Event()


@contextlib.contextmanager
def serving(box: Mailbox, context: ssl.SSLContext, implicit: bool) -> Iterator[int]:
    """Yields the port."""
    server = _Server(box, context, implicit)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
