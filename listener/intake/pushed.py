"""The JSON that a webhook takes in, and the captures it becomes. Pure.

    {"mentions": [{"id": "C-1", "text": "…", "title": "", "url": "https://…", "platform": "douyin_laike",
                   "author": {"id": "", "name": "老王"}, "published_at": "2026-11-28T10:00:00+08:00",
                   "thread_id": "", "metrics": {"likes": 3}, "fields": {"rating": "1"}}]}

Only ``id`` and ``text`` have to be there. An unknown key is a mistake: a sender that misspells one should learn of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from listener.model import Origin, RawMention

__all__ = ["LARGEST_BATCH", "LARGEST_BODY", "BadPush", "Batch", "captures", "read"]

LARGEST_BODY = 2 * 1024 * 1024
"""Bytes of one request: 1,000 mentions of 2,000 bytes."""

LARGEST_BATCH = 1000
FUTURE = timedelta(days=1)
EARLIEST_YEAR = 1990
RESERVED = frozenset({"forwarded_by", "forwarded", "remark", "evidence"})
"""Fields that only the intake itself writes."""


class BadPush(Exception):
    """A body that is not taken: ``status`` is 400 (no JSON) or 422 (not as described); ``details`` name each place."""

    def __init__(self, status: int, code: str, message: str, details: Sequence[dict[str, str]] = ()) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.details = status, code, message, list(details)


def _written(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("is written as in 2026-11-28T10:00:00+08:00")
    return value


def _is_plausible(value: datetime) -> datetime:
    if value.year < EARLIEST_YEAR:
        raise ValueError(f"is before {EARLIEST_YEAR}")
    return value


def _is_web(value: str) -> str:
    if value and not value.startswith(("http://", "https://")):
        raise ValueError("begins with http:// or https://")
    return value


def _not_reserved(value: dict[str, str]) -> dict[str, str]:
    taken = sorted(RESERVED & value.keys())
    if taken:
        raise ValueError(f"may not hold {', '.join(taken)}")
    return value


PRINTED = r"^[^\x00-\x1f\x7f]*$"
Short = Annotated[str, Field(max_length=200, pattern=PRINTED)]
When = Annotated[AwareDatetime, BeforeValidator(_written), Field(strict=False), AfterValidator(_is_plausible)]
Count = Annotated[int, Field(ge=0, le=10**15)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Author(_Strict):
    """Who said it, as the platform knows them."""

    id: Short = ""
    name: Short = ""


class Pushed(_Strict):
    """One mention. ``id`` is unique within the platform and site; the same id with another text is an edit."""

    id: Annotated[str, Field(min_length=1, max_length=200, pattern=PRINTED)]
    text: Annotated[str, Field(min_length=1, max_length=100_000)]
    title: Annotated[str, Field(max_length=1000)] = ""
    url: Annotated[str, Field(max_length=2000), AfterValidator(_is_web)] = ""
    platform: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")] = ""
    site: Short = ""
    author: Author = Author()
    published_at: When | None = None
    thread_id: Short = ""
    metrics: dict[Short, Count] = {}
    fields: Annotated[dict[Short, Annotated[str, Field(max_length=4000)]], AfterValidator(_not_reserved)] = {}


class Batch(_Strict):
    """One request's body."""

    mentions: Annotated[list[Pushed], Field(max_length=LARGEST_BATCH)]


def read(body: bytes) -> Batch:
    """The batch in a body; ``BadPush`` where it is not one."""
    try:
        found = json.loads(body.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadPush(400, "not_utf8", f"the body is not UTF-8: byte {error.start}") from None
    except (ValueError, RecursionError) as error:
        raise BadPush(400, "not_json", f"the body is not JSON: {error}") from None
    try:
        return Batch.model_validate(found)
    except ValidationError as error:
        details = [_detail(dict(one)) for one in error.errors()[:20]]
        raise BadPush(422, "not_as_described", "see details and docs/intake.md", details) from None


def _detail(found: dict[str, Any]) -> dict[str, str]:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in found["loc"]).lstrip(".")
    return {"at": place[:200], "what": str(found["msg"]).removeprefix("Value error, ")[:300]}


def captures(batch: Batch, source: str, now: datetime) -> list[RawMention]:
    """The captures of a batch; a time more than a day ahead is no time, and is kept as it was written."""
    return [_capture(one, source, now) for one in batch.mentions]


def _capture(one: Pushed, source: str, now: datetime) -> RawMention:
    ahead = one.published_at is not None and one.published_at > now + FUTURE
    return RawMention(
        source=source,
        platform=one.platform or "webhook",
        site=one.site or source,
        native_id=one.id,
        url=one.url,
        title=one.title,
        content=one.text,
        author_id=one.author.id,
        author_name=one.author.name,
        published_at=None if ahead else one.published_at,
        published_raw=one.published_at.isoformat() if one.published_at else "",
        thread_id=one.thread_id,
        origin=Origin.INTAKE,
        metrics=one.metrics,
        fields=one.fields,
        captured_at=now,
    )
