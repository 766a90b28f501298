"""Which platform an address belongs to, and by what it is the same when somebody else forwards it. Pure.

Short addresses (v.douyin.com, xhslink.com …) are not opened: they are new at each sharing, so that two of them may
mean one thing; then the words that came with them tell (``listener.intake.entries``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import SplitResult, parse_qs, urlsplit

__all__ = ["PLATFORMS", "Place", "addresses", "place", "platform_name"]

PLATFORMS: Mapping[str, tuple[str, str]] = {
    "douyin": ("抖音", "Douyin"),
    "xiaohongshu": ("小红书", "Xiaohongshu"),
    "kuaishou": ("快手", "Kuaishou"),
    "bilibili": ("哔哩哔哩", "Bilibili"),
    "weibo": ("微博", "Weibo"),
    "zhihu": ("知乎", "Zhihu"),
    "weixin": ("微信公众号", "WeChat article"),
    "shipinhao": ("视频号", "WeChat Channels"),
    "wechat": ("微信聊天", "WeChat chat"),
    "taobao": ("淘宝", "Taobao"),
    "xianyu": ("闲鱼", "Xianyu"),
    "jd": ("京东", "JD"),
    "pinduoduo": ("拼多多", "Pinduoduo"),
    "meituan": ("美团", "Meituan"),
    "dianping": ("大众点评", "Dianping"),
    "toutiao": ("今日头条", "Toutiao"),
    "douban": ("豆瓣", "Douban"),
    "tieba": ("百度贴吧", "Tieba"),
    "heimao": ("黑猫投诉", "Heimao"),
    "mail": ("邮件", "mail"),
    "intake": ("转交", "forwarded"),
}
"""Platforms that things are forwarded from, as users call them."""

_HOSTS: Mapping[str, str] = {
    "douyin.com": "douyin", "iesdouyin.com": "douyin", "amemv.com": "douyin",
    "xiaohongshu.com": "xiaohongshu", "xhslink.com": "xiaohongshu", "xhslink.cn": "xiaohongshu",
    "kuaishou.com": "kuaishou", "kuaishouapp.com": "kuaishou", "gifshow.com": "kuaishou",
    "chenzhongtech.com": "kuaishou", "ksurl.cn": "kuaishou",
    "bilibili.com": "bilibili", "b23.tv": "bilibili", "bili2233.cn": "bilibili",
    "weibo.com": "weibo", "weibo.cn": "weibo", "t.cn": "weibo",
    "zhihu.com": "zhihu",
    "mp.weixin.qq.com": "weixin", "channels.weixin.qq.com": "shipinhao", "weixin.qq.com": "shipinhao",
    "taobao.com": "taobao", "tmall.com": "taobao", "tb.cn": "taobao", "goofish.com": "xianyu",
    "jd.com": "jd", "3.cn": "jd",
    "yangkeduo.com": "pinduoduo", "pinduoduo.com": "pinduoduo",
    "meituan.com": "meituan", "dianping.com": "dianping", "dpurl.cn": "dianping",
    "toutiao.com": "toutiao", "ixigua.com": "toutiao", "toutiaoimg.cn": "toutiao",
    "douban.com": "douban", "tieba.baidu.com": "tieba", "tousu.sina.com.cn": "heimao",
}  # fmt: skip
"""The end of a host, to its platform; longer ends are looked for first."""

_IDS: Mapping[str, tuple[re.Pattern[str], ...]] = {
    "douyin": (re.compile(r"/(?:video|note|share/video|share/note|slides)/(\d{10,25})"),),
    "xiaohongshu": (re.compile(r"/(?:explore|discovery/item|item)/([0-9a-f]{24})"),),
    "kuaishou": (re.compile(r"/(?:short-video|fw/photo|photo)/([\w-]{6,40})"),),
    "bilibili": (re.compile(r"/(BV[0-9A-Za-z]{10})"), re.compile(r"/(?:opus|read)/((?:cv)?\d{3,25})")),
    "weibo": (
        re.compile(r"/(?:status|statuses|detail|show)/(\d{10,25})"),
        re.compile(r"^/(?:\d{5,15}|status|detail)/([0-9A-Za-z]{9})$"),
    ),
    "zhihu": (
        re.compile(r"/answer/(\d{3,25})"),
        re.compile(r"/(?:p|pin|zvideo)/(\d{3,25})"),
        re.compile(r"/question/(\d{3,25})"),
    ),
    "weixin": (re.compile(r"^/s/([\w-]{10,80})$"),),
    "shipinhao": (re.compile(r"^/sph/([\w-]{4,80})$"),),
    "jd": (re.compile(r"/(\d{5,25})\.html"),),
    "meituan": (re.compile(r"/(?:shop|poi|deal)/(\w{4,40})"),),
    "dianping": (re.compile(r"/(?:review|shop|note|feeddetail)/(\w{4,40})"),),
    "toutiao": (re.compile(r"/(?:article|video|w|i)/?(\d{10,25})"),),
    "douban": (re.compile(r"/(?:topic|review|status|note)/(\d{3,25})"),),
    "heimao": (re.compile(r"/complaint/view/(\d{5,25})"),),
}
_QUERY_IDS: Mapping[str, tuple[str, ...]] = {
    "douyin": ("modal_id", "item_id"),
    "kuaishou": ("photoId",),
    "taobao": ("id",),
    "xianyu": ("id", "itemId"),
    "pinduoduo": ("goods_id",),
    "weibo": ("mid", "weibo_id"),
    "weixin": ("sn",),
    "meituan": ("poiId",),
    "shipinhao": ("id",),
}
_SITES = {"weibo": "m.weibo.cn", "heimao": "tousu.sina.com.cn"}
"""Where a platform is crawled too: the site that its captures have, so that a forwarded one is the same mention."""

_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%|]{3,2000}")
_BARE = re.compile(
    r"(?<![\w/.@-])(?:v\.douyin\.com|www\.douyin\.com|xhslink\.(?:com|cn)|b23\.tv|v\.kuaishou\.com|m\.tb\.cn|e\.tb\.cn"
    r"|t\.cn|3\.cn|dpurl\.cn|mp\.weixin\.qq\.com)/[A-Za-z0-9\-._~/?#&=%]{3,500}"
)
_LONGEST = 100_000


class Place(NamedTuple):
    """Where an address leads. ``native_id`` is "" where the address alone does not tell (a short one)."""

    platform: str
    site: str
    native_id: str
    url: str


def platform_name(code: str, language: str = "zh") -> str:
    """What users call a platform."""
    chinese, english = PLATFORMS.get(code, (code, code))
    return english if language == "en" else chinese


def addresses(text: str) -> list[str]:
    """The web addresses in a text, in their order; known short ones also where ``https://`` was left out."""
    text = text[:_LONGEST]
    found = [(match.start(), _trimmed(match.group())) for match in _ADDRESS.finditer(text)]
    covered = [(start, start + len(address)) for start, address in found]
    for match in _BARE.finditer(text):
        if not any(start <= match.start() < end for start, end in covered):
            found.append((match.start(), "https://" + _trimmed(match.group())))
    return list(dict.fromkeys(address for _, address in sorted(found)))


def _trimmed(address: str) -> str:
    """Without the sentence's own signs behind it; a closing bracket stays where one was opened."""
    while address and (
        address[-1] in ".,;:!?'\"|*]" or (address[-1] == ")" and address.count("(") < address.count(")"))
    ):
        address = address[:-1]
    return address


def place(address: str) -> Place:
    """The platform of an address, ``web`` for a host that is not known, and the id of what it shows."""
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower().rstrip(".")
    except ValueError:
        return Place("web", "", "", address)
    platform = _platform_of(host)
    native_id = _native_id(platform, parts) if platform != "web" else ""
    if platform == "weibo" and len(native_id) == 9 and not native_id.isdigit():
        native_id = _weibo_number(native_id)
    return Place(platform, _SITES.get(platform, platform if platform != "web" else host), native_id, address)


def _platform_of(host: str) -> str:
    labels = host.split(".")
    for start in range(len(labels) - 1):
        found = _HOSTS.get(".".join(labels[start:]))
        if found:
            return found
    return "web"


def _native_id(platform: str, parts: SplitResult) -> str:
    for pattern in _IDS.get(platform, ()):
        found = pattern.search(parts.path)
        if found:
            return found[1]
    wanted = _QUERY_IDS.get(platform, ())
    try:
        given = parse_qs(parts.query, max_num_fields=100) if wanted else {}
    except ValueError:
        return ""
    return next((given[name][0][:80] for name in wanted if given.get(name)), "")


def _weibo_number(short: str) -> str:
    """The number behind a short id such as ``Nt1Zq2aBc``: four signs in base 62 are seven digits, from the right."""
    pieces = [short[max(0, end - 4) : end] for end in range(len(short), 0, -4)]
    digits = []
    for piece in pieces:
        value = 0
        for sign in piece:
            value = value * 62 + _BASE62.index(sign)
        digits.append(f"{value:07d}")
    return "".join(reversed(digits)).lstrip("0")
