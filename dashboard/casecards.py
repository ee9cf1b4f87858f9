"""What people did with a flag, and what their decisions taught, as safe markup."""

from __future__ import annotations

from dashboard import safe
from dashboard.language import Texts
from dashboard.safe import Html, tag
from monitor.readmodel import AdjustmentRow, Case


def case_lines(case: Case, t: Texts) -> list[Html]:
    """What people decided about a flag and what came of it, with the answers of the person concerned beneath."""
    lines = []
    decision = case.decision
    if decision:
        values = {
            "who": safe.line(decision.who, 120),
            "at": t.moment(decision.at),
            "why": safe.line(decision.why, 1_000),
        }
        confirmed = "case.confirmed_why" if decision.why else "case.confirmed"
        told = [t("case.dismissed" if decision.action == "dismissed" else confirmed, **values)]
        if decision.mention_id != case.mention_id:
            told.append(t("case.copy"))
        if not decision.holds:
            told.append(t("case.stale"))
        lines.append(tag("p", " ".join(told), cls="correction" if decision.holds else "correction waiting"))
    elif case.state == "set_aside":
        lines.append(tag("p", t("case.set_aside"), cls="correction"))
    given = case.said("assigned")
    for said in (*given[-1:], *case.said("outcome")):
        key = (
            "case.outcome"
            if said.action == "outcome"
            else "case.assigned_why"
            if said.words
            else "case.assigned"
        )
        values = {
            "who": safe.line(said.who, 120),
            "at": t.moment(said.at),
            "why": safe.line(said.words, 1_000),
        }
        if said.assignee:
            values["to"] = safe.line(said.assignee, 120)
        lines.append(tag("p", t(key, **values), cls="correction"))
    for said in case.said("answered"):
        name = t("case.answered", who=safe.line(said.who, 120), at=t.moment(said.at))
        older = "" if said.of_this_text else tag("p", t("case.older_text"), cls="soft")
        words = tag("div", safe.plain(said.words, 1_000), cls="text")
        lines.append(tag("div", tag("b", name), words, older, cls="correction answer"))
    return lines


def history(case: Case, t: Texts) -> Html | None:
    """Every step of the case, the oldest first, folded; None when nobody has done anything."""
    if not case.log:
        return None
    lines = []
    for said in case.log:
        who = safe.line(said.who, 120)
        what = t(f"case.undid.{said.undid}") if said.undid else ""
        step = t(f"case.did.{said.action}", who=who, to=safe.line(said.assignee or "", 120), what=what)
        words = f" «{safe.line(said.words, 1_000)}»" if said.words else ""
        told = f"{t.moment(said.at)}: {step}{words}"
        lines.append(
            tag("li", tag("s", told), f" ({t('case.counts_not')})") if said.undone else tag("li", told)
        )
    return tag(
        "details", tag("summary", t.count("case.history", len(lines))), tag("ol", *lines), cls="history"
    )


def learnt(row: AdjustmentRow, t: Texts) -> Html:
    """Whether what decisions taught is in use, and its effect on cases it had not seen beside the model alone."""
    if row.in_force:
        parts = [tag("p", t("learnt.used", n=t.number(row.set_aside)))]
    elif row.used or row.why == "no_flags":
        parts = [tag("p", t("learnt.old"))]
    else:
        parts = [tag("p", t(f"learnt.why.{row.why}"))]
    figures: tuple[tuple[str, float | None, float | None], ...] = (
        ("model", row.log_loss_model, row.f1_model),
        ("adjusted", row.log_loss, row.f1),
        ("majority", row.log_loss_majority, row.f1_majority),
    )
    stories = t.count("count.stories", row.stories)
    cases = t(
        "learnt.cases",
        n=t.number(row.cases),
        stories=stories,
        confirmed=t.number(row.confirmed),
        at=t.moment(row.fitted_at),
    )
    columns = [t(f"learnt.column.{key}") for key in ("name", "log_loss", "f1")]
    rows = []
    for name, loss, f1 in figures:
        cells = [
            tag("td", t.number(x, 3), cls="num", data_name=column)
            for x, column in zip((loss, f1), columns[1:], strict=True)
            if x is not None
        ]
        if len(cells) == 2:
            rows.append(tag("tr", tag("td", t(f"learnt.row.{name}")), *cells))
    if rows:
        head = tag("tr", *(tag("th", column, cls="num" if n else "") for n, column in enumerate(columns)))
        parts += [tag("p", cases, cls="soft"), tag("table", tag("thead", head), tag("tbody", *rows))]
    return safe.join(parts)
