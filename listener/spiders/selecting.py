"""Selectors written in TOML: CSS or XPath, an optional pattern, several tried in turn; and the values that they find.

CSS knows ``::text`` and ``::attr(NAME)`` (https://parsel.readthedocs.io). What begins with ``/``, ``./``, ``(`` or
``xpath:`` is XPath; ``.//`` begins at the row, ``//`` at the page. Patterns are RE2, linear in the text: what they run
over was written by strangers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

import re2
from lxml import etree  # type: ignore[import-untyped]
from parsel import Selector
from parsel.csstranslator import HTMLTranslator
from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from listener.language import say
from listener.text.markup import text_of

_TRY = datetime(2026, 11, 23, 21, 5, 9, tzinfo=UTC)
_XPATH_BEGINS = ("/", "./", "(", "xpath:")


class Select(BaseModel):
    """Where a value stands. In TOML a selector, a list of them, or ``{ select = …, pattern = … }``.

    ``pattern``: the part of the value that counts, its first group where it has one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    select: tuple[str, ...] = ()
    pattern: str = ""

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: object) -> object:
        return {"select": given} if isinstance(given, str | list | tuple) else given

    @field_validator("select", mode="before")
    @classmethod
    def _one_or_more(cls, given: object) -> object:
        return (given,) if isinstance(given, str) else given

    @field_validator("select")
    @classmethod
    def _sound(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for selector in given:
            as_xpath(selector)
        return given

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, given: str) -> str:
        compiled(given)
        return given

    def __bool__(self) -> bool:
        """True where something is to be selected."""
        return bool(self.select)


@lru_cache(maxsize=500)
def as_xpath(selector: str) -> str:
    """The selector as XPath; ``ValueError`` with a clear line where it is none."""
    text = selector.strip()
    try:
        path = text.removeprefix("xpath:") if text.startswith(_XPATH_BEGINS) else HTMLTranslator().css_to_xpath(text)
        etree.XPath(path)
    except Exception as error:  # cssselect and lxml each have several of their own
        why = " ".join(str(error).split())[:120]
        raise ValueError(say(f"选择器 {selector} 有误：{why}", f"the selector {selector} is wrong: {why}")) from None
    return path


@lru_cache(maxsize=500)
def compiled(pattern: str) -> Any:
    """The pattern; ``ValueError`` with a clear line where it is none."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        said = error.args[0] if error.args else ""
        why = (said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said))[:120]
        raise ValueError(say(f"正则 {pattern} 有误：{why}", f"the pattern {pattern} is wrong: {why}")) from None


def nodes(within: Selector, where: Select) -> list[Selector]:
    """What the first selector that finds anything finds."""
    return next((list(found) for one in where.select if (found := within.xpath(as_xpath(one)))), [])


def value(within: Selector, where: Select) -> str:
    """The first value that is not empty, as a reader sees it, in one line; "" where there is none."""
    return next(_values(within, where), "")


def markup(within: Selector, where: Select) -> str:
    """The markup of all that is found, plain text escaped."""
    found = nodes(within, where)
    return "\n".join(one.get() if _is_element(one) else f"<p>{escape(one.get(), quote=False)}</p>" for one in found)


def _values(within: Selector, where: Select) -> Iterator[str]:
    for one in where.select:
        for found in within.xpath(as_xpath(one)):
            text = " ".join((text_of(found.get()) if _is_element(found) else found.get()).split())
            part = _part(text, where.pattern)
            if part:
                yield part


def _part(text: str, pattern: str) -> str:
    if not pattern or not text:
        return text
    found = compiled(pattern).search(text)
    return "" if found is None else str(found.group(1 if found.re.groups else 0) or "")


def _is_element(found: Selector) -> bool:
    return isinstance(found.root, etree._Element)


def check_format(given: str) -> str:
    """A strptime format that names a whole day; ``ValueError`` otherwise."""
    try:
        read = datetime.strptime(_TRY.strftime(given), given).replace(tzinfo=UTC)
    except ValueError:
        raise ValueError(say(f"日期格式 {given} 有误", f"{given} is no date format")) from None
    if read.date() != _TRY.date():
        what = say(
            "缺少年、月或日；这样的日期不写格式也能识别",
            "lacks year, month or day; leave it out, such are read without",
        )
        raise ValueError(f"{given}: {what}")
    return given


def check_zone(given: str) -> str:
    """A time zone's name, or ""; ``ValueError`` otherwise."""
    try:
        return given and ZoneInfo(given).key
    except (KeyError, OSError, ValueError):
        raise ValueError(say(f"没有时区 {given}", f"no time zone {given}") + ": Asia/Shanghai, UTC") from None
