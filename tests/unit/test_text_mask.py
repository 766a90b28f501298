"""Personal values are unreadable, everything else is as it was."""

from __future__ import annotations

import time

import pytest

from listener.text.mask import mask, mask_name, mask_value


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13800138000，急", "电话138****8000，急"),
        ("138-0013-8000", "138****8000"),
        ("138 0013 8000", "138****8000"),
        ("+86 13800138000", "138****8000"),
        ("0086-13800138000", "138****8000"),
        ("１３８００１３８０００", "138****8000"),
        ("一三八零零一三八零零零", "一三八****八零零零"),
        ("1 3 8 0 0 1 3 8 0 0 0", "138****8000"),
        ("138\u200b0013\u200b8000", "138****8000"),
        ("**13800138000**", "**138****8000**"),
        ("tel:13800138000;a=13900139000", "tel:138****8000;a=139****9000"),
        ("13800138000/13900139000", "138****8000/139****9000"),
        ("010-62345678", "010****5678"),
        ("(0571)8888 1234", "057****1234"),
        ("+1 650 253 0000", "+16****0000"),
        ("邮箱zhang.san@example.com谢谢", "邮箱z***@example.com谢谢"),
        ("a@b.co", "a***@b.co"),
        ("ｚｓ＠example.com", "z***@example.com"),
        ("身份证110101199003071234", "身份证110****1234"),
        ("身份证11010119900307123x。", "身份证110****123x。"),
        ("卡号6222 0212 3456 7890 123", "卡号6222****0123"),
        ("卡号6222021234567890123", "卡号62****0123"),
        ("车牌京A12345", "车牌京A***45"),
        ("车牌京A·12345坏了", "车牌京A***45坏了"),
        ("沪AD12345", "沪A***45"),
        ("粤B1234学", "粤B***4学"),
        ("VIN 1M8GDM9AXKP042788", "VIN 1M8****2788"),
        ("车架号lsvau2a37n2183465", "车架号lsv****3465"),
        ("订单号：JD20231122", "订单号：JD****122"),
        ("订单202311223344556", "订单20****4556"),
        ("单号 123456", "单号 12****6"),
        ("编号12345678901234", "编号12****1234"),
        ("order no 2023-1122-3344", "order no 20****3344"),
        ("2023-1122-334455", "20****4455"),
        ("微信abc12345", "微信ab****45"),
        ("张工 13800138000 京A12345 a@b.co", "张工 138****8000 京A***45 a***@b.co"),
    ],
)
def test_masked(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "",
        "刹车失灵",
        "2025-10-21 08:30:11",
        "2025年10月21日，行驶12345公里",
        "花了123456.78元",
        "拨打12315，客服95588",
        "客服热线400-820-8820",
        "１２３，全角",
        "Model Y 2023款 3.5T",
        "https://weibo.com/1234567/4987654321098765",
        "https://example.com/a?id=123456789012",
        "@晨曜客服",
        "版本1.2.3.4",
        "一二三四五",
        "京东A店",
        "渝北区",
        "订单还没到",
        "重要 微信公众号",
        "count=20000 elapsed=0.25",
    ],
)
def test_left_alone(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三丰", "张**"),
        ("张三", "张*"),
        ("张", "张"),
        ("欧阳娜娜", "欧阳**"),
        ("John Smith", "J*** S****"),
        ("", ""),
    ],
)
def test_name(name: str, masked: str) -> None:
    assert mask_name(name) == masked
    assert mask_name(masked) == masked


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("phone", "+8613800138000", "138****8000"),
        ("phone", "12345678", "12****78"),
        ("email", "zs@example.com", "z***@example.com"),
        ("order", "JD202311223344", "JD****3344"),
        ("vin", "1M8GDM9AXKP042788", "1M8****2788"),
        ("plate", "京A12345", "京A***45"),
        ("name", "张三丰", "张**"),
        ("account", "车主老王", "车****王"),
        ("account", "discuz:12345", "d****5"),
        ("id_number", "110101199003071234", "110****1234"),
        ("something", "secret", "s****t"),
        ("order", "A1", "A****"),
        ("account", "王", "****"),
        ("account", "", "****"),
    ],
)
def test_value(kind: str, value: str, masked: str) -> None:
    assert mask_value(kind, value) == masked
    assert mask_value(kind, masked) == masked


HOSTILE = {
    "digits": "1" * 1_000_000,
    "digits and dashes": "1-" * 500_000,
    "at signs": "a@" * 300_000,
    "dots": "a." * 500_000,
    "letters": "a" * 1_000_000,
    "plates": "京A" * 300_000,
    "labels": "订单" * 300_000,
    "Chinese digits": "一" * 1_000_000,
    "digits and blanks": "1 " * 500_000,
    "plus signs": "+1" * 500_000,
    "masked": "1****" * 200_000,
    "groups": "12-" * 300_000,
    "cards": "0000 " * 200_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_no_time(name: str) -> None:
    began = time.thread_time()
    mask(HOSTILE[name])
    assert time.thread_time() - began < 20
