"""Small pieces of a message: one-line headers, links, times, excerpts. Pure; nothing that was scraped is trusted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from listener.model import Word
from listener.text.mask import mask
from listener.text.weighty import weighty

__all__ = ["Piece", "ago", "clean", "excerpt", "one_line", "remaining", "safe_link", "weekday_time"]

EXCERPT = 420
"""Characters of a quote: what fits one screen of a phone together with what to do."""

LONGEST = 20_000
"""Of a longer text only the beginning is looked at."""

_MARKED_WORDS = 8
_WEEKDAYS = "一二三四五六日"
_ENGLISH_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Controls, lone surrogates, noncharacters, and bidirectional marks that can turn around what is read (UAX #9).
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_HOST = re.compile(r"[^\s/?#]+")


class Piece(NamedTuple):
    """Part of a quote; ``marked`` where it holds a word that decided."""

    text: str
    marked: bool


def clean(text: str) -> str:
    """``text`` without control, bidirectional and surrogate characters; line breaks and tabs stay."""
    return _UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str, limit: int) -> str:
    """``text`` as one line of at most ``limit`` characters, fit for a header and for a table cell."""
    # Zl and Zp are line breaks too (U+2028, U+2029); str.split takes every other kind of blank
    flat = " ".join(clean(text[: limit * 4]).replace("\u2028", " ").replace("\u2029", " ").split())
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip("\u200d\ufe0f ") + "…"


def safe_link(address: str) -> str:
    """``address`` where it is an http or https one without user name, else ""."""
    if not address or address != one_line(address, 2_000) or " " in address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    plain = parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc) and "@" not in parts.netloc
    return address if plain and '"' not in address and "<" not in address else ""


def weekday_time(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """11月23日（周一）10:30, or Mon 23 Nov 10:30, in ``zone``."""
    local = moment.astimezone(zone)
    if language == "en":
        return f"{_ENGLISH_DAYS[local.weekday()]} {local:%Y-%m-%d %H:%M}"
    return f"{local.month}月{local.day}日（周{_WEEKDAYS[local.weekday()]}）{local:%H:%M}"


def remaining(until: datetime, now: datetime, language: str) -> str:
    """还有 45 分钟, or 已超时 2 小时."""
    left = until - now
    late = left < timedelta(0)
    span = _span(abs(left), language)
    if language == "en":
        return f"{span} overdue" if late else f"{span} left"
    return f"已超时 {span}" if late else f"还有 {span}"


def ago(moment: datetime, now: datetime, language: str) -> str:
    """3 小时前; 刚刚 for less than a minute or a clock that runs ahead."""
    passed = now - moment
    if passed < timedelta(minutes=1):
        return "just now" if language == "en" else "刚刚"
    span = _span(passed, language)
    return f"{span} ago" if language == "en" else f"{span}前"


def _span(span: timedelta, language: str) -> str:
    """Whole hours and days, as people count them: a deadline is never later than it says."""
    minutes = round(span.total_seconds() / 60)
    for size, chinese, english in ((1440, "天", "d"), (60, "小时", "h"), (1, "分钟", "min")):
        if minutes >= size * (2 if size > 1 else 0):
            return f"{minutes // size} {english if language == 'en' else chinese}"
    return "0"


def excerpt(text: str, words: Sequence[Word], limit: int = EXCERPT) -> tuple[Piece, ...]:
    """About ``limit`` characters of ``text``, masked, around the first word that decided; all of those are marked."""
    shown = mask(clean(text[:LONGEST])).strip()
    decided = _decisive(words)
    pattern = re.compile("|".join(re.escape(word) for word in decided)) if decided else None
    first = pattern.search(shown) if pattern else None
    start, end = _window(len(shown), first.start() if first else 0, limit)
    pieces = _pieces(shown[start:end], pattern)
    if start:
        pieces.insert(0, Piece("…", False))
    if end < len(shown) or len(text) > LONGEST:
        pieces.append(Piece("…", False))
    return tuple(pieces)


def _decisive(words: Sequence[Word]) -> list[str]:
    """The words that say something bad and carry weight, the strongest of them, longer ones before their own parts."""
    bad = sorted(weighty(words, -1), key=lambda word: word.weight)
    return sorted({word.word for word in bad[:_MARKED_WORDS]}, key=lambda word: (-len(word), word))


def _window(length: int, first: int, limit: int) -> tuple[int, int]:
    if length <= limit * 1.2:
        return 0, length
    start = max(0, min(first - limit // 3, length - limit))
    return (0 if start < 40 else start), min(length, start + limit)


def _pieces(text: str, pattern: re.Pattern[str] | None) -> list[Piece]:
    pieces: list[Piece] = []
    done = 0
    for found in pattern.finditer(text) if pattern else ():
        if found.start() > done:
            pieces.append(Piece(text[done : found.start()], False))
        pieces.append(Piece(found.group(), True))
        done = found.end()
    if done < len(text):
        pieces.append(Piece(text[done:], False))
    return pieces
