"""The one mail that tells of several alerts that were held back. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import replace

from monitor.messages.incidents import House, Reader, heading_of, incident_url, quotes_of
from monitor.messages.lines import MOST_QUOTES, NAME_LIMIT, language, one_line, texts_of, time_of, zone_of
from monitor.messages.page import Page
from monitor.types import IncidentSummary, Message

MOST = 20


def held_message(
    house: House,
    reader: Reader,
    summaries: Sequence[IncidentSummary],
    why: Collection[str],
    ids: Collection[str],
) -> Message:
    """One entry for each incident, the most severe first, as it stands now; ``why`` holds quiet, cap or both, and
    ``ids`` are those of the messages this one stands for: the same ones give the same id."""
    texts, zone = texts_of(reader.lang), zone_of(reader.timezone)
    named = "\x00".join(sorted(ids))
    digest = hashlib.sha256(f"{named}\x00{reader.recipient}\x00held".encode()).hexdigest()[:24]
    heading = texts.held_subject.format(brand=one_line(house.brand, NAME_LIMIT), n=len(summaries))
    lead = [texts.held_lead.format(n=len(summaries)), *(texts.held[each] for each in sorted(why))]
    order = ("critical", "major", "minor")
    entries = sorted(
        summaries, key=lambda each: (order.index(each.severity), -each.incident.observed, each.id)
    )
    page, plain = Page(language(reader.lang), heading), [*lead, ""]
    for line in lead:
        page.paragraph(line)
    machine = []
    for at, each in enumerate(entries[:MOST]):
        title = heading_of(house.brand, each, texts)
        state = f"{texts.severities[each.severity]} · {texts.phases[each.phase]}".capitalize()
        lines = [state, time_of(each.incident.start, zone, texts)]
        if each.acknowledged_by and each.acknowledged_at:
            moment = time_of(each.acknowledged_at, zone, texts)
            lines.append(texts.acknowledged.format(who=one_line(each.acknowledged_by, NAME_LIMIT), at=moment))
        link = incident_url(house.dashboard_url, each.id)
        page.heading(title)
        page.small(" · ".join(lines))
        plain += [title, " · ".join(lines)]
        for quoted in quotes_of(each, texts, zone, 1) if at < MOST_QUOTES else ():
            page.quote(quoted, texts.open_source)
            plain += [f"- «{quoted.words}»", f"  {quoted.meta}", *([f"  {quoted.url}"] if quoted.url else [])]
        if link:
            page.link(link, texts.dashboard)
            plain += [f"{texts.dashboard}: {link}"]
        plain.append("")
        machine.append({"incident": each.id, "severity": each.severity, "phase": each.phase, "link": link})
    page.small(texts.doubt)
    summary = [*lead, *(heading_of(house.brand, each, texts) for each in entries[:MOST])]
    facts = {"brand": house.brand, "news": "digest", "incidents": machine, "summary": summary}
    return Message(
        id=f"held.{digest}",
        recipient=reader.recipient,
        subject=heading,
        text="\n".join([*plain, texts.doubt, ""]),
        html=page.close(),
        sender=house.sender,
        channel=reader.channel,
        news="digest",
        facts=json.dumps(
            {**facts, "link": incident_url(house.dashboard_url, entries[0].id)}, ensure_ascii=False
        ),
    )


def late(message: Message, ids: Collection[str]) -> Message:
    """A single alert that was held: under an id of its own, so that it is queued beside the one it stands for."""
    named = "\x00".join(sorted(ids))
    digest = hashlib.sha256(f"{named}\x00{message.recipient}\x00late".encode()).hexdigest()[:16]
    own = f"{message.id.partition('.')[0]}.{digest}"
    return replace(message, id=own, thread=own if message.thread == message.id else message.thread)
