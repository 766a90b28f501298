# ruff: noqa: E501  (a pattern is one line of data)
"""What a text wants of its reader: the wording of help, purchase, suggestion, inquiry, praise and advertising.

``listener.complaints`` asks for the kind of what is no sure complaint. Written for Listener.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import partial
from typing import Final, NamedTuple

from listener.nlp.stretches import ANY

__all__ = ["KINDS", "Spoken", "advertises", "kind_of", "spoken_of"]

_HELP: Final = (
    r"求助|求救|求帮|求指|求告知|求解(?!释)|求线索|求扩散|求支招|求大神|求高手|求好心|跪求|救命|救救|急急|[,，。!！]急(?:$|[,，。!！])|很急|挺急|着急用|在线等|江湖救急|"
    r"帮帮(?:我|忙|我们)|(?:帮|麻烦|请)(?:大家|各位)?(?:帮)?(?:忙)?(?:转发|扩散|看看怎么|想想办法)|有人能帮|谁能帮|(?:哪位|有没有)(?:高手|大神|大佬|好心人|懂的|师傅)|寻人|寻物|走失|走丢|"
    r"(?:怎么办|咋办|如何是好)(?:啊|呀|呢|才好)?(?:$|[,，。!！?？])|有(?:什么|啥|没有|别的)?办法(?:$|能|可以|吗|没)|怎么(?:找回|恢复|追回|挽回)|(?:还能|能)(?:恢复|找回|追回|撤回|补救)(?:吗|么)"
)
_PURCHASE: Final = (
    rf"(?:想|想要|准备|打算|考虑|计划|要|决定|诚心)(?:再|去|给{ANY}{{1,5}}|这周|今年|年底|月底)?(?:买|入手?|换|订|提|购|囤|定制|下单|报名?|办|租|抢)(?!不|了(?:一|两|三))|有现货|有货吗|还有(?:货|吗|房|票|名额)|"
    r"多少钱|什么价|啥价|报(?:个)?价(?!保)|怎么卖|(?:能|可以)(?:优惠|便宜|打折|讲价)|有(?:什么)?(?:优惠|折扣|活动)吗|(?:最低|底价|到手价|裸车价|首付|定金|预算|落地价?)(?:要|是|多少|能)?[^。！？!?,，\n]{0,4}(?:多少|几|[一二三四五六七八九十\d])|求购|求推荐|哪款(?:好|合适|值)|哪里(?:能|可以)?(?:买|订)|诚心要|有(?:没有)?(?:同款|分期)|能分期吗|团购|能预订吗|置换|想(?:要|订|入|买|换)"
)
_SUGGESTION: Final = (
    rf"(?:^|[,，。!！]|个人|强烈|真心)(?:我)?建议(?!零售)|提(?:个|点|一个)(?:小)?(?:建议|意见)|提议|(?:希望|期待|盼)(?:以后|今后|后续|后期|下次|下一?代|新版|未来|官方|厂家|你们|贵)?{ANY}{{0,10}}?(?:增|加|出(?:一|个|款)|推出|支持|开放|优化|改进|改成|换成|提供|多(?:放|设|装|开|给)|设置?|做(?:一个|成)|提示|调整)|"
    rf"(?:能不能|能否|可不可以|可否|最好(?:能|是)?|(?:可以|不妨)考虑|何不){ANY}{{0,14}}?(?:增|加|出一|改|做得|做成|设|换成|优化|支持|提供|多(?:放|装|设)|移到|取消|推出|统一|简化)|(?:要是|如果|假如|若是?){ANY}{{1,18}}?(?:就(?:更)?(?:好|完美|方便|棒)了?|会更(?:好|方便|完美|实用)|更好用)"
)
_ASKED: Final = rf"请问|请教|咨询|想(?:问|了解|知道|请教|咨询)|问一?下|有(?:没有)?人(?:知道|用过|了解)|(?:吗|么|呢)(?:$|[?,，。!！])|(?:怎么|如何|哪里|哪儿|哪个|哪些|哪款|多少|多久|几(?:点|号|天|年|个|次)|什么时候|什么(?:材料|条件|区别|意思|流程)|是否|能否|可否|可不可以|能不能|有没有|是不是){ANY}{{0,14}}(?:$|\?)|是{ANY}{{1,8}}还是{ANY}{{1,8}}(?:$|[?,，。!！])|\?\s*$"
_THANKS: Final = re.compile(
    r"表扬|点个?赞|感谢|谢谢|多谢|好评|五星|推荐给|强烈推荐|值得(?:推荐|购买|拥有|信赖|再来)|回购|下次还|还会(?:再)?来|下次(?:还|再)|赞不绝口|一尘不染|真的绝|绝了|一如既往|暖心|给力|良心|国货之光|超出预期|物超所值"
)
_OF_A_COMPANY: Final = re.compile(
    r"师傅|客服|售后|店|老板|老师|教练|物业|司机|骑手|小哥|快递|物流|发货|送货|包装|医生|护士|医院|大厅|窗口|经理|工作人员|服务|态度|前台|客房|酒店|房间|住得|空姐|航班|飞机|银行|味道|口感|好吃|难吃|好喝|菜|面|汤|肉|分量|质量|做工|品质|性价比|价格|便宜|实惠|东西|宝贝|孩子很|商品|产品|产(?:的|自)|手机|屏幕|拍照|音质|续航|系统|升级|软件|app|更新|车|开了|油耗|省油|隔音|动力|用了|用着|用起来|戴着|穿着|买|退款|安装|装好|维修|修好|修得|面霜|家电|空调|冰箱|洗衣机|电视|耳机|电脑|衣服|鞋|尺码|课程|牌子|款|好用|耐用|结实"
)
_GREETING: Final = re.compile(
    r"早安|晚安|早上好|元气|生日快乐|节日快乐|新年|祝大家|周末|朋友|爬山|电影|演唱会|专辑|单曲|风景|天气|心情|恋爱|毕业|考试|偶像|球队|比赛|爱豆"
)
_NEWSY: Final = (
    r"招教你|个技巧|个方法|种方法|大误区|大技巧|教你|盘点|揭秘|同比|发布|通报|公告|通知|预防|记住这|怎么预防"
)

_ADVERT: Final = (
    r"(?:招募|诚招|急招|招收)(?:代理|加盟|兼职|会员)|加盟商|月入(?:过)?[万千\d]|日入|零门槛|在家(?:就)?能(?:赚|月)|(?:新店|盛大|隆重)开业|进店(?:消费|有礼|即)|到店(?:即送|有礼|试驾)|先到先得|先退款?后收费|钜惠|火热(?:报名|招生|进行)|前[一二三四五六七八九十\d]{1,4}名|立减|低至\S{1,3}折|全网最低|"
    r"24小时上门|电话(?:见|看)简介|(?:见|看)主页|拎包入住|非中介|房屋出租|高价回收|找我(?:报价|办|买|拿|有)|内部价|员工价|闭眼入|私我|详聊|需要的(?:私|联系|扫|加)|(?:私|滴滴)我(?:$|[,，。!！]|了解|详聊|咨询|拿)|不看征信|秒批|当天放款|无效退款|不反弹|一个疗程|直播间[^。]{0,8}(?:点|见|全网|开抢)|不见不散|抽[一二三四五六七八九十\d]{1,4}位|转发并|关注公众号|回复[^。]{0,6}(?:领|资料)|选我们家|我们家(?:的)?[^。]{0,8}(?:质保|检测|正品|批发|实惠)|品牌授权|欢迎(?:新老|选购|来电|咨询|光临|订购)|自家(?:养|种|产)的|支持货到付款|比官网便宜|诚信经营"
)
_ONES_OWN_TROUBLE: Final = re.compile("我(?:的|买|在|被)|(?:投诉|退款|维权)(?!找)|被骗|上当|客服")
_GRIEVED: Final = {"own", "unanswered", "refused", "demand", "shirking", "soon"}
_NO_PITCH: Final = r"帮忙转发|扩散|走失|走丢|寻人|(?:包邮|免费|优惠券|预约|折扣|活动|抽奖|退)[^。！？!?,，\n]{0,4}(?:吗|么)(?:$|[?,，。!！])"


KINDS: Final[list[tuple[str, str]]] = [
    (_HELP, "help"),
    (_PURCHASE, "purchase"),
    (_SUGGESTION, "suggestion"),
    (_ASKED, "asked"),
    (_NEWSY, "newsy"),
    (_ADVERT, "pitch"),
    (_NO_PITCH, "no pitch"),
]
"""(pattern, name); ``wording`` finds them with everything else, in one pass."""


class Spoken(NamedTuple):
    """What is known of a text: the names of ``KINDS`` in it, whether it may be a complaint, whether its grievance is stated, how
    likely its sentiment is positive, and whether it reads like news."""

    said: Collection[str]
    complaint: bool
    gripe: bool
    positive: float
    news: bool


# A NamedTuple's own __new__ is Python code.
spoken_of: Final[Callable[[tuple[Collection[str], bool, bool, float, bool]], Spoken]] = partial(tuple.__new__, Spoken)


def advertises(text: str, said: Collection[str], families: Collection[str]) -> bool:
    """Whether ``text`` sells something, a competitor's smear copy included: it blames one and offers another."""
    if "pitch" not in said or "no pitch" in said:
        return False
    return not (_GRIEVED & set(families) and _ONES_OWN_TROUBLE.search(text))


def kind_of(text: str, spoken: Spoken) -> str:
    """help, purchase, suggestion, inquiry, complaint, praise or other, for a text that is no sure complaint."""
    if "help" in spoken.said and not spoken.gripe:
        return "help"
    asks = "asked" in spoken.said
    if "newsy" in spoken.said or (spoken.news and not asks and not _praises(text, spoken.positive)):
        return "complaint" if spoken.complaint else "other"
    if "suggestion" in spoken.said:
        return "suggestion"
    if "purchase" in spoken.said and not spoken.gripe:
        return "purchase"
    if asks and not spoken.gripe:
        return "inquiry"
    if spoken.complaint:
        return "complaint"
    return "praise" if _praises(text, spoken.positive) else "other"


def _praises(text: str, positive: float) -> bool:
    """Praise of somebody's product or service: glad words about one's own life are none."""
    if positive <= 0.33:
        return False
    if _THANKS.search(text):
        return not _GREETING.search(text) or bool(_OF_A_COMPANY.search(text))
    return bool(_OF_A_COMPANY.search(text)) and not _GREETING.search(text)
