"""A mailbox that is only looked at: EXAMINE and BODY.PEEK, nothing that could change it, over verified TLS.

imaplib, with what it lacks: a connection through our guard of addresses, an end to what a server may send and to how
long it may take, and folder names outside ASCII.
"""

from __future__ import annotations

import base64
import contextlib
import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

from monitor import text
from monitor.errors import SourceError

TOTAL = 120.0  # seconds for one visit
MAX_RECEIVED = 100_000_000  # bytes in one visit
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,12})\b")
_ARRIVED = re.compile(rb'\bINTERNALDATE "([^"]{1,40})"')
_BUSY = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[ALERT] too many", "try again")

Connect = Callable[[str, int], socket.socket]


@dataclass(frozen=True, slots=True)
class Server:
    """``starttls`` False = TLS from the first byte. There is no way without TLS."""

    host: str
    port: int
    starttls: bool
    user: str
    password: str

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port})"


@dataclass(frozen=True, slots=True)
class Letter:
    """``raw`` is cut at what was asked for; ``size`` is the whole mail's. ``arrived`` as the server noted it."""

    uid: int
    raw: bytes
    size: int
    arrived: datetime | None


class Box:
    """An open folder; ``uid_next`` is None where the server does not say."""

    def __init__(self, session: _Session, validity: int, uid_next: int | None) -> None:
        self._session = session
        self.validity = validity
        self.uid_next = uid_next

    def search(self, after: int, since: date | None, senders: Sequence[str]) -> list[int]:
        """UIDs above ``after`` in their order, of mails that arrived on ``since`` or later and whose From contains one
        of ``senders`` (the server's own idea of containing: look again at what comes)."""
        asked = f"UID {after + 1}:*"
        if since:
            months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            asked += f" SINCE {since.day}-{months[since.month - 1]}-{since.year}"
        asked += " " + "OR " * (len(senders) - 1) + " ".join(f'FROM "{sender}"' for sender in senders)
        data = self._session.asked("SEARCH", asked)
        found = {int(n) for part in data if isinstance(part, bytes) for n in part.split() if n.isdigit()}
        # "8:*" means the newest mail when there is none from 8 on.
        return sorted(uid for uid in found if uid > after)

    def letter(self, uid: int, limit: int) -> Letter | None:
        """At most ``limit`` bytes of a mail; None when it is gone."""
        data = self._session.asked(
            "FETCH", str(uid), f"(UID RFC822.SIZE INTERNALDATE BODY.PEEK[]<0.{limit}>)"
        )
        told, raw = b"", None
        for part in data:
            if isinstance(part, tuple):
                told += part[0] + b" "
                raw = part[1] if raw is None else raw
            elif isinstance(part, bytes):
                told += part + b" "
        size, arrived, named = _SIZE.search(told), _ARRIVED.search(told), _UID.search(told)
        if raw is None or (named and int(named.group(1)) != uid):
            return None
        return Letter(uid, raw[:limit], int(size.group(1)) if size else len(raw), _moment(arrived))


def _moment(match: re.Match[bytes] | None) -> datetime | None:
    if match is None:
        return None
    try:
        at = parsedate_to_datetime(match.group(1).decode("ascii", "replace").strip().replace("-", " ", 2))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


@contextlib.contextmanager
def opened(server: Server, folder: str, connect: Connect) -> Iterator[Box]:
    """Raises SourceError: connect, tls, timeout, protocol (weather), login, folder, too_large."""
    session: _Session | None = None
    timer: threading.Timer | None = None
    try:
        context = ssl.create_default_context()
        session = _Session(server, None if server.starttls else context, connect)
        timer = threading.Timer(TOTAL, session.cut)
        timer.daemon = True
        timer.start()
        if server.starttls:
            session.starttls(context)
        _log_in(session, server)
        validity, uid_next = _examine(session, folder)
        yield Box(session, validity, uid_next)
    except ssl.SSLError as error:
        raise SourceError(f"{server.host}: {error}", kind="tls", transient=True) from error
    except TimeoutError as error:
        raise SourceError(f"{server.host}: no answer in time", kind="timeout", transient=True) from error
    except (imaplib.IMAP4.abort, OSError, EOFError) as error:
        kind = "timeout" if session and session.was_cut else "connect"
        raise SourceError(f"{server.host}: {_said(error, server)}", kind=kind, transient=True) from error
    except (imaplib.IMAP4.error, ValueError, AttributeError) as error:
        # What imaplib makes of answers that are no IMAP, or of a connection cut under it.
        raise SourceError(
            f"{server.host}: {_said(error, server)}", kind="protocol", transient=True
        ) from error
    finally:
        if timer is not None:
            timer.cancel()
        if session is not None:
            with contextlib.suppress(Exception):  # nothing is lost with a farewell
                session.logout()


class _Session(imaplib.IMAP4):
    def __init__(self, server: Server, context: ssl.SSLContext | None, connect: Connect) -> None:
        self._connect_to = connect
        self._context = context
        self._received = 0
        self.was_cut = False
        super().__init__(server.host, server.port)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = self._connect_to(self.host, self.port)
        if self._context is None:
            return plain
        try:
            return self._context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            plain.close()
            raise

    def read(self, size: int) -> bytes:
        self._count(size)
        return super().read(size)

    def readline(self) -> bytes:
        line = super().readline()
        self._count(len(line))
        return line

    def _count(self, size: int) -> None:
        self._received += size
        if self._received > MAX_RECEIVED:
            raise SourceError(f"{self.host}: sends more than {MAX_RECEIVED:,} bytes", kind="too_large")

    def cut(self) -> None:
        """Ends a visit that takes too long: a server that sends a byte now and then outlives any read timeout."""
        self.was_cut = True
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def asked(self, command: str, *arguments: str) -> list[bytes | tuple[bytes, bytes] | None]:
        status, data = self.uid(command, *arguments)
        if status != "OK":
            raise self.error(f"UID {command}: {data!r}"[:200])
        return data


def _log_in(session: _Session, server: Server) -> None:
    try:
        if "AUTH=PLAIN" in session.capabilities:
            told = f"\0{server.user}\0{server.password}".encode()
            session.authenticate("PLAIN", lambda _: told)
        else:
            session.login(_quoted(server.user), server.password)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, UnicodeError) as error:
        said = _said(error, server)
        busy = any(word.lower() in said.lower() for word in _BUSY)
        raise SourceError(
            f"{server.host} does not let {server.user} in: {said}. Remedy: check the user and the password; "
            "many providers want an app password here",
            kind="login",
            transient=busy,
        ) from None  # the cause holds what was sent


def _examine(session: _Session, folder: str) -> tuple[int, int | None]:
    status, data = session.select(_quoted(folder_name(folder)), readonly=True)
    if status != "OK":
        raise SourceError(
            f"there is no folder '{folder}' to read ({_plain(data)}). Folders: {_folders(session)}",
            kind="folder",
        )
    validity, uid_next = _number(session, "UIDVALIDITY"), _number(session, "UIDNEXT")
    if validity is None:
        raise SourceError(f"folder '{folder}': the server gives no UIDVALIDITY", kind="protocol")
    return validity, uid_next


def _number(session: _Session, name: str) -> int | None:
    data = session.response(name)[1]
    value = data[-1] if data else None
    return int(value) if isinstance(value, bytes) and value.isdigit() and len(value) < 12 else None


def _folders(session: _Session) -> str:
    with contextlib.suppress(imaplib.IMAP4.error):
        listed = [part for part in session.list()[1][:30] if isinstance(part, bytes)]
        names = [part.rpartition(b" ")[2].strip(b'"').decode("ascii", "replace") for part in listed]
        return text.clean(", ".join(names), 500)
    return "not told"


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _said(error: BaseException, server: Server) -> str:
    """One line of the server's own words, without the password should it send that back."""
    said = _plain(error.args)
    return said.replace(server.password, "***") if server.password else said


def _plain(said: object) -> str:
    pieces = said if isinstance(said, list | tuple) else [said]
    words = (p.decode("utf-8", "replace") if isinstance(p, bytes) else str(p) for p in pieces)
    return text.clean(" ".join(" ".join(words).split()), 200)


def folder_name(name: str) -> str:
    """Modified UTF-7 (RFC 3501, 5.1.3): "Bærum" is "B&AOY-rum"."""
    out: list[str] = []
    for run in re.findall(r"[\x20-\x7e]+|[^\x20-\x7e]+", name):
        if run.isascii():
            out.append(run.replace("&", "&-"))
        else:
            coded = base64.b64encode(run.encode("utf-16-be")).decode("ascii")
            out.append(f"&{coded.rstrip('=').replace('/', ',')}-")
    return "".join(out)
