"""The queue of stories in conflict: where in it one is, what is ticked, and its rows."""

from __future__ import annotations

import streamlit as st

from dashboard import components, safe, triaging
from dashboard.context import Context
from dashboard.queuecards import queue_row
from dashboard.triaging import Subject
from monitor.readmodel import Queue, QueuedCopy, QueuedStory

PAGE = 15
_ROW, _PAGE, _WANTED, _TICKED = "conflicts_row", "conflicts_page", "conflicts_wanted", "ticked"
NEXT_KEY, BACK_KEY, TICK_KEY = "J", "K", "X"


def start(wanted: object, page: int = 0) -> None:
    """A changed filter starts again at the first story."""
    if st.session_state.get(_WANTED) != wanted:
        st.session_state[_WANTED] = wanted
        st.session_state[_PAGE], st.session_state[_ROW] = page, 0
        st.session_state.pop(_TICKED, None)
        triaging.close()


def page() -> int:
    return int(st.session_state.get(_PAGE, 0))


def row(found: Queue) -> int:
    """The row of this page that is worked on; a queue that has become shorter ends earlier."""
    return max(0, min(int(st.session_state.get(_ROW, 0)), len(found.stories) - 1))


def turn_back(found: Queue) -> bool:
    """Whether the page lies behind the end of the queue; then the last one is shown next."""
    pages = max(1, -(-found.total // PAGE))
    if page() < pages:
        return False
    st.session_state[_PAGE] = pages - 1
    return True


def go(number: int) -> None:
    """To the story with this number in the whole queue, from 0."""
    st.session_state[_PAGE], st.session_state[_ROW] = divmod(max(0, number), PAGE)
    triaging.close()


def _move(by: int, total: int) -> None:
    """From where one is when it arrives, so that two keys in a hurry are two steps."""
    number = page() * PAGE + int(st.session_state.get(_ROW, 0)) + by
    go(min(number, total - 1))


def steps(found: Queue, context: Context) -> None:
    """Which one this is, with the way to the one before and after."""
    t = context.t
    number = page() * PAGE + row(found)
    with st.container(horizontal=True, vertical_alignment="center", key="queue_steps"):
        st.button(
            t("queue.back"),
            key="queue_back",
            shortcut=BACK_KEY,
            disabled=number == 0,
            on_click=_move,
            args=(-1, found.total),
        )
        st.button(
            t("queue.next"),
            key="queue_next",
            shortcut=NEXT_KEY,
            disabled=number + 1 >= found.total,
            on_click=_move,
            args=(1, found.total),
        )
        told = t("queue.number", n=t.number(number + 1), of=t.number(found.total))
        components.show(safe.tag("p", told, cls="soft num", role="status"))


def pages(found: Queue, context: Context) -> None:
    """The same below the list, a page at a time."""
    t, of = context.t, max(1, -(-found.total // PAGE))
    if of < 2:
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="center"):
        st.button(
            t("paging.previous"),
            key="conflicts_previous",
            disabled=page() == 0,
            on_click=go,
            args=((page() - 1) * PAGE,),
        )
        safe.show(safe.tag("span", t("paging.page", n=t.number(page() + 1), of=t.number(of))))
        st.button(
            t("paging.next"),
            key="conflicts_next",
            disabled=page() + 1 >= of,
            on_click=go,
            args=((page() + 1) * PAGE,),
        )


# --- ticks ---


def ticked() -> dict[str, tuple[QueuedCopy, ...]]:
    """The flags of the stories that are ticked, as they were when they were, by story."""
    found: dict[str, tuple[QueuedCopy, ...]] = st.session_state.setdefault(_TICKED, {})
    return found


def tick(found: QueuedStory) -> None:
    """Ticks it, or takes the tick away."""
    if ticked().pop(found.story, None) is None:
        ticked()[found.story] = found.alike


def together(context: Context) -> None:
    """What can be done with all that are ticked."""
    chosen = ticked()
    if not chosen or not context.viewer.decides:
        return
    t, flags = context.t, tuple(flag for of in chosen.values() for flag in of)
    with st.container(key="queue_together", gap="small"):
        mentions = t.count("count.mentions", len(flags))
        components.show(safe.tag("p", t.count("queue.ticked", len(chosen)), f" ({mentions})", role="status"))
        triaging.actions(Subject("ticked", flags), ["confirmed", "dismissed", "assigned"], context, "ticked")
        st.button(t("queue.untick"), key="queue_untick", type="tertiary", on_click=ticked().clear)


def rows(found: Queue, context: Context) -> None:
    """The stories of this page: each can be opened, and ticked by who may decide."""
    t, now = context.t, row(found)
    for position, story in enumerate(found.stories):
        number = page() * PAGE + position
        with st.container(horizontal=True, key=f"queued_{position}", gap="small"):
            if context.viewer.decides:
                key = f"tick_{story.story}"
                st.session_state[key] = story.story in ticked()
                st.checkbox(
                    t("queue.tick", n=t.number(number + 1)),
                    key=key,
                    on_change=tick,
                    args=(story,),
                    label_visibility="collapsed",
                )
            components.show(queue_row(story, number + 1, context, now=position == now))
            st.button(
                t("queue.show", n=t.number(number + 1)),
                key=f"queue_show_{position}",
                type="tertiary",
                on_click=go,
                args=(number,),
                disabled=position == now,
            )
