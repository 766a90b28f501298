"""What phones write when somebody taps "share": platform, author, title, link, and the code words. Pure.

    7.43 复制打开抖音，看看【老王的作品】刹车失灵三次… https://v.douyin.com/iRNBho6u/ :9pm z@A.gb
    70 小李发布了一篇小红书笔记，快来看吧！ 😆 2B4fyO9nDGbkJsc 😆 http://xhslink.com/a/EPoEX，复制本条信息，…
    【淘宝】https://m.tb.cn/h.5SZS8x8?tk=yZs7WYEsYcp CZ0001 「男女运动鞋」点击链接直接打开

The wordings change with every release of an app: what is not known is kept as a title, never thrown away. Every
pattern is anchored or bounded, so that no text takes long.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from listener.intake.links import addresses, place

__all__ = ["LONGEST", "Share", "shares"]

LONGEST = 20_000
"""Characters of a text that are looked at."""

BLOCK = 3000
"""Characters of one share that its wording is looked for in."""

MOST = 30
"""Shares that one text may hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One shared thing. ``text`` is all that came with it; ``remark`` what stands around it; ``code`` a 口令.

    ``kind``: work, live, profile, goods, shop.
    """

    platform: str
    url: str = ""
    author: str = ""
    title: str = ""
    code: str = ""
    kind: str = "work"
    remark: str = ""
    text: str = ""


_WORDS: Sequence[tuple[str, re.Pattern[str]]] = (
    ("douyin", re.compile(r"打开抖音|打开Dou音|抖音短视频】|在抖音，记录美好生活|【抖音】|抖音搜索|抖音极速版")),
    ("xiaohongshu", re.compile(r"【小红书】|小红书笔记|小红书 - 你的生活|小红书App")),
    ("kuaishou", re.compile(r"【快手】|快手作品|在快手被播放|打开快手|快手极速版")),
    ("bilibili", re.compile(r"哔哩哔哩】|- ?哔哩哔哩|bilibili】", re.I)),
    ("xianyu", re.compile(r"【闲鱼】|我在闲鱼发布")),
    ("taobao", re.compile(r"【淘宝】|【天猫】|淘宝搜索|打开[手机]{0,2}淘宝|淘口令")),
    ("jd", re.compile(r"【京东】|打开京东")),
    ("pinduoduo", re.compile(r"【拼多多】|打开拼多多|在拼多多")),
    ("dianping", re.compile(r"大众点评|@点评")),
    ("meituan", re.compile(r"@美团|我在美团|【美团】|打开美团")),
    ("zhihu", re.compile(r"- 知乎|分享自知乎|知乎App")),
    ("shipinhao", re.compile(r"的视频号|视频号：|【视频号】")),
    ("weibo", re.compile(r"的微博视频|的微博$|分享自微博|来自 ?@\S{1,40} ?的微博|微博正文")),
    ("toutiao", re.compile(r"今日头条】|打开今日头条")),
)
"""What tells the platform where no address does; also whose short addresses are shared by two platforms."""

_CODES = re.compile(r"[￥¥€₤¢₳₴$《(（]\s?([A-Za-z0-9]{8,15})\s?[￥¥€₤¢₳₴$》)）]")
_XHS_CODE = re.compile(r"😆\s{0,3}([0-9A-Za-z]{8,24})\s{0,3}😆")
_QUOTED = re.compile(r"「([^「」\n]{1,300}(?:「[^「」\n]{0,100}」[^「」\n]{0,200})?)」")

_SHAPES: Sequence[tuple[str, str, re.Pattern[str]]] = tuple(
    (platform, kind, re.compile(pattern))
    for platform, kind, pattern in (
        ("douyin", "work", r"看看【(?P<author>[^【】\n]{1,60}?)的(?:图文|长|动态)?作品】(?P<title>[^\n]{0,500})"),
        ("douyin", "live", r"【(?P<author>[^【】\n]{1,60}?)(?:的直播间?】|】正在直播)(?P<title>[^\n]{0,500})"),
        ("douyin", "profile", r"看看【(?P<author>[^【】\n]{1,60}?)的(?:个人)?主页】"),
        ("douyin", "work", r"看看【(?P<title>[^【】\n]{1,300})】"),
        ("douyin", "profile", r"查看TA的更多作品"),
        ("douyin", "work", r"在抖音，记录美好生活#(?P<title>[^\n]{1,500})"),
        ("xiaohongshu", "work", r"(?:^|\n)\d{0,3} ?(?P<author>[^\n]{1,60}?)发布了一篇小红书(?:笔记|视频)"),
        (
            "xiaohongshu",
            "work",
            r"【(?P<title>[^\n]{1,300}) - (?P<author>[^\n]{1,60}?) \| 小红书 - 你的生活[^】\n]{0,10}】",
        ),
        ("xiaohongshu", "live", r"小红书，(?P<author>[^\n]{0,60}?)正在直播"),
        ("kuaishou", "work", r"(?P<author>[^\n]{1,60}?)发了一个快手作品"),
        ("kuaishou", "live", r"(?P<author>[^\n]{1,60}?)的直播很精彩"),
        ("bilibili", "work", r"【(?P<title>[^\n]{1,300}?)[-_ ]{1,3}哔哩哔哩】"),
        ("weibo", "work", r"(?:^|\n)(?P<author>[^\s：:【】\n]{1,40})的微博视频(?P<title>[^\n]{0,300})"),
        ("weibo", "work", r"【(?P<author>[^【】\n]{1,40}?)的微博】(?P<title>[^\n]{0,500})"),
        ("weibo", "work", r"(?:^|分享自?)\s?@(?P<author>[^\s：:@]{1,40})\s?[：:](?P<title>[^\n]{0,500})"),
        (
            "zhihu",
            "work",
            r"(?:^|\n)(?P<title>[^\n]{1,300}?) - (?P<author>[^\n-]{1,40}?)的(?:回答|文章|想法) - 知乎",
        ),
        ("zhihu", "work", r"(?:^|\n)(?P<title>[^\n]{1,300}?) - 知乎"),
        ("xianyu", "goods", r"我在闲鱼发布了【(?P<title>[^\n]{1,300}?)】"),
        ("dianping", "shop", r"【(?P<title>[^【】\n]{1,80})】[^\n]{0,60}(?:【地址|@大众点评|@点评)"),
        ("meituan", "shop", r"【(?P<title>[^【】\n]{1,80})】[^\n]{0,60}(?:【地址|@美团)"),
        ("toutiao", "work", r"【(?P<title>[^\n]{1,300}?)[-_ ]{1,3}今日头条】"),
        (
            "shipinhao",
            "work",
            r"(?:^|\n)(?P<author>[^\s：:【】\n]{1,40})的视频号(?:视频|动态)?[：: ]?(?P<title>[^\n]{0,300})",
        ),
    )
)
"""Platform, kind, and the wording; the first that fits counts."""

_GOODS = frozenset({"taobao", "xianyu", "jd", "pinduoduo"})

_NOISE = tuple(
    re.compile(pattern)
    for pattern in (
        r"复制此?(?:本条)?(?:链接|消息|信息|口令)[^\n]{0,6}[，,]?\s{0,2}打开【?(?:Dou音|抖音|快手|小红书)[^\n]{0,40}",
        r"复制后打开【小红书】[^\n]{0,12}",
        r"[，,]?\s{0,2}复制本条信息，打开【小红书】[^\n]{0,20}",
        r"(?:长按)?复制(?:此|本)条(?:消息|信息)，[^\n]{0,40}",
        r"\d{0,2}[.-]?\d{0,2}\s{0,2}复制打开抖音[^，,\n]{0,6}[，,]?看看(?:作品)?",
        r"该作品在快手被播放过[\d,.万亿]{1,16}次[，,]?",
        r"点击链接[，,]?(?:直接打开|打开【快手】直接观看！?)(?:\s{0,2}或者[^\n]{0,20}(?:直接打开|打开京东))?",
        r"(?:淘宝搜索|复制文案)[^\n]{0,10}打开(?:京东|淘宝)?",
        r"#在抖音，记录美好生活#",
        r"，快来看吧！?|[，,]?一起来看！?|，?快来围观！?|来和我一起支持TA吧。?",
        r"复制下方链接，打开[^\n]{0,40}",
        r"【(?:淘宝|天猫|京东|闲鱼|拼多多|美团|抖音|小红书|快手)】",
        r"(?:^|(?<=\s))\d{1,2}(?=\s{0,2}(?:打开|$))|打开(?:手机)?(?:淘宝|拼多多|京东)(?:[Aa]pp)?(?=\s|$)",
        r"退货包运费|假一赔四|7天无理由退货",
    )
)
_DOUYIN_NOISE = re.compile(
    r"(?<!\S)(?:\d{1,2}\.\d{2}|\d{1,2}-|[A-Za-z]{1,4}:/|:/|:\d{1,2}[ap]m|[A-Za-z0-9]@[A-Za-z0-9]{1,2}\.[A-Za-z0-9]{1,4}"
    r"|(?:0\d|1[0-2])/[0-3]\d)(?!\S)"
)
_GOODS_CODE = re.compile(r"(?<!\S)[A-Z]{1,3}\d{2,5}(?!\S)")
_LEADING_NUMBER = re.compile(r"^\d{1,3}\s(?=\S)")


def shares(text: str) -> list[Share]:
    """The things shared in a text, in their order; empty where there is neither a link nor a known wording."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u200b", "").replace("\ufeff", "")[:LONGEST]
    found = [_share(block, lines) for block, lines in _blocks(text)]
    return [each for each in found if each is not None][:MOST]


def _blocks(text: str) -> list[tuple[str, list[str]]]:
    """The text in pieces with one link each, with the lines before it that belong to none."""
    blocks: list[tuple[str, list[str]]] = []
    before: list[str] = []
    block: list[str] = []
    linked = False
    for line in text.split("\n"):
        has = bool(addresses(line)) or (_platform_by_words(line) != "" and not linked)
        if linked and ((has and addresses(line)) or not line.strip()):
            blocks.append(("\n".join(block), before))
            block, before, linked = [], [], False
        if has:
            linked = True
            block.append(line.strip())
        elif linked:
            block.append(line.strip())
        elif line.strip():
            before.append(line.strip())
    if linked:
        blocks.append(("\n".join(block), before))
    elif before and blocks:
        blocks[-1][1].extend(before)
    return blocks


def _platform_by_words(text: str) -> str:
    return next((name for name, pattern in _WORDS if pattern.search(text)), "")


def _share(block: str, before: list[str]) -> Share | None:
    links = addresses(block)
    named = _platform_by_words(block)
    found = place(links[0]).platform if links else named
    if named and links and (found, named) in _SAME_SHORT_HOST:
        found = named
    if not found:
        return None
    url = links[0] if links else ""
    code = _code(found, block)
    share = _by_shape(found, block) or Share(platform=found, kind="goods" if found in _GOODS else "work")
    title = _tidy(found, share.title, links, code) or (
        _rest(found, block, links, code, share) if not share.title else ""
    )
    remark = list(before)
    if not title and not share.author and remark:
        title = remark.pop()
    return replace(
        share,
        url=url,
        code=code,
        author=_tidy(found, share.author, links, code)[:100],
        title=title[:300],
        remark="\n".join(remark),
        text=block,
    )


_SAME_SHORT_HOST = frozenset({("taobao", "xianyu"), ("dianping", "meituan"), ("weibo", "shipinhao")})
"""The platform that a host says, and that which the words say, where both use the same short addresses."""


def _by_shape(platform: str, block: str) -> Share | None:
    for name, kind, pattern in _SHAPES:
        if name != platform:
            continue
        found = pattern.search(block[:BLOCK])
        if found:
            given = found.groupdict()
            return Share(platform=platform, kind=kind, author=given.get("author") or "", title=given.get("title") or "")
    return None


def _code(platform: str, block: str) -> str:
    pattern = _XHS_CODE if platform == "xiaohongshu" else _CODES
    found = pattern.search(block)
    return found[1] if found else ""


def _rest(platform: str, block: str, links: list[str], code: str, share: Share) -> str:
    """What is left of a block without links, codes and the app's own words: its title."""
    if platform in _GOODS:
        quoted = _QUOTED.search(block)
        if quoted:
            return _tidy(platform, quoted[1], links, "")
    if share.author:  # what stands around a name that was found is the app's own words
        block = block.partition(share.author)[2]
        block = re.sub(r"^(?:发布了一篇小红书(?:笔记|视频)|发了一个快手作品|的直播很精彩|正在直播)", "", block)
    return _tidy(platform, block, links, code)


def _tidy(platform: str, text: str, links: list[str], code: str) -> str:
    """Without links, codes and what the app wrote itself, on one line."""
    for link in links:
        text = text.replace(link, " ").replace(link.removeprefix("https://"), " ")
    if code:
        text = _XHS_CODE.sub(" ", text) if platform == "xiaohongshu" else _CODES.sub(" ", text)
    for pattern in _NOISE:
        text = pattern.sub(" ", text)
    if platform == "douyin":
        text = _DOUYIN_NOISE.sub(" ", _DOUYIN_NOISE.sub(" ", text))
    if platform in _GOODS:
        text = _GOODS_CODE.sub(" ", text)
    if platform == "xiaohongshu":
        text = _LEADING_NUMBER.sub("", text.strip()).replace("😆", " ")
    text = " ".join(text.split()).strip(" ，,。；;：:！!|｜-—\u3000").rstrip("# ")
    return text if re.search(r"\w|[^\x00-\x7f]", text) else ""
