"""Flags: what is promised of them (interfaces), and what phrase lists and voices do. The real encoder, a tiny brand."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from monitor.classifiers import encoder
from monitor.errors import ModelError
from monitor.identity import Flagger, evidence
from monitor.identity import model as flagmodel
from monitor.identity.features import Reader, in_force
from monitor.identity.signals import Cues, Terms
from monitor.types import (
    BrandIdentity,
    Encoder,
    Flag,
    FlagRequest,
    Leader,
    Match,
    Mention,
    Statement,
    Target,
    Verdict,
    Voice,
)

IDENTITY = BrandIdentity(
    name="Nordferd",
    aliases=("@nordferd",),
    leaders=(
        Leader("leader.1", "Kari Lunde", role="konsernsjef", private=("travhester", "menigheten og tro")),
        Leader("leader.2", "Ola Berg", role="driftssjef", private=("seilbåten",)),
    ),
    statements=(
        Statement("value.1", "value", "Ingen kjører uten lovlig hviletid.", signals=("hviletid",)),
        Statement("value.2", "value", "Prisen du ser er prisen du betaler, uten skjulte gebyrer."),
        Statement("unwanted.1", "unwanted_image", "Sjefer som skryter av champagne og helikopter."),
        Statement("guideline.1", "guideline", "Gjør aldri narr av kunder eller konkurrenter."),
        Statement("guideline.2", "guideline", "Hold familie, tro og fritid utenfor innlegg med tittel."),
        Statement(
            "topic.1", "out_of_bounds", "Oppkjøp og aksjekurs", signals=("oppkjøp", "kjøpe opp", "aksjekurs")
        ),
        Statement("guideline.3", "guideline", "Ingen omtale av prøveordningen.", valid_to=date(2026, 6, 30)),
    ),
)

BREACH = (
    "Arbeidstilsynet avdekket 17 brudd på hviletiden i Nordferd. Ledelsen visste om det, viser interne e-poster, "
    "men lot bilene gå videre for å holde tidsplanen."
)
DULL = "Nordferd åpner en ny terminal på Gardermoen i mars. Den får 40 porter, opplyser selskapet."
MIXED = (
    "Som konsernsjef i Nordferd lærer jeg mye av travhestene mine. I helga sto hele familien i stallen, barna og "
    "mannen min også, og på søndag var vi i kirken. Mandag er det budsjettmøte på kontoret!"
)


@pytest.fixture(scope="module")
def eyes() -> Encoder:
    return encoder.load(threads=1)


@pytest.fixture(scope="module")
def flagger(eyes: Encoder) -> Flagger:
    return Flagger(IDENTITY, eyes)


def request(
    text: str,
    voice: Voice = "third_party",
    *,
    title: str = "",
    speaker: str | None = None,
    relevant: bool = True,
) -> FlagRequest:
    targets = (Target("Nordferd", "brand", "text", "text", 0, 1, "N"),) if relevant else ()
    mention = Mention(
        id="m",
        title=title,
        text=text,
        source_type="news" if voice == "third_party" else "linkedin",
        voice=voice,
        published_at=datetime(2026, 9, 1, tzinfo=UTC),
    )
    return FlagRequest(mention, Match(relevant, targets, voice, speaker))


def check_laws(asked: FlagRequest, flag: Flag) -> None:
    ranks = ("none", "minor", "major")
    assert 0.0 <= flag.score <= 1.0
    assert (flag.level == "none") == (not flag.conflicts)
    if flag.conflicts:
        assert flag.level == max((c.severity for c in flag.conflicts), key=ranks.index)
        assert flag.conflicts[0].statement == flag.candidates[0][0]
    assert [c.score for c in flag.conflicts] == sorted((c.score for c in flag.conflicts), reverse=True)
    assert sum(s for _, s in flag.candidates) <= flag.score + 1e-9
    told = {r.statement for r in flag.relations}
    assert not flag.relations or told >= {statement for statement, _ in flag.candidates}
    for r in flag.relations:
        assert 0 <= r.contradicts <= 1 and 0 <= r.in_line <= 1 and r.contradicts + r.in_line <= 1 + 1e-9
    for c in flag.conflicts:
        raw = asked.mention.title if c.field == "title" else asked.mention.text
        assert c.quote == raw[c.start : c.end]
        assert c.quote == c.quote.strip() != ""
        assert len(c.quote) <= evidence.MAX_SPAN
        assert "{" not in c.reason
        assert IDENTITY.statement(c.statement)


HOSTILE = [
    "",
    " \n\t ",
    "🙃🙃",
    "a" * 100_000,
    "hviletid " * 12_000,
    "«" * 50_000 + "x",
    "!?" * 50_000,
    "\u202e\u200b" * 20_000 + "hviletid",
    "e\u0301" * 50_000,
    ("Nordferd brøt reglene, " * 6_000),
    "\x00\ud7ff{voice}{0}%s<script>alert(1)</script> hviletid",
]


def test_laws_hold_for_every_text_and_hostile_ones_are_bounded(flagger: Flagger) -> None:
    asked = [request(t) for t in [BREACH, DULL, MIXED, *HOSTILE]]
    asked += [
        request(t, "leader", title=t[:500], speaker="Kari Lunde") for t in [BREACH, DULL, MIXED, *HOSTILE]
    ]
    began = time.perf_counter()
    flags = flagger.flag(asked)
    assert time.perf_counter() - began < 20
    for one, flag in zip(asked, flags, strict=True):
        check_laws(one, flag)
        assert len(flag.candidates) == 5
    assert flags[0].level != "none"
    assert flags[1].level == "none"
    assert flags[0].score > 3 * flags[1].score
    assert flags[3].level == "none" and flags[3].score <= 0.01  # nothing to read, nothing to quote


def test_the_main_statement_and_its_quote(flagger: Flagger) -> None:
    (flag,) = flagger.flag([request(BREACH, title="Brudd i transportbransjen")])
    main = flag.conflicts[0]
    assert main.statement == "value.1"
    assert "hviletiden" in main.quote
    assert "«hviletiden»" in main.reason and "ført opp under value.1" in main.reason


def test_how_it_stands_to_a_statement_is_told_with_each_flag(flagger: Flagger) -> None:
    kept = (
        "Hos Nordferd hviler alle sjåførene som de skal. Vi følger hviletiden, og tilsynet fant ingen brudd."
    )
    broken, done = flagger.flag([request(BREACH), request(kept, "brand")])
    against, for_it = ({r.statement: r for r in f.relations}["value.1"] for f in (broken, done))
    assert against.contradicts > for_it.contradicts and for_it.in_line > against.in_line
    irrelevant = flagger.flag([request(BREACH, relevant=False)])[0]
    assert irrelevant.relations == ()
    assert "guideline.3" not in {r.statement for r in broken.relations}  # not in force any more


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("nb", "et menneske bør avgjøre"),
        ("nn", "eit menneske bør avgjere"),
        ("en", "a person should decide"),
        ("no", "et menneske"),
    ],
)
def test_reasons_in_the_language_asked(flagger: Flagger, lang: str, words: str) -> None:
    (flag,) = flagger.flag([request(BREACH)], lang)
    assert all(words in c.reason for c in flag.conflicts)


def test_what_is_about_something_else_is_never_flagged(flagger: Flagger) -> None:
    (flag,) = flagger.flag([request(BREACH, relevant=False)])
    assert flag.level == "none" and flag.conflicts == () and flag.score <= 0.01 and not flag.role_mixing


def test_the_answer_does_not_depend_on_the_company(flagger: Flagger, eyes: Encoder) -> None:
    alone = flagger.flag([request(BREACH)])[0]
    among = flagger.flag(
        [request(DULL), request(MIXED, "leader"), request(BREACH), request("hviletid " * 500)]
    )[2]
    assert alone == among
    assert Flagger(IDENTITY, eyes).flag([request(BREACH)])[0] == alone


def test_one_call_of_the_encoder_a_batch(eyes: Encoder) -> None:
    class Counting:
        name = eyes.name
        calls = 0

        def encode(self, texts):  # type: ignore[no-untyped-def]
            self.calls += 1
            return eyes.encode(texts)

    counting = Counting()
    flagger = Flagger(IDENTITY, counting)
    flagger.flag([request(BREACH)] * 5)
    flagger.flag([request(DULL)] * 5)
    assert counting.calls == 3  # the statements once, then one a batch


def test_role_mixing_is_the_authors_own(flagger: Flagger) -> None:
    report = "Konsernsjef Kari Lunde i Nordferd skriver om travhestene, familien og kirken på LinkedIn, melder avisa."
    private = "Endelig snø! Ungene sover, hunden snorker, og jeg strikker."
    mixed, outsider, reported, alone, work = flagger.flag(
        [
            request(MIXED, "leader", speaker="Kari Lunde"),
            request(MIXED),
            request(report),
            request(private, "third_party"),
            request(DULL, "leader", speaker="Kari Lunde"),
        ]
    )
    assert mixed.role_mixing
    assert not any(f.role_mixing for f in (outsider, reported, alone, work))


def test_own_private_topics_count_not_those_of_others(eyes: Encoder) -> None:
    reader = Reader(IDENTITY, eyes)
    own, other = reader.read(
        [request("Travhestene venter.", "leader", speaker=n) for n in ("Kari Lunde", "Ola Berg")]
    )
    assert (own.plain != other.plain).any()


def test_out_of_bounds_binds_ours_not_outsiders(flagger: Flagger) -> None:
    text = "Mye tyder på at noen vil kjøpe dem opp. Aksjekursen til Nordferd kan stige etter et oppkjøp."
    leader, outsider = flagger.flag([request(text, "leader", speaker="Kari Lunde"), request(text)])
    assert leader.score > outsider.score
    assert leader.candidates[0][0] == "topic.1"
    assert leader.level != "none"


@pytest.mark.parametrize(("day", "held"), [(date(2026, 6, 30), True), (date(2026, 7, 1), False)])
def test_a_statement_holds_to_its_last_day(eyes: Encoder, day: date, held: bool) -> None:
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    asked = request("Prøveordningen omtales.", "employee")
    asked = replace(asked, mention=replace(asked.mention, published_at=at))
    assert in_force(IDENTITY.statements[-1], asked) is held
    only = replace(IDENTITY, statements=IDENTITY.statements[-1:])
    (flag,) = Flagger(only, eyes).flag([asked])
    assert (len(flag.candidates) == 1) is held
    if not held:
        assert flag.level == "none" and flag.score <= 0.01


def test_an_identity_without_statements_flags_nothing(eyes: Encoder) -> None:
    (flag,) = Flagger(replace(IDENTITY, statements=()), eyes).flag([request(BREACH)])
    assert flag.level == "none" and flag.candidates == () and flag.score <= 0.01


def test_without_an_encoder_words_alone_decide() -> None:
    flagger = Flagger(IDENTITY, None)
    assert flagger.name.endswith("+words")
    asked = [request(BREACH), request(DULL)]
    flags = flagger.flag(asked)
    for one, flag in zip(asked, flags, strict=True):
        check_laws(one, flag)
    assert flags[0].score > flags[1].score
    assert flags[0].candidates[0][0] == "value.1"


def test_the_name_says_what_judged(flagger: Flagger, eyes: Encoder) -> None:
    assert flagger.name.startswith("omdomme-identity@") and flagger.name.endswith(eyes.name)
    assert flagger.flag([request(DULL)])[0].model == flagger.name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Sjåførene fikk ikke hviletiden sin", "hviletiden"),
        ("17 hviletidsbrudd på ett år", "hviletidsbrudd"),
        ("døgnhviletiden ble kuttet", "døgnhviletiden"),
        ("HVILETID!", "HVILETID"),
        ("vi hviler en tid", None),
        ("Vil de kjøpe dem opp?", "kjøpe dem opp"),
        ("kjøpe noe stort og flott og så opp", None),
    ],
)
def test_signals_are_found_inflected_and_in_compounds(text: str, found: str | None) -> None:
    hits = [h for h in Terms(IDENTITY, IDENTITY.statements).hits(text) if h.listed]
    assert [text[h.start : h.end] for h in hits] == ([found] if found else [])


def test_terms_are_derived_where_nobody_listed_any() -> None:
    text = "Et gebyr på 39 kroner sto skjult på fakturaen"
    hits = Terms(IDENTITY, IDENTITY.statements).hits(text)
    assert {text[h.start : h.end] for h in hits if h.statement == 1} == {"gebyr", "skjult"}
    assert not any(h.listed for h in hits)


def test_cues_meet_across_languages() -> None:
    cues = Cues()
    fees = cues.names.index("fees")
    assert (
        cues.counts("Skjulte gebyrer på fakturaen")[fees] and cues.counts("hidden fees on the invoice")[fees]
    )
    breach = cues.names.index("breach")
    assert cues.counts("de ble FELT I retten")[breach] and not cues.counts("felt seg i god form")[breach]


def test_spans_are_slices_of_the_raw_fields() -> None:
    mention = Mention(
        id="m", title=" Tittel ", text="Første.  Andre " + "lang, " * 100 + "slutt.\n\n\u200bSiste?"
    )
    cut = evidence.spans(mention)
    assert cut[0].field == "title" and len(cut) <= evidence.MAX_SENTENCES
    for span in cut:
        raw = mention.title if span.field == "title" else mention.text
        assert 0 < span.end - span.start <= evidence.MAX_SPAN
        assert raw[span.start : span.end] == raw[span.start : span.end].strip()


def test_weights_for_other_features_are_refused(tmp_path: Path) -> None:
    data = json.loads(flagmodel.WEIGHTS.read_text(encoding="utf-8"))
    data["format"] = flagmodel.FORMAT + 1
    other = tmp_path / "weights.json"
    other.write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ModelError, match="format 3, this version reads 2"):
        flagmodel.load(other)
    with pytest.raises(ModelError, match="missing"):
        flagmodel.load(tmp_path / "missing.json")


def test_half_floats_give_the_weights_back(tmp_path: Path) -> None:
    sets = flagmodel.load()
    flagmodel.dump(sets, tmp_path / "again.json", "a test")
    again = flagmodel.load(tmp_path / "again.json")
    for name, weights in sets.items():
        assert np.allclose(weights.conflict.weights, again[name].conflict.weights, rtol=1e-3, atol=1e-6)
        assert weights.conflict_from == again[name].conflict_from


def test_worse_standing_raises_an_outsiders_score(flagger: Flagger) -> None:
    asked = request(BREACH)
    bad, good = (
        replace(asked, verdicts=(Verdict("Nordferd", *p, status="judged", model="m"),))
        for p in ((0.95, 0.04, 0.01), (0.01, 0.04, 0.95))
    )
    low, high = sorted(f.score for f in flagger.flag([bad, good]))
    assert flagger.flag([bad])[0].score == high > low
