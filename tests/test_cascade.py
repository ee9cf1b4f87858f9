"""Two judges: what the first is unsure of goes to the second, and nothing else does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pytest
from numpy.typing import NDArray

from monitor import classifiers, sentiment
from monitor.classifiers import cascade, endpoint, errand, hub
from monitor.classifiers.cascade import CascadeClassifier
from monitor.config import load
from monitor.errors import ConfigError
from monitor.pipeline import Monitor
from monitor.types import Asking, Cascade, JudgeRequest
from tests.chatserver import ChatServer, status
from tests.conftest import FeedServer
from tests.webserver import serving


class Table:
    """Answers by text; a text that is not in the table has no answer."""

    def __init__(self, name: str, rows: dict[str, tuple[float, float, float]]) -> None:
        self.name, self.rows = name, rows
        self.asked: list[str] = []

    def probabilities(self, requests: Sequence[JudgeRequest]) -> NDArray[np.float32]:
        self.asked += [r.text for r in requests]
        return np.array([self.rows.get(r.text, (np.nan,) * 3) for r in requests], np.float32).reshape(-1, 3)


FIRST = {
    "Sikker.": (0.9, 0.05, 0.05),
    "Halvsikker.": (0.55, 0.35, 0.1),
    "Usikker.": (0.4, 0.35, 0.25),
    "Taust.": (0.36, 0.34, 0.3),
}
SECOND = {"Usikker.": (0.05, 0.05, 0.9), "Halvsikker.": (0.1, 0.8, 0.1), "Sikker.": (0.0, 0.0, 1.0)}


def requests(*texts: str, lang: str | None = None) -> list[JudgeRequest]:
    return [JudgeRequest(text, "Lomvi", lang=lang) for text in texts]


def pair(band: float | None = None) -> tuple[CascadeClassifier, Table, Table]:
    first, second = Table("first@1", FIRST), Table("second@1", SECOND)
    return CascadeClassifier(first, second, band), first, second


def test_only_the_unsure_go_to_the_second_judge_and_each_verdict_names_its_judge() -> None:
    both, first, second = pair()
    assert isinstance(both, Cascade) and isinstance(both, Asking)
    verdicts = sentiment.judge(requests(*FIRST, "", "..."), both)
    assert second.asked == ["Usikker.", "Taust."] and len(first.asked) == 4
    found = [(v.label, v.status, v.model) for v in verdicts]
    assert found == [
        ("negative", "judged", "first@1"),
        ("negative", "judged", "first@1"),
        ("positive", "judged", "second@1"),
        ("negative", "unsure", "first@1"),  # the second had no answer
        ("neutral", "unjudged", "first@1"),
        ("neutral", "unjudged", "first@1"),
    ]


def test_the_band_is_a_setting() -> None:
    wide, _, second = pair(0.25)
    verdicts = sentiment.judge(requests(*FIRST), wide)
    assert second.asked == ["Halvsikker.", "Usikker.", "Taust."]
    assert [v.model for v in verdicts] == ["first@1", "second@1", "second@1", "first@1"]
    narrow, _, second = pair(0.03)
    verdicts = sentiment.judge(requests(*FIRST), narrow)
    assert second.asked == ["Taust."]
    assert [v.status for v in verdicts] == ["judged", "judged", "unsure", "unsure"], (
        "unsure as ever, not sent"
    )
    # Without an answer, what lies in a wide band is unsure: its judge was not believed.
    wide.second.rows.clear()  # type: ignore[attr-defined]
    assert [v.status for v in sentiment.judge(requests(*FIRST), wide)] == [
        "judged",
        "unsure",
        "unsure",
        "unsure",
    ]


def test_a_second_judge_does_not_make_an_unmeasured_language_sure() -> None:
    both, _, second = pair()
    verdicts = sentiment.judge(requests("Sikker.", "Usikker.", lang="da"), both)
    assert [v.status for v in verdicts] == ["unsure", "unsure"]
    assert second.asked == ["Usikker."]


def test_nothing_to_judge_asks_nobody() -> None:
    both, first, second = pair()
    assert sentiment.judge([], both) == []
    assert sentiment.judge(requests("Sikker."), both)[0].model == "first@1"
    assert second.asked == [] and first.asked == ["Sikker."]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "second"),
        ({"second": "lexicon", "band": 0}, "band"),
        ({"second": "lexicon", "band": True}, "band"),
        ({"second": "lexicon", "third": "hub"}, "third"),
        ({"second": {"model": "x"}}, "second needs a name"),
        ({"second": ["lexicon"]}, "second needs a name"),
        ({"second": {"name": "cascade"}}, "cascade itself"),
        ({"second": "onxx"}, "onxx"),
        ({"second": {"name": "lexicon", "size": 3}}, "lexicon has no options"),
        ({"first": "lexicon", "second": "lexicon"}, "same judge"),
    ],
)
def test_wrong_options_are_named(options: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        classifiers.load("cascade", options=options)


def test_real_judges_in_a_cascade_judge_as_they_do_alone() -> None:
    texts = requests(
        "Elendig service. Lomvi svarte aldri.", "Lomvi holdt møte i dag. Takk for kaffen.", "Lomvi fikk bot."
    )
    alone = {name: sentiment.judge(texts, classifiers.load(name)) for name in ("lexicon", "onnx")}
    leads = [np.diff(np.sort([v.negative, v.neutral, v.positive]))[-1] for v in alone["lexicon"]]
    band = float(min(leads) + max(leads)) / 2
    both = classifiers.load("cascade", options={"first": "lexicon", "second": "onnx", "band": band})
    by_name = {v.model: name for name, verdicts in alone.items() for v in verdicts}
    verdicts = sentiment.judge(texts, both)
    for i, verdict in enumerate(verdicts):
        same = alone[by_name[verdict.model]][i]
        assert (verdict.negative, verdict.positive) == pytest.approx((same.negative, same.positive), abs=1e-6)
    assert {by_name[v.model] for v in verdicts} == {"lexicon", "onnx"}


# --- in the whole job ---------------------------------------------------------------------------------------


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    monkeypatch.setattr(errand, "_BACKOFF", 0.01)
    with serving() as web:
        yield ChatServer(web)


def stored(monitor: Monitor) -> list[tuple[str, str, bool]]:
    with duckdb.connect(str(monitor.config.settings.database), read_only=True) as con:
        rows = con.execute(
            "SELECT model, status, newest FROM verdicts ORDER BY mention_id, judged_at, newest"
        )
        return [(str(a), str(b), bool(c)) for a, b, c in rows.fetchall()]


def test_both_verdicts_are_kept_and_the_second_is_shown(
    brand_file: Path, feed: FeedServer, server: ChatServer, now: datetime
) -> None:
    for n in range(3):
        feed.add(
            f"/a/{n}", f"Sak {n}", f"Fjordbank holdt møte nummer {n} tirsdag.", now - timedelta(hours=n + 1)
        )
    settings = f"classifier: {{name: cascade, band: 1, second: {{name: endpoint, url: '{server.url}', model: liten, budget_requests: 2}}}}\n"
    brand_file.write_text(brand_file.read_text() + settings, encoding="utf-8")
    monitor = Monitor.open(brand_file)
    first, second = monitor.analyser.classifier.first.name, monitor.analyser.classifier.second.name  # type: ignore[attr-defined]
    monitor.collect()
    report = monitor.analyse()
    assert report.judged == 3 and report.flagged == 3
    assert (
        "2 of 3 answered" in report.asked and "1 not asked: the budget of 2 requests is spent" in report.asked
    )
    rows = stored(monitor)
    assert sum(model == first for model, _, _ in rows) == 3, "the first judge's word on each"
    assert [newest for model, _, newest in rows if model == second] == [True, True]
    assert [status for model, status, newest in rows if model == first and newest] == ["unsure"]
    assert Monitor.open(brand_file).analyse().judged == 0, "nothing is due again"


def test_what_a_judge_elsewhere_did_not_answer_stays_due(
    brand_file: Path, feed: FeedServer, server: ChatServer, now: datetime
) -> None:
    for n in range(4):
        feed.add(
            f"/a/{n}", f"Sak {n}", f"Fjordbank holdt møte nummer {n} tirsdag.", now - timedelta(hours=n + 1)
        )
    settings = f"classifier: {{name: endpoint, url: '{server.url}', model: liten, in_flight: 1, budget_requests: 3}}\n"
    brand_file.write_text(brand_file.read_text() + settings, encoding="utf-8")
    monitor = Monitor.open(brand_file)
    monitor.collect()
    server.script = [status(401)]
    report = monitor.analyse()
    assert report.judged == 0 and "HTTP 401" in report.asked and stored(monitor) == []
    assert monitor.analyse().judged == 3
    report = monitor.analyse()
    assert (report.judged, report.asked) == (
        1,
        f"{server.url[7:-3]}: 1 of 1 answered (1 requests, 100 tokens)",
    )
    assert len(stored(monitor)) == 4 and all(status == "judged" for _, status, _ in stored(monitor))
    assert monitor.analyse().asked == ""


def test_options_of_both_judges_are_read_from_the_brand_file(brand_file: Path) -> None:
    text = """
classifier:
  name: cascade
  first: {name: hub, model: ./models/mine, labels: {LABEL_0: negative}}
  second: {name: endpoint, url: "http://127.0.0.1:1/v1", model: m, api_key: "${OMDOMME_LLM_KEY}", in_flight: 2}
"""
    brand_file.write_text(brand_file.read_text() + text, encoding="utf-8")
    settings = load(brand_file, {"OMDOMME_LLM_KEY": "hemmelig"}).settings
    assert json.loads(json.dumps(settings.classifier_options)) == {
        "first": {"name": "hub", "model": str(brand_file.parent / "models" / "mine"), "labels": {"LABEL_0": "negative"}},
        "second": {"name": "endpoint", "url": "http://127.0.0.1:1/v1", "model": "m", "api_key": "hemmelig", "in_flight": 2},
    }  # fmt: skip
    assert "hemmelig" not in repr(settings)
    settings = load(brand_file, {"OMDOMME_CLASSIFIER": "onnx"}).settings
    assert (settings.classifier, settings.classifier_options) == ("onnx", {}), (
        "options stand with their classifier"
    )


def test_every_classifier_and_option_is_in_the_documentation() -> None:
    page = (Path(__file__).parent.parent / "docs" / "classifiers.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: part for part in page.split("\n## ")}
    for name in classifiers.names():
        assert re.search(rf"^\|\s*\[?`{name}`", page, re.MULTILINE), name
    own = {
        "hub": hub._OPTIONS,
        "endpoint": [f.name for f in fields(endpoint.Options)],
        "cascade": cascade._OPTIONS,
    }
    for name, options in own.items():
        assert set(re.findall(r"^\| `(\w+)`", sections[name], re.MULTILINE)) == set(options), name
