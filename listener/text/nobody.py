"""Author names that many people share: 匿名用户, j***8, 王女士. Where no account stands behind one, it names nobody.

Two strangers who are both shown as 匿名用户 are not one customer who complains for the second time. The words are
those that Chinese platforms, shops' exports and hotlines put in a name's place, and the English ones of the usual
forum and blog software.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["NO_ID", "author_of", "names_nobody"]

NO_ID: Final = frozenset({"0", "-1", "null", "none", "nil", "undefined", "nan", "anonymous"})
"""What stands for "no account" where an account's id should be; compared in lower case."""

_PEOPLE = (
    "用户|网友|网民|会员|车主|买家|顾客|客户|消费者|市民|群众|业主|旅客|乘客|游客|访客|路人|读者|粉丝|匿名者"
    "|食客|住客|来宾"
)
_HOW = (
    "匿名|热心|普通|未知|神秘|手机|微信|支付宝|淘宝|天猫|京东|拼多多|美团|大众点评|点评|饿了么|抖音|快手|小红书|微博|百度|贴吧|知乎"
    "|携程|飞猪|去哪儿|高德|滴滴|注册|新|老|某|一位|一名|本|该|诉求|来电"
)
_GONE = r"[该此]?(?:用户|账号|帐号|会员)?已(?:注销|删除|重置|封禁)(?:用户|账号|帐号)?"
_ENGLISH = (
    r"anonym(?:ous)?(?: (?:user|coward|guest|poster))?|guest|unknown|nobody|no ?name|\[?deleted\]?|\[?removed\]?"
    r"|(?:a |the )?(?:google|yelp|amazon|deleted|guest|app|verified) (?:user|customer|buyer)"
    r"|customer|user|visitor|n/?a|null|none"
)
_TITLED = r"[\u4e00-\u9fff]{1,2}(?:女士|先生|小姐|同学|师傅|老师|阿姨|大爷|大妈|某某?|\*{1,2})"
_NOBODY = re.compile(
    rf"(?:(?:{_HOW})*(?:{_PEOPLE}|匿名)(?:匿名)?|不愿透露姓名|佚名|未署名|无名氏?|保密|{_GONE}|{_ENGLISH}|{_TITLED}|[\W_]*)",
    re.IGNORECASE,
)
_MASKED = re.compile(r"\*{2,}|[＊•●×]{2,}|^.\*$|^.{1,2}\*.{0,2}$")


def author_of(account: str, name: str) -> str:
    """By what one author is told from others on a site: the account, else the name where it is somebody's; else ""."""
    return account or ("" if names_nobody(name) else name)


def names_nobody(name: str) -> bool:
    """True where the name alone cannot tell one person from another: anonymous, masked, a surname with a title."""
    shown = name.strip()
    return bool(_NOBODY.fullmatch(shown) or _MASKED.search(shown))
