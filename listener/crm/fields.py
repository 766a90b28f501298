"""What a customer's record holds, and what a table of customers calls it: names only, read by whoever shows a card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from listener.model import Party

FIELDS: Mapping[str, tuple[str, ...]] = {
    "external_id": ("客户编号", "客户号", "会员号", "external_id", "customer_id", "id"),
    "code": ("验证码", "识别码", "code"),
    "name": ("姓名", "客户姓名", "名称", "name"),
    "contact": ("联系人", "联系人姓名", "contact"),
    "phone": ("手机", "手机号", "电话", "联系电话", "phone", "mobile"),
    "email": ("邮箱", "电子邮箱", "email"),
    "address": ("详细地址", "联系地址", "地址", "address"),
    "id_number": ("证件号", "证件号码", "身份证号", "身份证", "统一社会信用代码", "id_number"),
    "account": ("平台账号", "账号", "account"),
    "orders": ("订单号", "订单", "orders", "order"),
    "vin": ("车架号", "vin"),
    "plate": ("车牌", "车牌号", "plate"),
    "serial": ("序列号", "机身号", "serial"),
    "region": ("地区", "城市", "region"),
    "product": ("产品", "车型", "product"),
    "dealer": ("经销商", "门店", "dealer"),
    "value": ("消费金额", "累计消费", "价值", "value"),
    "profit": ("利润", "毛利", "profit"),
    "volume": ("购买次数", "订单数", "成交次数", "volume"),
    "since": ("成为客户时间", "购买日期", "since"),
    "owner": ("客户经理", "负责人", "归属人", "owner"),
    "party": ("客户类型", "party"),
    "group": ("所属集团", "上级客户", "集团编号", "group"),
    "household": ("家庭编号", "户号", "household"),
    "do_not_link": ("禁止匹配", "不参与匹配", "do_not_link"),
    "verified": ("核实日期", "核实时间", "verified_at", "verified"),
    "confidence": ("可信度", "confidence"),
}

KINDS = {
    "phone": "phone", "email": "email", "order": "orders", "vin": "vin", "plate": "plate", "account": "account",
    "id_number": "id_number", "serial": "serial",
}  # fmt: skip
"""The kinds of identifiers, and the field that holds each."""

TEXTS = ("name", "contact", "address", "group", "household")
"""What the profile holds beside the identifiers."""

COLUMNS: Mapping[str, Any] = {
    "party": Party.CONSUMER.value, "region": "", "product": "", "dealer": "", "value": None, "since": None,
    "owner": "", "profit": None, "volume": None, "do_not_link": False,
}  # fmt: skip
"""What is stored in plain, nothing of it personal, and what it is where nobody has said anything."""

CARD: Mapping[str, tuple[str, ...]] = {
    "name": ("name",), "phone": ("phones",), "email": ("emails",), "region": ("region", "address"),
    "product": ("product", "vins", "plates", "serials"), "orders": ("orders",), "dealer": ("dealer",),
    "value": ("value",), "since": ("since",), "owner": ("owner",),
}  # fmt: skip
"""The facts that make a record complete (客户资料完整率), and what of the record tells each."""

DEALINGS: Mapping[str, tuple[str, str]] = {
    "purchase": ("购买", "purchase"),
    "service": ("维修", "repair"),
    "call": ("来电", "call"),
    "visit": ("到店", "visit"),
    "contact": ("其他往来", "other dealing"),
}
"""The kinds of dealings: code to (Chinese, English)."""


def completeness(profile: Mapping[str, Any], plain: Mapping[str, Any]) -> float:
    """The share (0 to 1) of the facts in ``CARD`` that are known of a customer."""
    return round(1 - len(missing(profile, plain)) / len(CARD), 4)


def missing(profile: Mapping[str, Any], plain: Mapping[str, Any]) -> list[str]:
    """The facts in ``CARD`` that are not known, as fields."""
    return [
        fact
        for fact, names in CARD.items()
        if not any(profile.get(name) or plain.get(name) not in (None, "") for name in names)
    ]
