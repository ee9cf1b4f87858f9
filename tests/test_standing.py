"""The sentence that says how it stands: at the edges, and no more than the figures carry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard import address
from dashboard.coursecharts import Mark, share_line
from dashboard.data import Bar
from dashboard.language import LANGUAGES, Texts
from dashboard.overviewdata import Point, course
from dashboard.standing import Link, Stand, sentence
from monitor.readmodel.rows import share

NB, EN = Texts("nb", "Europe/Oslo"), Texts("en", "Europe/Oslo")
CALM = Stand("Lomvi", stories=40, judged=30, share="unclear", volume="unclear")


def told(stand: Stand, t: Texts = NB) -> str:
    return " ".join(words for words, _ in sentence(stand, t))


def test_as_a_leader_reads_it() -> None:
    stand = Stand("Lomvi", 40, 30, "unclear", "unclear", waiting=2, over=1)
    assert told(stand) == "Rolig. To konflikter venter på deg. Én hendelse er over."
    assert told(stand, EN) == "Steady. Two conflicts wait for you. One incident is over."


@pytest.mark.parametrize(
    ("stand", "expected"),
    [
        (Stand("Lomvi"), "Ingen omtaler i perioden. Ingenting venter på deg."),
        (Stand("Lomvi", stories=3), "Ingen saker er sikkert vurdert ennå. Ingenting venter på deg."),
        (Stand("Lomvi", stories=3, judged=3), "Ingen hendelser pågår. Ingenting venter på deg."),
        (CALM, "Rolig. Ingenting venter på deg."),
        (Stand("Lomvi", 40, 30, "unclear", "down"), "Rolig. Ingenting venter på deg."),
        (
            Stand("Lomvi", 40, 30, "unclear", "up"),
            "Flere saker enn før, men ikke klart mer negativt. Ingenting venter på deg.",
        ),
        (Stand("Lomvi", 40, 30, "up", "up"), "En større andel er negativ enn før. Ingenting venter på deg."),
        (Stand("Lomvi", 40, 30, "down"), "En mindre andel er negativ enn før. Ingenting venter på deg."),
        (
            Stand("Lomvi", 40, 30, "unclear", going=1),
            "Én hendelse pågår. Andelen negative er ikke klart endret. Ingenting venter på deg.",
        ),
        (Stand("Lomvi", 40, 30, going=1), "Én hendelse pågår. Ingenting venter på deg."),
        (Stand("Lomvi", going=2, waiting=1), "To hendelser pågår. Ingen omtaler i perioden. Én konflikt venter på deg."),
        (
            Stand("Lomvi", 40, 30, "unclear", "unclear", waiting=13, over=12, missed=1, behind=3, down=1),
            "Rolig. 13 konflikter venter på deg. Tolv hendelser er over. Ett mål er ikke nådd. Tre mål er bak planen."
            " Én kilde er nede, så noe kan mangle.",
        ),
    ],
)  # fmt: skip
def test_at_the_edges(stand: Stand, expected: str) -> None:
    assert told(stand) == expected


def test_who_may_not_decide_is_not_waited_for() -> None:
    assert told(Stand("Lomvi", 40, 30, "unclear", yours=False)) == "Rolig."
    waiting = Stand("Lomvi", 40, 30, "unclear", waiting=2, yours=False)
    assert told(waiting) == "Rolig. To konflikter venter på avgjørelse."


def test_calm_is_never_said_while_an_incident_is_going_on_or_nothing_is_judged() -> None:
    for language in LANGUAGES:
        t = Texts(language, "UTC")
        for stand in (
            Stand("L", 9, 9, "unclear", going=1),
            Stand("L", 9, 0, "unclear"),
            Stand("L", 9, 9, "up"),
        ):
            assert t("stand.steady") not in told(stand, t)


def test_each_sentence_leads_to_what_is_behind_it() -> None:
    stand = Stand("Lomvi", 40, 30, "up", going=1, over=1, waiting=1, missed=1, behind=1, down=1)
    assert [link for _, link in sentence(stand, NB)] == [
        Link("incidents", {}),
        Link("mentions", {"target": "Lomvi", "label": ["negative"]}),
        Link("conflicts", {"period": "all"}),
        Link("incidents", {}),
        Link("goals", {}),
        Link("goals", {}),
        Link("sources", {}),
    ]


def _days(counts: list[int], first: datetime) -> list[Bar]:
    day = timedelta(days=1)
    return [Bar(first + n * day, first + (n + 1) * day, count, 1, 0, 2) for n, count in enumerate(counts)]


def test_the_line_is_by_the_day_for_two_weeks_and_by_the_week_beyond() -> None:
    monday = datetime(2026, 9, 7)  # noqa: DTZ001  local
    assert course([]) == []
    short = course(_days([1] * 14, monday))
    assert len(short) == 14 and (short[0].share.part, short[0].share.whole, short[0].stories) == (1, 2, 4)
    long = course(_days([1] * 16, monday - timedelta(days=2)))
    assert [(p.start, p.share.whole) for p in long] == [
        (monday - timedelta(days=7), 4),
        (monday, 14),
        (monday + timedelta(days=7), 14),
    ]


def test_a_day_on_which_nothing_was_judged_has_no_share() -> None:
    (point,) = course([Bar(datetime(2026, 9, 7), datetime(2026, 9, 8), 0, 0, 0, 3)])  # noqa: DTZ001  local
    assert point.share.value is None and point.stories == 3


def _drawn(points: list[Point], marks: list[Mark]) -> dict[str, list[list[dict[str, object]]]]:
    """The rows of every layer, by the kind of its mark."""
    first, last = points[0].start, points[-1].end
    chart = share_line(
        [(p, f"mentions?n={n}") for n, p in enumerate(points)], marks, first, last, NB
    ).to_dict()
    found: dict[str, list[list[dict[str, object]]]] = {}
    for layer in chart["layer"]:
        found.setdefault(layer["mark"]["type"], []).append(layer["data"]["values"])
    return found


def test_one_point_stands_alone_on_its_interval_and_no_line_goes_over_a_gap() -> None:
    monday, day = datetime(2026, 9, 7), timedelta(days=1)  # noqa: DTZ001  local
    points = [Point(monday + n * day, monday + (n + 1) * day, share(1, 2), 2) for n in (0, 1, 3)]
    drawn = _drawn(points, [])
    assert [row["url"] for row in drawn["point"][0]] == ["mentions?n=0", "mentions?n=1", "mentions?n=2"]
    assert [row["at"] for row in drawn["rule"][0]] == ["2026-09-10T12:00:00"], "alone: its interval as a bar"
    assert {row["run"] for row in drawn["line"][0]} == {1} and len(drawn["area"][0]) == 2
    nothing = [Point(monday, monday + day, share(0, 0), 1), points[1]]
    assert [row["at"] for row in _drawn(nothing, [])["point"][0]] == ["2026-09-08T12:00:00"]


def test_marks_outside_the_time_are_left_out_and_labels_near_the_edge_turn_inwards() -> None:
    monday, day = datetime(2026, 9, 7), timedelta(days=1)  # noqa: DTZ001  local
    points = [Point(monday + n * day, monday + (n + 1) * day, share(1, 2), 2) for n in range(10)]
    marks = [
        Mark(monday - 9 * day, monday - 8 * day, "before", "goals", False),
        Mark(monday - 2 * day, monday + day, "campaign", "goals", False),
        Mark(monday + 9 * day, monday + 9 * day + timedelta(hours=3), "Hendelse 1", "incidents?id=a", True),
    ]
    drawn = _drawn(points, marks)
    (left,), (right,) = drawn["text"]
    assert (left["label"], left["at"]) == ("campaign", monday.isoformat()), "cut at the edge"
    assert right["label"] == "▼ Hendelse 1" and right["url"] == "incidents?id=a"
    assert [row["label"] for row in drawn["rect"][0]] == ["campaign"]


def test_a_link_holds_exactly_the_time_of_its_figure() -> None:
    midnight = datetime(2026, 9, 7, tzinfo=UTC)
    whole = address.span(midnight, midnight + timedelta(days=2))
    assert whole == {"from": "2026-09-07", "to": "2026-09-08"}, "whole days in UTC, both included"
    local = midnight.replace(tzinfo=NB.zone)
    assert address.span(local, local + timedelta(days=1)) == {
        "from": "2026-09-06T22:00",
        "to": "2026-09-07T22:00",
    }
