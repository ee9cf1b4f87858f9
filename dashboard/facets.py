"""What the list of mentions is narrowed by: the widgets, how many mentions each choice would leave, and the address.

The filter is read from the state of the widgets before they are drawn, so that they can say the counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

import streamlit as st

from dashboard import address, components, mentiondata
from dashboard.charts import SIGNS
from dashboard.components import statement_option
from dashboard.context import Context, Period
from dashboard.safe import tag
from monitor.readmodel import (
    LONGEST_KINDS,
    STANDING_LABELS,
    VOICE_KINDS,
    Facet,
    FacetCounts,
    MentionFilter,
    Places,
)
from monitor.types import SOURCE_TYPES, ConflictLevel, Voice

Corrections = Literal["holds", "to_confirm"]
_LEVELS: tuple[ConflictLevel, ...] = ("major", "minor", "none")
_CORRECTIONS: tuple[Corrections, ...] = ("holds", "to_confirm")
_PLACES: tuple[Places, ...] = ("all", "others", "own")
_VOICES: tuple[Voice, ...] = ("third_party", "leader", "employee", "brand")
OPEN, VIEW, DAYS = "mentions_facets", "mentions_view", "mentions_days"
_NAMED = "mentions_named_days"
# Name in the address and of the widget -> (facet that is counted, all there is to choose from where that is known).
_MANY: dict[str, tuple[Facet | None, tuple[str, ...]]] = {
    "label": ("label", STANDING_LABELS),
    "source_type": ("source_type", SOURCE_TYPES),
    "source": ("source", ()),
    "language": ("lang", ()),
    "voice": ("voice", _VOICES),
    "kinds": ("kind", VOICE_KINDS),
    "conflict": ("conflict", _LEVELS),
    "touches": ("touches", ()),
    "corrections": (None, _CORRECTIONS),
}
_UNKNOWN = "unknown"  # a language nobody could tell, in the address and the widget


def key(name: str) -> str:
    return f"mentions_{name}"


def chosen(name: str) -> list[str]:
    return list(st.session_state.get(key(name)) or [])


def folded() -> bool:
    return bool(st.session_state.get(VIEW) == "stories")


def period(context: Context) -> Period | None:
    """The days a person chose, first and last included, in UTC as everywhere in addresses, or the times that the
    address named, as long as no other days are chosen; None = the page's own."""
    days = st.session_state.get(DAYS) or ()
    if len(days) != 2:
        return None
    named: Period | None = st.session_state.get(_NAMED)
    if named and _shown(named) == days:
        return named
    first, last = days
    until = datetime.combine(last + timedelta(days=1), time.min, UTC)
    return Period("days", datetime.combine(first, time.min, UTC), until)


def wanted(context: Context) -> MentionFilter:
    """What the widgets say."""
    state = st.session_state
    target = state.get(key("target"))
    return MentionFilter(
        context.period.since,
        context.period.until,
        targets=(target,) if target else (),
        labels=tuple(chosen("label")),  # type: ignore[arg-type]
        voices=tuple(chosen("voice")),  # type: ignore[arg-type]
        source_types=tuple(chosen("source_type")),
        search=(state.get(key("search")) or "").strip(),
        conflict=tuple(chosen("conflict")),  # type: ignore[arg-type]
        corrections=tuple(chosen("corrections")),  # type: ignore[arg-type]
        places=state.get(key("places")) or "all",
        sources=tuple(chosen("source")),
        langs=tuple("" if code == _UNKNOWN else code for code in chosen("language")),
        touches=tuple(chosen("touches")),
        kinds=tuple(chosen("kinds")),  # type: ignore[arg-type]
        authorities=context.config.authorities if chosen("kinds") else (),
    )


def counted(filter: MentionFilter) -> tuple[Facet, ...]:
    """The facets whose counts are on the page. Those in the drawer are only counted when it is open, and kinds of
    voice only over a month or where they are chosen: it takes as long as all the others together."""
    if not st.session_state.get(OPEN):
        return ("target", "label")
    most: list[Facet] = [facet for facet, _ in _MANY.values() if facet]
    if not filter.kinds and filter.until - filter.since > LONGEST_KINDS:
        most.remove("kind")
    return ("target", *most)


# --- the address -------------------------------------------------------------------------------------------------


def from_address(context: Context) -> None:
    """Sets the widgets to what the address says; what it does not say is left out of the filter."""
    state = st.session_state
    target = address.asked("target")
    state[key("target")] = target if target in _targets(context) else None
    state[key("search")] = address.asked("search")
    for name in _MANY:
        state[key(name)] = address.asked_all(name, _known(name, context))
    if address.asked("unsure") == "yes" and "unsure" not in state[key("label")]:
        state[key("label")] = [*state[key("label")], "unsure"]
    if _own_places(context):
        state[key("places")] = (address.asked_all("places", _PLACES) or ["all"])[0]
    state[VIEW] = "stories" if address.asked("view") == "stories" else "mentions"
    days = address.days(context)
    state[_NAMED], state[DAYS] = days, _shown(days) if days else ()


def _shown(days: Period) -> tuple[date, date]:
    """As the widget has them."""
    return days.since.date(), (days.until - timedelta(microseconds=1)).date()


def to_address(context: Context, filter: MentionFilter) -> dict[str, str | list[str]]:
    days = context.period if context.period.key == "days" else None
    return {
        "target": filter.targets[0] if filter.targets else "",
        "search": filter.search,
        **{name: chosen(name) for name in _MANY},
        "places": "" if filter.places == "all" else filter.places,
        "view": "stories" if folded() else "",
        "from": address.first_day(days) if days else "",
        "to": address.last_day(days) if days else "",
    }


def _known(name: str, context: Context) -> Sequence[str]:
    facet, options = _MANY[name]
    if name == "touches":
        return [statement.id for statement in context.config.identity.statements]
    if options or not address.asked(name):
        return options
    ever = MentionFilter(datetime(1, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC))
    counts = mentiondata.facets(context.database, ever, None, (facet,) if facet else ())
    return [value or _UNKNOWN for value in counts.of[facet or ""]]


def _targets(context: Context) -> list[str]:
    """Whom mentions concern; also the leaders nobody has written about, whom an address may name."""
    known = [target for target, _, _ in context.status.per_target]
    asked = address.asked("target") or st.session_state.get(key("target"))
    return [
        *known,
        *(p.name for p in context.config.identity.leaders if p.name == asked and asked not in known),
    ]


def _own_places(context: Context) -> bool:
    return any(spec.own_place for spec in context.config.sources)


# --- the widgets -------------------------------------------------------------------------------------------------


def draw(context: Context, filter: MentionFilter, counts: FacetCounts) -> None:
    """Search, target and sentiment always; the rest in a drawer, so that the list comes first on a phone too. Their
    options are never labels read as Markdown: these widgets show plain text."""
    t = context.t
    words, whom = st.columns([3, 2])
    words.text_input(
        t("mentions.search"),
        key=key("search"),
        max_chars=200,
        placeholder=t("mentions.search_hint"),
    )
    with words:
        rules = tag("details", tag("summary", t("mentions.search_how")), tag("p", t("mentions.search_help")))
        components.show(rules)
    whom.selectbox(
        t("mentions.target"),
        _options(counts, "target", _targets(context), [st.session_state.get(key("target"))]),
        index=None,
        key=key("target"),
        placeholder=t("mentions.all"),
        format_func=_with_count(context, counts, "target", str),
    )
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.pills(
            t("mentions.label"),
            [
                x
                for x in STANDING_LABELS
                if x != "unjudged" or counts.of["label"].get(x) or x in chosen("label")
            ],
            selection_mode="multi",
            key=key("label"),
            format_func=_with_count(context, counts, "label", lambda x: _signed(x, context)),
        )
        st.segmented_control(
            t("mentions.view"),
            ("mentions", "stories"),
            key=VIEW,
            format_func=lambda x: t(f"mentions.views.{x}"),
        )
    n = sum(bool(chosen(name)) for name in _MANY if name != "label") + bool(context.period.key == "days")
    n += filter.places != "all"
    title = t("mentions.more_filters")
    with st.expander(f"{title} ({t.number(n)})" if n else title, key=OPEN, on_change="rerun"):
        _drawer(context, counts)


def _drawer(context: Context, counts: FacetCounts) -> None:
    t = context.t
    a, b, c = st.columns(3)

    def many(place: Any, name: str, told: Callable[[str], str], options: Iterable[str] = ()) -> None:
        facet, known = _MANY[name]
        place.multiselect(
            t(f"mentions.{name}"),
            known or _options(counts, facet, options, chosen(name)),
            key=key(name),
            format_func=_with_count(context, counts, facet, told),
            placeholder=t("mentions.all"),
        )

    many(a, "source_type", lambda x: t(f"source_types.{x}"))
    many(a, "source", str)
    many(a, "language", lambda x: _language(x, context))
    many(b, "voice", lambda x: t(f"voices.{x}"))
    many(b, "kinds", lambda x: t(f"voice_kinds.{x}"))
    if _own_places(context):
        b.selectbox(t("mentions.places"), _PLACES, key=key("places"), format_func=lambda x: t(f"places.{x}"))
    else:
        _days(b, context)
    many(c, "conflict", lambda x: t(f"severity.{x}"))
    many(c, "touches", lambda x: statement_option(x, context))
    many(c, "corrections", lambda x: t(f"correction.state.{x}"))
    if _own_places(context):
        _days(a, context)


def _days(place: Any, context: Context) -> None:
    first, today = context.status.first_published_at, context.t.today()
    lowest = min([first.date() if first else today, *(st.session_state.get(DAYS) or ())])
    highest = max([today, *(st.session_state.get(DAYS) or ())])
    place.date_input(
        context.t("mentions.days"),
        key=DAYS,
        min_value=lowest - timedelta(days=1),
        max_value=highest + timedelta(days=1),
        format="YYYY-MM-DD" if context.t.language == "en" else "DD.MM.YYYY",
    )


def _options(
    counts: FacetCounts, facet: Facet | None, known: Iterable[str], also: Sequence[str | None]
) -> list[str]:
    """What was counted, the most frequent first; where nothing was, what is known; and what is chosen already."""
    there = counts.of.get(facet or "")
    found = [value or _UNKNOWN for value in there] if there is not None else list(known)
    return [*found, *(value for value in also if value and value not in found)]


def _with_count(
    context: Context, counts: FacetCounts, facet: Facet | None, told: Callable[[str], str]
) -> Callable[[str], str]:
    there = counts.of.get(facet or "")
    if there is None:
        return told
    return lambda x: f"{told(x)} ({context.t.number(there.get('' if x == _UNKNOWN else x, 0))})"


def _signed(label: str, context: Context) -> str:
    sign = SIGNS.get(label)
    name = context.t(f"labels.{label}")
    return f"{sign} {name}" if sign else name[:1].upper() + name[1:]


def _language(code: str, context: Context) -> str:
    return context.t(f"languages.{code}") if context.t.has(f"languages.{code}") else code


# --- letting go --------------------------------------------------------------------------------------------------


def active(context: Context, filter: MentionFilter) -> list[str]:
    """The names of what narrows the list now, in the order of the page."""
    found = ["search"] if filter.search else []
    found += ["target"] if filter.targets else []
    found += [name for name in _MANY if chosen(name)]
    found += ["places"] if filter.places != "all" else []
    return [*found, *(["days"] if context.period.key == "days" else [])]


def without(filter: MentionFilter, name: str) -> MentionFilter:
    """The filter without what is called so in ``active``, but for the days."""
    field = {
        "target": "targets", "label": "labels", "source_type": "source_types", "source": "sources",
        "language": "langs", "voice": "voices",
    }.get(name, name)  # fmt: skip
    empty: dict[str, Any] = {"search": "", "places": "all"}
    return replace(filter, **{field: empty.get(field, ())})


def let_go(*names: str) -> None:
    """Lets go of these, or of all; for a button's on_click."""
    empty: dict[str, Any] = {"search": "", "target": None, "places": "all", "days": ()}
    for name in names or ("search", "target", "places", "days", *_MANY):
        if key(name) in st.session_state:
            st.session_state[key(name)] = empty.get(name, [])
