"""Keyed pseudonyms for authors who are not ours.

The same author gets the same pseudonym in one installation, and nobody without the key file can tell who it
is or test a guess. The key lies outside the database, readable by its owner only; whoever deletes it makes
every pseudonym final.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from pathlib import Path

from monitor.errors import StoreError
from monitor.text import fold

PREFIX = "anon-"
_PSEUDONYM = re.compile(PREFIX + "[0-9a-f]{16}")


class Pseudonyms:
    """``key_file`` is made (32 random bytes, mode 0600) when missing; StoreError when it cannot be trusted."""

    def __init__(self, key_file: Path) -> None:
        self._key = key_of(key_file, "pseudonym key")

    def of(self, author: str) -> str:
        """``anon-`` and 16 hex digits; "" stays "" (no author is not a person)."""
        if not author.strip():
            return ""
        digest = hmac.new(self._key, fold(author.strip()).encode(), hashlib.sha256).hexdigest()
        return PREFIX + digest[:16]

    def is_one(self, author: str) -> bool:
        return _PSEUDONYM.fullmatch(author) is not None

    def digest(self, *parts: str) -> str:
        """32 hex digits that only the holder of the key can compute; never a pseudonym's."""
        message = "\0".join(("digest", *parts)).encode("utf-8", "replace")
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()[:32]


def key_of(path: Path, what: str) -> bytes:
    """At least 32 bytes that only the owner of the file can read; random ones when there is no file yet."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # A new file is written whole and then linked: two processes that start together agree on one key.
        temporary = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        if not path.exists():
            handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(secrets.token_bytes(32))
                out.flush()
                os.fsync(out.fileno())
            try:
                os.link(temporary, path)
            except FileExistsError:
                pass
            finally:
                temporary.unlink()
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise StoreError(f"{path} can be read by others. Remedy: chmod 600 {path}")
        key = path.read_bytes()
    except OSError as error:
        raise StoreError(f"The {what} {path} cannot be read or made: {error}") from error
    if len(key) < 32:
        raise StoreError(f"The {what} {path} is damaged. Remedy: restore it from a backup, or delete it")
    return key
