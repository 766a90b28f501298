"""``sources/*.toml`` and ``topics/*.toml``: where is listened, and for what."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from listener.language import say
from listener.settings.values import (
    Duration,
    Name,
    Strict,
    _since_midnight,
    check_cron,
    read_hours,
    within,
)


class SourceSettings(BaseModel):
    """One ``sources/*.toml``. Keys beyond these belong to the platform and are checked by its spider.

    ``expect_per_day`` is the usual (lowest, highest) number of new mentions a day; outside it a crawl is suspect.
    ``allow_private_addresses`` opens exactly the host and port of ``url``, nothing else.
    ``secret = "FORUM"``: the operator's cookie or token for it is the environment variable ``LISTENER_SECRET_FORUM``.
    ``quiet = ["23:00-07:00"]``: hours of the installation's clock in which the daemon leaves it alone.
    ``accept``: signs by which a sound crawl is not doubted (``listener.crawls.suspicion``): this source's nature.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    name: Name
    platform: str
    url: str = ""
    title: str = ""
    every: Duration | None = None
    cron: str = ""
    enabled: bool = True
    allow_private_addresses: bool = False
    expect_per_day: tuple[int, int] | None = None
    timeout: Duration = timedelta(minutes=5)
    max_pages: int = Field(default=20, ge=1, le=10_000)
    obey_robots: bool = True
    secret: Annotated[str, Field(pattern="^[A-Z0-9_]*$")] = ""
    prior: Literal["", "complaints", "news", "reviews"] = ""
    quiet: tuple[str, ...] = ()
    accept: tuple[Literal["volume", "dates", "authors", "texts", "fields"], ...] = ()

    @field_validator("quiet")
    @classmethod
    def _are_hours(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            read_hours(text)
        return value

    def is_quiet(self, local: datetime) -> bool:
        """True where the source is to be left alone at that hour of its installation's clock."""
        return any(within(read_hours(text), local.time()) for text in self.quiet)

    @property
    def longest_quiet(self) -> timedelta:
        """The longest of its quiet hours."""
        day = timedelta(days=1)
        spans = [_since_midnight(last) - _since_midnight(first) for first, last in map(read_hours, self.quiet)]
        return max((span % day for span in spans), default=timedelta())

    @model_validator(mode="after")
    def _has_schedule(self) -> SourceSettings:
        if self.cron:
            check_cron(self.cron)
        if self.every is not None and self.every < timedelta(seconds=10):
            raise ValueError(say('every 至少为 "10s"', 'every = "…" is at least "10s"'))
        if self.url and not re.fullmatch(r"(?:https?|wss?)://[^\s/]+.*", self.url):
            raise ValueError(say("url 应以 http:// 或 https:// 开头", "url begins with http:// or https://"))
        return self

    @property
    def options(self) -> dict[str, Any]:
        """The platform's own keys, unchecked."""
        return dict(self.model_extra or {})


class TopicSettings(Strict):
    """One ``topics/*.toml``: any of ``any``, all of ``must``, none of ``exclude``, and what ``query`` says.

    ``aliases`` name lists of words for ``$name`` in the query. The topic named ``*`` matches nothing itself: its
    ``exclude`` and ``aliases`` hold for every topic. docs/topics.md describes the language. ``trades``: what is said of
    this topic has problems of these trades and of the common core only; none named means of any trade.
    """

    name: str = Field(min_length=1, max_length=64)
    any: tuple[str, ...] = Field(default=(), max_length=2000)
    must: tuple[str, ...] = Field(default=(), max_length=200)
    exclude: tuple[str, ...] = Field(default=(), max_length=2000)
    query: str = ""
    aliases: dict[str, tuple[str, ...]] = {}
    products: tuple[str, ...] = ()
    competitors: tuple[str, ...] = ()
    trades: tuple[str, ...] = ()
