"""The keys of a ``page`` source: where on a site's lists and pages the mentions stand. See docs/adding-a-source.md."""

from __future__ import annotations

import codecs
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from listener.language import say
from listener.spiders import base
from listener.spiders.selecting import Select, check_format, check_zone, compiled

NOTHING = Select()


class Rows(BaseModel):
    """What stands on a page again and again, and where in each row its values are.

    ``dates``: strptime formats, tried before the forms that are known anyway; ``empty``: what a page without rows
    shows; ``fields``: other facts by name (rating, status, company_reply).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: Select = NOTHING
    id: Select = NOTHING
    link: Select = NOTHING
    title: Select = NOTHING
    author: Select = NOTHING
    author_id: Select = NOTHING
    text: Select = NOTHING
    time: Select = NOTHING
    next: Select = NOTHING
    empty: Select = NOTHING
    dates: tuple[str, ...] = ()
    fields: dict[str, Select] = Field(default_factory=dict)

    @field_validator("dates")
    @classmethod
    def _formats(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(check_format(one) for one in given)

    def named(self) -> dict[str, Select]:
        """The values of a row that are configured, by name."""
        names = ("id", "link", "title", "author", "author_id", "text", "time")
        found = {name: getattr(self, name) for name in names} | dict(self.fields)
        return {name: where for name, where in found.items() if where}


class ListRows(Rows):
    """A list. ``activity``: when somebody last spoke; ``count``: how many replies; either tells what to open again.

    ``pages``: the address of a further page with ``{page}`` in it, where no link leads there. ``watch_days``: how long
    a thread is opened again where a row shows neither of the two.
    """

    activity: Select = NOTHING
    count: Select = NOTHING
    pages: str = ""
    watch_days: int = Field(default=14, ge=1, le=3650)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.rows:
            raise ValueError(say("缺少 rows：列表的每一行在哪里", "rows is missing: where the rows of the list are"))
        if not self.link and not self.id:
            raise ValueError(
                say("缺少 link 或 id：用什么认出一条", "link or id is missing: what tells a row from others")
            )
        if self.pages and "{page}" not in self.pages:
            raise ValueError(say("pages 中没有 {page}", "pages has no {page} in it"))
        return self


class DetailRows(Rows):
    """The pages that the list leads to; without ``rows`` each is one mention. ``gone``: a pattern that says deleted."""

    gone: str = ""

    @field_validator("gone")
    @classmethod
    def _compiles(cls, given: str) -> str:
        compiled(given)
        return given

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not self.text:
            raise ValueError(say("缺少 text：正文在哪里", "text is missing: where the words are"))
        if self.rows and not self.id:
            raise ValueError(
                say("有 rows 就要有 id：用什么认出一条回复", "rows need an id: what tells one from another")
            )
        return self


class PageParameters(base.Parameters):
    """``list`` and, where its rows lead to pages of their own, ``detail``.

    ``encoding``: where the site declares a wrong one; ``zone``: the time zone of the site's clock, where it is not the
    installation's; ``hosts``: further hosts that links may lead to.
    """

    list: ListRows
    detail: DetailRows | None = None
    encoding: str = ""
    zone: str = ""
    hosts: tuple[str, ...] = ()

    @field_validator("encoding")
    @classmethod
    def _known(cls, given: str) -> str:
        try:
            return given and codecs.lookup(given).name
        except LookupError:
            raise ValueError(say(f"没有编码 {given}", f"no encoding {given}") + ": gb18030, big5, utf-8") from None

    @field_validator("zone")
    @classmethod
    def _zone(cls, given: str) -> str:
        return check_zone(given)

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.detail and not self.list.link:
            raise ValueError(say("有 detail 就要有 list.link", "detail needs list.link: where the rows lead"))
        if not self.detail and not (self.list.text or self.list.title):
            raise ValueError(say("缺少 list.text 或 detail", "list.text or detail is missing: where the words are"))
        return self
