"""Times as Chinese pages write them: 刚刚, 3分钟前, 昨天 21:05, 10-21 08:30, 2025年10月21日 …, and the standards.

A time that cannot be read is None and said so, never now. Nothing is read that lies more than a day in the
future or before 1990.
"""

from __future__ import annotations

import html
import re
import unicodedata
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from listener.text.characters import INVISIBLE
from listener.text.dates_chinese import CHINESE
from listener.text.dates_standard import STANDARD

__all__ = ["DateReading", "read_date", "read_date_why"]

LONGEST: Final = 400
LONGEST_PLAIN: Final = 80
"""A cell with a time, with and without its markup. Longer text is prose: a date in it is not when it was written."""
EARLIEST_YEAR: Final = 1990
FUTURE_ALLOWED: Final = timedelta(days=1)
"""Servers' clocks and zones differ; what lies further ahead is an event, not a time of writing."""


class DateReading(NamedTuple):
    """``at`` in the zone asked for, or None; ``unit`` is how exactly it was given; ``reason`` says why None.

    Units: second, minute, hour, day, week, month, year, and "" where nothing was read. The truth lies within
    one unit of ``at``; of a bare day, month or year ``at`` is the beginning.
    """

    at: datetime | None
    unit: str
    reason: str


def read_date(text: str, now: datetime, timezone: ZoneInfo) -> datetime | None:
    """The time that ``text`` names as seen at ``now``, in ``timezone``; None where there is none to trust."""
    return read_date_why(text, now, timezone).at


def read_date_why(text: str, now: datetime, timezone: ZoneInfo) -> DateReading:
    """Like ``read_date``, and how exact the time is, or why it could not be read. Never raises on a text."""
    cell = _plain(text)
    if not cell:
        return DateReading(None, "", "no text, or far too much")
    if _AHEAD.search(cell):
        return DateReading(None, "", "in the future")
    for read in (*STANDARD, *CHINESE):
        try:
            found = read(cell, now.astimezone(timezone))
        except (ValueError, OverflowError):  # 2025-13-45, 99999年前
            return DateReading(None, "", "no such day or time")
        if found:
            return _trusted(found[0].astimezone(timezone), found[1], now)
    return DateReading(None, "", "no known form of a date")


_MARKUP = re.compile(r"""<[^<>]{0,200}?\b(?:title|datetime)\s*=\s*["']([^"'<>]{4,60})["'][^<>]{0,200}>""")
_LABEL_COLON = re.compile(r"(?<=[^\d\s]):")
_AHEAD = re.compile(r"明天|明日|明早|明晚|[后後]天|tomorrow")
_TAG = re.compile(r"<[^<>]{0,300}>")


def _plain(text: str) -> str:
    """The cell without markup (the exact time in a ``title`` or ``datetime`` wins), entities, width, hidden marks."""
    if len(text) > LONGEST:
        return ""
    exact = _MARKUP.search(text)
    shown = exact[1] if exact and re.search(r"\d", exact[1]) else _TAG.sub(" ", text)
    plain = INVISIBLE.sub("", unicodedata.normalize("NFKC", html.unescape(shown)))
    cell = re.sub(r"\s+", " ", _LABEL_COLON.sub(" ", plain)).strip().lower()
    return cell if len(cell) <= LONGEST_PLAIN else ""


def _trusted(at: datetime, unit: str, now: datetime) -> DateReading:
    if at.year < EARLIEST_YEAR:
        return DateReading(None, "", f"before {EARLIEST_YEAR}")
    if at > now + FUTURE_ALLOWED:
        return DateReading(None, "", "in the future")
    return DateReading(at, unit, "")
