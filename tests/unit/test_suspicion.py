"""Crawls that went well and are not believed: by their dates, authors, texts, fields and volume."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from listener.alerts.rules import source_alerts
from listener.crawls.suspicion import Signs, doubt
from listener.model import CrawlReport, Outcome, RawMention
from listener.settings import SourceSettings
from tests.factories import NOW, raw

SOURCE = SourceSettings(name="s", platform="discuz")
Fields = Mapping[str, tuple[int, int]]


class Story:
    """Crawls of one source, one after the other, ten minutes apart."""

    def __init__(self, source: SourceSettings = SOURCE, first_at: datetime | None = NOW - timedelta(days=9)) -> None:
        self.source, self.first_at = source, first_at
        self.now, self.state, self.outcome = NOW, dict[str, Any](), Outcome.OK
        self.alerts: list[str] = []

    def crawl(
        self, *found: RawMention, fields: Fields | None = None, outcome: Outcome | None = None, later: float = 10
    ) -> CrawlReport:
        self.now += timedelta(minutes=later)
        signs = Signs()
        for one in found:
            signs.note(one)
        ended = outcome or (Outcome.OK if found else Outcome.EMPTY)
        report = CrawlReport(
            source="s",
            outcome=ended,
            detail="",
            started_at=self.now,
            ended_at=self.now,
            signs=signs.facts(fields or {}),
        )
        judged = doubt(report, self.source, 0, self.first_at, self.state)
        self.alerts += [alert.kind.value for alert in source_alerts(self.outcome, judged)]
        self.state, self.outcome = dict(judged.state), judged.outcome
        return judged


def some(count: int = 6, **changes: Any) -> list[RawMention]:
    """Mentions as they should be: each with a time, an author and words of its own."""
    return [
        raw(str(n), **({"published_at": NOW - timedelta(minutes=n), "content": f"刹车异响 {n}"} | changes))
        for n in range(count)
    ]


def test_sound_crawls_are_believed() -> None:
    story = Story()
    for _ in range(3):
        assert story.crawl(*some()).outcome is Outcome.OK
    assert story.crawl().outcome is Outcome.EMPTY
    assert story.alerts == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"published_at": NOW}, "发布时间都相同"),
        ({"published_at": None}, "没有一条读到发布时间"),
        ({"author_name": "", "author_id": ""}, "没有一条读到发布者"),
        ({"author_name": " ", "author_id": ""}, "没有一条读到发布者"),
        ({"content": "展开全文查看更多"}, "文字完全相同"),
    ],
)
def test_what_is_unlike_before_is_doubted_told_once_and_told_when_over(changes: dict[str, Any], words: str) -> None:
    story = Story()
    story.crawl(*some())
    for _ in range(3):
        report = story.crawl(*some(**changes))
        assert (report.outcome, words in report.detail, len(report.audit)) == (Outcome.SUSPECT, True, 1)
    assert story.crawl().outcome is Outcome.SUSPECT, "a crawl that brings nothing proves nothing"
    assert story.crawl(*some(1, **changes)).outcome is Outcome.SUSPECT
    assert story.alerts == ["source_bad"]
    assert story.crawl(*some(2)).outcome is Outcome.OK
    assert story.alerts == ["source_bad", "source_recovered"]


def test_few_alike_are_chance() -> None:
    story = Story()
    story.crawl(*some())
    assert story.crawl(*some(4, published_at=NOW)).outcome is Outcome.OK
    assert story.crawl(*some(4, content="一样的话一样的话")).outcome is Outcome.OK


def test_short_words_may_be_alike_and_most_are_not_all() -> None:
    story = Story()
    praise = [*some(8, content="好评"), *some(2)]
    assert story.crawl(*praise).outcome is Outcome.OK
    assert story.crawl(*some(8, content="好评")).outcome is Outcome.SUSPECT
    assert Story().crawl(*some(5, content="默认好评，系统自动"), *some(5)).outcome is Outcome.OK


def test_a_list_of_one_day_may_show_only_that_day() -> None:
    day = NOW.replace(hour=0, minute=0)
    assert Story().crawl(*some(20, published_at=day)).outcome is Outcome.OK


def test_what_never_had_authors_or_times_is_not_doubted_for_it() -> None:
    story = Story()
    for _ in range(3):
        assert story.crawl(*some(author_name="", author_id="", published_at=None)).outcome is Outcome.OK


def test_what_is_a_sources_nature_is_accepted() -> None:
    story = Story(SourceSettings.model_validate({"name": "s", "platform": "feed", "accept": ["dates", "texts"]}))
    assert story.crawl(*some(published_at=NOW, content="固定的模板文字")).outcome is Outcome.OK
    with pytest.raises(ValueError, match="accept"):
        SourceSettings.model_validate({"name": "s", "platform": "feed", "accept": ["everything"]})


BEFORE: Fields = {"post.id": (20, 20), "post.text": (20, 20), "post.edited": (2, 20), "page.more": (1, 1)}


def test_a_field_that_most_records_suddenly_have_is_doubted_for_a_day() -> None:
    story = Story()
    story.crawl(*some(), fields=BEFORE)
    after = {**BEFORE, "post.is_ad": (15, 20)}
    report = story.crawl(*some(), fields=after)
    assert (report.outcome, report.detail) == (Outcome.SUSPECT, "接口或订阅中出现新字段 post.is_ad（15/20）")
    assert report.audit == ("接口或订阅中出现新字段 post.is_ad（15/20）",)
    assert story.crawl(*some(), fields=after).audit == (), "it is told once"
    assert story.crawl().outcome is Outcome.SUSPECT
    assert story.crawl(*some(), fields=after, later=24 * 60).outcome is Outcome.OK
    assert story.alerts == ["source_bad", "source_recovered"]


def test_a_field_that_few_records_have_is_reported_and_no_more() -> None:
    story = Story()
    story.crawl(*some(), fields=BEFORE)
    report = story.crawl(*some(), fields={**BEFORE, "post.pinned": (1, 20)})
    assert (report.outcome, report.audit) == (Outcome.OK, ("接口或订阅中出现新字段 post.pinned（1/20）",))


def test_a_field_that_all_records_had_and_none_has_is_reported() -> None:
    story = Story()
    story.crawl(*some(), fields=BEFORE)
    fewer = {name: counts for name, counts in BEFORE.items() if name != "post.text"}
    report = story.crawl(*some(), fields=fewer)
    assert (report.outcome, report.audit) == (Outcome.OK, ("接口或订阅中不再有字段 post.text（0/20）",))
    without = {name: counts for name, counts in BEFORE.items() if name != "post.edited"}
    again = Story()
    again.crawl(*some(), fields=BEFORE)
    assert again.crawl(*some(), fields=without).audit == (), "it was never on all of them"
    assert again.crawl(*some(), fields={"page.more": (1, 1)}).audit == (), "a page of another kind"


FEED: Fields = {"channel.title": (1, 1), "item.title": (20, 20), "item.link": (20, 20)}


def test_a_known_extension_of_feeds_is_told_and_doubts_nothing() -> None:
    story = Story()
    story.crawl(*some(), fields=FEED)
    after = {**FEED, "item.media:thumbnail": (20, 20)}
    report = story.crawl(*some(), fields=after)
    assert (report.outcome, report.audit) == (Outcome.OK, ("接口或订阅中出现新字段 item.media:thumbnail（20/20）",))
    assert story.crawl(*some(), fields=after).audit == (), "it is told once"
    for name in ("item.sponsor", "item.sponsor@ads_example"):
        report = story.crawl(*some(), fields={**after, name: (20, 20)})
        assert (report.outcome, name in report.detail) == (Outcome.SUSPECT, True)


def test_records_that_are_seen_for_the_first_time_are_learnt() -> None:
    """A feed that was empty at first, a page of a kind that was not asked for before."""
    story = Story()
    story.crawl(fields={"channel.title": (1, 1)})
    report = story.crawl(*some(), fields=FEED)
    assert (report.outcome, report.audit) == (Outcome.OK, ())
    assert story.crawl(*some(), fields={**FEED, "item.sponsor": (20, 20)}).outcome is Outcome.SUSPECT


@pytest.mark.parametrize("usual", [5, "x", {"fresh": {"a": "soon"}}, {"doubted": [1]}, {"fields": 3}])
def test_a_state_that_is_not_as_it_was_written_counts_as_none(usual: object) -> None:
    story = Story()
    story.state = {"usual": usual}
    assert story.crawl(*some(), fields=BEFORE).outcome is Outcome.OK


def test_a_crawl_that_failed_teaches_nothing_and_forgets_nothing() -> None:
    story = Story()
    story.crawl(*some())
    before = story.state["usual"]
    assert story.crawl(outcome=Outcome.BLOCKED).outcome is Outcome.BLOCKED
    assert story.crawl(*some(author_name="", author_id=""), outcome=Outcome.UNREACHABLE).outcome is Outcome.UNREACHABLE
    assert story.state["usual"] == before
    assert story.alerts == ["source_bad"], "one bad outcome after the other is told once"


def test_volume_is_judged_beside_the_other_signs() -> None:
    source = SourceSettings(name="s", platform="feed", expect_per_day=(5, 500))
    report = Story(source).crawl(*some(published_at=NOW))
    assert "最近 24 小时新增 0 条" in report.detail
    assert "发布时间都相同" in report.detail
    young = Story(source, first_at=None)
    assert young.crawl(*some()).outcome is Outcome.OK
    assert replace(report, detail="") != report
