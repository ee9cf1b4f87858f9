"""A real OpenID provider on loopback, and the dashboard that people sign in to with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from oidc_provider_mock import User, run_server_in_thread
from playwright.sync_api import Page

from tests.chromium import ROOT, answers

SECRET = "the-secret-of-the-client"
VARIABLE = "OMDOMME_OIDC_SECRET"
AUTH = """
auth:
  issuer: {issuer}
  client_id: omdomme
  client_secret: ${{OMDOMME_OIDC_SECRET}}
  address: {address}
  claim: groups
  roles: {{viewer: om-read, desk: om-desk, admin: om-admin}}
  leaders: {{leader.1: marit@lomvi.example}}
"""


@contextmanager
def provider(people: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    """The issuer; ``people`` are claims by subject, each with a button of its own on the provider's page."""
    with run_server_in_thread(
        user_claims=[User(sub=sub, claims=dict(c)) for sub, c in people.items()]
    ) as server:
        yield f"http://localhost:{server.server_port}"


@contextmanager
def served(brand: Path, port: int) -> Iterator[str]:
    """As people start it: `omdomme dashboard`, with the secret in the environment."""
    command = [sys.executable, "-m", "monitor.cli", "dashboard", "--brand", str(brand), "--port", str(port)]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OMDOMME_")}
    environment |= {VARIABLE: SECRET, "AUTHLIB_INSECURE_TRANSPORT": "1", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            answers(f"http://127.0.0.1:{port}/_stcore/health", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def sign_in(page: Page, sub: str) -> None:
    """From our page to the provider's, and back."""
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name=sub, exact=True).click()
