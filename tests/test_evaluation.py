"""The figures of an evaluation: against values worked out by hand, and through the command as people run it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from monitor.evaluation import Gold, Sheet, assess, golds, metrics, tables
from monitor.pipeline import Monitor
from monitor.pipeline.correcting import Wish, correct_all
from monitor.types import JudgeRequest, Verdict
from tests import command
from tests.conftest import FeedServer

# Gold by answer:      neg neu pos
#            negative   3   1   0     precision 3/5, recall 3/4, F1 2*3/(5+4)
#            neutral    2   2   0     precision 2/3, recall 2/4, F1 2*2/(3+4)
#            positive   0   0   2     precision 2/2, recall 2/2, F1 1
GOLD = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
FOUND = np.array([0, 0, 0, 1, 0, 0, 1, 1, 2, 2])


def call(*args: str, given: str = "") -> tuple[str, str, int]:
    done = command.call("evaluate", *args, given=given.encode())
    return done.stdout, done.stderr, done.returncode


def lines(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


# --- the figures ---------------------------------------------------------------------------------------------


def test_confusion_and_scores_by_hand() -> None:
    matrix = metrics.confusion(GOLD, FOUND)
    assert matrix.tolist() == [[3, 1, 0], [2, 2, 0], [0, 0, 2]]
    negative, neutral, positive = metrics.by_class(matrix)
    assert (negative.n, negative.precision, negative.recall) == (4, 3 / 5, 3 / 4)
    assert negative.f1 == pytest.approx(2 / 3) and neutral.f1 == pytest.approx(4 / 7) and positive.f1 == 1
    assert metrics.macro_f1(matrix) == pytest.approx((2 / 3 + 4 / 7 + 1) / 3)
    assert metrics.accuracy(matrix) == pytest.approx(0.7)


def test_a_class_without_gold_labels_is_left_out_of_the_mean_and_answers_for_it_still_cost() -> None:
    matrix = metrics.confusion(np.array([0, 0, 2, 2]), np.array([0, 1, 2, 2]))
    negative, neutral, positive = metrics.by_class(matrix)
    assert (neutral.n, neutral.recall, neutral.precision, neutral.f1) == (0, None, 0.0, 0.0)
    assert negative.f1 == pytest.approx(2 / 3) and positive.f1 == 1
    assert metrics.macro_f1(matrix) == pytest.approx((2 / 3 + 1) / 2)
    assert metrics.macro_f1(np.zeros((3, 3), np.int64)) is None


def test_calibration_by_hand() -> None:
    # Four rows, a bin each: |0.5-1| + |0.6-0| + |0.8-1| + |0.9-1| over 4.
    confidence, right = np.array([0.9, 0.5, 0.6, 0.8]), np.array([True, True, False, True])
    bins = metrics.reliability(confidence, right)
    assert [b.n for b in bins] == [1, 1, 1, 1] and [b.confidence for b in bins] == [0.5, 0.6, 0.8, 0.9]
    assert metrics.expected_calibration_error(bins) == pytest.approx((0.5 + 0.6 + 0.2 + 0.1) / 4)
    # Thirty rows in two equal-width bins: 20 at 0.95 of which 15 right, 10 at 0.5 of which 5 right.
    confidence = np.array([0.95] * 20 + [0.5] * 10)
    right = np.array([True] * 15 + [False] * 5 + [True] * 5 + [False] * 5)
    bins = metrics.reliability(confidence, right, equal_mass=False)
    assert [(b.n, b.accuracy) for b in bins] == [(10, 0.5), (20, 0.75)]
    assert metrics.expected_calibration_error(bins) == pytest.approx(20 / 30 * 0.2)
    assert len(metrics.reliability(confidence, right)) == 15
    assert metrics.expected_calibration_error(()) is None


def test_a_confidence_of_one_has_a_bin() -> None:
    (only,) = metrics.reliability(np.array([1.0]), np.array([True]), equal_mass=False)
    assert (only.n, only.high) == (1, 1.0)


def test_chance_calibration_error_is_small_only_for_many_rows() -> None:
    few, many = (metrics.chance_calibration_error(np.full(n, 0.7), seed=0) for n in (30, 30_000))
    assert few is not None and many is not None
    # Two rows a bin: |right/2 - 0.7| on average 0.49*0.3 + 0.42*0.2 + 0.09*0.7 = 0.294.
    assert few == pytest.approx(0.294, abs=0.03) and many < 0.02


def test_brier_and_log_loss_by_hand() -> None:
    gold, p = np.array([0, 2]), np.array([[0.5, 0.3, 0.2], [0.0, 0.0, 1.0]])
    assert metrics.brier(gold, p) == pytest.approx((0.25 + 0.09 + 0.04) / 2)
    assert metrics.log_loss(gold, p) == pytest.approx(math.log(2) / 2)
    wrong = metrics.log_loss(np.array([0]), np.array([[0.0, 1.0, 0.0]]))
    assert wrong == pytest.approx(-math.log(1e-15))


def test_the_bootstrap_draws_clusters_and_agrees_with_doing_it_the_long_way() -> None:
    rng = np.random.default_rng(3)
    gold, found = rng.integers(0, 3, 150), rng.integers(0, 3, 150)
    found[:75] = gold[:75]
    clusters = np.arange(150) // 5
    ends = metrics.interval(gold, found, clusters, samples=4000, seed=1)
    assert ends is not None and ends == metrics.interval(gold, found, clusters, samples=4000, seed=1)
    rows = [np.flatnonzero(clusters == c) for c in range(30)]
    scores = []
    for _ in range(2000):
        drawn = np.concatenate([rows[i] for i in rng.integers(0, 30, 30)])
        scores.append(metrics.macro_f1(metrics.confusion(gold[drawn], found[drawn])))
    assert ends == pytest.approx(tuple(np.quantile(np.array(scores, float), [0.025, 0.975])), abs=0.015)
    alone = metrics.interval(gold, found, np.arange(150), samples=4000, seed=1)
    assert alone is not None and alone[1] - alone[0] < ends[1] - ends[0]  # rows of a cluster go together here


def test_one_cluster_has_no_interval() -> None:
    assert metrics.interval(GOLD, FOUND, np.zeros(10, int), samples=100, seed=0) is None


# --- what is read --------------------------------------------------------------------------------------------


def test_third_parties_by_sentiment_own_voices_by_tone_where_there_is_one() -> None:
    targets = [
        {"name": "A", "kind": "brand", "sentiment": "negative", "tone": "neutral"},
        {"name": "B", "kind": "leader", "sentiment": "positive"},
    ]
    theirs = golds({"text": "x", "voice": "third_party", "targets": targets})
    ours = golds({"text": "x", "voice": "leader", "targets": targets})
    assert [(g.label, g.by) for g in theirs] == [(0, "sentiment"), (2, "sentiment")]
    assert [(g.label, g.by) for g in ours] == [(1, "tone"), (2, "sentiment for want of a tone")]
    assert (ours[0].row["target"], ours[0].row["kind"]) == ("A", "brand")
    assert [g.mood for g in theirs + ours] == [1, None, None, None]
    (labelled,) = golds({"text": "x", "target": "", "label": "positive", "voice": "brand"})
    assert (labelled.label, labelled.by) == (2, "label")


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"text": "x"}, "label is missing"),
        ({"text": "x", "label": "bad"}, "label must be"),
        ({"text": "x", "label": ["positive"]}, "label must be"),
        ({"text": "x", "targets": "A"}, "targets must be"),
        ({"text": "x", "targets": [{"name": "A", "sentiment": 1}]}, r"targets\[0\].sentiment must"),
    ],
)
def test_a_line_that_says_nothing_is_refused_by_field(row: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=field):
        golds(row)


def sheet_of(rows: list[tuple[int, tuple[float, float, float], str, str, str]]) -> Sheet:
    """(gold, probabilities, status, language, brand) -> a sheet, each row a text of its own."""
    sheet = Sheet()
    for i, (label, p, status, lang, brand) in enumerate(rows):
        request = JudgeRequest(f"text {i}", "A", lang=lang)
        verdict = Verdict("A", *p, status=status, model="m@1")  # type: ignore[arg-type]
        neutral = Verdict("A", 0.0, 1.0, 0.0, "judged", "words@1")
        sheet.add(Gold({"brand": brand}, label, "label"), request, verdict, neutral)
    return sheet


def test_unjudged_stands_apart_and_is_counted_as_wrong_in_one_line() -> None:
    right, third = (0.8, 0.1, 0.1), (0.333, 0.334, 0.333)
    rows = [(0, right, "judged", "nb", "")] * 6 + [(0, third, "unjudged", "de", "")] * 2
    rows += [(1, (0.1, 0.8, 0.1), "judged", "nb", "")] * 2
    report = assess(sheet_of(rows).columns(), samples=200)
    assert (report.n, report.answered, report.unjudged) == (10, 8, 2)
    assert report.confusion == ((6, 0, 0, 2), (0, 2, 0, 0), (0, 0, 0, 0))
    assert report.systems[0].macro_f1 == 1 and report.without_gold == ("positive",)
    # As wrong: negative has recall 6/8 and precision 1, neutral is untouched.
    assert report.unjudged_as_wrong == (pytest.approx((12 / 14 + 1) / 2), pytest.approx(0.8))
    majority = next(s for s in report.systems if s.name == "majority")
    assert majority.macro_f1 == pytest.approx((12 / 14 + 0) / 2)
    notes = [note for table in tables(report) for note in table.notes]
    assert any("2 more were left unjudged" in note for note in notes)
    assert any("No gold label is positive" in note for note in notes)


def test_the_mood_is_held_against_the_standing() -> None:
    sheet = Sheet()
    verdict = Verdict("A", 0.8, 0.1, 0.1, "judged", "m@1")
    for label, mood in ((0, 1), (0, 0), (1, 1), (2, 1), (2, None)):
        sheet.add(Gold({}, label, "sentiment", mood), JudgeRequest("x", "A"), verdict, verdict)
    found = assess(sheet.columns(), samples=200)
    # negative: 1 of 2 found, nothing else called so, F1 2/3; neutral: 1 right of 3 called so, F1 2/4; positive 0.
    assert (found.mood.n, found.mood.differ) == (4, 2)
    assert found.mood.macro_f1 == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)
    assert any("differ in 2" in note for table in tables(found) for note in table.notes)


def test_the_unsure_band_is_measured_within_and_outside() -> None:
    rows = [(0, (0.9, 0.05, 0.05), "judged", "nb", "")] * 6 + [(1, (0.4, 0.35, 0.25), "unsure", "nb", "")] * 3
    rows += [(0, (0.4, 0.35, 0.25), "unsure", "nb", "")]
    unsure = assess(sheet_of(rows).columns(), samples=200).unsure
    assert (unsure.n, unsure.share, unsure.accuracy_unsure, unsure.accuracy_judged) == (4, 0.4, 0.25, 1.0)


def test_small_groups_are_added_up_and_one_group_alone_is_not_shown() -> None:
    p = (0.8, 0.1, 0.1)
    rows = (
        [(0, p, "judged", "nb", "x")] * 5 + [(1, p, "judged", "en", "x")] * 2 + [(0, p, "judged", "nn", "x")]
    )
    groups = assess(sheet_of(rows).columns(), samples=200, min_group=3).groups
    assert [(g.dimension, g.name, g.n, g.accuracy) for g in groups] == [
        ("language", "nb", 5, 1.0),
        ("language", "2 others", 3, pytest.approx(1 / 3)),
    ]
    assert groups[0].classes == 1 and groups[0].macro_f1 == 1


def test_brands_are_the_clusters_when_there_are_five() -> None:
    p = (0.8, 0.1, 0.1)
    many = [(i % 2, p, "judged", "nb", f"brand {i % 5}") for i in range(20)]
    four = [(i % 2, p, "judged", "nb", f"brand {i % 4}") for i in range(20)]
    a, b = (assess(sheet_of(rows).columns(), samples=200) for rows in (many, four))
    assert (a.cluster, a.clusters, b.cluster, b.clusters) == ("brand", 5, "text", 20)


# --- the command ---------------------------------------------------------------------------------------------

ROWS = [
    {"id": 1, "text": "Lomvi er elendig og dårlig, og ingen svarer når vi ringer.", "target": "Lomvi", "label": "negative"},
    {"id": 2, "text": "Takk til Lomvi for rask og hyggelig hjelp!", "target": "Lomvi", "label": "positive", "lang": "nb"},
    {"id": 3, "text": "Lomvi holder møte på tirsdag klokka ni.", "target": "Lomvi", "label": "neutral", "lang": "nb"},
    {
        "id": 4,
        "voice": "leader",
        "text": "Ferga går klokka ni i morgen tidlig, og Havørn kjører som vanlig etterpå.",
        "targets": [
            {"name": "Lomvi", "kind": "brand", "sentiment": "positive", "tone": "neutral"},
            {"name": "Havørn", "kind": "competitor", "sentiment": "neutral"},
        ],
    },
]  # fmt: skip


def test_a_mixed_file_is_read_judged_and_told(tmp_path: Path) -> None:
    file = tmp_path / "gold.jsonl"
    file.write_text(lines(*ROWS, {"id": 5, "text": "Uten noen.", "targets": []}), encoding="utf-8")
    text, errors, code = call(str(file), "--classifier", "lexicon")
    assert (code, errors) == (0, "")
    assert "5 lines, 5 labelled pairs; judged by lexicon@" in text
    assert "3 by label, 1 by tone, 1 by sentiment for want of a tone" in text
    for title in ("Against the baselines", "By class", "Gold (rows)", "By voice", "Unsure", "Calibration"):
        assert title in text
    found = json.loads(call(str(file), "--classifier", "lexicon", "--json")[0])
    model, majority, lexicon = found["systems"]
    assert model["macro_f1"] == lexicon["macro_f1"] and majority["classes"][0]["f1"] == 0
    assert (found["lines"], found["lines_without_targets"], found["n"]) == (5, 1, 5)


def test_broken_lines_are_numbered_and_the_rest_is_evaluated() -> None:
    given = lines(ROWS[0]) + "nonsense\n" + lines({"text": "x", "target": "y", "label": "great"}, ROWS[1])
    text, errors, code = call("-", "--classifier", "lexicon", given=given)
    assert code == 2 and "2 labelled pairs" in text
    assert "line 2: not JSON" in errors and "line 3: label must be" in errors and "2 broken lines" in errors


def test_nothing_to_evaluate_is_an_error_and_not_a_table(tmp_path: Path) -> None:
    text, errors, code = call("-", "--classifier", "lexicon", given="\n")
    assert (text, code) == ("", 1) and "no labelled line" in errors
    assert call(str(tmp_path / "none.jsonl"))[2] == 1
    assert call()[2] == 2


def test_predictions_are_written_and_read_back_by_id_and_in_order(tmp_path: Path) -> None:
    gold, written = tmp_path / "gold.jsonl", tmp_path / "p.jsonl"
    gold.write_text(lines(*ROWS), encoding="utf-8")
    first = json.loads(
        call(str(gold), "--classifier", "lexicon", "--write-predictions", str(written), "--json")[0]
    )
    rows = [json.loads(line) for line in written.read_text("utf-8").splitlines()]
    assert [(r["id"], r["target"]) for r in rows][-2:] == [(4, "Lomvi"), (4, "Havørn")]
    # By id the order is free; in order, without ids, it is not.
    written.write_text(lines(*reversed(rows)), encoding="utf-8")
    assert json.loads(call(str(gold), "--predictions", str(written), "--json")[0]) == first
    for row in rows:
        del row["id"], row["target"]
    written.write_text(lines(*rows), encoding="utf-8")
    assert json.loads(call(str(gold), "--predictions", str(written), "--json")[0]) == first
    written.write_text(lines(*rows[:-1]), encoding="utf-8")
    assert "4 lines, and more labelled pairs" in call(str(gold), "--predictions", str(written))[1]
    written.write_text(lines(*rows, rows[0]), encoding="utf-8")
    assert "6 lines for 5 labelled pairs" in call(str(gold), "--predictions", str(written))[1]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"negative": 0.5, "neutral": 0.5, "positive": 0.5}, "add up to 1.5"),
        ({"negative": 1.5, "neutral": -0.5, "positive": 0}, "negative must be a probability"),
        ({"negative": 1, "neutral": 0}, "positive must be a probability"),
        ({"id": 9, "negative": 1, "neutral": 0, "positive": 0}, "has nothing for id 1"),
        ({"target": "X", "negative": 1, "neutral": 0, "positive": 0}, "Remedy: the same order"),
    ],
)
def test_predictions_that_cannot_be_meant_are_refused(tmp_path: Path, row: object, message: str) -> None:
    predictions = tmp_path / "p.jsonl"
    predictions.write_text(lines(row), encoding="utf-8")
    text, errors, code = call("-", "--predictions", str(predictions), given=lines(ROWS[0]))
    assert (text, code) == ("", 1) and message in errors and "p.jsonl" in errors


def test_what_people_corrected_is_the_test_set(brand_file: Path, feed: FeedServer) -> None:
    now = datetime.now(UTC)
    brand_file.write_text(brand_file.read_text("utf-8") + "classifier: lexicon\n", encoding="utf-8")
    feed.add("/1", "Rot", "Fjordbank er elendig og dårlig, og ingen svarer.", now)
    feed.add("/2", "Ros", "Takk til Fjordbank for rask og hyggelig hjelp!", now)
    feed.add("/3", "Møte", "Fjordbank holder møte på tirsdag klokka ni.", now)
    opened = Monitor.open(brand_file)
    opened.run()
    database = opened.config.settings.database
    assert call("--corrections", "--brand", str(brand_file))[2] == 1  # there are none yet
    url = feed.url.removesuffix("/feed.xml")
    wishes = [
        Wish(f"{url}/1", "Fjordbank", "negative", "Ada", "stemmer"),
        Wish(f"{url}/2", "Fjordbank", "neutral", "Ada", "det er ironi"),
        Wish(f"{url}/3", "Fjordbank", "negative", "Ada", "møtet var om boten"),
    ]
    assert correct_all(database, wishes, datetime.now(UTC))[0] == 3
    found = json.loads(call("--corrections", "--brand", str(brand_file), "--json")[0])
    assert found["n"] == 3 and found["confusion"] == [[1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert found["corrections"] | {"warning": ""} == {
        "against_the_stored_verdict": 2,
        "of_these_right_now": 0,
        "with_the_stored_verdict": 1,
        "of_these_wrong_now": 0,
        "warning": "",
    }
    text, _, code = call("--corrections", "--brand", str(brand_file))
    assert code == 0 and "no fair sample" in text and "2 go against the stored verdict: 0 of them" in text


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the peak of its memory")
def test_many_lines_are_evaluated_in_little_memory(tmp_path: Path) -> None:
    gold, predictions = tmp_path / "gold.jsonl", tmp_path / "p.jsonl"
    labels = ("negative", "neutral", "positive")
    with gold.open("w") as a, predictions.open("w") as b:
        for i in range(4_000):
            a.write(
                json.dumps(
                    {"text": f"{i} " + "x" * 20_000, "target": "", "lang": "nb", "label": labels[i % 3]}
                )
                + "\n"
            )
            b.write('{"negative": 0.2, "neutral": 0.5, "positive": 0.3}\n')
    code = (
        "import sys\n"
        "from monitor.cli import app\n"
        f"sys.argv = ['omdomme', 'evaluate', {str(gold)!r}, '--predictions', {str(predictions)!r}, '--json']\n"
        "try:\n    app()\nexcept SystemExit:\n    pass\n"
        "print([int(l.split()[1]) // 1024 for l in open('/proc/self/status') if l.startswith('VmHWM')][0])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    report, megabytes = done.stdout.splitlines()
    assert json.loads(report)["n"] == 4_000 and int(megabytes) < 220  # the file has 80 MB
