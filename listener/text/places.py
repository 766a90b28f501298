"""Where Chinese cities lie: a city named in a region, and its centre. Pure.

``cities.csv`` holds the prefecture-level cities and prefectures (those by GB/T 2260), the county-level ones under a
province's own rule, and some of Taiwan; the centre of a prefecture is its seat. Coordinates: GeoNames
(https://www.geonames.org, CC BY 4.0), rounded to a thousandth of a degree.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["City", "city_in", "place_of"]

_CAPITALS = (
    "河北:石家庄 山西:太原 内蒙古:呼和浩特 辽宁:沈阳 吉林:长春 黑龙江:哈尔滨 江苏:南京 浙江:杭州 安徽:合肥 "
    "福建:福州 江西:南昌 山东:济南 河南:郑州 湖北:武汉 湖南:长沙 广东:广州 广西:南宁 海南:海口 四川:成都 "
    "贵州:贵阳 云南:昆明 西藏:拉萨 陕西:西安 甘肃:兰州 青海:西宁 宁夏:银川 新疆:乌鲁木齐 台湾:台北"
)
CAPITALS: Mapping[str, str] = dict(pair.split(":") for pair in _CAPITALS.split())
"""Where a province is taken to be when it alone is named."""

_NOT_ITSELF = "区县镇路街"
"""Behind a city's name these make it the name of something else: 朝阳区 is in Beijing, 南京路 in Shanghai."""

_TITLES = ("省", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "特别行政区", "市")


class City(NamedTuple):
    """A city with its province, both without 市 and 省, and its centre (latitude, longitude) in degrees."""

    province: str
    name: str
    place: tuple[float, float]


@cache
def _cities() -> dict[str, list[City]]:
    """The cities by name: a name may be that of two."""
    text = files("listener.text").joinpath("cities.csv").read_text(encoding="utf-8")
    found: dict[str, list[City]] = {}
    for row in csv.DictReader(text.splitlines()):
        city = City(row["province"], row["city"], (float(row["latitude"]), float(row["longitude"])))
        found.setdefault(city.name, []).append(city)
    return found


def city_in(region: str) -> City | None:
    """The city that a region names (浙江杭州, 浙江省杭州市西湖区, 杭州); of a province alone its capital; else None.

    The first city named counts, the longer name where two begin alike; a province before it says which one is meant.
    """
    text = region.strip()
    province = next((name for name in sorted(_provinces(), key=len, reverse=True) if text.startswith(name)), "")
    rest = _without_title(text.removeprefix(province)) if province else text
    named = _first(rest, province)
    if named is not None or not province:
        return named
    alone = CAPITALS.get(province, province)
    if text == f"{province}市" and province in _cities():
        alone = province
    return next(iter(_cities().get(alone, ())), None)


def place_of(region: str) -> tuple[float, float] | None:
    """(latitude, longitude) of the centre of the city that a region names; None where none is known."""
    city = city_in(region)
    return city.place if city else None


@cache
def _provinces() -> frozenset[str]:
    return frozenset(city.province for same in _cities().values() for city in same)


def _without_title(rest: str) -> str:
    title = next((title for title in _TITLES if rest.startswith(title)), "")
    return rest.removeprefix(title)


def _first(text: str, province: str) -> City | None:
    """The city named first in the text, of that province where one is given."""
    best: tuple[int, int, City] | None = None
    for name, same in _cities().items():
        at = text.find(name)
        at = -1 if text[at + len(name) : at + len(name) + 1] in tuple(_NOT_ITSELF) else at
        fit = next((city for city in same if not province or city.province == province), None)
        if at >= 0 and fit is not None and (best is None or (at, -len(name)) < best[:2]):
            best = (at, -len(name), fit)
    return best[2] if best else None
