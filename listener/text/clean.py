"""A capture to a mention: what its author said, as plain text, within limits.

Markup goes, with what other people said inside it (quotes), what no reader sees (scripts, hidden spans that
forums put in against copying) and what the forum added (「本帖最后由 … 编辑」). What is too long is cut and says so.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from listener.errors import Permanent
from listener.model import Mention, RawMention
from listener.model.making import quick
from listener.text.markup import text_of
from listener.text.nobody import NO_ID
from listener.text.sign import Sign

__all__ = ["CUT", "TEXT_LIMIT", "TITLE_LIMIT", "clean", "excerpt"]

TEXT_LIMIT: Final = 20_000
TITLE_LIMIT: Final = 300
NAME_LIMIT: Final = 100
CUT: Final = "…（已截断）"
"""Stands at the end of what was cut; the limits count it in."""
MARKUP_LIMIT: Final = 5_000_000
"""Markup beyond this many code points is not even read; a download has at most 5 MB."""
EARLIEST_YEAR: Final = 1990
FUTURE_ALLOWED: Final = timedelta(days=1)

# Control characters (PostgreSQL refuses NUL), what turns the direction of the text around it in a mail, lone
# surrogates, non-characters. Joiners and variation selectors stay: emoji are made with them.
_UNWANTED: Final = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
    r"\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
)
_LINE_ENDS: Final = re.compile(r"[\n\r\v\f\x85\u2028\u2029]+")
_BLANKS: Final = re.compile(r"[^\S\n]+")
# Without any of these, and two blanks side by side, a text is as it should be but for its ends.
_UNTIDY: Final = Sign(rf"{_UNWANTED.pattern[:-1]}\t\n\r\v\f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,300}>")


def clean(raw: RawMention, raw_id: int) -> Mention:
    """The mention that the capture ``raw_id`` holds; ``Permanent`` where a time of it has no zone.

    A time of writing that cannot be (before 1990, more than a day after the capture) becomes None, an address
    that is not http or https becomes "". ``fields["cut_from"]`` tells the length of a text that was cut.
    An id that says there is none (0, null) becomes "".
    """
    _refuse_naive(raw)
    text = _body(raw)
    return _mention(
        raw_id=raw_id,
        source=raw.source,
        platform=raw.platform,
        site=raw.site,
        native_id=raw.native_id,
        captured_at=raw.captured_at,
        author_id="" if raw.author_id.lower() in NO_ID else raw.author_id,
        thread_id=raw.thread_id,
        origin=raw.origin,
        metrics=raw.metrics,
        url=_address(raw.url),
        title=_cut(_one_line(_unmarked(raw.title, raw.content_type)), TITLE_LIMIT),
        text=_cut(text, TEXT_LIMIT),
        author_name=_cut(_one_line(raw.author_name), NAME_LIMIT),
        published_at=_believable(raw.published_at, raw.captured_at),
        fields=_facts(raw.fields, len(text)),
    )


_mention: Final = quick(Mention)


def excerpt(text: str, length: int, around: tuple[int, int] | None = None) -> str:
    """At most ``length`` code points of ``text`` in one line, 「…」 where something was left out.

    With ``around`` (start, end in ``text``) that piece stands in the middle; else it is the beginning.
    """
    if len(text) <= length:
        return _one_line(text)
    if length < 3:
        return text[: max(length, 0)]
    start, end = around or (0, 0)
    begin = max(0, min((start + end - length) // 2, start, len(text) - length))
    piece = text[begin : begin + length]
    head, tail = begin > 0, begin + length < len(text)
    return _one_line(f"{'…' if head else ''}{piece[head : length - tail]}{'…' if tail else ''}")


def _refuse_naive(raw: RawMention) -> None:
    captured, published = raw.captured_at, raw.published_at
    if captured.tzinfo is UTC and (published is None or published.tzinfo is UTC):
        return
    for name, moment in (("captured_at", captured), ("published_at", published)):
        if moment is not None and moment.utcoffset() is None:
            raise Permanent(
                f"{raw.source}: {raw.native_id}: {name} has no time zone; its spider or import has to name one"
            )


def _believable(published: datetime | None, captured: datetime) -> datetime | None:
    if published is None or published.year < EARLIEST_YEAR:
        return None
    return published if published - captured <= FUTURE_ALLOWED else None


def _body(raw: RawMention) -> str:
    content = raw.content[:MARKUP_LIMIT]
    if _is_markup(raw.content_type):
        content = text_of(_UNWANTED.sub("", content))
    return _lines(content)


@lru_cache(maxsize=64)
def _is_markup(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() in ("text/html", "application/xhtml+xml")


def _unmarked(title: str, content_type: str) -> str:
    """A title's tags and entities undone where the capture is markup; elsewhere ``&lt;`` is what was written."""
    if not title or not _is_markup(content_type):
        return title
    return html.unescape(_TAG.sub("", title[: TITLE_LIMIT * 10]))


def _lines(text: str) -> str:
    """Visible characters only, one line end between lines, no blank lines, single blanks."""
    if "  " not in text and not _UNTIDY.within(text):
        return text.strip()
    seen = _UNWANTED.sub("", text.replace("\r\n", "\n"))
    lines = (_BLANKS.sub(" ", line).strip() for line in _LINE_ENDS.split(seen))
    return "\n".join(line for line in lines if line)


def _one_line(text: str) -> str:
    return _lines(text).replace("\n", " ") if text else ""


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(CUT)].rstrip() + CUT


def _address(url: str) -> str:
    """The address where a mail may lead: http or https, nothing invisible in it, else ""."""
    seen = (url if url.isascii() and url.isprintable() else _UNWANTED.sub("", url)).strip()
    return seen if _WEB.match(seen) else ""


_WEB: Final = re.compile(r"https?://[^\s/]", re.IGNORECASE)


def _facts(facts: Mapping[str, str], length: int) -> dict[str, str]:
    if not facts and length <= TEXT_LIMIT:
        return {}
    tidy = {name: _cut(_lines(fact), TEXT_LIMIT) for name, fact in facts.items()}
    return tidy | {"cut_from": str(length)} if length > TEXT_LIMIT else tidy
