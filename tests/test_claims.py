"""Who a person is, from what the provider says of them: also when it says nonsense, or they wrote it themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboard.claims import viewer_of
from dashboard.viewer import NAME_MOST, Viewer
from monitor.config import Auth

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
AUTH = Auth(
    "https://login.example/.well-known/openid-configuration",
    "omdomme",
    "https://omdomme.example",
    "groups",
    {
        "admin": frozenset({"om-admin"}),
        "desk": frozenset({"om-desk"}),
        "leader": frozenset({"om-leaders"}),
        "viewer": frozenset({"om-read"}),
    },
    leaders={"Kari Nordvik": frozenset({"kari@bank.example"}), "Ola Vik": frozenset({"ola@bank.example"})},
    hours=8,
)


def claims(**more: Any) -> dict[str, Any]:
    given = {
        "sub": "u-1", "iat": NOW.timestamp() - 60, "name": "Ane Vakt", "email": "ane@bank.example", "groups": ["om-desk"]
    }  # fmt: skip
    return {k: v for k, v in {**given, **more}.items() if v is not None}


def known(**more: Any) -> Viewer:
    found = viewer_of(claims(**more), AUTH, NOW)
    assert isinstance(found, Viewer), found
    return found


def test_a_person_is_who_the_provider_says_with_what_their_group_may() -> None:
    found = known()
    assert (found.role, found.name, found.subject) == ("desk", "Ane Vakt (ane@bank.example)", "u-1")
    assert found.decides and found.takes_along and not known(groups="om-read").decides


@pytest.mark.parametrize(
    ("groups", "role"),
    [
        (["om-read", "om-desk"], "desk"),
        (["om-desk", "om-admin"], "admin"),
        ("om-read", "viewer"),
        (("om-read", 7, None, {"x": 1}, "x" * 10_000), "viewer"),
    ],
)
def test_of_several_roles_one_counts(groups: object, role: str) -> None:
    assert known(groups=groups).role == role


@pytest.mark.parametrize(
    "groups",
    [None, [], "", 7, True, {"om-desk": True}, [["om-desk"]], b"om-desk", "om-desk,om-admin", "OM-DESK", " om-desk",
     "om-desk\u202e", "om-desk\x00", ["x"] * 1_000 + ["om-desk"], "om-desk" + " " * 10_000],
)  # fmt: skip
def test_what_is_not_to_the_letter_a_group_gives_nothing(groups: object) -> None:
    assert viewer_of(claims(groups=groups), AUTH, NOW) == "no_role"


def test_a_leader_is_known_by_address_also_without_a_group_and_sees_themselves() -> None:
    found = known(groups=None, email="Kari@Bank.example")
    assert (found.role, found.leader) == ("leader", "Kari Nordvik")
    assert not found.decides and not found.takes_along
    assert found.answers("Kari Nordvik") and not found.answers("Ola Vik") and not found.answers("")
    assert found.concerned("Kari Nordvik") and not found.concerned("Ola Vik")
    assert found.sees("leaders") and not found.sees("overview") and not found.sees("conflicts")
    assert known(groups=["om-read"], email="kari@bank.example").role == "leader", (
        "the narrower before the wider"
    )
    assert known(email="kari@bank.example").role == "desk"


def test_who_is_a_leader_of_nobody_or_of_an_unconfirmed_address_is_refused() -> None:
    assert viewer_of(claims(groups=["om-leaders"]), AUTH, NOW) == "no_leader"
    for said in (False, "false", None, 0, "yes"):
        given = claims(groups=["om-leaders"], email="kari@bank.example") | {"email_verified": said}
        assert viewer_of(given, AUTH, NOW) == "no_leader", said
    for said in (True, "true"):
        assert (
            known(groups=["om-leaders"], email="kari@bank.example", email_verified=said).leader
            == "Kari Nordvik"
        )


def test_two_leaders_at_once_are_none() -> None:
    mail = ["kari@bank.example", "ola@bank.example"]
    assert viewer_of(claims(groups=["om-leaders"], email=mail), AUTH, NOW) == "no_leader"


@pytest.mark.parametrize("sub", [None, "", 7, ["u-1"], {"a": 1}, "u\u202e1", "u\x001", "u" * 300, " "])
def test_without_a_subject_nobody_is_signed_in(sub: object) -> None:
    assert viewer_of({**claims(), "sub": sub}, AUTH, NOW) == "again"


@pytest.mark.parametrize(
    "iat", [None, "now", True, float("nan"), float("inf"), -1, 0, 1e300, [1], (NOW + timedelta(hours=1)).timestamp(),
            (NOW - timedelta(hours=8)).timestamp()]
)  # fmt: skip
def test_who_signed_in_too_long_ago_or_at_no_time_signs_in_again(iat: object) -> None:
    assert viewer_of({**claims(), "iat": iat}, AUTH, NOW) == "again"


def test_one_is_signed_in_for_the_hours_set() -> None:
    found = known(iat=(NOW - timedelta(hours=7, minutes=59)).timestamp())
    assert found.signed_in(NOW) and not found.signed_in(NOW + timedelta(minutes=1))


@pytest.mark.parametrize(
    "name", ["A" * 5_000_000, "Ane\u202e\u2066 Vakt\x00\x1b[31m\n\nx", "<b>Ane</b> *V* :red[x]"]
)
def test_a_name_is_bounded_and_plain(name: str) -> None:
    found = known(name=name)
    for shown in (found.name, found.shown):
        assert 0 < len(shown) <= NAME_MOST
        assert not set(shown) & set("\u202e\u2066\x00\x1b\n<>[]")
    assert found.name.endswith(" (ane@bank.example)")


def test_no_name_can_pretend_to_be_signed_by_another() -> None:
    assert known(name="Sjefen (sjefen@bank.example)").name == "Sjefen sjefen@bank.example (ane@bank.example)"
    assert known(name="Sjefen", email_verified=False).name == "Sjefen (u-1)", "nobody confirmed the address"
    assert known(name="Sjefen", email=None).name == "Sjefen (u-1)"


@pytest.mark.parametrize("name", [None, 7, ["Ane"], {"x": 1}, "", "\u202e", "()"])
def test_without_a_name_that_is_one_another_claim_or_the_address_stands_in(name: object) -> None:
    assert known(name=name).name == "ane@bank.example"
    assert known(name=name, given_name="Ane", family_name="Vakt").shown == "Ane Vakt"


def test_a_claim_may_lie_inside_another_or_have_a_point_in_its_name() -> None:
    inside = Auth("", "", "", "realm_access.roles", AUTH.roles)
    assert viewer_of(claims(realm_access={"roles": ["om-desk"]}), inside, NOW) != "no_role"
    assert viewer_of(claims(realm_access="om-desk"), inside, NOW) == "no_role"
    named = Auth("", "", "", "https://x.example/roles", AUTH.roles)
    assert viewer_of({**claims(), "https://x.example/roles": "om-desk"}, named, NOW) != "no_role"


def test_everybody_may_be_a_viewer() -> None:
    everybody = Auth("", "", "", "groups", AUTH.roles, default="viewer")
    found = viewer_of(claims(groups=None), everybody, NOW)
    assert (
        isinstance(found, Viewer) and found.role == "viewer" and not found.decides and not found.sees("draft")
    )
