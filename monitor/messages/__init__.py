"""What a mail says: plain values in, a Message out. Pure.

Titles and texts of mentions were written by strangers. They never reach the subject; in the body they are one
bounded line each, escaped in HTML, with web addresses broken so that no mail program turns them into links. The
only links are http(s) addresses of the sources, each shown with its host, and the dashboard's own. The HTML
loads nothing from anywhere (its chart travels with it) and reads in a narrow window and on a dark background.
"""

from __future__ import annotations

from monitor.messages.held import held_message
from monitor.messages.incidents import House, Reader, incident_message
from monitor.messages.lines import evidence, one_line, ordinary_range, safe_url

__all__ = [
    "House",
    "Reader",
    "evidence",
    "held_message",
    "incident_message",
    "one_line",
    "ordinary_range",
    "safe_url",
]
