"""Times that follow a standard: ISO 8601, RFC 2822, seconds or milliseconds since the epoch, compact digits.

Each reader takes a cell in lower case without markup, and ``now`` in the zone of times that name none; it gives
(time, unit), or None where the cell is not its form. ``ValueError`` and ``OverflowError`` mean: its form, but no
such day.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

__all__ = ["STANDARD", "Found", "Reader"]

Found = tuple[datetime, str] | None
Reader = Callable[[str, datetime], Found]

_EPOCH = re.compile(r"(\d{9,10})(?:\.\d{1,9})?|(\d{12,13})")


def _epoch(cell: str, now: datetime) -> Found:
    """Seconds or milliseconds since 1970; nine digits are before September 2001."""
    found = _EPOCH.fullmatch(cell)
    if not found or (found[2] and len(found[2]) == 12 and _COMPACT.fullmatch(cell)):
        return None
    seconds = int(found[1]) if found[1] else int(found[2]) / 1000
    return datetime.fromtimestamp(seconds, UTC), "second"


_COMPACT = re.compile(r"((?:19|20)\d{2})(0[1-9]|1[0-2])([0-3]\d)(?:([0-2]\d)([0-5]\d)([0-5]\d)?)?")


def _compact(cell: str, now: datetime) -> Found:
    """20251021, 202510210830, 20251021083011."""
    found = _COMPACT.fullmatch(cell)
    if not found:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    at = datetime(year, month, day, hour, minute, second, tzinfo=now.tzinfo)
    return at, "day" if not found[4] else "minute" if not found[6] else "second"


_ISO = re.compile(r"\d{4}-?\d{2}-?\d{2}[t ]\d{2}:?\d{2}(?::?\d{2}(?:[.,]\d+)?)?\s?(?:z|utc|gmt|[+-]\d{2}:?(?:\d{2})?)")


def _iso(cell: str, now: datetime) -> Found:
    """ISO 8601 with a zone; without one the forms of pages below read it."""
    found = _ISO.search(cell)
    if not found:
        return None
    written = re.sub(r"(?:utc|gmt)$", "z", found[0].replace(",", ".")).replace("t", " ").upper()
    written = re.sub(r"\s(?=[Z+]|-\d\d:?\d*$)", "", written)
    return datetime.fromisoformat(written), "second" if re.search(r":\d\d:\d\d|\d{6}[Z+-]", written) else "minute"


_ENGLISH_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_ENGLISH_MONTHS)})[a-z]{{0,6}}\.?"
_ASCTIME = re.compile(rf"{_MONTH} (\d{{1,2}}) (\d\d):(\d\d):(\d\d) ([+-]\d{{4}}|utc|gmt) (\d{{4}})")
_MAIL = re.compile(rf"\d{{1,2}} {_MONTH} \d{{2,4}} \d{{1,2}}:\d\d(?::\d\d)?(?: (?:[+-]\d{{4}}|[a-z]{{1,4}}))?")
_ENGLISH = re.compile(
    rf"(?:{_MONTH} (\d{{1,2}})(?:st|nd|rd|th)?|(\d{{1,2}})(?:st|nd|rd|th)? {_MONTH}),? (\d{{4}})"
    r"(?:,? (?:at )?(?:(\d{1,2})(?::(\d\d)(?::(\d\d))?(?: ?([ap])\.?m)?| ?([ap])\.?m)|(noon|midnight)))?"
)


def _mail(cell: str, now: datetime) -> Found:
    """RFC 2822, and the same in asctime's order as Weibo's answers have it (tue oct 21 08:30:00 +0800 2025)."""
    cell = _ASCTIME.sub(r"\2 \1 \7 \3:\4:\5 \6", cell)
    found = _MAIL.search(cell)
    if not found:
        return None
    at = parsedate_to_datetime(found[0])
    if at.tzinfo is None:  # RFC 2822 3.3: -0000 is a time in UTC
        at = at.replace(tzinfo=UTC if found[0].endswith("-0000") else now.tzinfo)
    return at, "second" if found[0].count(":") == 2 else "minute"


def _english(cell: str, now: datetime) -> Found:
    """Oct 21, 2025 8:30 pm; 21st October 2025; as Django writes full hours: Oct. 21, 2025, 4 a.m., noon, midnight."""
    found = _ENGLISH.search(cell)
    if not found:
        return None
    month = _ENGLISH_MONTHS.index(found[1] or found[4]) + 1
    day, year = int(found[2] or found[3]), int(found[5])
    hour, minute, second = (int(part or 0) for part in found.group(6, 7, 8))
    half = found[9] or found[10]
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    hour = 12 if found[11] == "noon" else hour
    at = datetime(year, month, day, hour, minute, second, tzinfo=now.tzinfo)
    return at, "second" if found[8] else "minute" if found[7] or found[11] else "hour" if found[6] else "day"


STANDARD: Final[tuple[Reader, ...]] = (_compact, _epoch, _iso, _mail, _english)
"""In the order in which they are tried."""
