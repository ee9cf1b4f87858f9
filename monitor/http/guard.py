"""Which addresses may be asked, and a transport that connects to nothing else; below `http`.

A name is resolved once, every address is checked, and the connection goes to a checked address, never to
the name again: a name server that answers differently the second time (DNS rebinding) gains nothing. Every
wait on the socket is cut to what is left of the request's total time, so that a trickle of header or body
bytes cannot hold a thread for longer than that.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Sequence

import httpcore
import httpx

from monitor.errors import ConfigError, Refused, SourceError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_SOCKET_OPTION = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)  # as httpcore declares it

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class Deadline(threading.local):
    """When the request this thread is busy with must be over (time.monotonic seconds)."""

    at: float = float("inf")

    def left(self, timeout: float | None = None) -> float:
        """Seconds, at most ``timeout``; raises httpcore.ReadTimeout when there are none left."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("total time is over")
        return min(left, 3600.0 if timeout is None else timeout)


def embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for (mapped, 6to4, Teredo, NAT64), else the address itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
        return inner or address
    return address


class Guard:
    """Public addresses, and those private ones the configuration names (host names, addresses, CIDRs)."""

    def __init__(self, allow_private: Sequence[str] = ()) -> None:
        self._hosts: set[str] = set()
        self._networks: list[Network] = []
        for entry in allow_private:
            text = entry.strip().casefold().strip("[]")
            try:
                self._networks.append(ipaddress.ip_network(text, strict=False))
            except ValueError:
                if not text or "/" in text or ":" in text or " " in text:
                    raise ConfigError(
                        f"allow_private: '{entry}' is neither a host name, an address nor a network. "
                        "Remedy: write for example intranet.example.org, 10.1.2.3 or 10.0.0.0/8."
                    ) from None
                self._hosts.add(text)

    def named(self, host: str) -> bool:
        """True when the configuration allows this host without asking the name server."""
        text = host.casefold().strip("[]")
        if text in self._hosts:
            return True
        try:
            return self._listed(ipaddress.ip_address(text))
        except ValueError:
            return False

    def permits(self, address: Address, host: str = "") -> bool:
        """``host`` = the name it was resolved from, when there was one."""
        if host.casefold() in self._hosts or self._listed(address):
            return True
        inner = embedded(address)
        return inner.is_global and not inner.is_multicast

    def _listed(self, address: Address) -> bool:
        return any(a in net for net in self._networks for a in (address, embedded(address)))

    def resolve(self, host: str, port: int, timeout: float) -> list[str]:
        """The permitted addresses of ``host``, in the resolver's order; Refused when there is none."""
        found = _lookup(host, port, timeout)
        permitted = [str(a) for a in found if self.permits(a, host)]
        if not permitted:
            raise Refused(
                f"{host} resolves to {', '.join(map(str, found[:3]))}, which is not a public address. "
                "Remedy: add the host to allow_private if it is meant.",
                kind="private_address",
            )
        return permitted

    def connect(self, host: str, port: int, timeout: float) -> socket.socket:
        """A connection to a permitted address of ``host``; ``timeout`` stays on it, for a single read or write."""
        error: OSError | None = None
        for address in self.resolve(host, port, timeout)[:4]:
            try:
                return socket.create_connection((address, port), timeout)
            except OSError as e:
                error = e
        raise SourceError(f"{host}: no connection ({error})", kind="connect", transient=True) from error


def _lookup(host: str, port: int, timeout: float) -> list[Address]:
    """getaddrinfo knows no time limit, so it runs in a thread that is left behind when it takes too long."""
    outcome: list[list[Address] | OSError | UnicodeError] = []

    def work() -> None:
        try:
            infos = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            texts = [str(info[4][0]).partition("%")[0] for info in infos]
            outcome.append([ipaddress.ip_address(t) for t in dict.fromkeys(texts)])
        except (OSError, UnicodeError) as error:
            outcome.append(error)

    thread = threading.Thread(target=work, daemon=True, name=f"resolve {host[:60]}")
    thread.start()
    thread.join(timeout)
    if not outcome:
        raise SourceError(f"{host}: the name server did not answer in time", kind="dns", transient=True)
    result = outcome[0]
    if isinstance(result, Exception):
        # EAI_NONAME is the answer of a working resolver as well as of one without a network: ask again later.
        raise SourceError(f"{host}: name not found ({result})", kind="dns", transient=True) from result
    return result


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left(timeout))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._inner.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    """Connects to checked addresses only. TLS still verifies the host's name: httpcore passes that on."""

    def __init__(self, guard: Guard, deadline: Deadline) -> None:
        self._guard = guard
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        error: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in self._guard.resolve(host, port, self._deadline.left(timeout))[:4]:
            try:
                stream = self._inner.connect_tcp(
                    address, port, self._deadline.left(timeout), local_address, socket_options
                )
                return _Stream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as e:
                error = e
        raise error


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class GuardedTransport(httpx.BaseTransport):
    """httpx over a pool whose connections pass the guard. Raises httpcore errors, SourceError and Refused.

    Proxies and certificate settings of the environment are not read. ``keep`` = how many idle connections are kept:
    none for sources, which are asked every few minutes.
    """

    def __init__(self, guard: Guard, deadline: Deadline, keep: int = 0) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=100,
            max_keepalive_connections=keep,
            network_backend=_Backend(guard, deadline),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.read(),
                extensions=request.extensions,
            )
        )
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response))

    def close(self) -> None:
        self._pool.close()
