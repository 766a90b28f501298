"""Sums, dates, numbers of times and persons, as they are written and as they are kept."""

from __future__ import annotations

import pytest

from listener.model import Sentiment
from listener.nlp.amounts import chinese_number
from listener.nlp.analyse import Analyser

ANALYSER = Analyser(products=[("星途T5", [])])


def found(text: str) -> list[tuple[str, str, str]]:
    return [(e.kind, e.value, text[e.start : e.end]) for e in ANALYSER.analyse(text).entities]


@pytest.mark.parametrize(
    ("text", "kind", "value", "written"),
    [
        ("花了三千块修", "money", "3000", "三千块"),
        ("赔偿两千", "money", "2000", "两千"),
        ("修车花了三万五", "money", "35000", "三万五"),
        ("收了1千5百元", "money", "1500", "1千5百元"),
        ("花了3万5块钱", "money", "35000", "3万5块钱"),
        ("亏了1.2亿元", "money", "120000000", "1.2亿元"),
        ("损失上万元", "money", "10000", "万元"),
        ("亏了一亿元", "money", "100000000", "一亿元"),
        ("昨天王女士来过", "name", "王女士", "王女士"),
        ("八百多块打了水漂", "money", "800", "八百多块"),
        ("２０２３年５月１日提车", "date", "2023-05-01", "２０２３年５月１日"),
        ("2024-03-05下单", "date", "2024-03-05", "2024-03-05"),
        ("2023年5月买的", "date", "2023-05", "2023年5月"),
        ("5月20号买的", "date", "05-20", "5月20号"),
        ("五月二十日买的", "date", "05-20", "五月二十日"),
        ("去年十月买的", "date", "去年十月", "去年十月"),
        ("上周三送修", "date", "上周三", "上周三"),
        ("昨天下午坏的", "date", "昨天下午", "昨天下午"),
        ("修了三次还是坏", "times", "3", "三次"),
        ("第12次维修", "times", "12", "第12次"),
        ("一家三口吃坏了", "persons", "3", "三口"),
        ("三名乘客受伤", "persons", "3", "三名乘客"),
        ("我们10个人订的", "persons", "10", "10个人"),
        ("打一三八零零一三八零零零", "phone", "+8613800138000", "一三八零零一三八零零零"),
        ("浙江省杭州市的店", "place", "浙江省杭州市", "浙江省杭州市"),
    ],
)
def test_entity(text: str, kind: str, value: str, written: str) -> None:
    assert (kind, value, written) in found(text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("几百块的东西", "money"),
        ("两块屏都坏了", "money"),
        ("花了三千公里", "money"),
        ("收了一万多条消息", "money"),
        ("13月5日", "date"),
        ("版本2.0.13", "date"),
        ("3回复", "times"),
        ("5人民币", "persons"),
        ("第三人称", "persons"),
    ],
)
def test_what_is_none(text: str, kind: str) -> None:
    assert kind not in [each for each, _, _ in found(text)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("三千五百", 3500),
        ("三万五", 35000),
        ("万", 10000),
        ("一亿五千万", 150_000_000),
        ("两百零五", 205),
        ("十二", 12),
        ("一百二", 120),
        ("二十", 20),
        ("一万零三百", 10300),
    ],
)
def test_chinese_number(text: str, number: int) -> None:
    assert chinese_number(text) == number


def test_a_clause_feels_about_what_it_names() -> None:
    text = "外观很漂亮，星途T5的发动机漏油太差劲了"
    told = {aspect.code: aspect for aspect in ANALYSER.aspects(text)}
    engine = told["car.engine"]
    assert engine.sentiment is Sentiment.NEGATIVE
    assert engine.target == "星途T5"
    assert text[engine.start : engine.end] == "星途T5的发动机漏油太差劲了"
    assert all(aspect.sentiment is Sentiment.POSITIVE for aspect in ANALYSER.aspects("服务非常好，态度很热情"))
    assert ANALYSER.aspects("") == ANALYSER.aspects("今天下雨") == ()
