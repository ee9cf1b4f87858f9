"""Saved views: a named set of filters of a page, for some roles. What a page knows, and what a digest can heed. Pure.

A view holds what stands in the address of its page. It is data of staff, and yet treated as a stranger's: names and
values are known or bounded, and are only ever shown as plain text. Its roles are the duties the brand file's recipients
have; who is signed in to the dashboard has one too (``VIEWED_BY``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal, get_args

from monitor import text
from monitor.types import LABELS, SOURCE_TYPES, BrandIdentity, Voice

ViewPage = Literal["mentions", "conflicts", "leaders", "audience", "statements"]
Duty = Literal["communications", "leader", "board", "operator"]
Filters = tuple[tuple[str, tuple[str, ...]], ...]  # (name, values), in the order of the page's filters
Trouble = tuple[str, str, str]  # field, what is wrong, remedy

PAGES: tuple[ViewPage, ...] = get_args(ViewPage)
DUTIES: tuple[Duty, ...] = get_args(Duty)
# The duties of the roles of the dashboard's login. Without a login there is one person, an admin, who is the desk too.
VIEWED_BY: Mapping[str, tuple[Duty, ...]] = {
    "viewer": ("board",),
    "desk": ("communications",),
    "leader": ("leader",),
    "admin": ("communications", "operator"),
}
NAME_MOST, VALUE_MOST, VALUES_MOST, FILTERS_MOST = 60, 200, 50, 20  # characters, characters, values, filters
PERIOD = "period"
BESIDE = (PERIOD, "view")  # how a page shows what it shows: no digest heeds or refuses it
_VOICES: tuple[str, ...] = get_args(Voice)
_STANCES = ("against", "in_line", "touches", "silent")
_KINDS = ("sharer", "contributor", "creator", "press", "authority")


@dataclass(frozen=True, slots=True)
class Filter:
    """``values``: those there are; ``of``: what of the brand file a value names; neither: any words.

    ``digest``: a digest can be narrowed by it.
    """

    values: tuple[str, ...] = ()
    of: Literal["", "target", "leader", "statement"] = ""
    many: bool = False
    digest: bool = False


_PERIOD = Filter(("7", "30", "90", "all"))
_TARGET = Filter(of="target", digest=True)
_STATEMENT = Filter(of="statement", digest=True)
FILTERS: Mapping[ViewPage, Mapping[str, Filter]] = {
    "mentions": {
        "target": _TARGET,
        "search": Filter(digest=True),
        "label": Filter((*LABELS, "unsure", "unjudged"), many=True),
        "voice": Filter(_VOICES, many=True, digest=True),
        "source_type": Filter(SOURCE_TYPES, many=True, digest=True),
        "source": Filter(many=True, digest=True),
        "language": Filter(many=True, digest=True),
        "kinds": Filter(_KINDS, many=True),
        "conflict": Filter(("major", "minor", "none"), many=True),
        "touches": Filter(of="statement", many=True, digest=True),
        "corrections": Filter(("holds", "to_confirm"), many=True),
        "places": Filter(("others", "own"), digest=True),
        "statement": _STATEMENT,
        "stance": Filter(_STANCES, digest=True),
        "speaker": Filter(),
        "kind": Filter(_KINDS),
        "place": Filter(),
        "networks": Filter(SOURCE_TYPES, many=True),
        "mixing": Filter(("1",)),
        "view": Filter(("stories",)),
        PERIOD: _PERIOD,
    },
    "conflicts": {
        "state": Filter(("open", "confirmed", "dismissed", "set_aside", "all")),
        "statement": _STATEMENT,
        "severity": Filter(("major", "minor")),
        "voice": Filter(_VOICES, digest=True),
        "target": _TARGET,
        "source_type": Filter(SOURCE_TYPES, digest=True),
        PERIOD: _PERIOD,
    },
    "leaders": {"leader": Filter(of="leader", digest=True), PERIOD: _PERIOD},
    "audience": {"target": _TARGET, PERIOD: _PERIOD},
    "statements": {"statement": _STATEMENT, PERIOD: _PERIOD},
}


@dataclass(frozen=True, slots=True)
class View:
    """``roles`` see it first; () = it is for everybody. Its page opens with it for the roles in ``opens``.

    ``number`` is what the store knows it by, ``who`` saved it ``at``; 0, "" and None for a view of the brand file.
    """

    name: str
    page: ViewPage
    filters: Filters
    roles: tuple[Duty, ...] = ()
    opens: tuple[Duty, ...] = ()
    number: int = 0
    who: str = ""
    at: datetime | None = None

    def values(self, name: str) -> tuple[str, ...]:
        return dict(self.filters).get(name, ())

    def is_for(self, duties: Collection[Duty]) -> bool:
        return not self.roles or any(duty in self.roles for duty in duties)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What a digest is narrowed to; () and "" = to nothing. ``targets`` are canonical names, statements ids:
    ``touches`` one of these, or the ``stance`` toward ``statement``. Of a language nobody could tell: "unknown"."""

    targets: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    touches: tuple[str, ...] = ()
    voices: tuple[Voice, ...] = ()
    languages: tuple[str, ...] = ()
    search: str = ""
    places: Literal["all", "own", "others"] = "all"
    statement: str = ""
    stance: Literal["against", "in_line", "touches", "silent"] = "touches"


def key(name: str) -> str:
    """Two names with the same key are one name."""
    return text.fold(line(name))


def line(said: str, limit: int = VALUE_MOST) -> str:
    """On one line, without control characters and marks that turn the direction of writing."""
    return " ".join(text.clean(said[: limit * 4], limit + 1).split())[: limit + 1]


def find(views: Iterable[View], name: str) -> View | None:
    wanted = key(name)
    return next((view for view in views if key(view.name) == wanted), None)


def together(of_file: Sequence[View], saved: Sequence[View], identity: BrandIdentity) -> list[View]:
    """Those of the brand file in its order, then the saved ones in theirs; without a saved one whose name the file has
    too, or that names what the file has no longer."""
    there = (view for view in saved if not find(of_file, view.name) and not troubles(view, identity))
    return [*of_file, *there]


def narrows(filters: Filters) -> bool:
    """Whether anything is left out by them."""
    return any(name not in BESIDE for name, _ in filters)


def alike(one: Filters, other: Filters) -> bool:
    """Whether a page shows the same; the queue of conflicts shows the open ones when nothing else is said."""
    return _said(one) == _said(other)


def _said(filters: Filters) -> frozenset[tuple[str, frozenset[str]]]:
    return frozenset(
        (name, frozenset(values)) for name, values in filters if (name, values) != ("state", ("open",))
    )


def filters_in(page: ViewPage, params: Mapping[str, Sequence[str]], *, period: bool = False) -> Filters:
    """What an address says that this page knows; everything else in it is left out."""
    found = []
    for name, known in FILTERS[page].items():
        if name == PERIOD and not period:
            continue
        said = [value[:VALUE_MOST] for value in list(params.get(name, ()))[:VALUES_MOST] if value.strip()]
        if known.values:
            said = [value for value in known.values if value in said]
        kept = tuple(dict.fromkeys(said if known.many else said[:1]))
        if kept:
            found.append((name, kept))
    return tuple(found)


def cleaned(view: View) -> View:
    """As it is kept: words on one line, filters and roles each once and in a fixed order."""
    known = FILTERS.get(view.page, {})
    order = {name: at for at, name in enumerate(known)}
    told: dict[str, tuple[str, ...]] = {}
    for name, values in view.filters:
        given = (*told.get(line(name), ()), *(line(value) for value in values))
        told[line(name)] = tuple(dict.fromkeys(v for v in given if v))
    filters = tuple(
        (name, told[name]) for name in sorted(told, key=lambda n: (order.get(n, 99), n)) if told[name]
    )
    roles = tuple(duty for duty in DUTIES if duty in view.roles)
    opens = tuple(duty for duty in DUTIES if duty in view.opens)
    return replace(view, name=line(view.name), filters=filters, roles=roles, opens=opens, who=line(view.who))


def troubles(view: View, identity: BrandIdentity) -> list[Trouble]:
    """What is wrong with a view that is ``cleaned``; fields as in the brand file."""
    found: list[Trouble] = []
    if not view.name:
        found.append(("name", "is empty", "give the view a name"))
    elif len(view.name) > NAME_MOST:
        found.append(("name", f"is longer than {NAME_MOST} characters", "shorten it"))
    if view.page not in FILTERS:
        remedy = f"write one of {', '.join(PAGES)}"
        return [*found, ("page", f"{view.page[:60]!r} has no filters in its address", remedy)]
    if not narrows(view.filters):
        remedy = f"add one or more of {', '.join(FILTERS[view.page])}"
        found.append(("filters", "says nothing: the page shows everything", remedy))
    if len(view.filters) > FILTERS_MOST:
        found.append(("filters", f"has more than {FILTERS_MOST} filters", "leave some out"))
    for name, values in view.filters[:FILTERS_MOST]:
        known = FILTERS[view.page].get(name)
        if known is None:
            remedy = f"write one of {', '.join(FILTERS[view.page])}"
            found.append((f"filters.{name[:60]}", f"is no filter of {view.page}", remedy))
        else:
            found += _wrong(name, values, known, identity)
    if view.values("stance") and not view.values("statement"):
        found.append(("filters.stance", "is a stance toward nothing", "add `statement:` with its id"))
    strays = [duty for duty in view.opens if view.roles and duty not in view.roles]
    if strays:
        remedy = "add them to `roles`, or leave `roles` out"
        found.append(("opens", f"{', '.join(strays)}: not among the roles it is for", remedy))
    return found


def _wrong(name: str, values: tuple[str, ...], known: Filter, identity: BrandIdentity) -> list[Trouble]:
    field = f"filters.{name}"
    if len(values) > VALUES_MOST or any(len(value) > VALUE_MOST for value in values):
        most = f"{VALUES_MOST} values of {VALUE_MOST} characters"
        return [(field, f"is more than {most}", "leave some out")]
    if len(values) > 1 and not known.many:
        return [(field, "has several values", "keep one of them")]
    there = known.values or _named(known.of, identity)
    if not known.values and not known.of:
        return []
    odd = [value for value in values if value not in there]
    if not odd:
        return []
    what = {
        "target": "nobody that is judged",
        "leader": "the id of no leader",
        "statement": "the id of no statement",
    }
    message = f"{odd[0][:60]!r} is {what.get(known.of, 'no value of it')}"
    remedy = f"write one of {', '.join(there[:20])}" if there else "the brand file has none: leave it out"
    return [(field, message, remedy)]


def _named(of: str, identity: BrandIdentity) -> tuple[str, ...]:
    if of == "leader":
        return tuple(leader.id for leader in identity.leaders)
    if of == "statement":
        return tuple(statement.id for statement in identity.statements)
    return (
        identity.name,
        *(leader.name for leader in identity.leaders),
        *(product.name for product in identity.products),
    )


def refused(view: View) -> list[Trouble]:
    """The filters of a view by which no digest can be narrowed. Shares of what was chosen for being negative, or for
    being in conflict, would say nothing; small groups and single authors are left to the pages."""
    known = FILTERS[view.page]
    can = ", ".join(name for name, filter in known.items() if filter.digest)
    return [
        (name, "cannot narrow a digest", f"leave it out of the view, or make one for the digest with {can}")
        for name, _ in view.filters
        if not known[name].digest and name not in BESIDE
    ]


def narrowing(view: View, identity: BrandIdentity) -> Narrowing:
    """Of a view without ``refused`` filters."""
    values = dict(view.filters)
    leaders = {leader.id: leader.name for leader in identity.leaders}
    stance = next(iter(values.get("stance", ())), "")
    led = tuple(leaders[id_] for id_ in values.get("leader", ()) if id_ in leaders)
    return Narrowing(
        targets=values.get("target", ()) or led,
        source_types=values.get("source_type", ()),
        sources=values.get("source", ()),
        touches=values.get("touches", ())
        if stance
        else values.get("touches", ()) + values.get("statement", ()),
        voices=values.get("voice", ()),  # type: ignore[arg-type]  # troubles() lets no other through
        languages=values.get("language", ()),
        search=" ".join(values.get("search", ())),
        places=next(iter(values.get("places", ())), "all"),  # type: ignore[arg-type]
        statement=next(iter(values.get("statement", ())), "") if stance else "",
        stance=stance or "touches",  # type: ignore[arg-type]
    )
