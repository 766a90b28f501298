"""Telegram: the public preview of channels, without an account.

    https://t.me/s/CHANNEL, https://t.me/s/CHANNEL?before=ID   about twenty, oldest first; older ones behind ``before``
    https://t.me/CHANNEL/ID?embed=1                            one

A mention's id is CHANNEL/ID. A channel without a preview (private, forbidden, none) redirects to t.me/CHANNEL, the page
of an invitation: that is no empty channel. An album is one mention with the id of its first picture.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urljoin

from parsel import Selector
from pydantic import Field

from listener.language import say
from listener.model import RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Page, Parsed, Revisit
from listener.spiders.payload import JsonPlatform, moment
from listener.text.dates import read_date

OVERLAP = timedelta(hours=48)
"""Messages may be edited for two days (core.telegram.org/bots/api#editmessagetext), so they are read again so long."""

_COUNT = re.compile(r"([\d.]+)\s*([KM]?)", re.IGNORECASE)
_UNITS = {"": 1, "K": 1_000, "M": 1_000_000}
_GONE = re.compile(r"(?:Post|Message) not found|deleted", re.IGNORECASE)


class Telegram(JsonPlatform):
    """Channels by their names; ``url`` is https://t.me/."""

    NAME: ClassVar[str] = "telegram"
    SITE: ClassVar[str] = "t.me"
    EXPERIMENTAL: ClassVar[bool] = True
    OVERLAP: ClassVar[timedelta] = OVERLAP

    class Parameters(base.Parameters):
        """``channels``: their names, without @."""

        channels: tuple[str, ...] = Field(min_length=1)

    parameters: Parameters

    def start(self) -> list[Fetch]:
        """The newest messages of each channel."""
        floor = self.floor()
        written = floor.isoformat() if floor else ""
        return [self._page(channel.lstrip("@"), 0, written) for channel in self.parameters.channels]

    def revisit(self, wanted: Revisit) -> Fetch:
        """The message alone, as other sites embed it."""
        return Fetch(self.at(wanted.native_id, embed=1), "one", context={"id": wanted.native_id})

    def _page(self, channel: str, before: int, floor: str) -> Fetch:
        query = {"before": before} if before else {}
        return Fetch(
            self.at(f"s/{channel}", **query), "page", context={"channel": channel, "before": before, "floor": floor}
        )

    def read(self, page: Page) -> Parsed:
        """A page of a channel, or one message."""
        document = Selector(text=page.text, type="html")
        rows = [row for row in document.css(".tgme_widget_message[data-post]") if "/" in row.attrib["data-post"]]
        if page.kind == "one":
            return self._read_one(page, document, rows)
        if not rows and not document.css(".tgme_channel_history, .tgme_channel_info"):
            return Parsed(broken=_closed(document))
        captures = [self._capture(row) for row in rows if not _is_service(row)]
        parsed = Parsed(captures=[capture for capture in captures if capture.content])  # a picture alone says nothing
        before = _older(document, rows)
        floor = moment(page.context["floor"])
        oldest = min((at for at in map(self._when, rows) if at), default=None)
        if before and not (floor and oldest and oldest < floor) and before != page.context["before"]:
            channel = str(page.context["channel"])
            self.turn(parsed, self._page(channel, before, str(page.context["floor"])), channel)
        return parsed

    def _read_one(self, page: Page, document: Selector, rows: list[Selector]) -> Parsed:
        wanted = str(page.context["id"])
        found = [row for row in rows if row.attrib["data-post"].lower() == wanted.lower()]
        if found:
            return Parsed(captures=[self._capture(row) for row in found])
        said = " ".join(document.css(".tgme_widget_message_error ::text").getall())
        return Parsed(gone=[wanted]) if _GONE.search(said) else Parsed(broken=_closed(document))

    def _capture(self, row: Selector) -> RawMention:
        native_id = row.attrib["data-post"]
        channel = native_id.partition("/")[0]
        texts = row.css(".js-message_text")  # one may stand in another, and that of an answer has another class
        written = row.css("a.tgme_widget_message_date time::attr(datetime)").get("")
        parts = (texts[:1].get(""), *row.css(".tgme_widget_message_document_title, .tgme_widget_message_poll").getall())
        signed = "".join(row.css(".tgme_widget_message_from_author::text").getall()).strip()
        return self.mention(
            native_id,
            urljoin("https://t.me/", native_id),
            written=written,
            html=True,
            content="\n".join(filter(None, parts)),
            author_id=channel,
            author_name=signed
            or "".join(row.css(".tgme_widget_message_owner_name ::text").getall()).strip()
            or channel,
            thread_id=_answered(row) or native_id,
            metrics=_views(row),
            fields=_forwarded(row),
        )

    def _when(self, row: Selector) -> datetime | None:
        written = row.css("a.tgme_widget_message_date time::attr(datetime)").get("")
        return read_date(written, self.job.now, self.job.zone) if written else None


def _is_service(row: Selector) -> bool:
    """True for "channel created", "pinned a message" and the like."""
    return "service_message" in row.attrib.get("class", "")


def _older(document: Selector, rows: list[Selector]) -> int:
    """The id before which the next page ends; 0 where nothing is older."""
    stated = document.css("a.js-messages_more[data-before]::attr(data-before)").get("")
    found = int(stated) if stated.isdigit() else 0
    first = min(
        (int(n) for n in (row.attrib["data-post"].rpartition("/")[2] for row in rows) if n.isdigit()), default=0
    )
    return found if 0 < found <= first else 0


def _answered(row: Selector) -> str:
    """The id of the message of this channel that it answers, "" where it answers none."""
    place = row.css("a.tgme_widget_message_reply::attr(href)").re_first(r"t\.me/([A-Za-z0-9_]+/\d+)")
    return str(place or "")


def _views(row: Selector) -> dict[str, int]:
    found = _COUNT.search("".join(row.css(".tgme_widget_message_views::text").getall()))
    try:
        return {"views": round(float(found.group(1)) * _UNITS[found.group(2).upper()])} if found else {}
    except ValueError:  # 1.2.3
        return {}


def _forwarded(row: Selector) -> dict[str, str]:
    name = "".join(row.css(".tgme_widget_message_forwarded_from_name ::text").getall()).strip()
    fields: dict[str, Any] = {"forwarded_from": name} if name else {}
    if row.css(".message_media_not_supported"):
        fields["incomplete"] = "message_media_not_supported"
    return fields


def _closed(document: Selector) -> str:
    title = " ".join("".join(document.css(".tgme_page_title ::text, title::text").getall()).split())[:60]
    why = say("没有公开预览，或页面已改版", "no public preview, or the page was redesigned")
    return f"{why}（{title}）" if title else why
