"""Who speaks: whether the author or the address of a mention is one of ours. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from monitor.targets.names import Form, Scanner, compact, person_forms, slug
from monitor.text import fold
from monitor.types import BrandIdentity, Mention, TargetKind, Via, Voice
from monitor.wordlists import COMPANY_FORMS

_PARTS = re.compile(r"\s*[,(|·•/]\s*|\s+[–—-]\s+")
_HANDLE = re.compile(r"@([\w.]{2,60})")
_ALIEN = re.compile(
    r"\b(?:ex|eks|tidligere|former|kunde|customer|fan|mot|against|anti|competitor)\b", re.IGNORECASE
)
_DESKS = frozenset(
    ("kundeservice", "kundesenter", "support", "presse", "press", "norge", "norway", "official", "jobb")
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """One of ours as the author: the voice, the person or brand, and the target this makes."""

    voice: Voice
    name: str
    target: str
    kind: TargetKind
    via: Via


class Speakers:
    def __init__(self, identity: BrandIdentity, all_forms: list[Form], scanner: Scanner) -> None:
        self._identity = identity
        self._scanner = scanner
        self._exact: dict[str, Speaker] = {}
        self._slugs: dict[str, Speaker] = {}
        self._addresses: dict[str, Speaker] = {}
        self._brand = Speaker("brand", identity.name, identity.name, "brand", "author")
        self._openings: list[str] = []
        for form in all_forms:
            if form.kind == "leader" and form.strength == "sure":
                self._add(form.folded, Speaker("leader", form.target, form.target, "leader", "author"))
            elif form.kind == "brand" or form.strength == "sure":
                self._add(form.folded, self._brand, bare=form.strength == "name")
                if form.strength == "sure":
                    self._openings.append(form.folded)
        for leader in identity.leaders:
            speaker = Speaker("leader", leader.name, leader.name, "leader", "author")
            for name in person_forms(leader.name):
                if len(name.split()) > 1:
                    self._exact.setdefault(compact(name), speaker)
            for address in leader.accounts:
                self._account(address, speaker)
        for employee in identity.employees:
            self._account(employee, Speaker("employee", employee, identity.name, "brand", "author"))
        for account in identity.accounts:
            if account.address.startswith("#"):
                continue  # a tag is something people write, not somebody who writes
            self._account(account.address, self._owner(account.person))

    def _owner(self, person: str | None) -> Speaker:
        if person is None:
            return self._brand
        for leader in self._identity.leaders:
            if person in (leader.name, leader.id):
                return Speaker("leader", leader.name, leader.name, "leader", "author")
        return Speaker("employee", person, self._identity.name, "brand", "author")

    def _add(self, name: str, speaker: Speaker, bare: bool = False) -> None:
        self._exact.setdefault(compact(name), speaker)
        if not bare and len(slug(name)) >= 5:
            self._slugs.setdefault(slug(name), speaker)
            self._slugs.setdefault(compact(slug(name)), speaker)

    def _account(self, address: str, speaker: Speaker) -> None:
        if "/" in address or re.fullmatch(r"[\w-]+(\.[\w-]+)+", address):
            self._addresses[_bare_url(address)] = speaker
        else:
            self._exact[compact(address)] = speaker
            self._slugs.setdefault(slug(address), speaker)

    def author(self, author: str) -> Speaker | None:
        """The one of ours whose name, alias, handle or affiliation the display name shows."""
        author = author.strip()[:300]
        if not author:
            return None
        head, *rest = [p for p in _PARTS.split(author) if p] or [author]
        for name in (author, head, *_HANDLE.findall(author)):
            if found := self._exact.get(compact(name)):
                return found
        folded = fold(head)
        for opening in self._openings:
            if folded.startswith(opening + " ") and len(folded[len(opening) :].split()) <= 2:
                return self._brand
        words = folded.split()
        if len(words) == 2 and words[1] in _DESKS | COMPANY_FORMS and compact(words[0]) in self._exact:
            return self._brand
        for part in rest:
            found_forms = [s for s in self._scanner.scan(part, "text") if s.form.kind != "leader"]
            if found_forms and not _ALIEN.search(part):
                return Speaker("employee", head, self._identity.name, "brand", "author")
        return None

    def address(self, url: str) -> Speaker | None:
        """The one of ours whose page or site the address is."""
        if not url:
            return None
        bare = _bare_url(url[:2000])
        for address, speaker in self._addresses.items():
            if bare == address or bare.startswith(address + "/"):
                return _by_url(speaker)
        host, _, path = bare.partition("/")
        segments = [s for s in path.split("/")[:6] if s]
        labels = host.split(".")[:-1]
        for piece in (*segments, *labels):
            if found := self._slugs.get(piece.lstrip("@").lower()):
                return _by_url(found)
        return None

    def who(self, mention: Mention) -> tuple[Speaker | None, Speaker | None]:
        """(who speaks, whose address): the first decides the voice, both make the mention relevant."""
        place = self.address(mention.url)
        speaker = self.author(mention.author)
        if speaker is None and place is not None and not mention.author.strip():
            speaker = place
        if speaker is None and mention.voice in ("leader", "employee", "brand"):
            speaker = self._given(mention, mention.voice, place)
        return speaker, place

    def _given(self, mention: Mention, voice: Voice, place: Speaker | None) -> Speaker:
        if voice == "brand":
            return self._brand
        if voice == "leader":
            if place is not None and place.voice == "leader":
                return place
            author = fold(mention.author)
            for leader in self._identity.leaders:
                if fold(leader.name.split()[-1]) in author.replace(",", " ").split():
                    return Speaker("leader", leader.name, leader.name, "leader", "author")
        name = _PARTS.split(mention.author.strip())[0] if mention.author.strip() else ""
        return Speaker(voice, name, self._identity.name, "brand", "author")


def _by_url(speaker: Speaker) -> Speaker:
    return Speaker(speaker.voice, speaker.name, speaker.target, speaker.kind, "url")


def _bare_url(url: str) -> str:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
    except ValueError:
        return ""
    return (parts.netloc.lower().removeprefix("www.") + parts.path).rstrip("/").lower()
