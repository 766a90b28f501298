"""Whose matter is told: another person's, or the author's own. Pure.

``listener.customers.speaking`` knows wordings; here are the forms that carry any wording: a person who is none of the
company's staff stands as owner or subject (我 + 大舅哥, 一位 + 大叔, 老同学 + 求我发的), a third person is meant whom
nobody of the staff introduces, a clause says only where the matter comes from (刚在业主群看到的), something is done for
somebody (替…问). What none of these forms takes and that says 我 is the author's own.
"""

from __future__ import annotations

import re

from listener.text.sifted import Sifted

__all__ = ["filed", "others_matter"]

_KIN = (
    "爸|妈|爹|娘|爷|奶|姥|外公|外婆|公公|婆婆|公婆|岳父|岳母|丈人|丈母|叔|伯|舅|姑|姨|婶|嫂|哥|姐|弟|妹|侄|外甥|孙子|孙女|女婿|儿媳|媳妇|老公|老婆|爱人|对象|男友"
    "|女友|未婚|前任|前夫|前妻|先生|太太|丈夫|妻子|夫人|儿子|女儿|闺女|孩子|小孩|娃|父亲|母亲|父母|亲家|亲戚|连襟|妯娌|家里人|家里老"
)
_KIN_NAMED = (
    "爸爸|妈妈|老爸|老妈|爹妈|爸妈|父亲|母亲|父母|爷爷|奶奶|姥姥|姥爷|外公|外婆|公公|婆婆|公婆|岳父|岳母|丈人|丈母|叔叔|伯伯|舅舅|姑姑|姑父|姑妈|姨妈|姨父|小姨|婶婶|嫂子"
    "|哥哥|姐姐|弟弟|妹妹|[表堂][哥姐弟妹]|表[叔姑舅]|侄[子女]|外甥|孙子|孙女|女婿|儿媳|媳妇|老公|老婆|爱人|对象|男友|女友|前夫|前妻|丈夫|妻子|儿子|女儿|闺女|孩子|亲家|亲戚|连襟|妯娌|家里人|家里老"
)
"""Of those the ones that are nothing else where they stand without 我: 陈姐 is one of the staff, 朔岳 a brand."""
_SOCIAL = (
    "朋友|好友|同事|同学|同桌|同行|同乡|同伴|老乡|舍友|室友|工友|队友|战友|网友|群友|车友|球友|牌友|病友|校友|闺蜜|发小|哥们|哥儿们|兄弟|姐妹|邻居|街坊|房东|租户|租客"
    "|房客|合租|领导|上司|下属|徒弟|师父|导师|老师|教师|医生|护士|会计|保姆|班主任|学生|家长|教练|当事人|委托人|受害人|受害者|苦主|事主|患者|病人|读者|听众|观众|粉丝|博主|群主|记者|律师|大爷|大妈"
    "|大叔|大婶|大哥|大姐|大娘|大伯|阿姨|老人|老太太|老爷子|老头|老师傅|小伙|姑娘|女生|男生|女孩|男孩|女士|先生|大学生|农民工|宝妈|单亲|陌生人|熟人|路人|家属|老板娘"
)
_PERSON = rf"(?:{_KIN}|{_SOCIAL})"
_NAMED = rf"(?:{_KIN_NAMED}|{_SOCIAL})"
_START = r"(?:^|[，。！？；：、,!?;:（(\s\n])"
_SIZE = r"[大小二三四五老表堂亲远房好旧前现]{0,3}"
_MATTER = "车|事|订单|单子|遭遇|经历|情况|手机|电话|号码|故事|控诉|帖|投诉|求助|自述|口述|房|钱|账号"

BY_PERSON = re.compile(
    # 我 and somebody of mine: 我弟, 我家老人, 我们单位司机, 我租户
    rf"我(?:的|们|家|们家|那|这)?(?:一个|一位|个|位)?{_SIZE}{_PERSON}(?![呀啊哎耶])"
    rf"|我们?(?:村|单位|公司|厂|小区|楼|班|群|学校|部门|店|家)[^，。！？；,!?;\n我]{{0,4}}{_PERSON}"
    # one or some person: 一位大叔, 一名大学生, 这位业主, 有读者
    rf"|(?:[一这那有某几两](?:个|位|名|群|些)|某|有|该)[^，。！？；：,!?;:\n我]{{0,4}}{_NAMED}"
    # somebody is what a clause is about, or owns what it is about
    rf"|{_START}(?:今天|昨天|昨晚|刚|前天|隔壁|楼[上下]|对门|同部门|公司|单位|小区|村里|合租的?|一起\S{{2,3}}的)*{_SIZE}{_NAMED}"
    rf"|(?:{_NAMED}|TA|ta)(?:家|单位|公司|们|他|她|本人)?的?(?:{_MATTER}|他|她)"
    rf"|{_NAMED}(?:遇到|遇上|碰到|碰上|买|购|提|订|下单|被|托|求|让|叫|跟|说|讲|告诉|反映|来信|私信|私聊|发来|发给|不会|不敢|不懂|不方便|没时间|年纪)"
    rf"|孩子(?:他|她)|(?:{_KIN_NAMED})家"
    rf"|[帮替为]{_SIZE}(?:家里)?{_NAMED}"
)
BY_FORM = re.compile(
    r"我的?(?:健身|驾校|钢琴|瑜伽)?(?:教练|师傅)"
    r"|我们?(?:村|单位|公司|厂|小区|楼|班|群|学校|部门|店|家)[^，。！？；,!?;\n我]{0,4}(?:人|司机|员工|小[王李张刘陈杨赵黄周吴徐孙])"
    r"|(?:[一这那有某几两](?:个|位|名|群|些)|某|有|该)[^，。！？；：,!?;:\n我]{0,4}"
    r"(?:车主(?![群圈])|业主(?![群圈])|用户|消费者|顾客|司机|师傅|人(?=[，。！\s]|说|讲|发|让|托|的|跟))"
    # what a teller does and feels: 我陪着去的, 我认识的, 看着心疼, 与我无关
    r"|我(?:认识的|身边|熟识|陪(?:着|他|她|同)|代(?:[他她]|发|笔|写)|只是(?:转|替|帮|代|发))|与我无关|不关我的?事|打抱不平|吃瓜|围观"
    r"|(?:看|听)(?:着|得|了)?(?:都|就|真|让人|我)?(?:心疼|揪心|难受|不过去|不惯)|心疼|可怜|同情(?!心)|太惨|不容易啊?(?=[，。！\s])|声援"
    # reported speech: 车主称, 王女士反映, 据了解
    r"|(?:车主|业主|用户|消费者|顾客)[\u4e00-\u9fff]{0,3}(?:称|表示|反映|告诉|介绍|自述|透露|爆料)|据(?:了解|介绍|反映|车主|当事)"
    r"|[王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕](?:女士|先生|某某?|大爷|大妈|阿姨|小姐|大姐|大哥)"
    r"(?:说|称|反映|买|购|在|的|于|表示|告诉|遇|提|发现|投诉|去年|今年|家)"
    r"|(?<![打拨给加系找])[他她](?:的|那)?(?:单子?|订单|号码|手机|电话|车牌|车架)号?[是为：:\s]{0,2}[A-Za-z\d]"
    # done for somebody
    r"|[帮替](?:她|他|TA|ta|它|人家|这|那|一|个|位|忙(?:转|发|看看|问|扩))|[帮代](?:转|发(?!票|货|动)|问|扩|述|笔|写|诉)|代(?:为|理的|表)|由我(?:来|代)|我来(?:说|发|讲)"
    r"|(?:求|托|让|叫|请|委托|拜托)我(?:来|帮|替|代|给)?(?:发|转|问|说|写|投诉|曝光|反映)|(?:私聊|私信|告诉|跟|和|发给|转给|传给|讲给)我(?:的|说|讲)?(?=[，。：\s]|的|说|讲)"
    # where the matter comes from
    r"|(?:看|刷|听|见|收|接|搬|转|摘|截|抄)(?:到|来|过来|见|回来)?的(?=[，。！：\s]|$)|(?:搬|转)(?:过来|到这|自|发自|一?[条个下])|图文|来自(?:群|网|朋|微|抖|小红|车主自|读|粉)"
    r"|(?<![我人己们俺咱])(?:遇|碰|摊)[到上]的(?=[，。！：,!\s]|$)"
    r"|(?:后台|信箱|群里|评论|私信)(?:又|里|区)?(?:收|看[到见]|有)|收到[^，。！？；,!?;\n]{0,6}(?:私信|来信|求助|反映)|(?:来信|爆料|反映|控诉|口述|自述|讲述)(?:说|称|道)?[:：，]|接到[^，。,\n]{0,6}反映|以下(?:为|是)|第[\d一二三四五六七八九十]+期"
    r"|(?:饭局|桌|酒|路|街|网|群|抖音|某音|微博|朋友圈|小红书|贴吧|论坛)[上里]?[^，。！？；,!?;\n我]{0,4}(?:看|听|刷|见|碰|遇)[到来见上]"
    r"|不是(?:我|本人|自己)的?(?:事|车|订单|单)|非本人|(?:不是|并非)本人|求扩|[帮扩]散(?:一下)?|帮帮|帮到|别划走|看不下去"
)
_STAFF = re.compile(
    "客服|销售|店|售后|师傅|经理|主管|厂|公司|顾问|前台|老板|商家|卖家|经销|代理|工程师|技师|技工|维修|安装|物流|快递|骑手|司机|专员|人员|平台|对方|督导|总监|贷款|保险|接待|交付|员"
)
THIRD = re.compile(r"(?<![其吉排利打拨给加系找])[他她](?!们|家(?!的?车)|人|妈的|乡|杀)|人家")

_FILED = re.compile(
    r"\s*(?:实名|紧急|强烈|正式)?(?:投诉|求助|维权|反映|反馈|举报|申诉|曝光|避雷|避坑|踩坑|吐槽|诉求|问题反馈)[^，。！？；：,!?;:\n]{0,4}[：:！!。]"
    r"|[^，。！？；：,!?;:\n]{0,6}(?:提个醒|大家注意|评评理|别买|别去|当心|慎入|慎买|踩雷)"
)
"""A heading as people put it over a complaint of their own, or a warning to others."""


_OF_PERSON, _OF_FORM = Sifted(BY_PERSON), Sifted(BY_FORM)


def others_matter(text: str, *, third: bool = True) -> str:
    """The words by which the matter is another person's; "" where there are none.

    ``third``: whether a third person may be in it at all, as ``listener.customers.sieve`` knows.
    """
    found = _OF_PERSON.search(text) or _OF_FORM.search(text)
    if found:
        return found.group().strip(" \n，。,:：（(")
    pronoun = THIRD.search(text) if third else None
    if pronoun and not _STAFF.search(text, 0, pronoun.start()):
        return pronoun.group()
    return ""


def filed(text: str) -> bool:
    """True where the text begins as people begin a complaint of their own, without a word of themselves."""
    return _FILED.match(text) is not None
