"""What the dashboard's server is handed so that people can sign in, and where it may listen."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from monitor.config import Auth, Config, loopback
from monitor.errors import ConfigError
from monitor.privacy import key_of


def may_listen(config: Config, address: str) -> None:
    """Without a login everybody who reaches the dashboard may do everything: then nobody else must reach it."""
    if config.settings.auth is None and not loopback(address):
        raise ConfigError(
            f"The dashboard would be open to everybody who reaches {address}. Remedy: add `auth` to the brand file, "
            "so that people sign in (docs/login.md), or leave --address out and open it on this machine only"
        )


@contextlib.contextmanager
def handed_over(config: Config) -> Iterator[list[str]]:
    """Arguments for Streamlit; [] without a login. The secrets lie in a file that only its owner can read, for as long
    as the server runs: never on a command line, which every program of the machine can read."""
    auth = config.settings.auth
    if auth is None:
        yield []
        return
    if not auth.client_secret:
        named = auth.secret_from or "the variable that `auth.client_secret` names"
        raise ConfigError(
            f"Nobody could sign in: {named} is not set. Remedy: set it to the provider's client secret"
        )
    if importlib.util.find_spec("authlib") is None:
        raise ConfigError("Signing in needs Authlib. Remedy: pip install 'streamlit[auth]'")
    cookies = auth.cookie_secret or key_of(config.settings.login_key_file, "key of the login").hex()
    if len(cookies) < 32:
        raise ConfigError(
            "`auth.cookie_secret` is shorter than 32 characters. Remedy: leave it out; one is made"
        )
    with tempfile.TemporaryDirectory(prefix="omdomme-") as folder:  # 0700
        file = Path(folder) / "secrets.toml"
        with os.fdopen(
            os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8"
        ) as out:
            out.write(_toml(auth, cookies))
        yield ["--secrets.files", str(file)]


def _toml(auth: Auth, cookie_secret: str) -> str:
    values = {
        "redirect_uri": auth.redirect_uri,
        "cookie_secret": cookie_secret,
        "client_id": auth.client_id,
        "client_secret": auth.client_secret,
        "server_metadata_url": auth.metadata_url,
    }
    # A JSON string is a TOML string but for DEL, which stands in none of these unescaped.
    lines = [
        f"{key} = {json.dumps(value, ensure_ascii=False).replace(chr(127), '')}"
        for key, value in values.items()
    ]
    return "\n".join(["[auth]", *lines, ""])
