"""Where a text says something happened: provinces, cities and counties, as people write them.

``lexicons/places.txt`` has provinces and cities, ``lexicons/counties.txt`` what they hold. A county that stands for one
city alone names that city; 鼓楼区 or 朝阳区, which several have, count only behind their city.
"""

from __future__ import annotations

from functools import cache

from listener.nlp.lexicon import words_of_file

__all__ = ["after_city", "begins_another_word", "place_words"]


@cache
def place_words() -> dict[str, str]:
    """How a place is written → its name with the province in front (``广东省深圳市``); a county's is its city's, one
    that no city holds is its own (``湖北省仙桃市``)."""
    found = {written: city for city, county in _counties() for written in _written(county)}
    return found | _cities() | _NICKNAMES


_NICKNAMES = {
    "魔都": "上海市",
    "帝都": "北京市",
    "羊城": "广东省广州市",
    "鹏城": "广东省深圳市",
    "蓉城": "四川省成都市",
    "杭城": "浙江省杭州市",
    "甬城": "浙江省宁波市",
    "鹭岛": "福建省厦门市",
}
"""Of these each means one city; 春城, 江城 mean several, 沪上, 冰城 are in the names of brands."""


def after_city(text: str, city: str, at: int) -> int:
    """Where the county of ``city`` ends that ``text`` names at ``at``; ``at`` where it names none."""
    for county in _behind(city):
        if text.startswith(county, at):
            return at + len(county)
    return at


def begins_another_word(text: str, word: str, end: int) -> bool:
    """Whether what looks like a county is the beginning of another word: 高州市场, 东城区域."""
    return word[-1] + text[end : end + 1] in _OTHER_WORDS and word not in _cities()


_OTHER_WORDS = frozenset({"市场", "市值", "市盈", "市占", "市面", "区域", "区间", "区别", "区块"})


@cache
def _counties() -> tuple[tuple[str, str], ...]:
    """(city, county with its mark) of the whole list."""
    lines = (line.split() for line in words_of_file("counties"))
    return tuple((city, county) for city, *counties in lines for county in counties)


def _written(county: str) -> tuple[str, ...]:
    """How a county is written where no city stands before it."""
    name = county.rstrip("*+")
    return () if county.endswith("*") else (name, name[:-1]) if county.endswith("+") else (name,)


@cache
def _behind(city: str) -> tuple[str, ...]:
    """The counties of ``city`` as written behind it, the longest first."""
    return tuple(sorted((county.rstrip("*+") for held, county in _counties() if held == city), key=len, reverse=True))


@cache
def _cities() -> dict[str, str]:
    """The same of provinces and cities alone."""
    found: dict[str, str] = {}
    for line in words_of_file("places"):
        province, *cities = line.split()
        short = _short(province)
        for way in (province, short, short + "省" if province.endswith("省") else province):
            found[way] = province
        for marked in cities:
            city = marked.rstrip("*")
            name = province + city + _ENDING.get(city, "市")
            for way in (
                (city + "市", city + _ENDING.get(city, "市"))
                if marked.endswith("*")
                else (city, city + "市", city + _ENDING.get(city, "市"))
            ):
                found[way] = name
            full = name.removeprefix(province)
            for way in (short + city, short + full, province + city, province + full):
                found[way] = name
    return found


# Prefectures that are no 市.
_ENDING = (
    dict.fromkeys(
        [
            "延边",
            "恩施",
            "阿坝",
            "甘孜",
            "临夏",
            "甘南",
            "黄南",
            "海南",
            "果洛",
            "海西",
            "博尔塔拉",
            "巴音郭楞",
            "克孜勒苏",
            "湘西",
            "凉山",
            "黔东南",
            "黔南",
            "黔西南",
            "楚雄",
            "红河",
            "文山",
            "西双版纳",
            "大理",
            "德宏",
            "怒江",
            "迪庆",
            "昌吉",
            "伊犁",
            "海北",
            "玉树",
        ],
        "州",
    )
    | dict.fromkeys(["阿克苏", "喀什", "和田", "塔城", "大兴安岭", "阿里", "阿勒泰"], "地区")
    | dict.fromkeys(["兴安", "锡林郭勒", "阿拉善"], "盟")
)


def _short(province: str) -> str:
    for ending in ("壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "省", "市"):
        if province.endswith(ending):
            return province.removesuffix(ending)
    return province
