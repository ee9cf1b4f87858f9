"""Small charts as pictures for mails and files: values in, PNG bytes out. Pure; nothing of strangers is drawn.

Each picture is a card with a background of its own, so that it reads on a light page and on a dark one. It is drawn
twice as large as it is shown, with letters large enough to read when a phone shows it at half its width.
"""

from __future__ import annotations

from monitor.pictures.bars import bars
from monitor.pictures.lines import Series, lines

__all__ = ["Series", "bars", "lines"]
