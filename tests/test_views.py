"""Saved views: what the brand file may say, what people save, and the digest that is narrowed by one."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from monitor import readmodel
from monitor.cli import app
from monitor.config import Config, load
from monitor.errors import ConfigError, StoreError
from monitor.pipeline import Monitor, digesting, views
from monitor.readmodel import Behind, MentionFilter
from monitor.store import Store
from monitor.views import VIEWED_BY, View, filters_in
from tests.digest_data import HOSTILE, SINCE, SUNDAY, UNTIL, lomvi, seed

AT = datetime(2026, 9, 20, 12, tzinfo=UTC)
LEADER = "Marit Solheim-Dahl"
VIEWS = f"""
views:
  - {{name: Nyheter om rederen, page: mentions, filters: {{target: {LEADER}, source_type: [news, press]}}, roles: [styret]}}
  - {{name: Åpne saker, page: conflicts, filters: {{state: open, severity: major}}, roles: desken, opens: true}}
"""
RECIPIENTS = """
recipients:
  - {address: styret@lomvi.example, lang: nb, role: board, digest: weekly}
  - {address: marit@lomvi.example, lang: en, role: leader.1, digest: weekly, view: Nyheter om rederen}
  - {address: vakt@lomvi.example, lang: nb, role: communications, digest: weekly, view: Borte}
"""


def brand(folder: Path, more: str) -> Config:
    return lomvi(folder, RECIPIENTS + more.replace("desken", "communications"))


def view(name: str = "Forumet", **changed: object) -> View:
    made = View(name, "mentions", (("source_type", ("forum",)),), ("communications",), (), 0, "Ane Vakt", AT)
    return replace(made, **changed)  # type: ignore[arg-type]


def problems(folder: Path, more: str, recipients: str = "recipients: []\n") -> str:
    try:
        config = lomvi(folder, recipients + more)
    except ConfigError as error:
        return str(error)
    return "\n".join(str(problem) for problem in config.warnings)


# --- the brand file ---


def test_views_of_the_brand_file_are_read_in_the_words_of_recipients(tmp_path: Path) -> None:
    config = brand(tmp_path, VIEWS)
    first, second = config.views
    assert first == View(
        "Nyheter om rederen",
        "mentions",
        (("target", (LEADER,)), ("source_type", ("news", "press"))),
        ("board",),
    )
    assert second.roles == second.opens == ("communications",) and second.values("state") == ("open",)
    assert [r.view for r in config.recipients] == ["", "Nyheter om rederen", "Borte"]
    assert [p.level for p in config.warnings if "view" in p.field] == ["warning"]
    exported = yaml.safe_load(views.as_yaml(config.views))
    assert (
        load(_file(tmp_path / "again", yaml.safe_dump(exported, allow_unicode=True)), {}).views
        == config.views
    )


def _file(folder: Path, more: str) -> Path:
    folder.mkdir()
    lomvi(folder, RECIPIENTS + more)
    return folder / "brand.yaml"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("{name: X, page: sources, filters: {target: Lomvi}}", "'sources' has no filters in its address"),
        ("{name: X, page: mentions, filters: {}}", "says nothing: the page shows everything"),
        ("{name: X, page: mentions, filters: {period: 30}}", "says nothing: the page shows everything"),
        ("{name: X, page: mentions, filters: {targt: Lomvi}}", "is no filter of mentions"),
        ("{name: X, page: mentions, filters: {target: Ingen}}", "'Ingen' is nobody that is judged"),
        ("{name: X, page: mentions, filters: {label: sinna}}", "'sinna' is no value of it"),
        (
            "{name: X, page: conflicts, filters: {statement: value.99}}",
            "'value.99' is the id of no statement",
        ),
        ("{name: X, page: leaders, filters: {leader: [leader.1, leader.2]}}", "has several values"),
        ("{name: X, page: mentions, filters: {stance: against}}", "is a stance toward nothing"),
        ("{name: X, page: mentions, filters: {search: a}, roles: [alle]}", "'alle' is no role known here"),
        (
            "{name: X, page: mentions, filters: {search: a}, roles: board, opens: leader}",
            "not among the roles",
        ),
        ("{name: off, page: mentions, filters: {search: a}}", "means no view at all"),
        (f"{{name: {'n' * 61}, page: mentions, filters: {{search: a}}}}", "longer than 60 characters"),
        ("{page: mentions, filters: {search: a}}", "every brand, leader, product and view needs"),
        ("{name: X, page: mentions, filters: [a]}", "must be keys and values"),
    ],
)
def test_a_mistake_in_a_view_names_the_field_and_the_remedy(tmp_path: Path, said: str, told: str) -> None:
    found = problems(tmp_path, f"views:\n  - {said}\n")
    assert told in found and "views[" in found and re.search(r"brand\.yaml:\d+", found)


def test_one_name_is_one_view(tmp_path: Path) -> None:
    one = "{name: Kø på kaia, page: mentions, filters: {search: kø}}"
    assert "two views are called" in problems(
        tmp_path, f"views:\n  - {one}\n  - {one.replace('Kø', 'KØ', 1)}\n"
    )


def test_a_digest_is_only_narrowed_by_what_makes_sense_in_one(tmp_path: Path) -> None:
    made = "views:\n  - {name: Sinte, page: mentions, filters: {label: negative, target: Lomvi}}\n"
    who = "recipients:\n  - {address: a@lomvi.example, role: board, digest: weekly, view: sinte}\n"
    found = problems(tmp_path, made, who)
    assert (
        "recipients[1].view" in found and "label cannot narrow a digest" in found and "source_type" in found
    )
    found = problems(tmp_path, made + "digest: {views: {styret: Sinte}}\n")
    assert "digest.views.styret" in found and "label cannot narrow a digest" in found
    assert "is no role known here" in problems(tmp_path, made + "digest: {views: {hvem: Sinte}}\n")
    assert "did you mean 'Sinte'" in problems(tmp_path, made, who.replace("sinte", "sinta"))


def test_a_role_has_a_view_and_a_recipient_may_have_another_or_none(tmp_path: Path) -> None:
    made = "views:\n  - {name: A, page: mentions, filters: {target: Lomvi}}\ndigest: {views: {board: A}}\n"
    who = "recipients:\n  - {address: a@l.example, role: styret}\n  - {address: b@l.example, role: board, view: off}\n"
    assert [r.view for r in lomvi(tmp_path, who + made).recipients] == ["A", ""]


def test_an_address_names_only_what_its_page_knows() -> None:
    said = {
        "label": ["negative", "<b>"],
        "target": ["x" * 999],
        "lang": ["nb"],
        "view": ["y"],
        "period": ["30"],
    }
    assert filters_in("mentions", said) == (("target", ("x" * 200,)), ("label", ("negative",)))
    assert filters_in("mentions", said, period=True)[-1] == ("period", ("30",))
    assert filters_in("leaders", {"leader": ["leader.1", "leader.2"]}) == (("leader", ("leader.1",)),)
    assert set(VIEWED_BY) == {"viewer", "desk", "leader", "admin"}


# --- what people save ---


@pytest.fixture
def config(tmp_path: Path) -> Config:
    config = brand(tmp_path, VIEWS)
    Store(config.settings.database).migrate()
    return config


def test_a_view_is_saved_renamed_replaced_and_removed_and_each_is_recorded(config: Config) -> None:
    path = config.settings.database
    assert views.save(config, view())
    assert [v.name for v in views.views(config)] == ["Nyheter om rederen", "Åpne saker", "Forumet"]
    assert views.rename(config, "forumet", "Havna", "Kari", AT)
    wider = view(filters=(("source_type", ("forum", "blog")), ("search", ("ferge",))), who="Per")
    assert views.replace_with(config, "havna", wider) and not views.replace_with(config, "Havna", wider)
    (kept,) = readmodel.saved_views(path)
    assert (kept.name, kept.who, kept.at) == ("Havna", "Per", AT)
    assert kept.filters == (("search", ("ferge",)), ("source_type", ("forum", "blog")))
    assert views.remove(config, "Havna", "Ane Vakt", AT)
    log = readmodel.view_changes(path)
    assert [(c.action, c.view.who) for c in log] == [
        ("removed", "Ane Vakt"), ("replaced", "Per"), ("renamed", "Kari"), ("saved", "Ane Vakt"),
    ]  # fmt: skip
    assert not any(c.view.filters for c in log), "what a removed view held is not kept"
    assert readmodel.saved_views(path) == []
    assert views.save(config, view("Havna")), "its name is free again"
    assert views.remove(config, "Havna", "Ane Vakt", AT, wholly=True)
    assert len(readmodel.view_changes(path)) == 4, "and of this one nothing is left"


def test_a_name_is_one_view_in_file_and_store(config: Config) -> None:
    assert views.save(config, view())
    for name in ("FORUMET", "nyheter om rederen", "ÅPNE saker"):
        with pytest.raises(ConfigError, match=r"Remedy|another name"):
            views.save(config, view(name))
    with pytest.raises(ConfigError, match="a view of the brand file"):
        views.rename(config, "Forumet", "Nyheter om rederen", "Kari", AT)
    with pytest.raises(ConfigError, match="change it there"):
        views.remove(config, "Åpne saker", "Kari", AT)
    with pytest.raises(ConfigError, match="there is no view"):
        views.remove(config, "Borte", "Kari", AT)
    with pytest.raises(ConfigError, match="say who you are"):
        views.save(config, view("Ny", who=" "))
    with pytest.raises(StoreError, match="already"):  # two at once: the store itself refuses the later one
        Store(config.settings.database).put_view(view(), "saved")


@pytest.mark.parametrize("hostile", [text for text in HOSTILE if len(text) < 61])
def test_hostile_names_and_words_are_kept_as_plain_text(config: Config, hostile: str) -> None:
    assert views.save(config, view(hostile, filters=(("search", (hostile,)),), who=hostile))
    (kept,) = readmodel.saved_views(config.settings.database)
    for said in (kept.name, kept.values("search")[0], kept.who):
        assert said and not re.search("[\x00-\x1f\u202a-\u202e\ud800-\udfff]", said)


def test_what_is_too_much_is_refused(config: Config) -> None:
    for filters in ((("search", ("A" * 500_000,)),), (("source", tuple(f"n{i}" for i in range(99))),)):
        with pytest.raises(ConfigError, match="leave some out"):
            views.save(config, view(filters=filters))
    with pytest.raises(ConfigError, match="longer than 60"):
        views.save(config, view(HOSTILE[3]))


def test_a_saved_view_steps_back_for_one_of_the_file_and_that_is_told(tmp_path: Path) -> None:
    config = brand(tmp_path, "")
    assert views.save(config, view("Åpne saker"))
    config = brand(tmp_path, VIEWS)
    assert [v.page for v in views.views(config)] == ["mentions", "conflicts"]
    assert "the brand file has one of this name" in views.warnings(config)[0]


# --- the digest ---


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Config:
    config = brand(tmp_path_factory.mktemp("seeded"), VIEWS)
    seed(config)
    return config


def test_the_narrowed_digest_counts_what_the_page_of_mentions_lists(seeded: Config) -> None:
    config = seeded
    path, of = config.settings.database, digesting.span("week", SUNDAY, "Europe/Oslo")
    assert (of.since, of.until) == (SINCE, UNTIL)
    found = digesting.figures(config, of, config.views[0])
    wanted = MentionFilter(SINCE, UNTIL, targets=(LEADER,), source_types=("news", "press"))
    listed = readmodel.mentions(path, wanted, limit=500)
    assert 0 < len(listed) == sum(network.mentions for network in found.networks)
    (leader,) = found.standings
    assert leader.target == LEADER and leader.mentions == len(listed)
    labels = [v.label for row in listed for v in row.verdicts if v.target == LEADER]
    assert (leader.negative, leader.positive) == (labels.count("negative"), labels.count("positive"))
    before = replace(wanted, since=SINCE - (UNTIL - SINCE), until=SINCE)
    assert leader.previous and leader.previous.mentions == readmodel.count_mentions(path, before)
    assert {mover.target for mover in found.movers} <= {LEADER} and not found.goals and not found.voices
    flagged = readmodel.count_mentions(
        path, replace(wanted, since=AT.replace(year=2000), conflict=("major",))
    )
    assert found.open_flags == flagged
    whole = digesting.figures(config, of)
    assert sum(n.mentions for n in whole.networks) > len(listed) and whole.open_flags > found.open_flags


@pytest.mark.parametrize(
    ("filters", "wanted", "behind"),
    [
        ({"source_type": ("forum",)}, {"source_types": ("forum",)}, Behind()),
        ({"search": ("ferge*",)}, {"search": "ferge*"}, Behind()),
        ({"source": ("archive",)}, {}, Behind()),
        ({"touches": ("value.1",)}, {}, Behind(statement="value.1")),
        ({"statement": ("value.1",)}, {}, Behind(statement="value.1")),
        ({"voice": ("leader", "brand")}, {"voices": ("leader", "brand")}, Behind()),
        (
            {"statement": ("value.1",), "stance": ("against",)},
            {},
            Behind(statement="value.1", stance="against"),
        ),
    ],
)
def test_each_filter_narrows_alike(
    seeded: Config, filters: dict[str, tuple[str, ...]], wanted: dict[str, object], behind: Behind
) -> None:
    config = seeded
    made = view(filters=tuple(filters.items()))
    found = digesting.figures(config, digesting.span("week", SUNDAY, "Europe/Oslo"), made)
    told = readmodel.count_behind(
        config.settings.database,
        MentionFilter(SINCE, UNTIL, **wanted),  # type: ignore[arg-type]
        behind,
    )
    assert sum(network.mentions for network in found.networks) == told[0]


def test_a_filter_that_takes_nothing_away_changes_no_figure(seeded: Config) -> None:
    config = seeded
    of = digesting.span("week", SUNDAY, "Europe/Oslo")
    whole = digesting.figures(config, of)
    same = digesting.figures(
        config, of, view(filters=(("voice", ("third_party", "leader", "employee", "brand")),))
    )
    for part in ("standings", "curve", "networks", "open_flags", "waiting", "decided", "incidents", "movers"):
        assert getattr(same, part) == getattr(whole, part), part
    for code, same_networks in (("nb", False), ("nb,nn,en,no,da,sv,unknown", True)):
        made = view(filters=(("language", tuple(code.split(","))),))
        assert (digesting.figures(config, of, made).networks == whole.networks) is same_networks


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("nb", f"Bare omtaler om {LEADER} i nyheter og pressemeldinger. "),
        ("nn", f"Berre omtalar om {LEADER} i nyheiter og pressemeldingar. "),
        ("en", f"Only mentions about {LEADER} in news and press releases. "),
    ],
)
def test_the_opening_says_what_it_is_narrowed_to(seeded: Config, lang: str, told: str) -> None:
    config = seeded
    of = digesting.span("week", SUNDAY, "Europe/Oslo")
    made = digesting.digest(config, of, lang, "nyheter OM rederen")  # type: ignore[arg-type]
    assert made.opening.startswith(told) and "Nyheter om rederen" in made.closing[0]
    assert [s.items[0].name for s in made.sections if s.key == "standing"] == [LEADER]
    assert not {"goals", "voice"} & {s.key for s in made.sections}
    gone = digesting.digest(config, of, lang, "Borte")  # type: ignore[arg-type]
    assert "«Borte»" in gone.opening or "“Borte”" in gone.opening
    assert {"goals", "voice"} & {s.key for s in gone.sections}


def test_each_recipient_gets_the_digest_of_their_view(seeded: Config) -> None:
    config = seeded
    monitor = Monitor(config, now=lambda: UNTIL)
    of = digesting.span("week", SUNDAY, "Europe/Oslo")
    assert monitor.digester.queue(of) == 3
    mails = {m.recipient: m for m in readmodel.messages(config.settings.database)}
    assert "Only mentions about" in mails["marit@lomvi.example"].subject
    assert "Bare omtaler" not in mails["styret@lomvi.example"].subject
    assert "«Borte»" in mails["vakt@lomvi.example"].subject
    assert views.warnings(config) == [
        "digests go out whole: there is no view 'Borte'. Remedy: save one of that name, or change `view`"
    ]
    assert views.save(config, view("Borte", filters=(("label", ("negative",)),)))
    assert "label of view 'Borte' cannot narrow a digest" in views.warnings(config)[0]
    assert views.remove(config, "Borte", "Kari", AT, wholly=True)


# --- the command line ---


def command(config: Config, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*words, "--brand", str(config.base / "brand.yaml")])
    return done.exit_code, done.output + (str(done.exception) if done.exception else "")


def test_the_command_line_saves_shows_renames_and_removes(config: Config) -> None:
    page = "https://oversikt.example/mentions?lang=nb&period=30&source_type=forum&search=ferge"
    assert (
        command(config, "views", "save", "Kaia", "--address", page, "--role", "styret", "--as", "Kari")[0]
        == 0
    )
    (kept,) = readmodel.saved_views(config.settings.database)
    assert kept.filters == (("search", ("ferge",)), ("source_type", ("forum",))) and kept.roles == ("board",)
    code, told = command(config, "views", "list")
    assert code == 0 and "Kaia (mentions; saved by Kari" in told and "there is no view 'Borte'" in told
    code, told = command(config, "views", "list", "--yaml")
    assert "source_type: forum" in told and "- board" in told
    only = ["--page", "mentions", "--filter", "voice=leader", "--filter", "voice=brand", "--as", "Per"]
    assert "already" in command(config, "views", "save", "kaia", *only)[1]
    assert command(config, "views", "save", "kaia", "--replace", *only)[0] == 0
    assert command(config, "views", "rename", "Kaia", "Borte", "--as", "Per")[0] == 0
    code, told = command(config, "views", "show", "borte")
    assert "voice: leader, brand" in told and "narrows the digest of vakt@lomvi.example" in told
    assert "Kari saved it: Kaia" in told and "Per renamed it: Borte" in told
    code, told = command(config, "views", "remove", "Borte", "--as", "Per")
    assert code == 0 and "digests go out whole" in told
    assert "digests go out whole" in command(config, "status")[1]
    assert (
        "no page with filters" in command(config, "views", "save", "X", "--address", "https://x.example/")[1]
    )
    assert (
        "says no value" in command(config, "views", "save", "X", "--page", "mentions", "--filter", "voice")[1]
    )
    assert "is no role known here" in command(config, "views", "save", "X", "--role", "alle", *only)[1]


def test_a_digest_is_written_for_a_view(seeded: Config) -> None:
    asked = ("digest", "--period", "week", "--until", f"{SUNDAY}", "--view")
    code, told = command(seeded, *asked, "Nyheter om rederen")
    assert code == 0 and f"Bare omtaler om {LEADER} i nyheter" in told
    assert "no digest can be narrowed by a view 'Åpne saker'" in command(seeded, *asked, "Åpne saker")[1]
