"""Numbers, times and codes as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from listener.model import CaseState, Outcome, Sentiment, Severity, Tier
from listener.reports.wording import Wording
from tests.factories import ZONE

ZH, EN = Wording("zh", ZONE), Wording("en", ZONE)


@pytest.mark.parametrize(
    ("name", "value", "chinese", "english"),
    [
        ("sentiment", "negative", "负面", "negative"),
        ("outcome", "login_expired", "登录失效", "login expired"),
        ("outcome", "", "从未采集", "never crawled"),
        ("outcome", "not_crawled", "未采集", "not crawled"),
        ("problem", "car.brake", "制动系统", "brakes"),
        ("problem", "none", "未归类", "no category"),
        ("problem", "old.code", "old.code", "old.code"),
        ("case_state", "to_verify", "待核实", "to verify"),
        ("response", "overdue", "已超时未联系", "overdue"),
        ("source", "owners-forum", "owners-forum", "owners-forum"),
        ("topic", "negative", "negative", "negative"),
    ],
)
def test_codes_have_words_and_names_stay(name: str, value: str, chinese: str, english: str) -> None:
    assert (ZH.value(name, value), EN.value(name, value)) == (chinese, english)


def test_no_code_of_the_model_is_shown_bare_in_chinese() -> None:
    kinds = {
        "sentiment": Sentiment,
        "outcome": Outcome,
        "severity": Severity,
        "case_state": CaseState,
        "complaint": Tier,
    }
    bare = [code for name, kind in kinds.items() for code in kind if ZH.value(name, code.value) == code.value]
    assert bare == []


def test_times_are_on_the_installations_clock() -> None:
    assert ZH.when(datetime(2026, 11, 16, 17, 30, tzinfo=UTC)) == "2026-11-17 01:30"
    assert ZH.when(None) == "—"


def test_numbers() -> None:
    assert [ZH.number(value) for value in (1234567, 66.0, 12.5, 0)] == ["1,234,567", "66", "12.5", "0"]
    assert [ZH.percent(part, 8) for part in (0, 1, 8)] == ["0%", "12%", "100%"]
    assert ZH.percent(0, 0) == "—"


def test_changes_have_a_share_only_where_it_means_something() -> None:
    assert [ZH.change(*pair) for pair in ((40, 30), (10, 40), (40, 29), (3, 3), (5, 0))] == [
        "+10 (+33%)", "-30 (-75%)", "+11", "±0", "+5",
    ]  # fmt: skip


def test_small_samples_are_said() -> None:
    assert ZH.small(29) == "样本少（n=29）"
    assert EN.small(29) == "small sample (n=29)"
    assert (ZH.small(30), ZH.small(0)) == ("", "")
