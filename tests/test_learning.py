"""What decisions teach is shown before it is used, applied as it was fitted, and goes out when it does not help."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from monitor import caselearning, cli, cli_learn, db, readmodel
from monitor.caselearning import Flagged
from monitor.config import load
from monitor.errors import StoreError
from monitor.pipeline.learning import LearnReport, learn
from monitor.readmodel import Case
from monitor.store import Poll, Store
from monitor.types import (
    CASE_STATES,
    BrandIdentity,
    CaseAction,
    CaseEntry,
    FetchState,
    Match,
    Statement,
    Verdict,
)
from tests.conftest import FeedServer
from tests.test_triage import BRAND, NOW, case, collected, flag, mention

STATEMENTS = (Statement("value.1", "value", "We answer."), Statement("guideline.2", "guideline", "We wait."))
IDENTITY = BrandIdentity("Fjordbank", statements=STATEMENTS, hash="i")
DECIDED, OPEN = 40, 8


def statement(n: int) -> str:
    return "value.1" if n % 2 == 0 else "guideline.2"


def decided(store: Store, confirmed: Callable[[int], bool], hours: int = 0) -> None:
    at = NOW + timedelta(hours=hours)
    said: dict[bool, CaseAction] = {True: "confirmed", False: "dismissed"}
    store.add_case_entries(
        [
            CaseEntry(f"mention-{n}", mention(n).content_hash, "i", said[confirmed(n)], "Per", at, "because")
            for n in range(DECIDED)
        ]
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 decided cases, where flags of guideline.2 are dismissed and the others confirmed, and 8 open ones."""
    made = Store(tmp_path_factory.mktemp("learning") / "store.duckdb")
    made.migrate()
    mentions = [mention(n) for n in range(DECIDED + OPEN)]
    made.add_polls([Poll("news", NOW, FetchState(), tuple(mentions))])
    made.add_matches("i", [(m, Match(True, (BRAND,))) for m in mentions], NOW)
    made.add_stories([(m.id, m.id) for m in mentions], NOW)
    made.add_verdicts([(m, Verdict(BRAND.name, 0.8, 0.1, 0.1, "judged", "m@1")) for m in mentions], NOW)
    flags = [flag(statement(n), score=0.7 + 0.005 * n) for n in range(len(mentions))]
    made.add_flags("i", list(zip(mentions, flags, strict=True)), NOW)
    decided(made, lambda n: n % 2 == 0)
    return made.path


@pytest.fixture
def store(made: Path, tmp_path: Path) -> Store:
    for file in made.parent.glob(
        f"{made.name}*"
    ):  # with what was not yet written back, where there is such a file
        shutil.copy(file, tmp_path / file.name)
    return Store(tmp_path / made.name)


def taught(store: Store, **options: bool) -> LearnReport:
    return learn(store, IDENTITY, NOW, **options)  # type: ignore[arg-type]


def undecided(store: Store) -> list[Case]:
    found = readmodel.cases(store.path, states=CASE_STATES, limit=999)
    return [row.case for row in found if int(row.case.mention_id.split("-")[1]) >= DECIDED]


def states(store: Store) -> dict[str, str]:
    found = undecided(store)
    assert len(found) == OPEN and len({(row.statement, row.state) for row in found}) == 2
    return {row.statement: row.state for row in found}


def test_its_effect_is_shown_before_anybody_allows_it(store: Store) -> None:
    shown = taught(store, dry=True)
    assert (shown.why, shown.used, shown.stored, shown.effect.cases) == ("not_allowed", False, False, DECIDED)
    assert (shown.undecided, shown.would_set_aside) == (OPEN, OPEN // 2)
    assert shown.effect.f1 == 1 and shown.effect.f1_model == pytest.approx(2 / 3)
    assert readmodel.adjustment(store.path) is None
    assert taught(store).stored
    kept = readmodel.adjustment(store.path)
    assert kept is not None and (kept.used, kept.in_force, kept.set_aside) == (False, False, 0)
    assert (kept.log_loss, kept.cases, kept.why) == (shown.effect.log_loss, DECIDED, "not_allowed")
    assert set(states(store).values()) == {"open"}


def test_it_is_applied_as_it_was_fitted_with_the_models_own_score_beside_it(store: Store) -> None:
    report = taught(store, allow=True)
    assert (report.used, report.why) == (True, "helps")
    assert states(store) == {"value.1": "open", "guideline.2": "set_aside"}
    with db.reading(store.path) as con:
        row = con.execute("SELECT weights FROM v_adjustment").fetchone()
    assert row is not None
    for found in undecided(store):
        n = int(found.mention_id.split("-")[1])
        raw = Flagged("", found.model_score, True, statement(n), "", "third_party", "news", False)
        assert found.adjusted and found.model_score == pytest.approx(0.7 + 0.005 * n)
        assert found.score == pytest.approx(float(caselearning.adjusted([raw], row[0])[0]))
        assert found.score != found.model_score
    assert readmodel.status(store.path).flagged == DECIDED // 2 + OPEN // 2
    assert readmodel.adjustment(store.path).set_aside == OPEN // 2  # type: ignore[union-attr]
    assert taught(store).stored is False, "nothing new"


def test_a_decision_stands_before_what_was_learnt(store: Store) -> None:
    taught(store, allow=True)
    found = next(row for row in undecided(store) if row.state == "set_aside")
    aside = int(found.mention_id.split("-")[1])
    entry = CaseEntry(found.mention_id, found.content_hash, "i", "reopened", "Per", NOW, "look at it")
    assert store.add_case_entries([entry]) == 1
    assert case(store, aside).state == "open"
    store.add_case_entries([CaseEntry(found.mention_id, found.content_hash, "i", "confirmed", "Per", NOW)])
    assert (case(store, aside).state, case(store, aside).level) == ("confirmed", "major")


def test_it_goes_out_of_use_when_it_does_not_help_or_is_no_longer_wanted(store: Store) -> None:
    assert taught(store, allow=True).used
    assert not taught(store, allow=False).used
    assert set(states(store).values()) == {"open"}
    assert taught(store, allow=True).used
    decided(store, lambda n: n % 4 < 2, hours=1)  # the statement says nothing any more
    report = taught(store)
    assert (report.used, report.why, report.stored) == (False, "no_gain", True)
    assert set(states(store).values()) == {"open"}


def test_it_is_of_one_model_and_one_identity(store: Store) -> None:
    taught(store, allow=True)
    collected(store, flagged=flag("guideline.2", model="flagger@2"))
    assert not any(row.adjusted for row in undecided(store))
    report = taught(store)
    assert report.model == "flagger@2" and report.effect.cases == DECIDED, (
        "decisions are held against the new model"
    )
    collected(store, identity="j", flagged=flag(model="flagger@2"))
    assert not readmodel.adjustment(store.path).in_force  # type: ignore[union-attr]
    with pytest.raises(StoreError, match="omdomme analyse"):
        taught(store)


def test_nothing_decided_writes_nothing(tmp_path: Path) -> None:
    empty = Store(tmp_path / "empty.duckdb")
    empty.migrate()
    report = taught(empty)
    assert (report.why, report.stored, report.used) == ("no_flags", False, False)
    assert readmodel.adjustment(empty.path) is None


@dataclass
class Command:
    """`omdomme ARGS --brand BRAND`, in this process: what the entry point prints and the code it ends with."""

    brand: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *args: str) -> tuple[int, str, str]:
        self.monkeypatch.setattr("sys.argv", ["omdomme", *args, "--brand", str(self.brand)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = self.capsys.readouterr()
        return code, said.out, said.err


def test_the_commands_work_through_a_flag(
    brand_file: Path, feed: FeedServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    call = Command(brand_file, monkeypatch, capsys)
    feed.add("/a", "[b]Fjordbank[/b] får bot", "Fjordbank lurte kundene og må betale bot.")
    assert call("collect")[0] == 0
    code, _, told = call("triage", "dismiss", "nobody", "--why", "x")
    assert code == 1 and "no mention has the id or URL" in told
    config = load(brand_file)
    store, identity = Store(config.settings.database), config.identity.hash
    store.add_matches(identity, [(m, Match(True, (BRAND,))) for m in store.due_matches(identity, 9)], NOW)
    pairs = store.due_verdicts(identity, None, 9)
    store.add_verdicts([(m, Verdict(BRAND.name, 0.8, 0.1, 0.1, "judged", "m@1")) for m, _ in pairs], NOW)
    due = store.due_flags(identity, "flagger@1", None, 9)
    store.add_flags(identity, [(request.mention, flag()) for request in due], NOW)
    url = f"http://127.0.0.1:{feed.port}/a"
    (row,) = json.loads(call("triage", "list", "--json")[1])
    listed = call("triage", "list")[1]
    assert row["case"]["mention_id"] in listed and "[b]Fjordbank[/b] får bot" in listed and "major" in listed
    code, _, told = call("triage", "dismiss", url)
    assert code == 1 and "why: is empty" in told
    assert call("triage", "answer", url, "--text", "Jeg svarte i går", "--who", "Kari Nordvik")[0] == 0
    assert call("triage", "assign", url, "Ola", "--who", "Per")[1].endswith("gave it to Ola\n")
    done = call("triage", "dismiss", url, "--why", "en annen bank", "--who", "Per", "--json")[1]
    assert json.loads(done) == {"mention": row["case"]["mention_id"], "action": "dismissed", "new": True}
    assert call("triage", "list")[1] == ""
    listed = call("triage", "list", "--state", "dismissed", "--assigned", "ola")[1]
    assert "Per dismissed it: en annen bank" in listed and "Kari Nordvik answered: Jeg svarte i går" in listed
    history = json.loads(call("triage", "history", url, "--json")[1])
    assert [(r["action"], r["who"], r["state"]) for r in history] == [
        ("dismissed", "Per", "dismissed"), ("assigned", "Per", "dismissed"), ("answered", "Kari Nordvik", "dismissed"),
    ]  # fmt: skip
    told = " ".join(call("status")[1].split())
    assert (
        "in conflict 0: 0 open, 0 to be confirmed, 0 confirmed; not counted: 1 dismissed, 0 put aside" in told
    )
    code, told, _ = call("learn", "--use")
    assert code == 0 and "no: asked are 20 cases, 5 of each decision" in " ".join(told.split())
    report = json.loads(call("learn", "--dry-run", "--json")[1])
    assert (report["why"], report["effect"]["cases"], report["effect"]["gain"]) == ("too_few", 1, None)


def test_the_effect_is_printed_with_the_model_and_the_majority_beside_it(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    cli_learn.show(taught(store, dry=True))
    told = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert any(line.startswith("cases 40 in 40 stories: 20 confirmed, 20 dismissed") for line in told)
    assert any("nobody has allowed its use yet" in line for line in told)
    assert "the model alone 0." in "\n".join(told) and "majority 0." in "\n".join(told)
    assert f"puts aside {OPEN // 2} of {OPEN} undecided flags" in told
