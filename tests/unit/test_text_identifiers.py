"""Spellings of one identifier come out as one; what is none comes out as None."""

from __future__ import annotations

import pytest

from listener.text import identifiers


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("13800138000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("138-0013-8000", "+8613800138000"),
        ("+86 138 0013 8000", "+8613800138000"),
        ("0086-13800138000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("１３８００１３８０００", "+8613800138000"),
        ("一三八零零一三八零零零", "+8613800138000"),
        ("幺三八〇〇幺三八〇〇〇", "+8613800138000"),
        ("138零零138零零零", "+8613800138000"),
        ("138\u200b0013\u200b8000", "+8613800138000"),
        ("1️⃣3️⃣8️⃣0️⃣0️⃣1️⃣3️⃣8️⃣0️⃣0️⃣0️⃣", "+8613800138000"),
        ("手机号：13800138000", "+8613800138000"),
        ("电话 010-62345678", "+861062345678"),
        ("(0571)88881234", "+8657188881234"),
        ("400-820-8820", "+864008208820"),
        ("+1 650-253-0000", "+16502530000"),
        ("12345", None),
        ("23800138000", None),
        ("138001380001", None),
        ("", None),
        ("刹车", None),
        ("1" * 100_000, None),
    ],
)
def test_phone(written: str, expected: str | None) -> None:
    assert identifiers.phone(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Zhang.San@Example.com", "zhang.san@example.com"),
        ("ｚｓ＠example.com", "zs@example.com"),
        ("<zs@example.com>", "zs@example.com"),
        ("mailto:zs@example.com", "zs@example.com"),
        ("zs+a@mail.example.com.cn", "zs+a@mail.example.com.cn"),
        ("zs@example", None),
        ("zs@@example.com", None),
        ("zs.@example.com", None),
        ("zs@-example.com", None),
        (f"{'a' * 65}@example.com", None),
        ("@晨曜", None),
        ("", None),
    ],
)
def test_email(written: str, expected: str | None) -> None:
    assert identifiers.email(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("JD20231122", "JD20231122"),
        ("jd-2023-1122", "JD20231122"),
        ("订单号：2023 1122 3344", "202311223344"),
        ("订单编号:ＡＢ１２３４", "AB1234"),
        ("No. 123456", "123456"),
        ("12345", None),
        ("ABCDEFGH", None),
        ("1" * 33, None),
        ("刹车失灵123456", None),
        ("", None),
    ],
)
def test_order_number(written: str, expected: str | None) -> None:
    assert identifiers.order_number(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1M8GDM9AXKP042788", "1M8GDM9AXKP042788"),  # the worked example of 49 CFR 565
        ("11111111111111111", "11111111111111111"),
        ("1m8gdm9axkp042788", "1M8GDM9AXKP042788"),
        ("1M8G DM9A XKP0 42788", "1M8GDM9AXKP042788"),
        ("１Ｍ８ＧＤＭ９ＡＸＫＰ０４２７８８", "1M8GDM9AXKP042788"),
        ("1M8GDM9A1KP042788", None),
        ("1M8GDM9AXKP042789", None),
        ("1M8GDM9AXKPO42788", None),
        ("1M8GDM9AXKPI42788", None),
        ("1M8GDM9AXKPQ42788", None),
        ("1M8GDM9AXKP04278", None),
        ("", None),
    ],
)
def test_vin(written: str, expected: str | None) -> None:
    assert identifiers.vin(written) == expected


def test_a_vin_with_one_sign_changed_is_none() -> None:
    """The check digit sees every single wrong digit in every place that has a weight."""
    good = "1M8GDM9AXKP042788"
    for place in (11, 12, 13, 14, 15, 16):
        for digit in "0123456789":
            if digit != good[place]:
                assert identifiers.vin(good[:place] + digit + good[place + 1 :]) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("京A12345", "京A12345"),
        ("京A·12345", "京A12345"),
        ("京 a 12345", "京A12345"),
        ("粤Ｂ１２３４５", "粤B12345"),
        ("沪AD12345", "沪AD12345"),
        ("沪AF12345", "沪AF12345"),
        ("粤B12345D", "粤B12345D"),
        ("粤B1234学", "粤B1234学"),
        ("粤Z1234港", "粤Z1234港"),
        ("京AI2345", None),
        ("京AO2345", None),
        ("京I12345", None),
        ("京AABCDE", None),
        ("京A1234", None),
        ("京A1234567", None),
        ("沪AX12345", None),
        ("车A12345", None),
        ("", None),
    ],
)
def test_plate(written: str, expected: str | None) -> None:
    assert identifiers.plate(written) == expected
