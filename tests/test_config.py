"""The brand file: every dialect is read whole, every mistake is named with its line, no secret is shown."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from monitor.config import check, convert, json_schema, load, load_identity, template
from monitor.config import yamltree as brandfile
from monitor.errors import ConfigError, Problem
from monitor.types import Account

BRANDS = sorted((Path(__file__).parent / "data" / "brands").glob("*.yaml"))
SMALL = "name: Fjordbank\nvalues: [{id: value.1, text: Vi svarer.}]\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "brand.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(folder: Path, text: str, kinds: tuple[str, ...] = ("feed",)) -> list[Problem]:
    return check(write(folder, text), kinds)


def one(folder: Path, text: str) -> Problem:
    (problem,) = problems(folder, text)
    return problem


def leaves(node: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(node, list):
        for value in node:
            yield from leaves(value, path)
    else:
        yield path, str(node)


# --- dialects ---


@pytest.mark.parametrize("path", BRANDS, ids=lambda p: p.stem)
def test_a_dialect_is_read_whole(path: Path) -> None:
    identity = load_identity(path)
    held = {value for _, value in leaves(dataclasses.asdict(identity, dict_factory=_listed))}
    notes = {"brand", "brand.id", "brand.products.kind", "split", "ownership"}
    for key, value in leaves(yaml.safe_load(path.read_text(encoding="utf-8"))):
        if key in notes:
            continue
        if key in ("leaders.private", "leaders.speaks_about") and value not in held:
            assert all(part in held for part in value.split(", ")), (key, value)
        else:
            assert value in held, (key, value)
    assert not [p for p in check(path) if p.level == "error"]


def _listed(pairs: list[tuple[str, object]]) -> dict[str, object]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in pairs}


def test_brand_as_text_with_comma_strings_and_titles() -> None:
    identity = load_identity(BRANDS[0].parent / "brand_stryk.yaml")
    leader = identity.leaders[0]
    assert (identity.name, leader.id, leader.role) == ("Stryk Energi", "role.1", "konsernsjef")
    assert leader.private == ("familie og barn", "hytta på Hovdalsheia", "partipolitisk syn", "tro")
    assert leader.accounts == ("@raasheim",)
    assert [s.id for s in identity.statements if s.kind == "out_of_bounds"] == [
        f"topic.{n}" for n in (1, 2, 3, 4)
    ]
    assert len(identity.homonyms) == 7 and identity.products[0].note.startswith("hurtigladenettverk")


def test_aliases_hidden_in_a_note_are_found() -> None:
    products = {p.name: p.aliases for p in load_identity(BRANDS[0].parent / "brand_bauta.yaml").products}
    assert products == {
        "Halsøy Tidende": ("HT", "halsoytidende"),
        "Ytterfjord Blad": ("YB",),
        "Dalbygd Avis": ("DA",),
        "Bauta+": (),
    }


@pytest.mark.parametrize("path", BRANDS, ids=lambda p: p.stem)
def test_the_canonical_form_means_the_same(path: Path, tmp_path: Path) -> None:
    converted = write(tmp_path, convert(path))
    assert load_identity(converted) == load_identity(path)
    assert convert(converted) == converted.read_text(encoding="utf-8")
    keys = yaml.safe_load(converted.read_text(encoding="utf-8")).keys()
    assert {"name", "homonyms", "leaders", "values"} <= keys and "brand" not in keys


def test_the_hash_follows_what_matching_and_flagging_read(tmp_path: Path) -> None:
    def digest(extra: str) -> str:
        return load_identity(write(tmp_path, SMALL + extra)).hash

    same = digest("")
    assert len(same) == 16 and int(same, 16) >= 0
    assert (
        digest("recipients: [{address: a@b.no}]\nsources: [{id: x, kind: feed, url: 'https://a.no'}]") == same
    )
    assert digest("goals: [{id: goal.1, text: Mer}]") == same
    assert digest("aliases: [FB]") != same
    assert digest("guidelines: [{id: guideline.1, text: Ikke lov noe.}]") != same


def test_bare_texts_and_missing_ids_are_enough(tmp_path: Path) -> None:
    identity = load_identity(
        write(
            tmp_path,
            "name: Fjordbank\nvalues: [Vi svarer, {id: value.1, text: Vi måler}]\nguidelines: {g.a: Aldri lyv}\n"
            "leaders: [Kari Nes]\ncompetitors: Lånebua, Kronelån\nemployees: [Ola Li]\n",
        )
    )
    assert [(s.id, s.kind) for s in identity.statements] == [
        ("value.2", "value"),
        ("value.1", "value"),
        ("g.a", "guideline"),
    ]
    assert (identity.leaders[0].id, identity.competitors) == ("leader.1", ("Lånebua", "Kronelån"))
    assert identity.employees == ("Ola Li",)


def test_handles_and_addresses_are_accounts_unless_they_opted_out(tmp_path: Path) -> None:
    text = """
name: Fjordbank
aliases: ["@fjordbank", fjordbank.example]
leaders: [{name: Kari Nes, aliases: ["@karines", K. Nes], accounts: ["https://social.example/kari", "@hemmelig"]}]
employees: [{name: Ola Li, accounts: ["@olali"]}]
accounts:
  - {url: "https://www.social.example/fjordbank", handle: "@fjordbank2"}
  - {handle: "@hemmelig", person: Kari Nes, opted_in: false}
values: [Vi svarer]
"""
    identity = load_identity(write(tmp_path, text))
    assert identity.leaders[0].accounts == ("@karines", "https://social.example/kari")
    assert {a.address for a in identity.accounts if a.person is None} == {
        "@fjordbank",
        "fjordbank.example",
        "https://www.social.example/fjordbank",
        "@fjordbank2",
    }
    assert Account("@olali", "Ola Li") in identity.accounts
    assert Account("@hemmelig", "Kari Nes", opted_in=False) in identity.accounts
    assert load_identity(write(tmp_path, convert(tmp_path / "brand.yaml"))) == identity


# --- YAML's traps ---


def test_scalars_mean_what_their_field_says(tmp_path: Path) -> None:
    config = load(
        write(
            tmp_path,
            "name: 1881\nlanguages: [no, nb]\naliases: [On, 12:30, 007, 2026-01-01]\n"
            "values: [{id: v, text: Vi svarer, valid_from: 2026-01-01}]\nfictional: yes\n"
            "goals: [{id: g, text: Mer, baseline: 48 %, target: '3,2', deadline: 2027-12-31}]\n"
            "sources: [{id: s, kind: feed, path: a.jsonl, limit: 5, full: true, code: '007', options: {x: 1.5}}]\n",
        ),
        {},
    )
    identity, options = config.identity, config.sources[0].options
    assert (identity.name, identity.languages, identity.fictional) == ("1881", ("no", "nb"), True)
    assert identity.aliases == ("On", "12:30", "007", "2026-01-01")
    assert identity.statements[0].valid_from == date(2026, 1, 1)
    assert (identity.goals[0].baseline, identity.goals[0].target) == (0.48, 3.2)
    assert options == {"path": "a.jsonl", "limit": 5, "full": True, "code": "007", "x": 1.5}
    again = load(write(tmp_path, convert(tmp_path / "brand.yaml")), {})
    assert (again.identity, again.sources) == (identity, config.sources)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("name: A\naliases: [A AS, @a]\n", 2, "@handle"),
        ("name: A\naliases: [A AS, #a]\nsector: x\n", 2, "#tag"),
        ("name: A\naliases:\n  - A AS\n  - #a\n", 4, "#tag"),
        ("name: A\nsector: salg: alt\n", 2, "in quotes"),
        ("name: A\nleaders:\n\t- x\n", 3, "never with tabs"),
        ("name: A\nsector: x\nname: B\n", 3, "first in line 1"),
        ("name: A\n---\nname: B\n", 2, "second document"),
        ("name: !!python/object/apply:os.system [true]\n", 1, "tag"),
        ("name: A\nsector: *x\n", 2, "refers to nothing"),
        ("- A\n", 1, "not a mapping"),
        ("", 1, "empty"),
    ],
)
def test_broken_yaml_is_explained(tmp_path: Path, text: str, line: int, said: str) -> None:
    found = [p for p in problems(tmp_path, text) if p.level == "error"]
    assert found[0].line == line and said in str(found[0]), found
    with pytest.raises(ConfigError, match=r"brand\.yaml"):
        load_identity(tmp_path / "brand.yaml")


def test_hostile_files_end_soon(tmp_path: Path) -> None:
    laughs = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n"
        for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    started = time.monotonic()
    for text, said in [
        (laughs, "aliases"),
        ("a: " + "[" * 100_000, "levels"),
        ("a: &a [*a]", "refers to nothing"),
        ("x" * 1_000_001, "larger"),
        ("name: A\x00B", "control character"),
        ("name: A\nvalues:\n" + "- x\n" * 30_000, "values"),
    ]:
        assert said in str(one(tmp_path, text))
    assert time.monotonic() - started < 5
    (tmp_path / "brand.yaml").write_bytes(b"name: A\nsector: f\xf8re\n")
    assert "UTF-8" in str(check(tmp_path / "brand.yaml")[0])
    assert "no such file" in str(check(tmp_path / "none.yaml")[0])


# --- mistakes ---


def test_several_mistakes_are_named_at_once(tmp_path: Path) -> None:
    text = """\
name: Stryk
alias: [Stryk Energi]
leaders:
  - {id: leader.1, name: Kari Nes}
  - {id: leader.1, name: kari nes}
  - {id: leader.3, role: sjef}
values:
  - {id: value.1, text: ""}
  - {id: value.2, text: Vi svarer, valid_from: i fjor}
wanted_image:
  - {id: value.2, text: Vi er blide, valid_from: 2026-02-01, valid_to: 2026-01-01}
accounts: [{handle: "@x", person: Ukjent}]
goals: [{id: goal.1, text: Mer}]
sources:
  - {id: a, kind: fed, url: "https://a.example/rss"}
  - {id: b, url: "https://a.example/rss"}
  - {id: c, kind: feed, token: hunter2}
recipients:
  - {address: kari(at)stryk.no}
  - {address: ok@stryk.no, lang: se}
timezone: Oslo
alerts: {min_count: 0}
smtp: {password: hunter2}
"""
    found = problems(tmp_path, text)
    said = {(p.line, p.field, p.level) for p in found}
    assert said == {
        (1, "name", "warning"),  # an everyday word without homonyms
        (2, "alias", "warning"),
        (5, "leaders[leader.1].id", "error"),
        (5, "leaders[leader.1].name", "error"),
        (6, "leaders[leader.3].name", "error"),
        (8, "values[value.1].text", "error"),
        (9, "values[value.2].valid_from", "error"),
        (11, "wanted_image[value.2].id", "error"),
        (11, "wanted_image[value.2]", "error"),
        (12, "accounts[1].person", "warning"),
        (13, "goals[goal.1]", "warning"),
        (15, "sources[a].kind", "error"),
        (16, "sources[b].kind", "error"),
        (17, "sources[c].token", "error"),
        (19, "recipients[1].address", "error"),
        (20, "recipients[2].lang", "error"),
        (21, "timezone", "error"),
        (22, "alerts.min_count", "error"),
        (23, "smtp", "error"),
        (23, "smtp.password", "error"),
    }
    assert [p.line for p in found] == sorted(p.line or 0 for p in found)
    assert all(p.remedy and p.file.endswith("brand.yaml") for p in found)
    remedies = {p.field: p.remedy for p in found}
    assert "`aliases`" in remedies["alias"] and "`feed`" in remedies["sources[a].kind"]
    assert "hunter2" not in "".join(map(str, found))


def test_names_that_are_hard_to_tell_apart_are_pointed_out(tmp_path: Path) -> None:
    everyday = one(tmp_path, SMALL + "aliases: [Bakken]\n")
    assert everyday.level == "warning" and "homonyms" in everyday.remedy
    assert problems(tmp_path, SMALL + "aliases: [Bakken]\nhomonyms: [etternavnet Bakken]\n") == []
    bare = one(tmp_path, SMALL + "homonyms: [fjordbank]\n")
    assert bare.level == "warning" and "own names" in bare.message
    shared = one(
        tmp_path, SMALL + "leaders: [{name: Kari Nes, aliases: [Nes]}, {name: Ola Nes, aliases: [Nes]}]\n"
    )
    assert (shared.level, shared.field) == ("warning", "leaders[leader.2].aliases[1]")


def test_a_file_without_a_name_or_statements(tmp_path: Path) -> None:
    assert {(p.field, p.level) for p in problems(tmp_path, "sector: bank\n")} == {
        ("name", "error"),
        ("", "warning"),
    }


def test_mistakes_beside_the_identity_do_not_stop_the_filters(tmp_path: Path) -> None:
    text = (
        SMALL
        + "sources: [{id: a}]\nrecipients: [x]\ngoals: [{id: g, text: M, deadline: snart}]\nthreads: many\n"
    )
    path = write(tmp_path, text)
    assert load_identity(path).name == "Fjordbank"
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    assert {p.field for p in caught.value.problems} == {
        "sources[a]",
        "sources[a].kind",
        "recipients[1].address",
        "goals[g].deadline",
        "threads",
    }


# --- settings ---


def test_defaults_lie_beside_the_brand_file(tmp_path: Path) -> None:
    config = load(write(tmp_path, SMALL), {})
    settings = config.settings
    assert settings.home == tmp_path / "var" and settings.database == tmp_path / "var" / "omdomme.duckdb"
    assert settings.key_file.parent == settings.outbox.parent == settings.home
    assert (settings.smtp, settings.threads, settings.classifier, settings.timezone) == (
        None,
        2,
        "onnx",
        "Europe/Oslo",
    )
    assert config.base == tmp_path and not settings.home.exists()


def test_the_environment_overrules_and_secrets_stay_hidden(tmp_path: Path) -> None:
    text = SMALL + (
        "start_date: 2026-07-01\nlanguage: nn\nhttp: {allow_private: 10.0.0.0/8}\n"
        "recipients: [{email: a@b.example}, {address: c@d.example, lang: en}]\n"
        'sources: [{id: s, kind: api, token: "${OMDOMME_S}", other: "${OMDOMME_NONE}", home: "${HOME}"}]\n'
        'classifier: {name: endpoint, model: x, api_key: "${OMDOMME_S}"}\n'
    )
    environ = {
        "OMDOMME_HOME": str(tmp_path / "data"),
        "OMDOMME_SMTP_HOST": "mail.example",
        "OMDOMME_SMTP_PASSWORD": "hunter2",
        "OMDOMME_SMTP_SENDER": "omdomme@b.example",
        "OMDOMME_SMTP_STARTTLS": "false",
        "OMDOMME_ALLOW_PRIVATE": "127.0.0.1, nas.local",
        "OMDOMME_THREADS": "1",
        "OMDOMME_S": "hunter2",
        "HOME": "elsewhere",
    }
    config = load(write(tmp_path, text), environ)
    settings, smtp = config.settings, config.settings.smtp
    assert smtp is not None and (smtp.host, smtp.port, smtp.starttls, smtp.password) == (
        "mail.example",
        25,
        False,
        "hunter2",
    )
    assert settings.database == tmp_path / "data" / "omdomme.duckdb" and settings.threads == 1
    assert settings.allow_private_addresses == ("10.0.0.0/8", "127.0.0.1", "nas.local")
    assert settings.start_date == datetime(2026, 6, 30, 22, tzinfo=UTC)  # midnight in Oslo
    assert [r.lang for r in config.recipients] == ["nn", "en"]
    assert config.sources[0].options == {"token": "hunter2", "home": "${HOME}"}
    assert (settings.classifier, settings.classifier_options) == (
        "endpoint",
        {"model": "x", "api_key": "hunter2"},
    )
    assert "hunter2" not in repr(config)


def test_bad_variables_are_named_all_at_once(tmp_path: Path) -> None:
    environ = {
        "OMDOMME_THREADS": "many",
        "OMDOMME_SMTP_HOST": "mail.example",
        "OMDOMME_SMTP_STARTTLS": "maybe",
        "OMDOMME_SMTP_PASSWORD_FILE": str(tmp_path / "none"),
        "OMDOMME_ALLOW_PRIVATE": "300.1.1.1",
    }
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, SMALL), environ)
    assert {p.field for p in caught.value.problems} == {*environ, "OMDOMME_SMTP_SENDER"} - {
        "OMDOMME_SMTP_HOST"
    }


# --- for people ---


def test_the_starter_file_has_no_mistakes(tmp_path: Path) -> None:
    assert problems(tmp_path, template()) == []


def test_the_schema_accepts_what_the_loader_accepts() -> None:
    schema = json_schema()
    tree, _ = brandfile.parse(template())
    assert tree.keys() <= schema["properties"].keys()
    assert schema["required"] == ["name"]
    assert "id" not in schema["$defs"]["StatementModel"]["required"]


def test_every_key_is_in_the_documentation() -> None:
    page = (Path(__file__).parent.parent / "docs" / "brand-file.md").read_text(encoding="utf-8")
    schema = json_schema()
    for owner in (schema, *schema["$defs"].values()):
        for key in owner.get("properties", {}):
            assert f"`{key}`" in page, key


def test_networks_are_asked_for_the_fewest_names_that_find_all(tmp_path: Path) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(
        """
name: Lomvi
aliases: [Lomvi Ferger, Lomviferga, "@lomviferger", "#lomvi"]
leaders: [{name: Marit Dahl, role: konsernsjef, aliases: ["@marit", Marit Dahl (Lomvi)]}]
homonyms: [{description: sjøfuglen, context_words: [hekking, fuglefjell]}]
sources: [{id: a, kind: feed, url: "https://a.example/rss"}]
""",
        encoding="utf-8",
    )
    terms = load(path, {}).sources[0].terms
    assert terms.names == ("Lomvi", "Lomviferga")
    assert terms.people == ("Marit Dahl",)
    assert (terms.hashtags, terms.handles) == (("lomvi",), ("lomviferger", "marit"))
    assert terms.exclude == ("hekking", "fuglefjell")
