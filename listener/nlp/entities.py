"""Who and what a text names: phone, email, order, VIN, plate, ID number, name, place, money, date, number of times
and of persons, product, dealer.

Found in the normalised text; places come from the cue pass. An ID number's value is never kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import re2
from rapidfuzz import fuzz

from listener.errors import BadInput, Mistake
from listener.language import say
from listener.model import Entity
from listener.nlp.amounts import sums_in
from listener.nlp.counted import counted_in
from listener.nlp.cues import Hit
from listener.nlp.looks import COUNT, DATE, TITLE, WRITTEN
from listener.nlp.places import after_city, begins_another_word, place_words
from listener.nlp.wording import wording_of
from listener.text.identifiers import email, id_number, order_number, phone, plate, vin

__all__ = ["EntityFinder", "id_number_valid"]

REDACTED: Final = "[身份证号]"

_EMAIL: Final = re.compile(r"[a-z0-9][a-z0-9._%+-]{0,63}@[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,63}){1,4}")
_MOBILE: Final = re.compile(r"(?<![\da-z])(?:\+?86[- ]?)?(1[3-9]\d)[- ]?(\d{4})[- ]?(\d{4})(?![\da-z])")
_LANDLINE: Final = re.compile(r"(?<!\d)(?:\(0[1-9]\d{1,2}\)|0[1-9]\d{1,2})[- ]?([2-9]\d{2,3}[- ]?\d{4})(?!\d)")
_SPELT: Final = re.compile(
    r"(?<![一二三四五六七八九〇零幺])[一幺][三四五六七八九][一二三四五六七八九〇零幺]{9}(?![一二三四五六七八九〇零幺])"
    r"|(?<![\da-z] )(?<![\da-z])1 [3-9](?: \d){9}(?! ?[\da-z])"
)
_HOTLINE: Final = re.compile(r"(?<!\d)([48]00)[- ]?(\d{3})[- ]?(\d{4})(?!\d)")
_VIN: Final = re.compile(r"(?<![a-z0-9])[a-hj-npr-z0-9]{17}(?![a-z0-9])")
_ID: Final = re.compile(r"(?<![\da-z])[1-9]\d{16}[\dx](?![\da-z])")
_PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][a-z][·• ]?"
    r"(?:[a-hj-np-z0-9]{4}[a-hj-np-z0-9学警港澳挂领试超]|[a-hj-np-z0-9]{6})(?![a-z0-9])"
)
_ORDER: Final = re.compile(
    r"(?:订单|定单|单号|工单|运单|快递单|投诉编?号|订单编?号|order)(?:编?号|号码|id|no\.?)?[\s:：为是#＃]{0,3}"
    r"(sf(?: ?\d){12,15}(?![a-z0-9-])|[a-z0-9][a-z0-9-]{5,31})(?![a-z0-9-])"
)
# Quick looks: figures and letters side by side as all these numbers have them; a number spelt in words, or apart.
_RUN: Final = re.compile(r"[\da-z]{3}")
_FIGURES: Final = re.compile(r"\d{3}")
_SPELT_RUN: Final = re.compile(r"[一幺][三四五六七八九][一二三四五六七八九〇零幺]{9}|1 [3-9] \d ")
_SURNAMES: Final = (
    "欧阳|上官|司马|诸葛|东方|皇甫|尉迟|公孙|慕容|司徒|令狐|夏侯|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪"
    "陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔汤向常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝]"
)
_NAME: Final = re.compile(
    r"(?:^|[^\u4e00-\u9fff]|[是叫找姓给由跟和与向请我的位个店名员理师,，]|[店站院士班队厂部会校处科局组]长)"
    rf"((?:{_SURNAMES})(?:女士|先生|小姐|太太|师傅|经理|主管|某某|某))"
)
_SURE_NAME: Final = re.compile(rf"((?:{_SURNAMES})(?:女士|先生|小姐|太太))")
_TYPO_SCORE: Final = 75.0
_NAMED: Final = frozenset(("product", "dealer", "place"))


def id_number_valid(number: str) -> bool:
    """Whether it is an 18-place resident ID whose check character agrees (``listener.text.identifiers.id_number``)."""
    return _ID.fullmatch(number.lower()) is not None and id_number(number) is not None


class EntityFinder:
    """Finds entities. ``order_patterns`` are this company's order numbers, matched without regard to case;
    ``aliases`` are the product and dealer names looked for with typos: alias → (kind, name)."""

    def __init__(
        self, order_patterns: Sequence[str] = (), aliases: Mapping[str, tuple[str, str]] | None = None
    ) -> None:
        self._orders = [_compile(pattern) for pattern in order_patterns]
        self._aliases = {alias: named for alias, named in (aliases or {}).items() if len(alias) >= 4}
        self._by_pair: dict[str, set[str]] = {}
        for alias in self._aliases:
            for pair in _pairs(alias):
                self._by_pair.setdefault(pair, set()).add(alias)

    def find(self, text: str, hits: Sequence[Hit]) -> list[Entity]:
        """The entities of normalised ``text`` in its order, none over another; ``hits`` are its cue words."""
        looks = wording_of(text).names
        written, titled = WRITTEN in looks, TITLE in looks
        counts = counted_in(text, looks) if DATE in looks or COUNT in looks else []
        named = titled or _any_named(hits)
        if not (written or counts or named or self._by_pair):
            return []
        found = _Claimed(len(text))
        if written:
            for kind, value, start, end in self._written(text):
                found.add(kind, value, start, end)
        if named:
            for kind, value, start, end in _named(text, hits, titled):
                if kind == "place" and not found.free(start, end):
                    end = _before(text, start, end, found)
                found.add(kind, value, start, end)
        for kind, value, start, end in counts:
            found.add(kind, value, start, end)
        if self._by_pair:
            for kind, value, start, end in self._misspelt(text):
                found.add(kind, value, start, end)
        return sorted(found.entities, key=lambda entity: entity.start)

    def _written(self, text: str) -> Iterator[Entity]:
        """What is written in figures and letters, the surest first."""
        long = _RUN.search(text) is not None
        figures = long and _FIGURES.search(text) is not None
        if figures:
            for match in _ID.finditer(text):
                if id_number_valid(match.group()):
                    yield Entity("id_number", REDACTED, *match.span())
        if "@" in text:
            yield from _matches("email", _EMAIL, text, lambda m: email(m.group()))
        if long:
            yield from _matches("vin", _VIN, text, lambda m: vin(m.group()))
        for pattern in self._orders:
            yield from _matches("order", pattern, text, lambda m: order_number(m.group()) or m.group().upper())
        if "单" in text or "投诉" in text or "order" in text:
            yield from _matches("order", _ORDER, text, lambda m: order_number(m.group(1)), group=1)
        for pattern in (_MOBILE, _LANDLINE, _HOTLINE) if figures else ():
            yield from _matches("phone", pattern, text, lambda m: phone(m.group()))
        if _SPELT_RUN.search(text):
            yield from _matches("phone", _SPELT, text, lambda m: phone(m.group()))
        if long:
            yield from _matches("plate", _PLATE, text, lambda m: plate(m.group()))
        for value, start, end in sums_in(text):
            yield Entity("money", value, start, end)

    def _misspelt(self, text: str) -> Iterator[Entity]:
        """Long product and dealer names with a typo: half of their character pairs, then RapidFuzz."""
        counts: dict[str, int] = {}
        for pair in _pairs(text):
            for alias in self._by_pair.get(pair, ()):
                counts[alias] = counts.get(alias, 0) + 1
        for alias, count in counts.items():
            if count * 2 < len(alias) - 1 or alias in text:
                continue
            best = fuzz.partial_ratio_alignment(alias, text, score_cutoff=_TYPO_SCORE)
            if best is not None and best.dest_end - best.dest_start >= len(alias) - 1:
                kind, name = self._aliases[alias]
                yield Entity(kind, name, best.dest_start, best.dest_end)


class _Claimed:
    """Entities so far; what lies over an earlier one is refused. A place inside a name of a dealer is one such."""

    def __init__(self, length: int) -> None:
        self.entities: list[Entity] = []
        self._taken = bytearray(length)

    def free(self, start: int, end: int) -> bool:
        """Whether nothing lies there yet."""
        return not any(self._taken[start:end])

    def add(self, kind: str, value: str, start: int, end: int) -> None:
        if value and start < end and self.free(start, end):
            self._taken[start:end] = b"\1" * (end - start)
            self.entities.append(Entity(kind, value, start, end))


def _matches(
    kind: str, pattern: re.Pattern[str], text: str, value: Callable[[re.Match[str]], str | None], group: int = 0
) -> Iterator[Entity]:
    for match in pattern.finditer(text):
        if match.end(group) > match.start(group):
            yield Entity(kind, value(match) or "", *match.span(group))


def _named(text: str, hits: Sequence[Hit], titled: bool) -> Iterator[Entity]:
    for kind in ("product", "dealer"):
        for hit in hits:
            yield from (Entity(kind, cue.value, hit.start, hit.end) for cue in hit.cues if cue.kind == kind)
    if titled:
        for pattern in (_SURE_NAME, _NAME):
            yield from _matches("name", pattern, text, lambda m: m.group(1), group=1)
    yield from _places(text, hits)


def _places(text: str, hits: Sequence[Hit]) -> Iterator[Entity]:
    """Each place named, with the county behind its city (南京市鼓楼区) and what repeats it (苏州昆山) in one."""
    last: Entity | None = None
    for hit in hits:
        for value in [cue.value for cue in hit.cues if cue.kind == "place"]:
            if begins_another_word(text, hit.word, hit.end):
                continue
            end = after_city(text, value, hit.end)
            if last is not None and last.end == hit.start and value.startswith(last.value):
                last = last._replace(value=value, end=end)
                continue
            if last is not None:
                yield last
            last = Entity("place", value, hit.start, end)
    if last is not None:
        yield last


def _before(text: str, start: int, end: int, found: _Claimed) -> int:
    """Where a place ends whose county is the beginning of a dealer's name: 「上海浦东晨曜店」 leaves 上海."""
    while end > start and not (found.free(start, end) and text[start:end] in place_words()):
        end -= 1
    return end


def _any_named(hits: Sequence[Hit]) -> bool:
    """Whether a word stands for a product, a dealer or a place."""
    for _, cues, _, _ in hits:
        for kind, _ in cues:
            if kind in _NAMED:
                return True
    return False


def _pairs(text: str) -> list[str]:
    return [text[i : i + 2] for i in range(len(text) - 1)]


def _compile(pattern: str) -> Any:
    try:
        return re2.compile(pattern, _options())
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        what = say(f"{pattern!r} 不是正则表达式：{reason}", f"{pattern!r} is no regular expression: {reason}")
        raise BadInput(Mistake("order_patterns", what, say("按 RE2 语法修改", "mend it in RE2's syntax"))) from None


def _options() -> Any:
    """Case does not matter; mistakes are ours to tell. RE2 runs in linear time, so no pattern can hang the worker."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return options
