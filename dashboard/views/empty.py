"""What to do when there is nothing to show yet. Not a page of its own."""

from __future__ import annotations

from dashboard import components
from dashboard.context import Context
from dashboard.safe import tag

COMMANDS = (
    ("check", "omdomme check --brand brand.yaml"),
    ("run", "omdomme run --brand brand.yaml"),
    ("demo", "make run"),
)


def next_steps(context: Context) -> None:
    t = context.t
    steps = [tag("li", t(f"empty.{key}"), " ", tag("code", command)) for key, command in COMMANDS]
    components.show(tag("p", t("empty.lead"), cls="lead"), tag("ol", *steps, cls="steps"))
