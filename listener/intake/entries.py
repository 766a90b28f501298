"""From what a colleague forwards to captures: one for each shared thing, chat, mail or picture. Pure.

What is the same when somebody else forwards it (``keys``): the platform's own id, the link, the code words, author and
title together, the words of a chat, the bytes of pictures that came alone.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from listener.intake.chats import Spoken, chat
from listener.intake.links import place, platform_name
from listener.intake.mails import Original
from listener.intake.shares import Share, shares
from listener.language import say
from listener.model import Origin, RawMention
from listener.text.dates import read_date

__all__ = ["SOURCE", "Found", "Kept", "Material", "entries"]

SOURCE = "intake"
"""The source of what colleagues forward."""

LONGEST_FORWARDED = 4000
LITTLE = 200
"""Characters beside a link to an unknown site that leave the link the thing that is meant."""

LEAST_TITLE = 8
"""Characters of a title that, with its platform, is enough to know a thing again; with its author half of it."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was kept as evidence: its SHA-256, its name when it came, and what could be read on it."""

    digest: str
    name: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """All that one message brings."""

    person: str
    text: str
    subject: str = ""
    original: Original | None = None
    kept: Sequence[Kept] = field(default=())


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to register: its capture, the hashes it is known by, and what the colleague adds."""

    capture: RawMention
    keys: tuple[str, ...]
    remark: str = ""


def entries(material: Material, now: datetime, zone: ZoneInfo) -> list[Found]:
    """What is to be registered; empty where there is nothing."""
    maker = _Maker(material, now, zone)
    found = [*maker.shared(), *maker.said()] if material.text or material.original else []
    found = list({each.capture.key: each for each in reversed(found)}.values())[::-1]
    return maker.with_pictures(found)


class _Maker:
    """Makes the captures of one message."""

    def __init__(self, material: Material, now: datetime, zone: ZoneInfo) -> None:
        self._given, self._now, self._zone = material, now, zone
        self._text = material.original.text if material.original else material.text
        self._spoken = chat(self._text)
        timed = sum(bool(each.when) for each in self._spoken) * 2 >= max(1, len(self._spoken))
        self._outer = _shared(material.text)
        self._inner = _shared(material.original.text) if material.original else []
        self._is_chat = bool(self._spoken) and (timed or not (self._outer or self._inner))

    def shared(self) -> list[Found]:
        """Links and share texts, in the message and in what it forwards; those inside a chat belong to the chat."""
        if self._is_chat:
            return []
        found = [*self._outer, *(replace(each, remark="") for each in self._inner)]
        around = self._given.text if not self._outer else ""
        return [self._share(each, _lines(around, each.remark)) for each in found]

    def said(self) -> list[Found]:
        """A chat, a mail or plain words, where nothing was shared."""
        given, text = self._given, self._text
        if self._is_chat:
            return [self._chat(self._spoken, text, given.text if given.original else "")]
        if self._outer or self._inner:
            return []
        if given.original and (given.original.text.strip() or given.original.subject):
            return [self._mail(given.original, given.text)]
        return [self._words(text)] if text.strip() else []

    def _share(self, share: Share, remark: str) -> Found:
        where = place(share.url) if share.url else None
        platform = share.platform
        keys = _share_keys(share)
        native_id = where.native_id if where and where.native_id and where.platform == platform else keys[0][:24]
        said = share.title or remark or share.author or share.url
        content = said if said == remark or not remark else f"{said}\n{say('转交说明：', 'remark: ')}{remark}"
        facts = {"code": share.code, "kind": share.kind, "forwarded": share.text[:LONGEST_FORWARDED]}
        title = share.title or (share.author and _titled(platform, share.author)) or ""
        return self._found(
            platform,
            where.site if where and where.platform == platform else platform,
            native_id,
            keys,
            remark,
            facts,
            url=share.url,
            title=title,
            content=content,
            author_name=share.author,
        )

    def _chat(self, spoken: list[Spoken], text: str, remark: str) -> Found:
        names = list(dict.fromkeys(each.name for each in spoken))
        when = next((each.when for each in spoken if each.when), "")
        who = "、".join(names[:3])
        title = say(f"聊天记录：{who}", f"chat: {who}") + (say(" 等", " …") if len(names) > 3 else "")
        first = " ".join(spoken[0].text.split())[:40]
        keys = (_key("text", "wechat", _plain("".join(each.name + each.text for each in spoken))),)
        link = next((each.url for each in (*self._inner, *self._outer) if each.url), "")
        return self._found(
            "wechat",
            "wechat",
            keys[0][:24],
            keys,
            remark,
            {"kind": "chat", "speakers": "、".join(names)[:300]},
            title=f"{title}：{first}" if first else title,
            url=link,
            content=text.strip(),
            author_name=names[0] if len(names) == 1 else "",
            published_raw=when,
        )

    def _mail(self, original: Original, remark: str) -> Found:
        keys = (_key("text", "mail", _plain(original.author + original.subject + original.text)),)
        return self._found(
            "mail",
            "mail",
            keys[0][:24],
            keys,
            remark,
            {"kind": "mail"},
            title=original.subject,
            content=original.text or original.subject,
            author_name=original.author,
            published_raw=original.written,
        )

    def _words(self, text: str) -> Found:
        """Plain words: what the colleague heard on the telephone, or pasted from anywhere."""
        keys = (_key("text", "words", _plain(text)),)
        title = self._given.subject or text.strip().split("\n", 1)[0][:60]
        return self._found(
            "intake", "intake", keys[0][:24], keys, "", {"kind": "words"}, title=title, content=text.strip()
        )

    def with_pictures(self, found: list[Found]) -> list[Found]:
        """The pictures go with the first entry; alone they are one."""
        kept = self._given.kept
        if not kept:
            return found
        read = "\n".join(each.text for each in kept if each.text).strip()
        evidence = {"evidence": "\n".join(f"sha256:{each.digest} {each.name}".strip() for each in kept)}
        # all of them together: the logo in somebody's signature comes with each of their mails
        keys = (_key("pictures", *sorted({each.digest for each in kept})),)
        if not found:
            title = self._given.subject or say("截图", "screenshot")
            content = read or say("（截图，未识别文字）", "(a screenshot, nothing read)")
            facts = {"kind": "picture", **evidence}
            return [self._found("intake", "intake", keys[0][:24], keys, "", facts, title=title, content=content)]
        first = found[0]
        words = f"\n{say('截图文字：', 'on the screenshot: ')}{read}" if read else ""
        capture = replace(
            first.capture, content=first.capture.content + words, fields={**first.capture.fields, **evidence}
        )
        return [replace(first, capture=capture), *found[1:]]

    def _found(
        self,
        platform: str,
        site: str,
        native_id: str,
        keys: tuple[str, ...],
        remark: str,
        facts: dict[str, str],
        *,
        content: str,
        title: str = "",
        url: str = "",
        author_name: str = "",
        published_raw: str = "",
    ) -> Found:
        remark = remark.strip()[:LONGEST_FORWARDED]
        told = {**facts, "forwarded_by": self._given.person, "remark": remark}
        capture = RawMention(
            source=SOURCE,
            platform=platform,
            site=site,
            native_id=native_id,
            url=url,
            title=title[:300],
            content=content,
            author_name=author_name[:100],
            published_at=read_date(published_raw, self._now, self._zone) if published_raw else None,
            published_raw=published_raw,
            captured_at=self._now,
            origin=Origin.INTAKE,
            fields={name: value for name, value in told.items() if value},
        )
        return Found(capture, keys, remark)


def _shared(text: str) -> list[Share]:
    """What is shared in a text. A link to just any site counts where there is little else: elsewhere it is an aside."""
    found = shares(text)
    few = sum(len(line) for line in text.split("\n") if "http" not in line) <= LITTLE
    return [each for each in found if each.platform != "web" or few]


def _titled(platform: str, author: str) -> str:
    return say(f"{author} 的{platform_name(platform)}内容", f"{author} on {platform_name(platform, 'en')}")


def _lines(text: str, remark: str) -> str:
    return "\n".join(part for part in (text.strip(), remark.strip()) if part)


def _share_keys(share: Share) -> tuple[str, ...]:
    """The hashes a shared thing is known by, the surest first."""
    keys = []
    if share.url:
        where = place(share.url)
        if where.native_id:
            keys.append(_key("id", where.platform, where.native_id))
        parts = urlsplit(share.url)
        query = f"?{parts.query}" if where.platform == "web" and parts.query else ""
        keys.append(_key("link", parts.netloc.lower(), parts.path.rstrip("/") + query))
    if share.code:
        keys.append(_key("code", share.platform, share.code))
    title, author = _plain(share.title), _plain(share.author)
    if len(title) >= (LEAST_TITLE // 2 if author else LEAST_TITLE):
        keys.append(_key("said", share.platform, author, title))
    return tuple(keys) or (_key("text", share.platform, _plain(share.text)),)


def _plain(text: str) -> str:
    """A text without blanks, signs and widths: what stays the same when it is copied once more."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def _key(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
