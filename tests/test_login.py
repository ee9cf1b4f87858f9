"""The login's settings, what the server is handed, and the gate of pages and writes, without a browser."""

from __future__ import annotations

import os
import stat
import sys
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from typer.testing import CliRunner

from dashboard.login import Place, _Places
from dashboard.viewer import Viewer
from monitor import readmodel
from monitor.cli import app as cli
from monitor.cli_login import handed_over, may_listen
from monitor.config import check, json_schema, load
from monitor.errors import ConfigError, OmdommeError
from monitor.readmodel import MentionFilter
from monitor.store import Poll, Store
from monitor.types import Conflict, FetchState, Flag, Match, Mention, Target, Verdict
from tests.dashboard_data import LINK, brand_file, seed

APP = Path(__file__).parent.parent / "dashboard" / "app.py"
SECRET = 'hush"\\\n[evil]\nx = "1'
GOOD = """
auth:
  issuer: https://login.example/realms/bank/
  client_id: omdomme
  client_secret: ${OMDOMME_OIDC_SECRET}
  address: https://omdomme.example/
  claim: groups
  roles: {viewer: om-read, desk: [om-desk], admin: om-admin}
  leaders: {leader.1: kari@bank.example}
"""
ENV = {"OMDOMME_OIDC_SECRET": SECRET}


def test_what_the_file_says_of_the_login(tmp_path: Path) -> None:
    assert check(brand_file(tmp_path, GOOD)) == []
    auth = load(brand_file(tmp_path, GOOD), ENV).settings.auth
    assert auth is not None
    assert auth.metadata_url == "https://login.example/realms/bank/.well-known/openid-configuration"
    assert auth.redirect_uri == "https://omdomme.example/oauth2callback"
    assert auth.roles["desk"] == {"om-desk"} and auth.leaders == {"Kari Nordvik": {"kari@bank.example"}}
    assert auth.client_secret == SECRET and "hush" not in repr(load(brand_file(tmp_path, GOOD), ENV))
    assert load(brand_file(tmp_path)).settings.auth is None
    assert "auth" in json_schema()["properties"]


@pytest.mark.parametrize(
    ("old", "new", "field", "words"),
    [
        ("  client_id: omdomme\n", "", "auth.client_id", "is missing"),
        ("  issuer: https://login.example/realms/bank/\n", "", "auth", "either an issuer or a metadata_url"),
        ("https://login.example", "http://login.example", "auth.issuer", "https://"),
        ("https://login.example", "ftp://x", "auth.issuer", "is not a web address"),
        ("omdomme.example/", "omdomme.example/pages", "auth.address", "the host alone"),
        (
            "${OMDOMME_OIDC_SECRET}",
            "hemmelig-verdi",
            "auth.client_secret",
            "does not belong in the brand file",
        ),
        ("${OMDOMME_OIDC_SECRET}", "${HOME}", "auth.client_secret", "no variable that is read"),
        ("leader.1: kari", "leader.9: kari", "auth.leaders.leader.9", "no leader in this file"),
        ("viewer: om-read", "reader: om-read", "auth.roles.reader", "nothing here reads"),
        ("admin: om-admin", "admin: om-desk", "auth.roles.desk", "already"),
        ("  claim: groups\n", "  hours: 0\n", "auth.hours", "below 1"),
        ("  claim: groups\n", "  default: desk\n", "auth.default", "is not one of"),
        ("  claim: groups\n", "  clam: groups\n", "auth.clam", "did you mean `claim`"),
    ],
)
def test_a_mistake_is_named(old: str, new: str, field: str, words: str, tmp_path: Path) -> None:
    problems = check(brand_file(tmp_path, GOOD.replace(old, new)))
    found = [p for p in problems if p.field == field]
    assert found and words in f"{found[0].message} {found[0].remedy}", problems
    assert found[0].line and "hemmelig" not in str(problems)


def test_a_login_that_lets_nobody_in_is_a_mistake(tmp_path: Path) -> None:
    nobody = GOOD[: GOOD.index("  roles")]
    assert any("lets nobody in" in p.message for p in check(brand_file(tmp_path, nobody)))


def test_streamlit_is_handed_a_private_file_that_goes_with_the_server(tmp_path: Path) -> None:
    config = load(brand_file(tmp_path, GOOD), ENV)
    with handed_over(config) as arguments:
        file = Path(arguments[-1])
        assert arguments == ["--secrets.files", str(file)] and SECRET not in str(arguments)
        if os.name == "posix":
            assert (
                stat.S_IMODE(file.stat().st_mode) == 0o600
                and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
            )
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        assert told.keys() == {"auth"} and told["auth"]["client_secret"] == SECRET
        cookies = told["auth"]["cookie_secret"]
    assert not file.parent.exists()
    kept = config.settings.login_key_file
    assert kept.read_bytes().hex() == cookies and len(cookies) >= 64
    if os.name == "posix":
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with handed_over(config) as arguments:
        assert cookies in Path(arguments[-1]).read_text(encoding="utf-8"), "the same after a restart"


def test_a_secret_that_is_not_set_is_said_when_the_dashboard_starts_and_not_before(tmp_path: Path) -> None:
    config = load(brand_file(tmp_path, GOOD), {})
    with pytest.raises(ConfigError, match="OMDOMME_OIDC_SECRET is not set"), handed_over(config):
        pass
    with handed_over(load(brand_file(tmp_path), {})) as arguments:
        assert arguments == []


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.0.0.7", "omdomme.example", ""])
def test_without_a_login_it_listens_on_this_machine_only(address: str, tmp_path: Path) -> None:
    config = load(brand_file(tmp_path))
    for own in ("127.0.0.1", "localhost", "::1"):
        may_listen(config, own)
    with pytest.raises(ConfigError, match="open to everybody"):
        may_listen(config, address)
    may_listen(load(brand_file(tmp_path, GOOD), ENV), address)


@pytest.mark.parametrize("command", ["dashboard", "serve"])
def test_the_commands_refuse_before_they_start_anything(command: str, tmp_path: Path) -> None:
    brand = str(brand_file(tmp_path))
    found = CliRunner().invoke(cli, [command, "--brand", brand, "--address", "0.0.0.0"])
    assert found.exit_code != 0
    assert isinstance(found.exception, OmdommeError) and "add `auth`" in str(found.exception)


def served(
    monkeypatch: pytest.MonkeyPatch,
    brand: Path,
    claims: dict[str, Any] | None,
    page: str = "home",
    handed: bool = True,
) -> AppTest:
    monkeypatch.setattr(sys, "argv", [str(APP), "--brand", str(brand)])
    app = AppTest.from_file(str(APP), default_timeout=60)
    auth = load(brand, ENV).settings.auth
    if auth and handed:
        app.secrets["auth"] = {
            "client_id": auth.client_id,
            "server_metadata_url": auth.metadata_url,
            "redirect_uri": auth.redirect_uri,
        }
    if claims is not None:
        app.user = {"is_logged_in": True, "sub": "u-1", "iat": int(datetime.now(UTC).timestamp()), **claims}
    app.query_params["lang"] = "en"
    app.run()
    return app


def told(app: AppTest) -> str:
    assert not app.exception
    return " ".join(str(each.proto.body) for each in app.get("html"))


def test_a_server_that_was_started_without_the_login_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    brand = brand_file(tmp_path, GOOD)
    text = told(served(monkeypatch, brand, None, handed=False))
    assert "this server was started without it or for another" in text and "Kari Nordvik" not in text
    brand.write_text(
        brand.read_text(encoding="utf-8").replace("client_id: omdomme", "client_id: other"), "utf-8"
    )
    app = served(monkeypatch, brand, {"groups": "om-admin"})
    app.secrets["auth"] = {"client_id": "omdomme"}
    assert "started without it or for another" in told(app.run())


def test_a_viewer_cannot_write_though_a_form_is_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a hidden button hides is refused where it is written."""
    brand = brand_file(tmp_path, GOOD)
    seed(brand)

    def write() -> None:
        import streamlit as st

        from dashboard import context, correcting
        from dashboard.language import Texts

        st.session_state["_context"] = context.Context.__new__(context.Context)
        object.__setattr__(st.session_state["_context"], "viewer", st.session_state["as"])
        done = correcting.written(
            lambda: "done", Texts("en", "UTC"), "case.edited", allowed=st.session_state["may"]
        )
        st.text(done or "refused")

    late = datetime(2020, 1, 1, tzinfo=UTC)
    for viewer, may, expected in (
        (Viewer("viewer", "A"), None, "refused"),
        (Viewer("leader", "A", leader="Kari Nordvik"), None, "refused"),
        (Viewer("leader", "A", leader="Kari Nordvik"), True, "done"),
        (Viewer("desk", "A"), None, "done"),
        (Viewer("desk", "A"), False, "refused"),
        (Viewer("admin", "A", until=late), None, "refused"),
        (Viewer(), None, "done"),
    ):
        app = AppTest.from_function(write, default_timeout=30)
        app.session_state["as"], app.session_state["may"] = viewer, may
        assert [each.value for each in app.run().text] == [expected], (viewer, may, app.exception)


def test_a_leader_answers_a_flag_on_their_own_post_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    brand = brand_file(tmp_path, GOOD)
    seed(brand)
    config, now = load(brand, ENV), datetime.now(UTC)
    path, since = config.settings.database, now - timedelta(days=30)
    wanted = MentionFilter(since, now)
    at = now - timedelta(hours=2)
    own = Mention(
        "own-1",
        "Gjeld",
        "Vi låner gjerne ut mer.",
        LINK,
        "Kari Nordvik",
        "avisa",
        "news",
        "nb",
        "leader",
        at,
        at,
    )
    store = Store(path)
    store.add_polls([Poll("avisa", now, FetchState(polls=3), (own,))])
    match = Match(True, (Target("Fjordbank", "brand"),), "leader", "Kari Nordvik")
    store.add_matches(config.identity.hash, [(own, match)], now)
    store.add_stories([(own.id, own.id)], now)
    store.add_verdicts([(own, Verdict("Fjordbank", 0.1, 0.8, 0.1, "judged", "test@1"))], now)
    hit = Conflict("value.1", 0.9, "major", "text", 3, 9, own.text[3:9], "Motsier")
    flag = Flag("major", 0.9, (hit,), (("value.1", 0.9),), False, "test@1")
    store.add_flags(config.identity.hash, [(own, flag)], now)
    claims = {"name": "Kari Nordvik", "email": "kari@bank.example", "email_verified": True}
    app = served(monkeypatch, brand, claims)
    text = told(app)
    labels = [button.label for button in app.button]
    assert "Answer" in labels, text.split("<style>")[0][-1500:]
    assert not {"Confirm", "Dismiss", "Give to somebody"} & set(labels)
    next(button for button in app.button if button.label == "Answer").click().run()
    app.text_area[0].set_value("Jeg mente <b>noe</b> annet")
    next(button for button in app.button if button.label == "Save").click().run()
    told(app)
    case = next(m for m in readmodel.mentions(path, wanted, limit=100) if m.id == "own-1").case
    assert case and [(e.action, e.who, e.words) for e in case.log] == [
        ("answered", "Kari Nordvik (kari@bank.example)", "Jeg mente <b>noe</b> annet")
    ]


def test_pages_by_role(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    brand = brand_file(tmp_path, GOOD)
    seed(brand)
    assert "Sign in to see the reputation" in told(served(monkeypatch, brand, None))
    text = told(served(monkeypatch, brand, {"groups": [], "email": "kari@bank.example"}))
    assert "<h1>Kari Nordvik</h1>" in text
    text = told(served(monkeypatch, brand, {"groups": ["om-other"], "email": "x@y.example"}))
    assert (
        "You are signed in, but have no access" in text and "x@y.example" in text and "Sak nummer" not in text
    )
    text = told(served(monkeypatch, brand, {"groups": ["om-admin"], "iat": 1_000_000_000}))
    assert "It is a while since you signed in" in text


def test_where_somebody_meant_to_go_is_kept_for_each_browser_and_bounded() -> None:
    places = _Places()
    places.keep("a", Place("conflicts", (("state", ("open",)),)))
    assert places.peek("a") == places.take("a") == Place("conflicts", (("state", ("open",)),))
    assert places.take("a") is None and places.take("") is None
    for n in range(2_000):
        places.keep(str(n), Place("", ()))
    assert places.take("0") is None and places.take("1999") is not None
