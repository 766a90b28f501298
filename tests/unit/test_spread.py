"""How far something was passed on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from listener.language import speaking
from listener.spread import spread_of
from tests.factories import NOW

ZONE = ZoneInfo("Asia/Shanghai")


def said(
    number: int, platform: str, source: str, author: str, joined_as: str = "repost", hours: int = 0
) -> dict[str, Any]:
    return {
        "number": number, "platform": platform, "source": source, "author": author, "author_id": "",
        "joined_as": joined_as, "said_at": NOW + timedelta(hours=hours),
    }  # fmt: skip


WORLD = [
    said(1, "discuz", "bbs", "老王", "opener", 2),
    said(2, "weibo", "weibo-a", "小李"),
    said(3, "weibo", "weibo-b", "小李", hours=30),
    said(4, "weibo", "weibo-b", "", hours=3),
]


def test_mentions_reposts_sources_platforms_authors_and_the_time_between() -> None:
    found = spread_of(WORLD)
    assert found is not None
    assert (found.mentions, found.reposts, found.sources, found.authors) == (4, 3, 3, 3)
    assert dict(found.platforms) == {"weibo": 3, "discuz": 1}
    assert found.last_at - found.first_at == timedelta(hours=30)


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "共 4 条（转发 3），3 个来源、3 位发布者，weibo 3、discuz 1；"), ("en", "3 reposts")]
)
def test_one_line(language: str, words: str) -> None:
    found = spread_of(WORLD)
    assert found is not None
    with speaking(language):
        assert words in found.line(ZONE)


def test_who_is_not_named_is_somebody_each_time_and_a_witness_repeats_nothing() -> None:
    found = spread_of(
        [said(1, "weibo", "a", "", "opener"), said(2, "weibo", "a", ""), said(3, "weibo", "a", "", "witness")]
    )
    assert found is not None
    assert (found.authors, found.reposts) == (3, 1)


def test_nothing_said_has_no_spread() -> None:
    assert spread_of([]) is None
