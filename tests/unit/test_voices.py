"""Whose matter is told: forms, not wordings. The sentences are none of the bench's."""

from __future__ import annotations

import pytest

from listener.customers.voices import filed, others_matter


@pytest.mark.parametrize(
    "text",
    [
        "我小姨子的车，刹车失灵，订单号SY2612345678",
        "我们小区一个退休教师碰上的，订单号SY2612345678",
        "一位网约车司机跟我讲的，提车三天就坏",
        "前室友，买了一台漏油的车",
        "在车友论坛看到的，发动机异响",
        "替家里老人问一下退款的事",
        "她一个人带孩子，跑了四趟没结果",
        "求扩散，发动机渗油不给换",
        "后台收到一条求助，中控黑屏",
        "发动机渗油，非本人，勿私信",
        "表嫂不会打字，让我来说",
        "非常气人，这位老人家跑了五趟",
    ],
)
def test_the_matter_of_another_is_seen_by_its_form(text: str) -> None:
    assert others_matter(text)


@pytest.mark.parametrize(
    "text",
    [
        "我的车提回来第二天就漏油",
        "客服说帮我查，他说三天内回电，没有",
        "店里的安装师傅迟到，态度很差",
        "朔岳杭州城西店提的车，车上常坐四个人",
        "销售陈姐说她马上处理，一个月没动静",
        "打他的电话不接",
        "孙志远，订单号SY2612345678",
        "杭州车主，求助！一直没人管",
        "工程师远程看过，其他问题都没解决",
        "我自己换了轮胎，还是异响",
    ],
)
def test_ones_own_matter_is_not_taken_for_anothers(text: str) -> None:
    assert others_matter(text) == ""


@pytest.mark.parametrize(
    "text", ["投诉：空调不制冷", "维权第五天。还是没人管", "紧急求助！车锁死了", "给各位提个醒，别买"]
)
def test_headings_of_ones_own_complaint(text: str) -> None:
    assert filed(text)


@pytest.mark.parametrize("text", ["订单号SY2612345678", "空调不制冷，投诉无门", ""])
def test_what_is_no_heading(text: str) -> None:
    assert not filed(text)
