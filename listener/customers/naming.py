"""Names of people: where a text says one, how one sounds, and whether a display name is one. Pure.

Only a name in a place where people put their own is read (「我叫…」「车主：…」, in brackets, before a number, as a
signature), so that a word that happens to begin with a surname is none. What such a name is worth, its holders say.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from typing import Final, NamedTuple

__all__ = ["COMPOUND", "NameSaid", "full_name", "names_in", "plain_name", "possible_names", "sound", "surname"]

COMPOUND: Final = "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|司徒|夏侯|端木|南宫|宇文|长孙|独孤|轩辕|百里|东郭|呼延|澹台|太史|申屠"
"""Surnames of two characters that are still borne."""

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓冯韩曹曾彭萧肖蔡潘田董袁于余叶蒋杜苏魏程吕丁沈任姚卢傅钟姜崔谭廖范汪"
    "陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷黎史龙陶贺顾毛郝龚邵万钱严覃武莫孔汤向常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申耿"
    "关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连"
    "芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝诸鞠封薄蔺展训楼侍"
    "厉戎濮牧郁隆井幸储糜宿咸籍弘匡寻东阙欧沃蔚夔巢蒯荆游竺权逯益桓晋楚闫法汝鄢涂钦岳帅缑亢况哈谯仉督"
)
"""Surnames of one character: the four hundred most frequent, and those of the Hundred Family Surnames still borne."""

_HAN = "\u4e00-\u9fff"
ONE = rf"(?:(?:{COMPOUND})[{_HAN}]{{1,2}}|[{SURNAMES}][{_HAN}]{{1,2}})"
_FULL = re.compile(rf"(?:{COMPOUND})[{_HAN}]{{1,2}}|[{SURNAMES}][{_HAN}]{{1,2}}|[{_HAN}]{{2,5}}·[{_HAN}]{{2,8}}")
_LATIN = re.compile(r"[A-Z][a-z]+(?:[ -][A-Z][a-z]+){1,3}")

_COMPOUND = frozenset(COMPOUND.split("|"))
_TITLES = "先生|女士|小姐|太太|老师|师傅|阿姨|大哥|大姐"
_CUES = (
    "——|我的?名字是|我名字叫|名字叫做?|名叫|我叫做?|我是|本人叫?|姓名|真名|实名|全名|大名|名字|署名|落款"
    "|(?P<role>(?:车主|机主|户主|业主|客户|顾客|用户|会员|买家|买方|投诉人|申诉人|反映人|反馈人|联系人|收货人|收件人|下单人|订购人|预订人|购车人|登记人"
    "|车辆所有人|消费者|当事人|受害人|持卡人|投保人|被保险人|报修人|送修人|签收人|入住人|乘客|患者|学员|家长)(?:的?姓名|名字|名称)?)"
    "|(?:登记|预留|注册|下单|实名|绑定|备案|填写?|留|写|用)的?(?:是|名字?是?|姓名是?|人是?|用户名?是?)"
)
_LINK = "[是为叫：:\\s]{0,3}"
OWN = re.compile(rf"(?:{_CUES}){_LINK}(?P<name>{ONE})(?P<title>{_TITLES})?")
SURNAME_OWN = re.compile(
    rf"(?:我|本人|免贵)姓(?P<alone>{COMPOUND}|[{SURNAMES}])"
    rf"|(?:{_CUES}){_LINK}(?P<called>{COMPOUND}|[{SURNAMES}])(?:某某?|{_TITLES})"
    rf"|(?P<signed>{COMPOUND}|[{SURNAMES}])(?:先生|女士|小姐)[，,：:\s]{{0,2}}(?:\+?86)?1[3-9\*]"
)
_SURNAME_MAYBE = re.compile(r"姓|某|(?<=先)生|(?<=女)士|(?<=小)姐|(?<=太)太|老师|师傅|阿姨|大哥|大姐")
"""One of these stands wherever a surname is given alone."""
WORD = f"{_HAN}A-Za-z"
"""Signs that words are made of."""
_BOUND = rf"(?:^|(?<=[^{WORD}]))"
_LOOSE = re.compile(rf"{_BOUND}(?P<name>{ONE})(?=$|[^{WORD}])")
_GIVEN = frozenset(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰萍红梅建国志文秀云海波宇轩子涵浩然欣怡梓晨思远佳宜雨薇晓东振家豪俊凯鹏飞丹琳雪慧婷瑶倩颖琪璐莹萌博睿诗韵泽楷嘉懿铭哲煜祺瑾瑜"
    "林峰斌辉龙亮健康宁波清春秋冬夏荣兴福贵德仁义礼智信忠孝全永恒昌盛祥瑞吉庆丰良善美珍珠翠碧彩凤凰燕莺鹃蓉莲荷菊芬芸芝茹菲蕾蓓薛蕊莎苑茜菁晶玲珊琼瑛璇瑞瑗琛琦琳玮珂珏珺"
    "旭阳昊昕晗晖曦曼昱晟朝阳月星辰光耀煌炎焱灿烨炜炳焕熙照宏伟大正中天立新成功胜利民生和安定邦治政权威武兵战卫山川河江湖汉潮润泉源淑贞洁雅婉娴娅妍妮姗婕媛嫣娇婵妙妹"
    "世宗祖先光宝元亨启程翔腾跃鸿鹄鹤雁鸣岩岳峻崇松柏杨柳桐楠森彬枫桦榕樱桃杏李果竹笑乐怀念恩慈惠爱情意心愉悦忆悠逸凡尘若如可以之乃书画诗琴棋墨砚笛箫歌舞学习进步前展"
    "一二三四五六七八九十千万亿友朋奕亦依伊佩倪俪傲冰冉凌凝力加南北西台同君启周呈咏品唯善喜嘉圆坤城培基堂士声复奇奎妤威学宸容寒寅寿尚展岚峥川州希帆帅幸广庆延廷弘彤彦彪影律微"
    "徽必忱恺恬悦惟愷戈才扬承拓捷授政敬斯方旋昂昭晋景智朗朔木本权栋根格桑梁梦棠楚榆槿樊欢歆正毅民水汐沁沐沛沫泓洁洲济浦浪淇淞淳渊渝湘源溪滢滨漫潇澄澜濠灵炫烁焰熠爽牧献珩珮理琰琴"
    "甜生申畅略百皓盈益盼真瞳石磊礼社祎禹禾秉科秦稳立章童竣端笛筠箐简米素紫红纪纯纲纳绍绮缘罡羽翎翰翼聪肖育胤臻航良艺苏若苒英茂茵茗莉莫菡萱蒙蓝蔓薏虎虹融衡西言誉语诚谊谦谷豫贤贺贻路轶辰达迅迪迎逊通遥邦郁采金鑫钊钢钰钧铎银锋锐锦镇长闻阔隆霄霏霖露青静非韬韶顺顾颂颜飒馨骁骏高魁鲁鸽麒麟黎默齐龄"
)
"""Characters that given names are made of; with a surname before it and a clause ending behind it, a name is likely."""

_ENDING = re.compile(rf"(?=(?P<name>(?:{COMPOUND})[{_HAN}]{{1,2}}|[{SURNAMES}][{_HAN}]{{1,2}})(?:$|[^{_HAN}A-Za-z]))")
"""What may be a name at the end of a clause: 「反馈人刘梅，」「行驶证上写的万华琪」. However it is called, it ends there."""

_FOLLOWS = frozenset(
    "的在于是和与跟买购电手联投反因从现有求要去到说问今昨这那订下车我你本家住，。、；！？,.;!?:：()（）-—/ \n\t"
    "先女小太号身年来为向被对把将已曾就也都还不没请望希"
)
"""What may stand behind a name of two characters, so that it is not the beginning of a longer one."""

_NOT_NAMES = frozenset(
    word
    for line in resources.files("listener.customers").joinpath("not_names.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
    for word in line.split()
)
"""Everyday words of two characters that look like a name; at a loose place they are none."""


class NameSaid(NamedTuple):
    """A full name that a mention gives. ``own``: it is said to be the author's; else it only stands there."""

    name: str
    own: bool


def plain_name(name: str) -> str:
    """The form of a name in which two writings of it compare equal; "" for what is empty."""
    bare = unicodedata.normalize("NFKC", name).strip()
    if _PLAIN_NAME.fullmatch(bare):
        return bare
    bare = re.sub(rf"(?<=[{_HAN}])[\s·•・]+(?=[{_HAN}])", "", bare)
    return re.sub(r"\s+", " ", bare).casefold()


_PLAIN_NAME = re.compile(f"[{_HAN}]+")


def full_name(text: str) -> str:
    """``text`` where the whole of it is somebody's full name (a display name, a cell), else ""."""
    bare = unicodedata.normalize("NFKC", text).strip()
    if _FULL.fullmatch(bare) and bare not in _NOT_NAMES and not _TITLED.search(bare):
        return plain_name(bare)
    return plain_name(bare) if _LATIN.fullmatch(bare) else ""


def surname(name: str) -> str:
    """The family name of a full Chinese name; "" where it is none."""
    if len(name) > 2 and name[:2] in _COMPOUND:
        return name[:2]
    return name[0] if len(name) > 1 and name[0] in SURNAMES else ""


@lru_cache(maxsize=4096)
def sound(name: str) -> str:
    """How a name sounds, without tones and with what people mix up made one: 陈思远 and 陈斯圆 sound alike."""
    return " ".join(_syllable(character) for character in name)


@lru_cache(maxsize=8192)
def _syllable(character: str) -> str:
    read = _readings().get(ord(character), character)
    first = unicodedata.normalize("NFD", read.split(",", 1)[0])
    plain = "".join(letter for letter in first if letter.isalpha() and letter.isascii())
    for wide, narrow in _CONFUSED:
        plain = plain.replace(wide, narrow)
    return plain or character


_CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"))
"""Sounds that many speakers and input methods do not tell apart (平翘舌, 前后鼻音)."""


@cache
def _readings() -> dict[int, str]:
    from pypinyin.pinyin_dict import pinyin_dict  # 42,000 entries: only for who needs them

    return pinyin_dict


def names_in(text: str, *, own: bool = True, loose: bool = True) -> list[NameSaid]:
    """The full names that ``text`` gives, those said to be the author's first; each once.

    ``own``, ``loose``: whether a name in a place of one's own, or alone, may stand in it (``listener.customers.sieve``).
    """
    found: dict[str, bool] = {}
    for match in OWN.finditer(text) if own else ():
        bare = text[match.start("name") - 1 : match.start("name")]
        if match["name"][0] in _JOINING and bare not in _LINKING:
            continue  # 我的名字和订单号
        role = match["role"] is not None and bare not in _SEPARATORS
        name = _bounded(text, match.start("name"), match["name"], bool(match["title"]), role=role)
        if name and not (match["role"] is None and _STAFF.search(text[max(0, match.start() - 12) : match.start()])):
            found.setdefault(plain_name(name), True)
    for match in _LOOSE.finditer(text) if loose else ():
        if match["name"] not in _NOT_NAMES and not _TITLED.search(match["name"]):
            found.setdefault(plain_name(match["name"]), False)
    for match in _ENDING.finditer(text):
        name = match["name"]
        if (
            name not in _NOT_NAMES
            and not _TITLED.search(name)
            and _GIVEN.issuperset(name[1:])
            and not any(name in each for each in found)
        ):
            found.setdefault(plain_name(name), False)
    return [NameSaid(name, own) for name, own in found.items()]


_POSSIBLE = re.compile(
    rf"(?=(?P<long>(?:{COMPOUND})[{_HAN}]{{1,2}}|[{SURNAMES}][{_HAN}]{{2}})|(?P<short>[{SURNAMES}][{_HAN}]))"
)
MOST_POSSIBLE = 24


def possible_names(text: str) -> tuple[str, ...]:
    """All that could be somebody's full name wherever it stands, the first ones of ``text``.

    Most of it is none: only to be compared with the name of a record that was found by something else.
    """
    found: dict[str, None] = {}
    for match in _POSSIBLE.finditer(text):
        long = match["long"] or ""
        for name in (long, long[:3] if len(long) == 4 else "", text[match.start() : match.start() + 2]):
            if len(name) > 2 or (name and name not in _NOT_NAMES and name[1] in _GIVEN and name[0] in SURNAMES):
                found[plain_name(name)] = None
        if len(found) >= MOST_POSSIBLE:
            break
    return tuple(found)


_STAFF = re.compile(
    "(?:销售|顾问|客服|店长|店员|经理|主管|师傅|技师|工程师|专员|前台|司机|快递员|骑手|中介|业务员|接待|对接|经手|负责|[他她])[^，。！？；,!?;我]{0,6}$"
)
"""Before a name that is called so, in its clause: it is one of the company's people who is named, 「接待我的销售名叫王强」."""

_SEPARATORS = frozenset("是为叫：: \n\t名字姓称")
_LINKING = frozenset("是为叫：: \n\t")
_JOINING = frozenset("和同及连于从都全")
"""Surnames that join more often than they name."""


def _bounded(text: str, start: int, name: str, titled: bool, *, role: bool = False) -> str:
    """The name as far as it surely goes: 「车主李明在」 is 李明, 「我叫李明远」 is 李明远; "" where it is none."""
    least = 3 if name[:2] in _COMPOUND else 2
    if titled and len(name) < least:
        return ""
    follows = text[start + len(name) : start + len(name) + 1]
    cut = name[-1] in _CERTAIN or (name[-1] in _FOLLOWS and bool(follows) and follows not in _FOLLOWS)
    if len(name) > least and cut:
        name = name[:-1]
    elif len(name) == least and follows and follows not in _FOLLOWS and not titled:
        return ""
    after = text[start + len(name) : start + len(name) + 1]
    if role and after and after not in _FOLLOWS:  # 会员费自动扣了 names nobody
        return ""
    return "" if name in _NOT_NAMES or name[:2] in _NOT_NAMES or _TITLED.search(name) else name


_TITLED = re.compile(rf"(?:{_TITLES}|某)$")
_CERTAIN = frozenset("的在是，。于")
"""Characters that end no name."""


def own_surname(text: str) -> str:
    """The family name that the author gives alone: 「我姓王」「车主王女士」「王先生 138…」; "" where none."""
    if not _SURNAME_MAYBE.search(text):
        return ""
    match = SURNAME_OWN.search(text)
    return match["alone"] or match["called"] or match["signed"] if match else ""
