"""Where cities lie, and which service point is near: never the one complained about, whatever it is called."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from listener.alerts.points import distance_km, nearest_point
from listener.model import Party
from listener.settings import Dealer
from listener.text.places import CAPITALS, city_in, place_of


@pytest.mark.parametrize(
    ("region", "city"),
    [
        ("浙江杭州", "杭州"), ("浙江省杭州市西湖区", "杭州"), ("杭州", "杭州"), ("义乌", "义乌"), ("上海市", "上海"),
        ("吉林", "长春"), ("吉林省吉林市", "吉林"), ("广东", "广州"), ("海南海口", "海口"), ("青海海南州", "海南"),
        ("北京朝阳区", "北京"), ("辽宁朝阳", "朝阳"), ("四川凉山州", "凉山"), ("内蒙古自治区锡林郭勒盟", "锡林郭勒"),
        ("新疆维吾尔自治区喀什地区", "喀什"), ("重庆", "重庆"),
    ],
)  # fmt: skip
def test_a_region_names_a_city(region: str, city: str) -> None:
    found = city_in(region)
    assert found is not None and found.name == city


@pytest.mark.parametrize("region", ["", "火星", "海外", "朝阳区", "南京路"])
def test_what_names_no_city_names_none(region: str) -> None:
    assert place_of(region) is None


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        ("北京", "上海", 1068),
        ("杭州", "宁波", 146),
        ("广州", "深圳", 105),
        ("成都", "重庆", 269),
        ("哈尔滨", "三亚", 3400),
    ],
)
def test_cities_lie_as_far_apart_as_they_do(one: str, other: str, kilometres: float) -> None:
    places = place_of(one), place_of(other)
    assert places[0] and places[1]
    assert distance_km(places[0], places[1]) == pytest.approx(kilometres, rel=0.05)


def test_every_city_lies_in_china_and_every_province_has_its_capital() -> None:
    for name in (*CAPITALS, *CAPITALS.values()):
        place = place_of(name)
        assert place is not None and 16 <= place[0] <= 54 and 73 <= place[1] <= 135, name


EAST = Dealer(name="沪东店", code="S1", aliases=("浦东那家",), region="上海", contact="王芳", place=(31.22, 121.54))
WEST = Dealer(name="沪西店", region="上海", contact="赵强", place=(31.23, 121.40))
NING = Dealer(name="宁波店", region="浙江宁波", contact="李经理")
FAR = Dealer(name="沈阳店", region="辽宁沈阳", contact="孙经理", competences=("car.brake",))
ALL = (EAST, WEST, NING, FAR)


def nearest(region: str, *accused: str, usual: str = "", problem: str = "car.engine") -> str:
    found = nearest_point(ALL, accused=accused, usual=usual, region=region, problem=problem, products=())
    return found.dealer.name if found else ""


def test_near_is_near_to_where_the_customer_lives() -> None:
    assert nearest("浙江杭州") == "宁波店"
    assert nearest("辽宁大连", problem="car.brake") == "沈阳店"
    assert nearest("辽宁大连") != "沈阳店"  # it cannot help with that
    assert nearest("浙江宁波", usual="沪东店") == "宁波店"  # they moved
    assert nearest("上海", usual="沪西店") == "沪西店"  # at home, their own one is the finer place


@pytest.mark.parametrize("called", ["沪东店", "S1", "浦东那家"])
def test_the_accused_is_never_chosen_whatever_it_is_called(called: str) -> None:
    assert nearest("上海", called, usual="沪东店") == "沪西店"


NAMES = st.sampled_from(["沪东店", "S1", "浦东那家", "沪西店", "宁波店", "沈阳店", "别家"])
REGIONS = st.sampled_from(["上海", "浙江", "辽宁沈阳", "火星", ""])


@given(accused=st.lists(NAMES, max_size=4), usual=NAMES, region=REGIONS)
def test_no_choice_is_against_whom_the_complaint_is(accused: list[str], usual: str, region: str) -> None:
    found = nearest_point(ALL, accused=accused, usual=usual, region=region, problem="car.brake", products=())
    if found is not None:
        assert not {found.dealer.name, found.dealer.code, *found.dealer.aliases} & set(accused)
        assert found.dealer.party in (Party.DEALER, Party.INTERNAL) and found.reason
    else:
        assert {"沪西店", "宁波店", "沈阳店"} <= set(accused)
