"""The client against a real server: politeness, limits, and the addresses it must not ask."""

from __future__ import annotations

import gzip
import ipaddress
import json
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from monitor import http
from monitor.errors import ConfigError, Refused, SourceError
from monitor.http.guard import Guard
from monitor.http.limits import retry_after, used_up
from tests.webserver import Request, Server, serving

QUICK = http.Timeout(connect=1, read=0.4, total=0.8)
LOOPBACK = ("127.0.0.0/8",)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def client() -> Iterator[http.Client]:
    with http.Client("ops@bank.example", LOOPBACK, timeout=QUICK, max_bytes=100_000) as made:
        yield made


def failure(client: http.Client, url: str) -> SourceError:
    with pytest.raises(SourceError) as caught:
        client.get(url)
    return caught.value


# --- what it says and understands ---


def test_says_who_asks_and_brings_the_body(server: Server, client: http.Client) -> None:
    answer = client.get(server.at("/feed", body=b"<rss/>", ETag='"1"'))
    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"<rss/>", '"1"')
    assert answer.permanent_url is None and not answer.not_modified
    agent = server.seen[0][1]["User-Agent"]
    assert agent.startswith("omdomme/") and "ops@bank.example" in agent


def test_contact_cannot_add_a_header() -> None:
    assert "\n" not in http.user_agent("a\r\nX-Evil: 1") and "\r" not in http.user_agent("a\r\nb")


def test_conditional_get_brings_304(server: Server, client: http.Client) -> None:
    def answer(request: Request) -> None:
        known = (
            request.headers.get("If-None-Match") == '"1"' and request.headers.get("If-Modified-Since") == "x"
        )
        request.reply(304 if known else 200, b"" if known else b"<rss/>", ETag='"1"')

    server.answers["/feed"] = answer
    assert not client.get(server.url + "/feed").not_modified
    again = client.get(server.url + "/feed", etag='"1"', last_modified="x")
    assert again.not_modified and again.body == b""


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda b: zlib.compress(b)[2:-4]),
        ("identity", bytes),
    ],
)
def test_undoes_compression(server: Server, client: http.Client, encoding: str, pack: object) -> None:
    body = "Fjordbank får kritikk ".encode() * 500
    assert callable(pack)
    url = server.at("/feed", body=pack(body), Content_Encoding=encoding)
    assert client.get(url).body == body


def test_own_headers_do_not_follow_a_redirect_to_another_host(server: Server, client: http.Client) -> None:
    with serving() as other:
        target = other.at("/feed", body=b"<rss/>")
        url = server.at("/old", 302, Location=target)
        client.get(url, headers={"Authorization": "Bearer s3cret"})
        assert server.seen[0][1]["Authorization"] == "Bearer s3cret"
        assert "Authorization" not in other.seen[0][1]


# --- redirects ---


@pytest.mark.parametrize(
    ("first", "second", "permanent"),
    [(301, 308, True), (301, 302, False), (307, 301, False), (303, 301, False)],
)
def test_only_a_wholly_permanent_chain_is_remembered(
    server: Server, client: http.Client, first: int, second: int, permanent: bool
) -> None:
    server.at("/a", first, Location="/b")
    server.at("/b", second, Location="/feed")
    url = server.at("/feed", body=b"<rss/>")
    answer = client.get(server.url + "/a")
    assert answer.url == url
    assert answer.permanent_url == (url if permanent else None)


def test_posts_json_and_never_to_where_it_was_not_meant(server: Server, client: http.Client) -> None:
    got: list[bytes] = []

    def login(request: Request) -> None:
        got.append(request.body)
        request.reply(200, b'{"token": "t"}')

    server.answers["/login"] = login
    assert client.post(server.url + "/login", {"password": "blåbær"}).body == b'{"token": "t"}'
    assert json.loads(got[0]) == {"password": "blåbær"}
    server.at("/moved", 307, Location=server.url + "/login")
    with pytest.raises(SourceError, match="redirects what was posted"):
        client.post(server.url + "/moved", {"password": "blåbær"})
    assert len(got) == 1


def test_redirect_loops_and_long_chains_end(server: Server, client: http.Client) -> None:
    server.at("/a", 302, Location="/b")
    server.at("/b", 302, Location="/a")
    assert failure(client, server.url + "/a").kind == "redirect"
    for n in range(9):
        server.at(f"/n{n}", 302, Location=f"/n{n + 1}")
    assert failure(client, server.url + "/n0").kind == "redirect"
    assert failure(client, server.at("/nowhere", 301)).kind == "redirect"


@pytest.mark.parametrize(
    ("target", "kind"),
    [
        ("http://10.0.0.1/", "private_address"),
        ("http://169.254.169.254/latest/meta-data/", "private_address"),
        ("http://[::ffff:10.0.0.1]/", "private_address"),
        ("file:///etc/passwd", "url"),
        ("javascript:alert(1)", "url"),
        ("http://[broken/", "url"),
    ],
)
def test_redirect_to_a_forbidden_place_is_refused(
    server: Server, client: http.Client, target: str, kind: str
) -> None:
    error = failure(client, server.at("/a", 302, Location=target))
    assert isinstance(error, Refused) and error.kind == kind


# --- addresses ---


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]",
     "[64:ff9b::7f00:1]", "[2002:7f00:1::]"],
)  # fmt: skip
def test_private_hosts_are_refused_in_every_spelling(server: Server, host: str) -> None:
    with http.Client(timeout=QUICK) as public:
        error = failure(public, f"http://{host}:{server.server_port}/feed")
    # A spelling the resolver does not know fails earlier; asked is none.
    assert error.kind in ("private_address", "dns", "url")
    assert server.seen == []


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("10.1.2.3", False), ("192.168.1.1", False),
        ("172.16.0.1", False), ("100.64.0.1", False), ("169.254.169.254", False), ("224.0.0.1", False),
        ("255.255.255.255", False), ("fe80::1", False), ("fd00::1", False), ("ff02::1", False),
        ("::ffff:169.254.169.254", False), ("64:ff9b::a9fe:a9fe", False), ("::", False),
    ],
)  # fmt: skip
def test_guard_knows_public_from_private(address: str, allowed: bool) -> None:
    assert Guard().permits(ipaddress.ip_address(address)) is allowed


def test_allowed_by_name_address_or_network(server: Server) -> None:
    url = server.at("/feed", body=b"<rss/>")
    for entry in ("127.0.0.1", "127.0.0.0/8"):
        with http.Client(allow_private=[entry], timeout=QUICK) as allowed:
            assert allowed.get(url).status == 200
    with http.Client(allow_private=["localhost"], timeout=QUICK) as allowed:
        assert allowed.get(url.replace("127.0.0.1", "localhost")).status == 200
        assert failure(allowed, url).kind == "private_address"
    with pytest.raises(ConfigError, match="allow_private"):
        Guard(["10.0.0.0/99"])


def test_a_name_that_changes_its_address_gains_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DNS rebinding: every answer is checked, and the connection goes to the address that was checked."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *more: Any, **named: Any) -> Any:
        if host != "rebind.example":
            return real(host, port, *more, **named)
        asked.append(host)
        address = "127.0.0.2" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with http.Client(allow_private=["127.0.0.2"], timeout=QUICK) as one:
        error = failure(one, f"http://rebind.example:{server.server_port}/feed")
        assert error.kind == "connect" and server.seen == []  # nobody listens on 127.0.0.2
        error = failure(one, f"http://rebind.example:{server.server_port}/feed")
        assert error.kind == "private_address" and server.seen == []
    assert asked == ["rebind.example"] * 2


@pytest.fixture
def tls_server(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The server behind TLS, for fjordposten.example only, by an authority that the client trusts."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "fjordposten.example")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    alternative = x509.SubjectAlternativeName([x509.DNSName("fjordposten.example")])
    certificate = builder.add_extension(alternative, critical=False).sign(key, hashes.SHA256())
    pem, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    pem.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(pem, secret)
    server.socket = theirs.wrap_socket(server.socket, server_side=True)
    monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: ssl.create_default_context(cafile=str(pem)))
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket,
        "getaddrinfo",
        lambda host, *a, **k: real("127.0.0.1" if str(host).endswith(".example") else host, *a, **k),
    )
    return server


def test_tls_verifies_the_name_although_an_address_is_connected(tls_server: Server) -> None:
    tls_server.at("/feed", body=b"<rss/>")
    with http.Client(allow_private=LOOPBACK, timeout=http.Timeout(5, 5, 5)) as client:
        assert client.get(f"https://fjordposten.example:{tls_server.server_port}/feed").body == b"<rss/>"
        error = failure(client, f"https://other.example:{tls_server.server_port}/feed")
        assert error.kind == "tls"


def test_name_server_that_hangs_costs_the_time_limit_only(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: over.wait(5) and [])
    started = time.monotonic()
    with http.Client(timeout=http.Timeout(0.2, 0.2, 0.3)) as client:
        error = failure(client, "http://slow.example/")
    over.set()
    assert (error.kind, error.transient) == ("dns", True) and time.monotonic() - started < 1.5


@pytest.mark.parametrize(
    "url", ["ftp://a.example/", "http://", "//a.example", "http://a:99999999/", "feed", "data:,x"]
)
def test_other_urls_are_refused(client: http.Client, url: str) -> None:
    assert failure(client, url).kind == "url"


# --- errors ---


@pytest.mark.parametrize(
    ("status", "transient"), [(400, False), (401, False), (404, False), (408, True), (500, True), (502, True)]
)
def test_status_decides_whether_it_is_weather(
    server: Server, client: http.Client, status: int, transient: bool
) -> None:
    error = failure(client, server.at("/feed", status, b"no"))
    assert (error.kind, error.transient) == (f"http_{status}", transient)


def test_gone_is_said_so(server: Server, client: http.Client) -> None:
    error = failure(client, server.at("/feed", 410))
    assert isinstance(error, Refused) and error.kind == "gone" and not error.transient


def test_retry_after_is_kept_for_the_whole_host(server: Server, client: http.Client) -> None:
    error = failure(client, server.at("/feed", 429, Retry_After="7"))
    assert (error.kind, error.transient, error.retry_after) == ("http_429", True, 7)
    other = failure(client, server.at("/other", body=b"<rss/>"))
    assert other.kind == "too_early" and other.transient and 0 < (other.retry_after or 0) <= 7
    assert [path for path, _, _ in server.seen] == ["/feed"]


def test_retry_after_forms() -> None:
    now = datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert retry_after("120", now) == 120
    assert retry_after(format_datetime(now + timedelta(hours=1), usegmt=True), now) == 3600
    assert retry_after(format_datetime(now - timedelta(hours=1), usegmt=True), now) == 0
    assert retry_after("99999999999999999999", now) == 86_400
    assert retry_after("Sun, 22 Nov 2037 23:59:00 GMT", now) == 86_400
    assert [retry_after(v, now) for v in ("", "soon", "-5", "1.5", "Sun, 99 Nov")] == [None] * 5


def test_nobody_there_is_weather(client: http.Client) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        error = failure(client, f"http://127.0.0.1:{free.getsockname()[1]}/")
    assert (error.kind, error.transient) == ("connect", True)


def test_body_cut_short_is_weather(server: Server, client: http.Client) -> None:
    def cut(request: Request) -> None:
        request.reply(200, b"<rss>", Content_Length="500")
        request.close_connection = True

    server.answers["/feed"] = cut
    error = failure(client, server.url + "/feed")
    assert (error.kind, error.transient) == ("truncated", True)
    half = gzip.compress(bytes(range(256)) * 40)[:-20]
    error = failure(client, server.at("/gz", body=half, Content_Encoding="gzip"))
    assert (error.kind, error.transient) == ("truncated", True)


@pytest.mark.parametrize("encoding", ["br", "gzip, gzip", "gzip"])
def test_compression_not_asked_for_or_broken(server: Server, client: http.Client, encoding: str) -> None:
    assert failure(client, server.at("/feed", body=b"not gzip", Content_Encoding=encoding)).kind == "encoding"


# --- time and size ---


@pytest.mark.parametrize("where", ["nothing", "headers", "body"])
def test_time_is_bounded_however_it_is_wasted(server: Server, client: http.Client, where: str) -> None:
    """A read of each single byte is quick enough; the sum is not."""

    def waste(request: Request) -> None:
        request.close_connection = True
        if where == "body":
            request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
        elif where == "headers":
            request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        while not server.over.wait(0.05):
            if where != "nothing":
                request.wfile.write(b"x")
                request.wfile.flush()

    server.answers["/feed"] = waste
    started = time.monotonic()
    error = failure(client, server.url + "/feed")
    assert (error.kind, error.transient) == ("timeout", True)
    assert time.monotonic() - started < 2.5


def test_size_is_bounded_as_sent_and_expanded(server: Server, client: http.Client) -> None:
    assert failure(client, server.at("/big", body=b"x" * 100_001)).kind == "too_large"
    bomb = gzip.compress(bytes(30_000_000))
    assert len(bomb) < 100_000
    assert failure(client, server.at("/bomb", body=bomb, Content_Encoding="gzip")).kind == "too_large"
    assert len(client.get(server.at("/fits", body=b"x" * 100_000)).body) == 100_000


def test_requests_to_one_host_are_spaced_over_threads(server: Server) -> None:
    url = server.at("/feed", body=b"<rss/>")
    with http.Client(allow_private=LOOPBACK, private_spacing=0.1) as client:
        threads = [threading.Thread(target=client.get, args=(url,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    times = sorted(at for _, _, at in server.seen)
    assert len(times) == 4
    assert all(b - a > 0.05 for a, b in pairwise(times)) and times[-1] - times[0] > 0.25


def test_many_threads_share_a_client(server: Server, client: http.Client) -> None:
    urls = [server.at(f"/{n}", body=str(n).encode()) for n in range(40)]
    bodies: dict[str, bytes] = {}
    threads = [threading.Thread(target=lambda u=u: bodies.update({u: client.get(u).body})) for u in urls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bodies == {url: url.rpartition("/")[2].encode() for url in urls}


def test_transport_can_be_replaced() -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=b"<rss/>"))
    with http.Client(transport=transport) as client:
        assert client.get("https://fjordposten.example/rss").body == b"<rss/>"
        assert failure(client, "https://10.0.0.1/rss").kind == "private_address"


NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0),
        ({"x-ratelimit-remaining": "1", "x-ratelimit-reset": "60"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-22T12:05:00.123456Z"}, 300.123456),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-11-22T12:05:00"}, 300),
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "42"}, 42),
        ({"ratelimit-remaining": "0", "ratelimit-reset": str(int(NOON.timestamp()) + 90)}, 90),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "2026-11-22T11:00:00Z"}, 1),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "99999999999999"}, 86_400),
        ({"ratelimit-remaining": "0"}, 0),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "nan"}, 0),
        ({"ratelimit-remaining": "none", "ratelimit-reset": "60"}, 0),
    ],
)
def test_when_an_api_counts_anew(headers: dict[str, str], seconds: float) -> None:
    assert used_up(headers, NOON) == pytest.approx(seconds)


def test_posts_nothing_at_all(server: Server, client: http.Client) -> None:
    got: list[tuple[bytes, str | None]] = []

    def refresh(request: Request) -> None:
        got.append((request.body, request.headers.get("Content-Type")))
        request.reply(200, b"{}")

    server.answers["/refresh"] = refresh
    client.post(server.url + "/refresh", None)
    assert got == [(b"", None)]


def test_a_bare_connection_passes_the_guard(server: Server, client: http.Client) -> None:
    with client.connect("127.0.0.1", server.server_port, timeout=5) as bare:
        assert bare.getpeername() == ("127.0.0.1", server.server_port) and bare.gettimeout() == 5
    with pytest.raises(Refused, match="not a public address"):
        http.Client().connect("localhost", server.server_port)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with pytest.raises(SourceError, match="no connection") as caught:
            client.connect("127.0.0.1", nobody.getsockname()[1])
    assert caught.value.transient
