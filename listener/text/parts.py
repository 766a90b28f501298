"""The pieces of a text that are not its author's own words: addresses, @names, #topics#, forwards, signatures.

Found in an original or in a normalised text alike; ``blank`` keeps every offset.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from listener.text.sign import Sign

__all__ = ["KINDS", "Part", "blank", "blanked", "own_words_end", "parts"]

KINDS: Final = ("url", "email", "forward", "at", "topic", "signature")
"""address · e-mail address · forwarding mark · @name · #topic# · what the app or the forum added"""


class Part(NamedTuple):
    """A piece and its kind (one of ``KINDS``)."""

    kind: str
    start: int
    end: int


_NAME: Final = r"[\w\-·•.]{1,30}"
# Only ASCII continues an address: Chinese text follows it without a blank.
_ADDRESS: Final = r"[!#-;=?-Z\[\]_a-z~|$%&]"
_DOMAINS: Final = r"(?:com|cn|net|org|gov|edu|top|cc|tv|me|io|shop|vip|xyz|info|site|club|link|app|hk|tw)"
_SENTENCE: Final = r"[^\n，。！？!?]"
_DEVICES: Final = (
    r"(?:iphone|ipad|ipod|android|安卓|华为|huawei|小米|xiaomi|redmi|红米|荣耀|honor|vivo|oppo|realme|一加|oneplus|三星|samsung"
    r"|魅族|meizu|中兴|努比亚|诺基亚|nokia|windows|mac|手机|客户端|微博|贴吧|网页|电脑|pc|app|小程序|论坛|weibo|discuz|掌上)"
)
_PATTERNS: Final = (
    (
        "url",
        rf"(?:https?|ftp)://{_ADDRESS}+|(?<![a-z\d_.@-])www\.{_ADDRESS}+"
        rf"|(?<![a-z\d_.@/-])(?:[a-z0-9-]{{1,63}}\.){{1,5}}{_DOMAINS}(?![a-z\d_-]|\.[a-z\d]|@)(?:/{_ADDRESS}*)?",
    ),
    ("email", r"(?<![a-z\d_.%+@-])[a-z\d_.%+-]{1,64}[@＠][a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,4}"),
    (
        "forward",
        rf"//\s?[@＠]{_NAME}\s?[:：]|(?:回复|回覆|转自|轉自)\s?[@＠]{_NAME}\s?[:：]?|\brt\s?[@＠]{_NAME}\s?[:：]?"
        r"|(?:转发|轉發)微博|^[^\S\n]{0,9}(?:转发|轉發|repost)[^\S\n]{0,9}$",
    ),
    ("at", rf"(?<![a-z\d_.%+-])[@＠]{_NAME}(?!\w)"),
    ("topic", r"[#＃][^#＃\n]{1,60}[#＃]|(?<![a-z\d_#＃&/])[#＃][a-z]\w{1,40}(?![\w#＃])"),
    (
        "signature",
        rf"(?:[(（\[【—-]\s?)?(?<!\w)(?:来自|來自|发自|發自|sent from)\s?(?:我的|my\s)?"
        rf"(?={_SENTENCE}{{1,40}}$){_SENTENCE}{{0,8}}?{_DEVICES}{_SENTENCE}{{0,20}}$"
        r"|(?:本帖|本文|此帖)最[后後]由[^\n]{1,60}(?:编辑|編輯)|(?:ip\s?属地|ip属地|发布于|發佈於|发表于)[:：]?\s?[\u4e00-\u9fff]{2,5}$",
    ),
)
_ANY: Final = re.compile(
    "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _PATTERNS), re.IGNORECASE | re.MULTILINE
)
# A quick look for one character of each hint, then one for the hints.
_LETTER_OF_A_HINT: Final = Sign("[@＠#＃/.自于於nN转轉由属pP]")
_HINT: Final = re.compile(
    r"[@＠#＃]|://|www\.|[a-z]\.[a-z]|[来來发發]自|[布表]于|佈於|sent|转发|轉發|最[后後]由|属地|repost", re.IGNORECASE
)
_FORWARDED: Final = re.compile(rf"//\s?[@＠]{_NAME}\s?[:：]", re.IGNORECASE)
_TRAILING: Final = ".,;:!?'\")]}"


def parts(text: str) -> tuple[Part, ...]:
    """All such pieces, in order, none overlapping another."""
    if not _LETTER_OF_A_HINT.within(text) or not _HINT.search(text):
        return ()
    return tuple(_part(found) for found in _ANY.finditer(text))


def blank(text: str, kinds: Collection[str] = KINDS) -> str:
    """``text`` with the pieces of ``kinds`` overwritten by blanks: same length, same offsets."""
    return blanked(text, parts(text), kinds)


def blanked(text: str, found: Sequence[Part], kinds: Collection[str] = KINDS) -> str:
    """``blank`` where the ``parts`` of ``text`` are known already."""
    if not found:
        return text
    pieces: list[str] = []
    done = 0
    for kind, start, end in found:
        if kind in kinds:
            pieces += text[done:start], " " * (end - start)
            done = end
    return "".join((*pieces, text[done:])) if pieces else text


def own_words_end(text: str) -> int:
    """Where the author's own words end: at the first ``//@name:``, behind which others speak."""
    found = _FORWARDED.search(text)
    return found.start() if found else len(text)


def _part(found: re.Match[str]) -> Part:
    kind, (start, end) = found.lastgroup or "", found.span()
    if kind == "url":  # marks at the end belong to the sentence
        end = start + len(found[0].rstrip(_TRAILING))
    return Part(kind, start, end)
