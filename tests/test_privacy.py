"""Pseudonyms: stable with one key, different with another, the key for its owner only."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.privacy import Pseudonyms


def test_the_same_author_gets_the_same_pseudonym_and_the_name_is_not_in_it(tmp_path: Path) -> None:
    key = tmp_path / "home" / "pseudonym.key"
    one = Pseudonyms(key).of("Ingunn på Nesosen")
    assert one == Pseudonyms(key).of("  INGUNN på nesosen ")
    assert one.startswith("anon-") and "ingunn" not in one.lower()
    assert one != Pseudonyms(tmp_path / "other.key").of("Ingunn på Nesosen")


def test_no_author_is_not_a_person(tmp_path: Path) -> None:
    assert Pseudonyms(tmp_path / "key").of("  ") == ""


def test_the_key_is_for_its_owner_only(tmp_path: Path) -> None:
    key = tmp_path / "pseudonym.key"
    Pseudonyms(key)
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o644)
    with pytest.raises(StoreError, match="chmod 600"):
        Pseudonyms(key)


def test_a_damaged_key_is_an_error_not_a_new_identity(tmp_path: Path) -> None:
    key = tmp_path / "pseudonym.key"
    key.touch(mode=0o600)
    with pytest.raises(StoreError, match="damaged"):
        Pseudonyms(key)
