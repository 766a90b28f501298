"""Steam: the reviews of one app in the store, the latest change first.

    appreviews/APP?json=1&filter=updated&cursor=C        100 a page; the first cursor is *

``filter=updated`` brings new reviews and edited ones. By default Steam leaves out what was written by people who did
not buy in its store (``purchase_type``) and what it takes for a review bomb (``filter_offtopic_activity``): both are
asked for here, since a wave of bad reviews is just what one wants to see. The end of a list is an empty page or a
cursor that came before (https://partner.steamgames.com/doc/store/getreviews).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from pydantic import Field

from listener.language import say
from listener.model import Outcome, RawMention
from listener.spiders import base
from listener.spiders.base import Fetch, Job, Page, Parsed
from listener.spiders.payload import (
    Fields,
    JsonPlatform,
    Row,
    Unreadable,
    counts,
    identified,
    identity,
    inner,
    moment,
    names,
    record,
    rows_of,
    words,
)

A_PAGE = 100
FIRST = "*"


class Steam(JsonPlatform):
    """The reviews of one app."""

    NAME: ClassVar[str] = "steam"
    SITE: ClassVar[str] = "store.steampowered.com"
    OVERLAP: ClassVar[timedelta] = timedelta(hours=6)  # answers are cached

    class Parameters(base.Parameters):
        """``app``: the number in the store's address; ``languages`` as the interface names them, or "all"."""

        app: str = Field(pattern=r"^\d{1,10}$")
        languages: tuple[str, ...] = Field(default=("schinese", "tchinese"), min_length=1, max_length=40)

    parameters: Parameters

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._cursors: set[tuple[str, str]] = set()

    def start(self) -> list[Fetch]:
        """The first page in each language."""
        floor = self.floor()
        since = floor.isoformat() if floor else ""
        return [self._page(language, FIRST, since) for language in self.parameters.languages]

    def read_payload(self, page: Page, payload: Any) -> Parsed:
        """The reviews, and the next page."""
        whole = record(payload)
        if whole.get("success") != 1:
            why = say(
                f"接口报错：success={whole.get('success')}", f"the interface fails: success={whole.get('success')}"
            )
            raise Unreadable(why)
        rows = rows_of(whole, "reviews")
        self._must_be_whole(page, whole, rows)
        reviews = identified(rows, "recommendationid")
        parsed = Parsed(captures=[self._capture(row) for row in reviews], fields=_names(rows))
        if rows and not self._is_older(rows, page):
            self._turn(page, words(whole, "cursor"), parsed)
        return parsed

    def _must_be_whole(self, page: Page, whole: Row, rows: list[Row]) -> None:
        """An empty first page of an app that has reviews is an answer cut short, not silence."""
        total = inner(whole, "query_summary").get("total_reviews")
        if not rows and page.context["cursor"] == FIRST and isinstance(total, int) and total > 0:
            why = say(f"共有 {total} 条评测，却返回空列表", f"{total} reviews, and yet an empty list")
            raise Unreadable(why, Outcome.BLOCKED)

    def _is_older(self, rows: list[Row], page: Page) -> bool:
        since = moment(page.context["since"])
        times = [at for row in rows if (at := self.date(row.get("timestamp_updated") or row.get("timestamp_created")))]
        return bool(since and times and max(times) < since)

    def _turn(self, page: Page, cursor: str, parsed: Parsed) -> None:
        language = str(page.context["language"])
        self._cursors.add((language, str(page.context["cursor"])))
        if not cursor or (language, cursor) in self._cursors:
            return
        self.turn(parsed, self._page(language, cursor, str(page.context["since"])), language)

    def _page(self, language: str, cursor: str, since: str) -> Fetch:
        query = {"json": 1, "filter": "updated", "language": language, "review_type": "all", "purchase_type": "all"}
        query |= {"filter_offtopic_activity": 0, "num_per_page": A_PAGE, "cursor": cursor}
        context = {"language": language, "cursor": cursor, "since": since}
        return Fetch(self.at(f"appreviews/{self.parameters.app}", **query), "reviews", context=context)

    def _capture(self, row: Row) -> RawMention:
        author = inner(row, "author")
        person = identity(author, "steamid")
        return self.mention(
            identity(row, "recommendationid"),
            f"https://steamcommunity.com/profiles/{person}/recommended/{self.parameters.app}/" if person else "",
            written=row.get("timestamp_created"),
            content=words(row, "review"),
            author_id=person,
            author_name=words(author, "personaname") or person,
            metrics=counts(row, likes="votes_up", replies="comment_count"),
            fields=self._facts(row),
        )

    def _facts(self, row: Row) -> dict[str, str]:
        """What the store shows beside the text; ``company_reply`` is the developer's answer."""
        created, updated = row.get("timestamp_created"), row.get("timestamp_updated")
        at = self.date(updated) if updated != created else None
        answered = self.date(row.get("timestamp_dev_responded"))
        vote = row.get("voted_up")
        return {
            "rating": {True: "up", False: "down"}.get(vote, "") if isinstance(vote, bool) else "",
            "edited_at": at.isoformat() if at else "",
            "company_reply": words(row, "developer_response"),
            "company_replied_at": answered.isoformat() if answered else "",
            "language": words(row, "language"),
            "refunded": "yes" if row.get("refunded") is True else "",
            "minutes_played": identity(inner(row, "author"), "playtime_at_review", "playtime_forever"),
        }


def _names(rows: list[Row]) -> Fields:
    return names("review", rows) | names("author", [inner(row, "author") for row in rows])
