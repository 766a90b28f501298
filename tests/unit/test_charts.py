"""Charts: real Chinese text in them, nothing from outside, gaps not drawn as zeros, links to the mentions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from xml.etree import ElementTree

import pytest

from listener.model import Sentiment, Severity, Tier
from listener.model.reported import MentionFact
from listener.reports.charts import COLOURS, Chart, charts, png
from listener.reports.coverage import Gap, SourceHealth
from listener.reports.fonts import FAMILY
from listener.reports.summarise import summarise
from listener.reports.wording import Wording
from tests.factories import ZONE
from tests.report_samples import DAY, HOUR, NOW, START, fact

SVG = "{http://www.w3.org/2000/svg}"


def drawn(mentions: Sequence[MentionFact], *health: SourceHealth, language: str = "zh", days: int = 7) -> list[Chart]:
    summary = summarise(
        mentions, start=START, end=START + days * DAY, now=NOW, zone=ZONE, cases={}, health=health
    )  # fmt: skip
    return list(charts(summary, Wording(language, ZONE)))


def some() -> list[MentionFact]:
    return [
        fact(1, sentiment=Sentiment.NEGATIVE, tier=Tier.YES, severity=Severity.S1, problems=("car.brake",)),
        fact(2, published_at=START + 2 * DAY, sentiment=Sentiment.POSITIVE),
        fact(3, source='<b>"新闻"&', original_id=1),
    ]


def texts(svg: str) -> list[str]:
    return ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.fixture(scope="module")
def made() -> dict[str, Chart]:
    return {chart.name: chart for chart in drawn(some())}


def test_all_four_charts_are_drawn_in_order(made: dict[str, Chart]) -> None:
    assert list(made) == ["sentiment", "sources", "problem", "severity"]


def test_text_is_text_and_chinese_in_the_shipped_font(made: dict[str, Chart]) -> None:
    assert {"负面", "中性", "正面", "11-16"} <= set(texts(made["sentiment"].wide))
    assert "制动系统" in texts(made["problem"].narrow)
    assert {"特急", "紧急", "一般", "关注"} <= set(texts(made["severity"].narrow))
    for chart in made.values():
        families = re.findall(r'font-family="([^"]*)"', chart.narrow)
        assert families
        assert all(unescape(family).startswith(f"'{FAMILY}'") for family in families)


def test_nothing_comes_from_outside(made: dict[str, Chart]) -> None:
    for chart in made.values():
        for svg in filter(None, (chart.wide, chart.narrow)):
            foreign = re.sub(r'xmlns="[^"]*"', "", svg)
            assert "http" not in foreign
            assert "<script" not in foreign
            assert "<image" not in foreign
            assert set(re.findall(r"url\((.)", foreign)) <= {"#"}


def test_bars_are_links_that_say_what_they_are(made: dict[str, Chart]) -> None:
    bars = ElementTree.fromstring(made["sentiment"].wide).findall(f".//{SVG}a")
    found = {bar.get("href"): "".join(bar.itertext()) for bar in bars}
    assert found == {
        "#f=day:2026-11-16;sentiment:negative": "2026-11-16 负面 1",
        "#f=day:2026-11-16;sentiment:neutral": "2026-11-16 中性 1",
        "#f=day:2026-11-18;sentiment:positive": "2026-11-18 正面 1",
    }


def test_a_chart_says_in_words_what_it_shows(made: dict[str, Chart]) -> None:
    root = ElementTree.fromstring(made["sentiment"].narrow)
    label = root.get("aria-label") or ""
    assert label.startswith("情感走势：共 3 条，负面 1、中性 1、正面 1")
    assert root.get("role") == "group"


def test_hostile_names_are_text(made: dict[str, Chart]) -> None:
    assert '<b>"新闻"&' in texts(made["sources"].narrow)
    assert "<b>" not in made["sources"].narrow


def test_the_table_behind_a_chart_has_its_numbers(made: dict[str, Chart]) -> None:
    table = made["severity"].table
    assert [[cell.value for cell in row] for row in table.rows] == [
        ["特急", 1, 0], ["紧急", 0, 0], ["一般", 0, 0], ["关注", 0, 0],
    ]  # fmt: skip


def hatched(svg: str) -> int:
    return svg.count('fill="url(#hatch-')


def test_a_day_without_coverage_is_hatched_and_noted_not_zero() -> None:
    gap = Gap(START + DAY, START + 2 * DAY, "blocked")
    health = SourceHealth(source="news", title="新闻", platform="feed", outcome="ok", gaps=(gap,))
    chart = drawn(some(), health)[0]
    assert (hatched(chart.wide), hatched(chart.narrow)) == (1, 1)
    assert "未知而不是零" in chart.note
    row = next(row for row in chart.table.rows if row[0].value == "2026-11-17")
    assert [cell.value for cell in row[1:]] == ["—"] * 7 + ["无采集"]


def test_a_day_with_full_coverage_and_no_mention_is_zero() -> None:
    chart = drawn(some(), SourceHealth(source="news", title="新闻", platform="feed", outcome="ok"))[0]
    assert (hatched(chart.wide), chart.note) == (0, "")
    row = next(row for row in chart.table.rows if row[0].value == "2026-11-17")
    assert [cell.value for cell in row[1:]] == [0] * 7 + ["完整"]


def test_a_day_of_hours_is_drawn_by_the_hour() -> None:
    chart = drawn([fact(1, published_at=START + 14 * HOUR)], days=1)[0]
    assert "#f=hour:2026-11-16T14;sentiment:neutral" in chart.wide
    assert "12:00" in texts(chart.wide)


def test_labels_of_a_long_window_do_not_crowd() -> None:
    chart = drawn([fact(1)], days=90)[0]
    days = [text for text in texts(chart.narrow) if re.fullmatch(r"\d\d-\d\d", text)]
    assert 3 <= len(days) <= 6


def test_nothing_said_nothing_drawn() -> None:
    assert drawn([]) == []
    assert [chart.name for chart in drawn([fact(1)])] == ["sentiment", "sources"]


def test_english_on_request() -> None:
    chart = drawn(some(), language="en")[0]
    assert {"negative", "neutral", "positive"} <= set(texts(chart.wide))


def test_two_charts_of_one_page_share_no_id(made: dict[str, Chart]) -> None:
    ids = [
        found
        for chart in made.values()
        for svg in (chart.wide, chart.narrow)
        for found in re.findall(r'\bid="([^"]*)"', svg)
    ]
    assert len(ids) == len(set(ids)) >= 5


def test_png_for_mails_has_ink_in_the_sentiments_colours(made: dict[str, Chart]) -> None:
    found = png(made["severity"].narrow)
    assert found.startswith(b"\x89PNG\r\n\x1a\n")
    width = int.from_bytes(found[16:20], "big")
    assert width >= 500


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_neighbouring_colours_differ_in_brightness_too() -> None:
    """Told apart in grey print: negative beside neutral, neutral beside positive."""
    negative, neutral, positive = (luminance(colour) + 0.05 for colour in COLOURS.values())
    assert neutral / negative > 1.3
    assert neutral / positive > 1.9
