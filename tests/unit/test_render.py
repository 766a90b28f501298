"""The page: self-contained, safe with hostile texts, masked, and every number is what its link shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote

import pytest

from listener.model import Sentiment, Severity, Tier, Word
from listener.model.reported import CaseFact, Figures, MentionFact
from listener.reports.charts import charts
from listener.reports.coverage import Gap, SourceHealth
from listener.reports.render import Page, mark, render, web_address
from listener.reports.summarise import summarise
from listener.reports.wording import Wording
from tests.factories import ZONE
from tests.report_samples import DAY, END, NOW, START, case, fact


def page(
    mentions: Sequence[MentionFact],
    cases: Sequence[CaseFact] = (),
    health: Sequence[SourceHealth] = (),
    language: str = "zh",
    embedded: int = 100,
    **changes: Any,
) -> str:
    by_id = {each.id: each for each in cases}
    summary = summarise(
        mentions, start=START, end=END, now=NOW, zone=ZONE, cases=by_id, health=health,
        previous=changes.pop("previous", None), comparable=changes.pop("comparable", True),
    )  # fmt: skip
    words = Wording(language, ZONE)
    return render(
        Page(
            summary=summary, mentions=mentions[:embedded], cases=by_id, charts=charts(summary, words), words=words,
            company="晨曜汽车 <&>", now=NOW, **changes,
        )
    )  # fmt: skip


class Found(HTMLParser):
    """Everything of a page that the tests ask for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.cards: list[frozenset[tuple[str, str]]] = []
        self.numbers: list[tuple[str, int]] = []
        self.words = ""
        self._open: list[str] = []
        self._link = ""
        self._noscript = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        if tag == "article":
            parts = [part.partition(":") for part in values["data-t"].split(" ")]
            self.cards.append(frozenset((name, unquote(value)) for name, _, value in parts))
        self._noscript |= tag == "noscript"
        self._link = values.get("href", "") if tag == "a" else self._link
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self._noscript &= tag != "noscript"
        self._link = "" if tag == "a" else self._link
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self._open) and not self._noscript:
            self.words += data
            if self._link.startswith("#f=") and re.fullmatch(r"[\d,]+", data.strip()):
                self.numbers.append((self._link, int(data.replace(",", ""))))

    def behind(self, link: str) -> int:
        wanted = [part.partition(":") for part in link.removeprefix("#f=").split(";") if part]
        return sum({(name, unquote(value)) for name, _, value in wanted} <= card for card in self.cards)


def many() -> list[MentionFact]:
    found = []
    for number in range(60):
        tier = (Tier.YES, Tier.REVIEW, Tier.NO)[number % 3]
        found.append(
            fact(
                number + 1,
                published_at=START + number * DAY / 10,
                sentiment=(Sentiment.NEGATIVE, Sentiment.NEUTRAL, Sentiment.POSITIVE)[number // 2 % 3],
                tier=tier,
                severity=tuple(Severity)[number % 4],
                problems=("car.brake", "core.refund")[: number % 3],
                source=("论坛", 'news "x"')[number % 2],
                topics=("晨曜",) if number % 5 else (),
                products=("X5",) if number % 4 == 0 else (),
                original_id=1 if number % 7 == 6 else None,
                customer_id=number % 6 or None,
                case_id=number % 9 if number % 9 in (1, 2) else None,
            )
        )
    return found[::-1]


@cache
def plain() -> str:
    """The page of ``many()``, made once: most of its time goes into fonts and charts."""
    return page(many())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_number_equals_the_mentions_behind_its_link(language: str) -> None:
    found = Found(page(many(), cases=[case(1), case(2, severity=Severity.S1)], language=language))
    assert len(found.numbers) > 100
    assert len(found.cards) == 60
    wrong = [(link, number, found.behind(link)) for link, number in found.numbers if number != found.behind(link)]
    assert wrong == []


def test_without_script_every_link_leads_somewhere() -> None:
    html = page(many(), cases=[case(1), case(2)])
    found = Found(html)
    ids = [values["id"] for _, values in found.tags if "id" in values]
    assert len(ids) == len(set(ids))
    links = {values["href"] for tag, values in found.tags if tag == "a" and values.get("href", "").startswith("#")}
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_a_group_without_script_names_its_mentions() -> None:
    html = plain()
    group = re.search(r'<p id="f=complaint:yes;severity:S1;repost:no">(.*?)</p>', html)
    assert group is not None
    found = Found(html)
    assert len(re.findall(r'href="#m\d+"', group[1])) == found.behind("#f=complaint:yes;severity:S1;repost:no") > 0


HOSTILE = '</article><script>alert(1)</script><img src=x onerror=alert(2)>" onmouseover="alert(3) {{ 7*7 }}'


def test_hostile_texts_stay_texts() -> None:
    said = fact(
        1, text=HOSTILE, title=HOSTILE, author_name=HOSTILE, source=HOSTILE, topics=(HOSTILE,), products=(HOSTILE,),
        reason=HOSTILE, tier=Tier.YES, url="javascript:alert(4)", case_id=1, words=(Word("alert", -1, 18, 23),),
    )  # fmt: skip
    bad = SourceHealth(source=HOSTILE, title=HOSTILE, platform="x", outcome="blocked", detail=HOSTILE)
    html = page([said], cases=[case(1, title=HOSTILE, topic=HOSTILE, owner=HOSTILE)], health=[bad])
    found = Found(html)
    assert [tag for tag, _ in found.tags].count("script") == 2
    assert not [tag for tag, _ in found.tags if tag in ("img", "iframe", "object", "link", "base")]
    assert not [name for _, values in found.tags for name in values if name.startswith("on")]
    assert "javascript:" not in "".join(values.get("href", "") for _, values in found.tags)
    assert "{{ 7*7 }}" in found.words
    assert "49" not in re.findall(r"alert\(3\) (\S+)", found.words)


def test_nothing_is_loaded_from_elsewhere_and_only_our_script_may_run() -> None:
    html = plain()
    loads = re.findall(r'(?:src|srcset|action|data)="([^"]*)"|url\(([^)]*)\)|@import', html)
    assert {(outer + inner)[:5] for outer, inner in loads} <= {"data:", "#hatc", "#sent", "#sour", "#prob", "#seve"}
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'")
    assert "'unsafe-inline'" not in policy[1].partition("script-src")[2]


def test_personal_values_are_masked_everywhere_unless_asked() -> None:
    said = fact(
        1, text="刹车异响，电话13812345678", title="联系13812345678", author_name="13812345678",
        reason="留了13812345678", tier=Tier.YES, case_id=1,
    )  # fmt: skip
    cases = [case(1, title="电话13812345678")]
    assert "13812345678" not in page([said], cases)
    assert "13812345678" in page([said], cases, unmask=True)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://forum.example/1?a=1", "https://forum.example/1?a=1"),
        ("http://forum.example", "http://forum.example"),
        ("javascript:alert(1)", ""),
        (" JAVASCRIPT:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//forum.example/1", ""),
        ("http://", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_only_web_addresses_become_links(url: str, shown: str) -> None:
    assert web_address(url) == shown


def test_deciding_words_are_marked_by_which_way_they_spoke() -> None:
    text = "服务很好，但刹车失灵"
    words = (Word("刹车失灵", -2.0, 6, 10), Word("很好", 1.0, 2, 4))
    assert mark(text, words) == '服务<mark class="good">很好</mark>，但<mark class="bad">刹车失灵</mark>'


def test_marks_never_uncover_a_masked_number() -> None:
    text = "电话13812345678，太差"
    shown = mark(text, (Word("1381234", -1.0, 2, 9), Word("太差", -1.0, 14, 16)))
    assert "1381234" not in shown
    assert '<mark class="bad">太差</mark>' in shown


def test_marks_find_their_word_where_masking_changed_the_length() -> None:
    text = "差 13812345678 差"
    shown = mark(text, (Word("差", -1.0, 14, 15),), cover=lambda said: said.replace("13812345678", "*"))
    assert shown == '差 * <mark class="bad">差</mark>'


def test_marks_out_of_range_or_overlapping_do_no_harm() -> None:
    words = (Word("ab", -1, 0, 2), Word("bc", -1, 1, 3), Word("zz", -1, 90, 92), Word("", -1, 0, 0))
    assert mark("abc", words) == '<mark class="bad">ab</mark>c'


def test_outages_stand_before_every_number() -> None:
    health = SourceHealth(
        source="news", title="行业新闻", platform="feed", outcome="blocked", detail="HTTP 403", since=START,
        uncovered_hours=12.5, gaps=(Gap(START, END, "blocked"),),
    )  # fmt: skip
    words = Found(page([fact(1)], health=[health])).words
    assert words.index("采集缺口：1 个来源") < words.index("声量")
    for said in ("行业新闻", "被拦截", "自 2026-11-16 00:00", "12.5", "HTTP 403", "不等于没有负面"):
        assert said in words[: words.index("声量")]


def test_good_coverage_is_said_too() -> None:
    good = SourceHealth(source="news", title="新闻", platform="feed", outcome="ok")
    assert "采集正常" in page([fact(1)], health=[good])
    assert "只含导入的信息" in page([fact(1)])


def test_an_empty_report_points_at_its_gaps() -> None:
    bad = SourceHealth(source="news", title="新闻", platform="feed", outcome="blocked")
    html = page([], health=[bad])
    assert "本期没有采集到信息" in html
    assert "请先查看上方的采集缺口" in html


def test_small_samples_are_said() -> None:
    said = Found(page([fact(n, sentiment=Sentiment.NEGATIVE) for n in range(1, 5)])).words
    assert "样本少（n=4）" in said
    assert "区间 51%–100%" in said
    assert "样本少" not in Found(plain()).words


def test_comparison_with_the_period_before() -> None:
    before = Figures(volume=40, negative=10)
    html = page(many(), previous=before)
    assert "较上期 +20 (+50%)" in html
    assert "较上期 +10" in html


def test_no_comparison_with_a_period_that_was_not_watched() -> None:
    html = page(many(), previous=Figures(volume=40), comparable=False)
    assert "未被完整监测" in html
    assert "较上期" not in html


def test_a_page_that_leaves_mentions_out_says_so() -> None:
    html = page(many(), embedded=25)
    assert len(Found(html).cards) == 25
    assert "本页只列出最新的 25 条；另有 35 条" in html


def test_the_title_is_not_said_twice() -> None:
    shown = Found(page([fact(1, title="空调异味", text="售后说正常"), fact(2, title="只有标题", text="")])).words
    assert shown.count("空调异味") == 1
    assert shown.count("只有标题") == 1


def test_long_texts_are_cut_and_said_to_be() -> None:
    html = page([fact(1, text="长" * 5000)])
    assert "全文见 Excel" in html
    assert html.count("长") < 1300


def test_the_same_report_is_the_same_bytes() -> None:
    assert page(many()) == plain()


def test_the_font_on_the_page_has_its_characters() -> None:
    html = page([fact(1, text="鑫淼")])
    assert "@font-face{font-family:'Listener Sans SC'" in html
    assert len(html) < 500_000
