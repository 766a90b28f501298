"""Who speaks, and whose number it is: the words that tell. Pure.

Families of wordings, not single ones: relations (朋友, 邻居, 舅妈 …) after 我/帮/替, words of passing on (转自, 搬运, 群里看到),
third persons with an identifier (他的订单), the company's people before a number (销售经理, 安装师傅), what is done with a
number that is another's (让我加, 打不通). What makes a number one's own (请联系, 预留, 我的手机) outweighs a company's word
before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from listener.text.automaton import Automaton
from listener.text.sifted import Sifted

__all__ = ["advertises", "called_own", "dealer_name", "first_person", "others_words", "third_party"]

_FRIENDS = (
    "朋友|同事|邻居|亲戚|表[哥弟姐妹]|堂[哥弟姐妹]|闺蜜|同学|室友|舍友|客户|老乡|哥们|哥儿们|兄弟|发小|战友|老师|领导|老板|徒弟|师父|群友|车友|球友|牌友"
    "|[男女]朋友|对象|未婚[夫妻]|前[任夫妻]|业主|房客|租客|房东|店友|网友|粉丝|博友|校友|牌友|学生|患者|病人"
)
_FAMILY = (
    "家人|家里人|爸妈|父母|爸爸?|妈妈?|父亲|母亲|老爸|老妈|老爹|老娘|老公|老婆|爱人|先生|太太|媳妇|丈夫|妻子|儿子|女儿|闺女|孩子|小孩|公公|婆婆|岳父|岳母|丈母娘|老丈人"
    "|爷爷|奶奶|外公|外婆|姥姥|姥爷|舅舅?|舅妈|姑姑?|姑妈|姑父|姨妈?|小姨|阿姨|叔叔?|婶婶?|伯伯?|伯父|伯母|大伯|大爷|大妈|哥哥?|弟弟?|姐姐?|妹妹?|嫂子|姐夫|妹夫|弟媳|儿媳|女婿|侄[子女]|外甥女?|老人"
)
_ACTS = "的|在|买|购|订|下单|遇|碰|被|也|昨|今|去|说|让|托|叫|想|要|家|名下|那|刚|前|车|手机|电话|上|就|反映|投诉|这边|有|是|一|跟|收|付|花|用"
_TELLS_OF = "爆料|反映|投诉|吐槽|曝|遭遇|遇到|求助|晒|哭诉|维权"

THIRD_PARTY = re.compile(
    rf"我(?:的|们|有|一个|一位|有个|有位|有一个|有一位|家|们家)?(?:好|老|大|小|女|男)?(?:{_FRIENDS})"
    rf"|我(?:的|们|家)?(?:{_FAMILY})(?:{_ACTS})"
    rf"|(?:帮|替|代)(?:我|一个|一位|个|位)?(?:的|家|们)?(?:好|老|大|小)?(?:{_FRIENDS}|{_FAMILY}|人|别人|他人|他|她|人家)(?!民|们的|数|类)"
    rf"|为(?:我)?(?:的|家)?(?:{_FRIENDS}|{_FAMILY})"
    r"|(?<![客你他她])(?:帮|代|替)(?:转(?!扩散|账|接|移|达给我)|发(?!票|货)|问(?!我)|投诉(?!我)|反映(?!我)|曝光)|代(?:为)?(?:投诉|反映|维权|发帖)|受(?:人|.{1,4})(?:之托|委托|所托)"
    rf"|(?:{_FRIENDS})(?:的(?:车|订单|手机|电话|遭遇|经历|事)|托我|让我(?:帮|发|问|代)|(?:遇到|碰到|买)的)|身边(?:的)?(?:朋友|人|同事)"
    r"|(?<![求请家忙多迎赞])转发(?!扩散|量)|转自|转载|转贴|转帖|转一?[个下]|转[:：]|搬运|侵删|原帖|原po|原作者|出处[:：]|来源[:：]|RT\s?@"
    rf"|听说|据说|据悉|据称|(?<!各位)(?<!广大)网友(?!们)|(?:群里|圈里|网上|论坛|微博|抖音|小红书|贴吧|朋友圈|评论区)(?:里|上)?(?:看到|刷到|有人|有个|有位|一位|某)"
    rf"|(?:看|刷|见|听)到(?:有|别|一|某|这|那|个|位|他|她)|(?:有人|有个人|有位)(?:{_TELLS_OF})"
    rf"|(?:某|(?:有|一|这|那|该)(?:位|名|个))(?:车主|用户|消费者|先生|女士|客户|顾客|网友|大哥|大姐|粉丝|老人|妈妈|业主)"
    r"|(?:^|[，。！？；、,!?;:：\s\n])(?:他|她|人家|对方|苦主|当事人|受害者)(?:本人)?的?(?:订单|单号|手机|电话|车架|车牌|联系|号码|邮箱|名字|叫|姓)"
    r"|(?<![打拨加到系给找])(?:他|她|人家|当事人|苦主|受害者|投诉者)(?:的|叫|留的?)(?:订单|单号|手机|电话|车架|车牌|联系方式|号码|邮箱|名字)"
    r"|(?:不是|并非|非)(?:我)?(?:本人|自己)的?(?:事|订单|车|经历|遭遇)?|与本人无关"
    rf"|(?:^|[，。！？；、,!?;:：\s])(?:楼[上下]|隔壁|对门|小区|村里|单位)?(?:{_FRIENDS}|{_FAMILY})家?(?:的|买|遇|碰|被|让我|托|委托|不会|不懂|去年|前[天年阵]|今年|昨天)"
    r"|代笔|代写|代述|代诉|不会(?:发帖|上网|打字|用手机|弄这些)"
    r"|投稿|来稿|供稿|爆料|复制|粘贴|照搬|截图来自|(?:转|发|甩)(?:给|来给)我的?|(?:发|传)到群里"
    r"|(?<![我人己们])(?:遇到|碰到|遭遇|经历)的(?:事|糟心事|这事|情况|问题|一切)"
    r"|(?:^|[。！？；!?;\n])(?:我们(?=[^的遇碰]))?[^，。！？；,!?;\n我本自俺咱你您]{1,12}的(?:亲身|真实|悲惨)?(?:遭遇|经历|故事|事情?)(?=[，。！？；,:：!?;\s]|$)"
    r"|[Mm]y (?:friend|colleague|neighbou?r|roommate|mother|father|mom|dad|brother|sister|wife|husband|boss)|[Oo]n behalf of|a friend(?:'s| of mine)|[Ff]orward(?:ed|ing)|[Rr]epost"
)
"""Words by which somebody speaks of another's matter; who asks everybody to pass it on speaks of their own."""
_THIRD_PARTY = Sifted(THIRD_PARTY)

_FIRST = re.compile(r"我|本人|自己|俺|咱|笔者|鄙人|在下|\b(?:I|my|mine|me)\b", re.IGNORECASE)

_ASKS = re.compile(
    r"(?:请|希望|麻烦|尽快|赶紧|务必|速|盼|望|求|等)[^，。！？；,!?;\n]{0,10}(?:联系|回电|回复|致电|来电|处理|打过来|打电话|回访|电话|解决)|预留|登记|绑定|注册|下单"
)
"""Asking to be called back, or telling which number was left, is speaking of oneself."""

_PEOPLE = (
    "客服|热线|官方|售后|厂家|厂商|厂方|总部|总公司|分公司|公司|门店|网点|店里|店长|店员|店家|店主|老板娘?|4s店|4S店|销售[员商部]?|推销|顾问|经理|主管|主任|总监|负责人|对接|经手|跟进|联系人员|经办"
    "|师傅|技师|技工|维修[员工站部]?|修理工|技术员|安装[工员队]?|工程师|前台|接待|助理|导购|柜员|收银|经销商|代理商?|加盟商|商家|卖家|平台方?|中介|对方|骗子|业务员?|工作人员|专员|坐席|督导|区域"
    "|快递[员小]?|骑手|司机|配送员?|送货员?|物流|外卖员|保险员?|理赔员?|定损员?|催收|保安|物业|管家|教练|班主任|医生|护士|服务[员商站台]?|值班|小[王李张刘陈杨赵黄周吴徐孙]"
    "|投诉电话|服务电话|咨询电话|举报电话|监督电话|订餐电话|报修电话|来电|来电号码|来电显示|陌生号码?|他们?的?|她们?的?|它的|人家|那个人|那人|那位|这位|此人|该人|工人|卖家"
)
_THEIRS = "客服|热线|官方|售后|厂家|厂商|总部|门店|店里|店长|店员|4[sS]店|销售|顾问|经理|主管|负责人|师傅|技师|前台|经销商|代理商|商家|卖家|平台方|快递员|骑手|司机|配送员|中介|对方|骗子|业务员|工作人员|专员|他们?的|她的|他|她"
_POINTED = (
    r"(?:让|叫|要|请|喊)我(?:去|再)?(?:联系|打|加|找|拨|咨询|致电|问)[^，。！？；,!?;\n]*$"
    r"|(?:给|留|丢|甩|发)(?:了|给)?(?:我|你|大家)?(?:了|一个|个|的|一)*(?:电话|号码|手机号?|微信|联系方式)[^，。！？；,!?;\n]*$"
    r"|(?:自称|冒充|打着|号称)[^，。！？；,!?;\n]*$"
    r"|(?:拨打|拨|打|呼|致电|联系(?!电话|手机|号码)|加|骚扰|回拨)(?:了|过|给)*(?:这个|那个|该|他们?|她|对面|上面的?|官网的?)?(?:电话|号码|手机|微信)?(?:是|[:：])?\s*$"
)
_POINTED_BEFORE = re.compile(_POINTED)
_NAMED_BEFORE = re.compile(
    rf"(?:{_PEOPLE})[^，。！？；,!?;\n]*$"
    rf"|(?:{_PEOPLE})(?:我的)?(?:人)?(?:就?是)?\w{{0,3}}[，,]\s*\w{{0,4}}[:：]?\s*$"
    rf"|{_POINTED}"
)
_NAMED_BEHIND = re.compile(
    rf"\s?(?:[（(]|[，,]?\s?这?(?:个(?:号码?|电话|人))?(?:就?是|为)(?:你们|他们|贵司|他家|某|那个|一个)?的?|的?(?:这个|那个|这位|那位)?)(?P<who>{_THEIRS})"
    r"|[，,\s]?(?:这个(?:号码?|电话|人)?|那边|对方|号码?|电话|手机)?(?:一直|总是|都|老是|天天|每天|成天|半夜|反复|给我|永远|从来|根本|就是|也|又|再)*(?P<act>没人接|无人接|没有人接|不接|没接|打(?:来|了)?(?:推销|广告|骚扰|营销)|打不通|不通|占线|关机|停机|空号|拉黑|骚扰|挂断|挂我|推诿|推脱|敷衍|骂人|不理|已读不回)"
)
_MINE = r"(?:我|本人|自己|车主|机主)的?(?:联系(?:方式|电话|号码)|手机|电话|订单|单号|邮箱|号码|车架|车牌)"
_OWN = re.compile(rf"{_MINE}|(?:我|本人)(?:留|填|登记|预留|注册|下单|绑定|用|订|购|买)[^，。！？；,!?;\n]{{0,8}}$")
_REACHED = re.compile(
    rf"{_MINE}|[留打回找]我|联系我|留[了的]|预留|登记|绑定|注册|会员|下单|收[货件]|订购"
    r"|(?:请|希望|麻烦|尽快|赶紧|务必|速|盼|望|求)[^，。！？；,!?;\n]{0,10}(?:联系|回电|回复|致电|来电|处理|打过来|打电话|回访|电话)"
)
"""By such words a number is the speaker's although a company's word stands before it: 「请客服联系 …」."""

_TO_ME = re.compile(
    r"(?:(?!天天|每天|老是|一直|总是|半夜|成天|反复|骚扰)[^，。！？；,!?;\n]){0,4}(?:找我|联系我|给我(?:打|回|来|发))"
)
"""What follows a number by which the author wants to be reached."""

_SERVICE_NUMBER = re.compile(r"\+86[48]00\d{7}")
"""400 and 800 numbers: nobody's own telephone (Chinese numbering plan)."""

_BEFORE, _BEHIND = 24, 16
"""Characters around a number that say whose it is."""

_DEALER = re.compile(
    r"4[sS]店|经销商|专卖店|旗舰店|直营店|体验店|门店$|店$|销售服务|有限公司|汽贸|车行|官方|客服|代理|销售(?:顾问|经理|员)|商行|经营部|服务中心|[一二三四五六七八九]手车商"
)


ADVERTISES = re.compile(
    r"本店|我店|小店|欢迎(?:到店|进店|光临|选购|来电|咨询|致电|莅临|加盟)|现车(?:充足|供应|在售)|(?:订车|订购|抢购|加盟|招商|招聘|预约|试驾|服务|咨询)热线|钜惠|促销|诚聘|高薪"
    r"|厂家直销|专业(?:维修|保养|安装|代办|回收)|限时(?:优惠|特价|抢购)|接单|上门服务|关于(?:近日|近期|网传|网络).{0,8}(?:说明|声明|回应)|(?:特此|郑重)声明|提醒您|敬请(?:关注|期待|光临|垂询|惠顾|莅临|选购|留意)|新老(?:客户|顾客)|招聘|应聘|简历"
)


def advertises(text: str) -> str:
    """The words by which a business speaks to its customers; "" where none does."""
    found = ADVERTISES.search(text)
    return found.group() if found else ""


def third_party(text: str) -> str:
    """The words by which somebody speaks of another's matter; "" where there are none."""
    found = _THIRD_PARTY.search(text)
    return found.group().strip(" \n，。,:：") if found else ""


def first_person(text: str) -> bool:
    """True where the author speaks of themselves at all, or asks to be answered."""
    return _FIRST.search(text) is not None or _ASKS.search(text) is not None


def dealer_name(author_name: str) -> str:
    """The part of a display name that says a business speaks: 朔岳杭州城西4S店; "" where none does."""
    found = _DEALER.search(author_name)
    return found.group() if found else ""


def others_words(kind: str, value: str, text: str, places: Iterable[tuple[int, int]]) -> str:
    """The words that call a number somebody else's at every one of its ``places`` in ``text``; "" where not."""
    if kind not in ("phone", "email", "phone_mask"):
        return ""
    if _SERVICE_NUMBER.fullmatch(value):
        return "400/800"
    found = [_others_at(text, start, end) for start, end in places]
    return found[0] if found and all(found) else ""


@cache
def _people() -> Automaton:
    """What every word of ``_PEOPLE`` begins with, so that the long pattern is tried only where one stands."""
    return Automaton(sorted(set(map(_sure, _PEOPLE.split("|")))), longest=True)


def _sure(word: str) -> str:
    """What every form of one word of a pattern begins with: 销售 of 销售[员商部]?, 老板 of 老板娘?."""
    return re.sub(r"(?:(?:\[[^\]]*\]|[^\[\]])\?)+$", "", word).partition("[")[0]


def _others_at(text: str, start: int, end: int) -> str:
    if _TO_ME.match(text, end):
        return ""
    before = text[max(0, start - _BEFORE) : start]
    named = (_NAMED_BEFORE if _people().find(before) else _POINTED_BEFORE).search(before)
    if named and not _REACHED.search(before, named.start()) and not _REACHED.search(_clause(before)):
        return named.group().strip(" ：:，,")[:12]
    if _OWN.search(_clause(before)):
        return ""
    behind = _NAMED_BEHIND.match(text[end : end + _BEHIND])
    return (behind["who"] or behind["act"]) if behind else ""


def called_own(text: str, places: Iterable[tuple[int, int]]) -> bool:
    """True where the text calls an identifier the speaker's own: 「我的订单号 …」."""
    return any(_OWN.search(_clause(text[max(0, start - _BEFORE) : start])) for start, _ in places)


def _clause(before: str) -> str:
    return _STOPS.split(before)[-1]


_STOPS = re.compile(r"[，。！？；,!?;\n]")
