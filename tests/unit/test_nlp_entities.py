"""Entities: found, normalised, placed in the original, and what is not one."""

from __future__ import annotations

from itertools import pairwise

import pytest

from listener.errors import BadInput
from listener.nlp.analyse import Analyser
from listener.nlp.entities import EntityFinder, id_number_valid
from listener.nlp.places import _counties, place_words


@pytest.fixture(scope="module")
def analyser() -> Analyser:
    return Analyser(
        order_patterns=[r"XT\d{8}"],
        products=[("星途T5", ["T5", "星途t5"]), ("云岚破壁机", ["云岚料理机"])],
        dealers=[("杭州星远汽车销售服务有限公司", ["杭州星远", "星远4S店"])],
    )


def found(analyser: Analyser, text: str) -> list[tuple[str, str, str]]:
    return [(e.kind, e.value, text[e.start : e.end]) for e in analyser.analyse(text).entities]


@pytest.mark.parametrize(
    ("text", "kind", "value", "written"),
    [
        ("请打13812345678联系", "phone", "+8613812345678", "13812345678"),
        ("电话：138 1234 5678", "phone", "+8613812345678", "138 1234 5678"),
        ("打１３８１２３４５６７８", "phone", "+8613812345678", "１３８１２３４５６７８"),
        ("座机0571-88886666", "phone", "+8657188886666", "0571-88886666"),
        ("座机（0755）2688 1234", "phone", "+8675526881234", "（0755）2688 1234"),
        ("打1 5 9 0 1 2 3 4 5 6 7", "phone", "+8615901234567", "1 5 9 0 1 2 3 4 5 6 7"),
        ("单号：SF 1401 2345 67890", "order", "SF1401234567890", "SF 1401 2345 67890"),
        ("站长刘师傅来修的", "name", "刘师傅", "刘师傅"),
        ("魔都的店", "place", "上海市", "魔都"),
        ("退我2.3k", "money", "2300", "2.3k"),
        ("收费贰佰叁拾元", "money", "230", "贰佰叁拾元"),
        ("少给我三毛钱", "money", "0.3", "三毛钱"),
        ("15块5的套餐", "money", "15.5", "15块5"),
        ("运费八块五。", "money", "8.5", "八块五"),
        ("3月中旬送修", "date", "03", "3月中旬"),
        ("去年10月底提车", "date", "去年10月底", "去年10月底"),
        ("二〇二三年十月一日签约", "date", "2023-10-01", "二〇二三年十月一日"),
        ("春节前答应的", "date", "春节前", "春节前"),
        ("双十一买的", "date", "双十一", "双十一"),
        ("写信到 Li.Lei@Example.com 。", "email", "li.lei@example.com", "Li.Lei@Example.com"),
        ("订单号：2026112300012", "order", "2026112300012", "2026112300012"),
        ("我的单XT20261123没到", "order", "XT20261123", "XT20261123"),
        ("车架号1M8GDM9AXKP042788", "vin", "1M8GDM9AXKP042788", "1M8GDM9AXKP042788"),
        ("车牌浙A·12345", "plate", "浙A12345", "浙A·12345"),
        ("新能源车牌沪AD12345", "plate", "沪AD12345", "沪AD12345"),
        ("我是王女士", "name", "王女士", "王女士"),
        ("客服是欧阳先生", "name", "欧阳先生", "欧阳先生"),
        ("花了12.98万元", "money", "129800", "12.98万元"),
        ("扣了¥1,299.50", "money", "1299.5", "¥1,299.50"),
        ("赔我三千五百元", "money", "3500", "三千五百元"),
        ("在深圳买的", "place", "广东省深圳市", "深圳"),
        ("朝阳市的店", "place", "辽宁省朝阳市", "朝阳市"),
        ("我的T5坏了", "product", "星途T5", "T5"),
        ("去杭州星远修", "dealer", "杭州星远汽车销售服务有限公司", "杭州星远"),
        ("云岚破璧机不转", "product", "云岚破壁机", "云岚破璧机"),
    ],
)
def test_entity(analyser: Analyser, text: str, kind: str, value: str, written: str) -> None:
    assert (kind, value, written) in found(analyser, text)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("编号23812345678", "phone"),
        ("138123456789", "phone"),
        ("车架号1M8GDM9A0KP042788", "vin"),
        ("迎着朝阳出发", "place"),
        ("中山先生", "place"),
        ("好几百块钱", "money"),
        ("一块屏幕", "money"),
        ("大堂经理不在", "name"),
        ("女士优先", "name"),
        ("交了3km", "money"),
        ("三块五花肉发臭", "money"),
        ("两块三明治", "money"),
        ("三毛的书", "money"),
        ("1 3 5 这三个店", "phone"),
        ("过了一个春节", "date"),
        ("身份证110105194912310021", "id_number"),
        ("国庆路店", "date"),
        ("沪上阿姨奶茶", "place"),
    ],
)
def test_no_entity(analyser: Analyser, text: str, kind: str) -> None:
    assert kind not in {k for k, _, _ in found(analyser, text)}


def test_id_number_is_redacted_at_once(analyser: Analyser) -> None:
    number = "11010519491231002X"
    entities = analyser.analyse(f"身份证{number}").entities
    assert [(e.kind, e.value) for e in entities] == [("id_number", "[身份证号]")]
    assert number not in repr(entities)


@pytest.mark.parametrize(
    ("number", "valid"), [("11010519491231002X", True), ("110105194912310021", False), ("1", False)]
)
def test_id_check_character(number: str, valid: bool) -> None:
    assert id_number_valid(number) is valid


def test_entities_do_not_overlap(analyser: Analyser) -> None:
    text = "王女士13812345678在杭州星远花了12.98万，订单号XT20261123，车牌浙A12345"
    entities = analyser.analyse(text).entities
    assert all(a.end <= b.start for a, b in pairwise(entities))
    assert {"name", "phone", "dealer", "money", "order", "plate"} <= {e.kind for e in entities}


def test_parts_of_one_character_are_one_entity(analyser: Analyser) -> None:
    assert [written for _, _, written in found(analyser, "收¥½人")] == ["¥½"]


@pytest.mark.parametrize(
    ("text", "names"), [("星翰旗舰店没人管", ["星瀚"]), ("浩瀚旗舰机", []), ("星瀚旗舰店", []), ("我买的星途", [])]
)
def test_a_long_name_is_known_with_one_wrong_character(text: str, names: list[str]) -> None:
    finder = EntityFinder(aliases={"星瀚旗舰店": ("dealer", "星瀚"), "星途X": ("product", "星途X")})
    assert [entity.value for entity in finder.find(text, [])] == names


def test_bad_order_pattern_is_bad_input() -> None:
    with pytest.raises(BadInput, match="order_patterns"):
        Analyser(order_patterns=["("])


@pytest.mark.parametrize(
    ("text", "value", "written"),
    [
        ("昆山4S店拖着不修", "江苏省苏州市", "昆山"),
        ("苏州昆山的店", "江苏省苏州市", "苏州昆山"),
        ("江苏省苏州市昆山市", "江苏省苏州市", "江苏省苏州市昆山市"),
        ("在海淀区买的", "北京市", "海淀区"),
        ("浦東的門店", "上海市", "浦東"),
        ("南京市鼓楼区", "江苏省南京市", "南京市鼓楼区"),
        ("福州鼓楼区", "福建省福州市", "福州鼓楼区"),
        ("北京朝阳区的店", "北京市", "北京朝阳区"),
        ("吉林省吉林市船营区", "吉林省吉林市", "吉林省吉林市船营区"),
        ("青龙县的经销商", "河北省秦皇岛市", "青龙县"),
        ("湖北仙桃市", "湖北省仙桃市", "湖北仙桃市"),
        ("锡林郭勒盟", "内蒙古自治区锡林郭勒盟", "锡林郭勒盟"),
        ("高州市的店", "广东省茂名市", "高州市"),
        ("广州市场很大", "广东省广州市", "广州市"),
        ("上海浦东新区", "上海市", "上海浦东新区"),
        ("沈阳和平区", "辽宁省沈阳市", "沈阳和平区"),
    ],
)
def test_a_county_names_its_city(analyser: Analyser, text: str, value: str, written: str) -> None:
    places = [entity for entity in analyser.analyse(text).entities if entity.kind == "place"]
    assert [(place.value, text[place.start : place.end]) for place in places] == [(value, written)]


@pytest.mark.parametrize(
    "text",
    [
        "鼓楼区的店", "朝阳区", "新城区的路", "门口的石狮子", "高州市场很大", "东城区域经理", "安吉星坏了", "更新密码",
        "密度高密度大", "拆迁安置房", "非常熟悉", "沿海城市", "公开平台", "一个旧手机", "便宜都是假的", "经历下来",
        "还原平整", "收集安装", "仙桃很甜", "解放区", "东北林区", "我要高要求",
    ],
)  # fmt: skip
def test_words_that_only_look_like_a_county(analyser: Analyser, text: str) -> None:
    assert not [entity for entity in analyser.analyse(text).entities if entity.kind == "place"]


def test_every_county_lies_in_a_known_place() -> None:
    words = place_words()
    assert len(words) > 3000
    for city in {city for city, _ in _counties()}:
        assert any(city.startswith(place) for place in words.values() if place), city
    assert all(len(word) > 1 for word in words)


def test_a_county_within_a_dealers_name_leaves_its_city() -> None:
    found = Analyser(dealers=[("沪东店", ("浦东晨曜4S店",))]).analyse("上海浦东晨曜4S店推来推去不给修").entities
    assert [(entity.kind, entity.value) for entity in found] == [("place", "上海市"), ("dealer", "沪东店")]
