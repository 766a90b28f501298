"""The world of the linking bench: customers and mentions by seed; nothing of it is held in memory.

``World(seed, size).customer(i)`` is the i-th customer, always the same; ``mentions(count, wordings)`` are mentions of which
it is known who wrote them. Shared and re-issued phones, staff whose numbers are quoted, friends' reposts, namesakes,
typos, masked values, dealers' own accounts and people who moved are among them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from listener.customers.naming import plain_name
from listener.customers.said import account
from listener.text.identifiers import vin as read_vin
from tests.bench import linking_wordings as words
from tests.bench import linking_wordings_fresh as fresh
from tests.bench import linking_wordings_second as second

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔汤"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰萍红梅建国志文秀云海波宇轩子涵浩然欣怡梓晨思远佳宜雨薇晓东振家豪俊凯鹏飞丹琳雪慧婷瑶倩颖琪璐莹萌博睿诗韵泽楷嘉懿铭哲煜祺瑾瑜"
CITIES = [
    "杭州",
    "上海",
    "北京",
    "广州",
    "深圳",
    "成都",
    "武汉",
    "南京",
    "苏州",
    "重庆",
    "西安",
    "天津",
    "宁波",
    "郑州",
    "长沙",
    "青岛",
    "合肥",
    "无锡",
    "济南",
    "佛山",
    "东莞",
    "福州",
    "厦门",
    "昆明",
    "沈阳",
    "大连",
    "哈尔滨",
    "石家庄",
    "南昌",
    "贵阳",
    "南宁",
    "温州",
    "常州",
    "徐州",
    "烟台",
    "太原",
    "长春",
    "泉州",
    "绍兴",
    "嘉兴",
    "金华",
    "台州",
    "惠州",
    "珠海",
    "洛阳",
    "襄阳",
    "绵阳",
    "兰州",
    "银川",
    "海口",
]
PRODUCTS = [
    "白露",
    "摇光7",
    "极光EV",
    "晨曦Pro",
    "云杉S3",
    "星河X5",
    "远山",
    "青禾L6",
    "逐浪",
    "苍穹GT",
    "赤峰H9",
    "晚枫",
]
PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PREFIXES = [
    "130",
    "131",
    "132",
    "133",
    "135",
    "136",
    "137",
    "138",
    "139",
    "150",
    "151",
    "152",
    "153",
    "155",
    "156",
    "157",
    "158",
    "159",
    "166",
    "171",
    "173",
    "176",
    "177",
    "178",
    "180",
    "181",
    "182",
    "183",
    "185",
    "186",
    "187",
    "188",
    "189",
    "191",
    "193",
    "195",
    "198",
    "199",
    "170",
    "172",
]
HAN_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with everything they might write down; ``number`` is None for who is no customer."""

    number: int | None
    name: str
    phone: str
    order: str
    vin: str
    plate: str
    email: str
    city: str
    product: str
    dealer: str
    since: datetime
    party: str = "consumer"
    uid: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A mention and the truth: who wrote it (None: nobody of the records); ``keyed``: it carries a key or a full name."""

    text: str
    author_id: str
    author_name: str
    truth: int | None
    kind: str
    keyed: bool
    at: datetime
    repost: bool = False


@dataclass(slots=True)
class World:
    """``size`` customers of one seed."""

    seed: int
    size: int
    _weights: list[float] = field(default_factory=lambda: [1 / (i + 3) for i in range(len(SURNAMES))])

    def customer(self, number: int) -> Person:
        """Customer ``number`` (0 to size-1): about 1 in 30 shares the phone of the one before, 1 in 60 has a number that
        the record of another still holds; 1 in 400 is a dealer, 1 in 500 a member of the staff."""
        base = self._person(random.Random(self.seed * 1_000_003 + number), number)
        phone, party = base.phone, "consumer"
        if number % 30 == 1:  # a family: same phone and city, often the same surname
            before = self.customer(number - 1)
            name = before.name[0] + base.name[1:] if number % 60 == 1 else base.name
            return self._with(base, name=name, phone=before.phone, city=before.city, dealer=before.dealer)
        if number % 60 == 2:  # re-issued: the number of somebody else's older record
            phone = self.customer((number * 7919) % self.size // 30 * 30 + 5).phone if number >= 60 else phone
        if number % 400 == 7:
            party = "dealer"
        elif number % 500 == 8:
            party = "internal"
        return self._with(base, phone=phone, party=party)

    @staticmethod
    def _with(person: Person, **changes: object) -> Person:
        return Person(**{name: changes.get(name, getattr(person, name)) for name in Person.__slots__})  # type: ignore[arg-type]

    def _person(self, r: random.Random, number: int | None) -> Person:
        surname = r.choices(SURNAMES, self._weights)[0]
        name = surname + "".join(r.choice(GIVEN) for _ in range(1 if r.random() < 0.18 else 2))
        city = CITIES[min(int(r.expovariate(0.09)), len(CITIES) - 1)]
        serial = r.randrange(10**8) if number is None else (number * 48271 + self.seed * 101) % (10**8)
        phone = PREFIXES[r.randrange(len(PREFIXES))] + f"{serial:08d}"
        return Person(
            number, name, phone,
            f"SY26{(serial * 31 + 7) % 10**8:08d}", vin(r), r.choice(PROVINCE) + r.choice("ABCDEF") + _plate(r),
            f"{r.choice('abcdefghijklmnop')}{serial}@{r.choice(('qq.com', '163.com', 'example.com'))}",
            city, r.choice(PRODUCTS), f"朔岳{city}{r.choice('东西南北')}店", NOW - timedelta(days=r.randrange(20, 1500)),
            uid=f"u{number}" if number is not None and number % 20 == 3 else "",
        )  # fmt: skip

    def mentions(self, count: int, wordings: str) -> Iterator[Said]:
        """``count`` mentions in ``tune`` (the wordings that tuning may see), ``all`` or fresh (``open``, ``sealed``) ones."""
        seed = {"tune": "False", "all": "True"}.get(wordings, wordings)
        r = random.Random(f"mentions {self.seed} {seed}")
        kinds, weights = zip(*KINDS, strict=True)
        for place in range(count):
            yield _Writer(self, r, wordings, place).write(r.choices(kinds, weights)[0])


KINDS = (
    ("own", 46), ("masked", 9), ("named", 10), ("typo", 2), ("bound", 5), ("family", 4), ("reissued", 1), ("quoted", 6),
    ("third", 6), ("namesake", 3), ("outsider", 4), ("dealer", 2), ("moved", 2),
)  # fmt: skip
"""Kinds of mentions and how many of a hundred are such."""

STORIES = {"own": "OWN", "family": "OWN", "reissued": "OWN", "outsider": "OWN", "third": "THIRD", "quoted": "QUOTED"}
"""Kinds of which the second wordings hold whole stories, and STORY_SHARE: how often one is taken instead of put together."""
STORY_SHARE = 0.4


class _Writer:
    def __init__(self, world: World, r: random.Random, wordings: str, place: int) -> None:
        self.world, self.r, self.wordings, self.place = world, r, wordings, place

    def pick(self, family: tuple[str, ...]) -> str:
        if self.wordings.startswith(second.SETS):
            return second.pick(self.r, family, self.wordings)
        if self.wordings in ("tune", "all"):
            return words.choose(self.r, family, self.wordings == "all")
        return self.r.choice(fresh.split(fresh.FRESH.get(family, family), sealed=self.wordings == "sealed"))

    def somebody(self) -> Person:
        while True:
            person = self.world.customer(self.r.randrange(self.world.size))
            if person.party == "consumer":
                return person

    def outsider(self) -> Person:
        return self.world._person(self.r, None)

    def write(self, kind: str) -> Said:
        told = self.wordings.startswith(second.SETS) and kind in STORIES and self.r.random() < STORY_SHARE
        text, person, keyed, name, repost = self._story(kind) if told else getattr(self, f"_{kind}")()
        author = person.uid if kind == "bound" and person else f"a{self.world.seed}-{self.place}"
        truth = person.number if person is not None else None
        return Said(text, author, name, truth, kind, keyed, NOW - timedelta(days=self.r.randrange(5)), repost)

    def around(
        self, person: Person, *, city: float = 0.4, product: float = 0.6, dealer: float = 0.2, name: float = 0.0
    ) -> str:
        """What people tell beside their key, in any order."""
        parts = [self.pick(words.BODIES)]
        if self.r.random() < city:
            parts.append(self.pick(words.CITY_OWN).format(city=person.city))
        if self.r.random() < product:
            parts.append(self.pick(words.PRODUCT).format(product=person.product))
        if self.r.random() < dealer:
            parts.append(self.pick(words.DEALER).format(dealer=person.dealer))
        if self.r.random() < 0.1:
            month = f"{person.since.year}年{person.since.month}月"
            parts.append(self.pick(words.BOUGHT).format(month=month))
        if self.r.random() < name:
            parts.append(self.pick(words.NAME_OWN).format(name=person.name))
        self.r.shuffle(parts)
        opening = self.pick(words.FIRST if self.r.random() < 0.6 else words.NEUTRAL)
        return opening + "，".join(parts)

    def shown(self, phone: str) -> str:
        """A phone number as people type it."""
        way = self.r.random()
        if way < 0.60:
            return phone
        if way < 0.70:
            return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
        if way < 0.78:
            return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
        if way < 0.84:
            return phone.translate(WIDE)
        if way < 0.92:
            return phone.translate(HAN_DIGITS)
        return f"+86 {phone}" if way < 0.97 else f"86-{phone}"

    def key(self, person: Person) -> str:
        way = self.r.random()
        if way < 0.45:
            return self.pick(words.PHONE_OWN).format(phone=self.shown(person.phone))
        if way < 0.75:
            return self.pick(words.ORDER_OWN).format(order=person.order)
        if way < 0.85:
            return self.pick(words.VIN_OWN).format(vin=person.vin)
        if way < 0.95:
            return self.pick(words.PLATE_OWN).format(plate=person.plate)
        return self.pick(words.EMAIL_OWN).format(email=person.email)

    def joined(self, *parts: str) -> str:
        return "。".join(part for part in parts if part)

    def _own(self) -> tuple[str, Person, bool, str, bool]:
        person = self.somebody()
        keys = [self.key(person)] + ([self.key(person)] if self.r.random() < 0.15 else [])
        return self.joined(self.around(person, name=0.25), *keys), person, True, self.nick(person), False

    def _masked(self) -> tuple[str, Person, bool, str, bool]:
        person = self.somebody()
        tail = self.pick(words.TAIL_PHONE).format(tail=person.phone[7:])
        part = self.r.choice((
            self.pick(words.MASKED_PHONE).format(masked=person.phone[:3] + "****" + person.phone[7:]),
            tail,
            self.pick(words.TAIL_ORDER).format(tail=person.order[-6:]),
            self.pick(words.TAIL_VIN).format(tail=person.vin[-6:]),
        ))  # fmt: skip
        named = self.r.random() < 0.6
        text = self.joined(self.around(person, name=float(named)), part)
        return text, person, named or part != tail, self.nick(person), False

    def _named(self) -> tuple[str, Person, bool, str, bool]:
        person = self.somebody()
        return self.around(person, city=0.8, dealer=0.4, name=1.0), person, True, self.nick(person), False

    def _typo(self) -> tuple[str, Person, bool, str, bool]:
        person = self.somebody()
        place = self.r.randrange(3, 11)
        wrong = (
            person.phone[:place]
            + str((int(person.phone[place]) + self.r.randrange(1, 9)) % 10)
            + person.phone[place + 1 :]
        )
        named = self.r.random() < 0.7
        return (
            self.joined(self.around(person, name=float(named)), self.pick(words.PHONE_OWN).format(phone=wrong)),
            person,
            named,
            self.nick(person),
            False,
        )

    def _bound(self) -> tuple[str, Person, bool, str, bool]:
        person = self.world.customer(self.r.randrange(self.world.size // 20) * 20 + 3)
        return self.around(person), person, True, "老用户", False

    def _family(self) -> tuple[str, Person, bool, str, bool]:
        number = self.r.randrange(self.world.size // 30) * 30 + self.r.randrange(2)
        person = self.world.customer(number)
        text = self.joined(self.around(person, name=0.5), self.pick(words.PHONE_OWN).format(phone=person.phone))
        return text, person, True, self.nick(person), False

    def _reissued(self) -> tuple[str, Person | None, bool, str, bool]:
        """The number is somebody's record's, and now another person's, who is no customer or holds another record."""
        holder, person = self.somebody(), self.outsider()
        text = self.joined(
            self.around(person, name=0.3), self.pick(words.PHONE_OWN).format(phone=self.shown(holder.phone))
        )
        return text, None, True, self.nick(person), False

    def _quoted(self) -> tuple[str, Person | None, bool, str, bool]:
        staff = (
            self.world.customer(self.r.randrange(self.world.size // 500) * 500 + 8)
            if self.r.random() < 0.5
            else self.somebody()
        )
        phrase = self.pick(words.QUOTED).format(phone=self.shown(staff.phone), nick=self.r.choice(words.NICKS))
        if self.r.random() < 0.3:
            person = self.somebody()
            own = self.pick(words.ORDER_OWN).format(order=person.order)
            return self.joined(self.around(person), phrase, own), person, True, self.nick(person), False
        person = self.outsider()
        return self.joined(self.around(person), phrase), None, True, self.nick(person), False

    def _third(self) -> tuple[str, Person | None, bool, str, bool]:
        friend, person = self.somebody(), self.outsider()
        phrase = self.pick(words.THEIR_KEY).format(phone=friend.phone, order=friend.order)
        parts = [self.pick(words.BODIES), friend.product, friend.city if self.r.random() < 0.5 else ""]
        told = "，".join(part for part in parts if part)
        if self.wordings not in ("tune", "all") and self.r.random() < 0.25:  # whose matter it is, is said in the end
            closing: tuple[str, ...] = fresh.THIRD_CLOSE
            if self.wordings.startswith(second.SETS):
                closing = second.told(self.wordings)["THIRD_CLOSE"]
            text = self.joined(told, phrase, self.pick(closing))
        else:
            text = self.joined(self.pick(words.THIRD) + told, phrase)
        return text, None, True, self.nick(person), self.r.random() < 0.2

    def _namesake(self) -> tuple[str, Person | None, bool, str, bool]:
        twin, person = self.somebody(), self.outsider()
        same = World._with(person, name=twin.name, city=twin.city, dealer=twin.dealer)
        key = self.pick(words.PHONE_OWN).format(phone=person.phone) if self.r.random() < 0.5 else ""
        return self.joined(self.around(same, city=0.9, name=1.0), key), None, True, twin.name, False

    def _outsider(self) -> tuple[str, Person | None, bool, str, bool]:
        person = self.outsider()
        return self.joined(self.around(person, name=0.3), self.key(person)), None, True, self.nick(person), False

    def _dealer(self) -> tuple[str, Person | None, bool, str, bool]:
        number = self.r.randrange(self.world.size // 400) * 400 + 7
        dealer = self.world.customer(number)
        phone = dealer.phone if self.r.random() < 0.5 else self.somebody().phone
        text = self.pick(words.DEALER_POSTS).format(dealer=dealer.dealer, phone=phone)
        return (
            text,
            None,
            True,
            self.r.choice((dealer.dealer, "朔岳汽车销售服务有限公司", "官方服务号", "阿强卖车")),
            False,
        )

    def _moved(self) -> tuple[str, Person, bool, str, bool]:
        person = self.somebody()
        city = self.r.choice([each for each in CITIES if each != person.city])
        told = self.pick(words.MOVED if self.r.random() < 0.5 else words.CITY_OWN).format(city=city)
        named = 0.4
        return (
            self.joined(self.around(person, city=0.0, name=named), told, self.key(person)),
            person,
            True,
            self.nick(person),
            False,
        )

    def _story(self, kind: str) -> tuple[str, Person | None, bool, str, bool]:
        """A whole story of the second wordings, filled in with the one whose matter it is."""
        needed = "{phone}" if kind in ("family", "reissued") else ""
        told = second.story(self.r, f"{STORIES[kind]}_STORIES", self.wordings, needed)
        subject = self.outsider() if kind == "outsider" else self.somebody()
        phone = subject.phone
        if kind == "family":
            subject = self.world.customer(self.r.randrange(self.world.size // 30) * 30 + self.r.randrange(2))
            phone = subject.phone
        elif kind == "reissued":
            subject = self.outsider()
        told = told.format(
            phone=self.shown(phone), name2=self.r.choice(words.NICKS), order=subject.order, vin=subject.vin,
            plate=subject.plate, email=subject.email, name=subject.name, city=subject.city, product=subject.product,
            dealer=subject.dealer,
        )  # fmt: skip
        own = kind in ("own", "family")
        author = subject if own or kind in ("outsider", "reissued") else self.outsider()
        return told, subject if own else None, True, self.nick(author), False

    def nick(self, person: Person) -> str:
        """A display name: mostly a nickname, now and then the real name."""
        way = self.r.random()
        if way < 0.08:
            return person.name
        return self.r.choice(
            (
                "车主老王",
                "路人甲",
                "momo",
                "用户8123",
                "小熊",
                "爱车的人",
                "不想上班",
                "今天也要开心",
                f"{person.city}小吃货",
            )
        )


def vin(r: random.Random) -> str:
    """A VIN with its check digit."""
    head, tail = "L0YBA5C", f"{r.choice('STR')}H{r.randrange(10**6):06d}"
    tail = "".join(r.choice("ABCDEFGHJKLMNPRSTUVWXYZ0123456789") for _ in range(2)) + tail[2:]
    for check in "0123456789X":
        found = read_vin(head + "2" + check + tail[:2] + tail[2:])
        if found:
            return found
    raise AssertionError(head)


def _plate(r: random.Random) -> str:
    return f"{r.choice('ABCDEFGHJK0123456789')}{r.randrange(10**4):04d}"


def identifiers(person: Person) -> list[tuple[str, str]]:
    """What the records hold of a customer, in normal form."""
    found = [("phone", "+86" + person.phone), ("order", person.order), ("vin", person.vin), ("plate", person.plate)]
    found += [("email", person.email)]
    return found + ([("account", account("weibo", person.uid))] if person.uid else [])


def named(person: Person) -> str:
    """The name in its comparing form."""
    return plain_name(person.name)
