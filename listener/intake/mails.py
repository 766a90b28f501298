"""What a forwarded mail holds: what the colleague adds, what was forwarded, and its pictures. Pure.

Mail programs write the original's head in their own ways (QQ Mail, NetEase, Outlook, Gmail, Apple Mail); an original
that is attached as a mail of its own is read too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

from listener.answers.reading import body_of

__all__ = ["Attached", "Forwarded", "Original", "forged", "opened", "recipients"]

LARGEST = 20_000_000
MOST_PARTS = 40
"""Attachments of a mail that are kept, and the bytes of the largest."""

SMALLEST_PICTURE = 4_000
"""Bytes; what is smaller is a logo in a signature."""


@dataclass(frozen=True, slots=True)
class Attached:
    """A picture or another file that came along."""

    name: str
    content: bytes
    picture: bool


@dataclass(frozen=True, slots=True)
class Original:
    """The mail that was forwarded; ``written`` is its time as it stood there."""

    author: str = ""
    subject: str = ""
    written: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Forwarded:
    """A mail in its parts: ``text`` is what its writer says, without what they forward."""

    subject: str
    text: str
    original: Original | None = None
    attached: tuple[Attached, ...] = ()


_SUBJECT = re.compile(r"^\s*(?:(?:fwd?|fw|转发|轉寄|转|re|回复|答复)\s*[:：]\s*)+", re.I)
_FIELDS = {
    "发件人": "author", "寄件人": "author", "寄件者": "author", "from": "author",
    "主题": "subject", "主旨": "subject", "subject": "subject",
    "发送时间": "written", "发送日期": "written", "日期": "written", "时间": "written", "date": "written",
    "sent": "written",
    "收件人": "", "收件者": "", "to": "", "抄送": "", "副本": "", "cc": "", "回复": "", "reply-to": "", "附件": "",
}  # fmt: skip
_FIELD = re.compile(rf"^[>\s]*\*?(?P<name>{'|'.join(map(re.escape, _FIELDS))})\*?\s*[:：]\s*\*?(?P<value>.*)$", re.I)
_RULE = re.compile(
    r"^\s*(?:-{2,}.{0,40}|_{8,}|开始转发的邮件[:：]|Begin forwarded message:|={6,}|—{4,}.{0,20}—{2,})\s*$", re.I
)
_SIGNED = re.compile(r"^\s*(?:发自我的|發自我的|来自我的|Sent from my|获取 ?Outlook|Get Outlook for).{0,60}$", re.I)
_HEAD_LINES = 10


def opened(mail: EmailMessage) -> Forwarded:
    """The mail in its parts."""
    text = _without_signature(body_of(mail))
    above, original = _split(text)
    inner = next(_inner_mails(mail), None)
    if inner is not None and (original is None or not original.text.strip()):
        original = _original_of(inner)
    attached = tuple(_attached(mail))[:MOST_PARTS]
    return Forwarded(_SUBJECT.sub("", _header(mail, "subject")).strip(), above.strip(), original, attached)


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(mail.get(name, "")).split())
    except (ValueError, IndexError, AttributeError):  # a header that the parser itself trips over
        return ""


def _without_signature(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\xa0", " ").split("\n")
    return "\n".join(line for line in lines if not _SIGNED.match(line))


def _split(text: str) -> tuple[str, Original | None]:
    """What stands above the head of a forwarded mail, and that mail."""
    lines = text.split("\n")
    for start, line in enumerate(lines):
        found = _FIELD.match(line)
        if found is None or _FIELDS[found["name"].lower()] != "author":
            continue
        head, end = _head(lines, start)
        if "subject" in head or "written" in head:
            above = [each for each in lines[:start] if not _RULE.match(each)]
            body = "\n".join(each.removeprefix("> ").removeprefix(">") for each in lines[end:])
            return "\n".join(above), Original(
                _name(head.get("author", "")), head.get("subject", ""), head.get("written", ""), body.strip()
            )
    return text, None


def _head(lines: list[str], start: int) -> tuple[dict[str, str], int]:
    """The fields of a head that begins on a line, and the line after it."""
    head: dict[str, str] = {}
    end = start
    for at in range(start, min(len(lines), start + _HEAD_LINES)):
        found = _FIELD.match(lines[at])
        if found is None and (lines[at].strip() or len(head) > 1):
            break
        if found is not None:
            meaning = _FIELDS[found["name"].lower()]
            if meaning:
                head.setdefault(meaning, found["value"].strip(" ;；*"))
        end = at + 1
    return head, end


def _name(written: str) -> str:
    """A sender's name as people read it; the address where there is none."""
    name, address = parseaddr(written.replace("；", ";").split(";")[0].replace("“", '"').replace("”", '"'))
    return (name or address or written).strip(" \"'<>[]")[:100]


def _inner_mails(mail: EmailMessage) -> Iterator[EmailMessage]:
    for part in mail.walk():
        if part.get_content_type() == "message/rfc822":
            payload = part.get_payload()
            if isinstance(payload, list) and payload and isinstance(payload[0], EmailMessage):
                yield payload[0]


def _original_of(mail: EmailMessage) -> Original:
    try:
        written = parsedate_to_datetime(_header(mail, "date")).isoformat()
    except (TypeError, ValueError):
        written = ""
    return Original(_name(_header(mail, "from")), _header(mail, "subject"), written, body_of(mail).strip())


def _attached(mail: EmailMessage) -> Iterator[Attached]:
    """Pictures, also those inside the text, and attached files; text parts and mails in the mail are none."""
    for part in mail.walk():
        kind = part.get_content_type()
        picture = part.get_content_maintype() == "image"
        named = part.get_filename() or ""
        if part.is_multipart() or not (picture or (named and not kind.startswith("message/"))):
            continue
        content = part.get_payload(decode=True)
        if not isinstance(content, bytes) or not content or len(content) > LARGEST:
            continue
        if not picture or len(content) >= SMALLEST_PICTURE:
            yield Attached(str(named)[:200], content, picture)


def recipients(mail: EmailMessage) -> frozenset[str]:
    """Every address that the mail was sent to, in small letters."""
    names = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-forwarded-to")
    text = " ".join(_header(mail, name) for name in names)
    return frozenset(address.lower() for address in re.findall(r"[^\s<>,;\"'()]{1,64}@[^\s<>,;\"'()]{1,255}", text))


def forged(mail: EmailMessage) -> bool:
    """True where our own mail server says that its writer is not who they say (RFC 8601, the topmost result)."""
    return bool(re.search(r"\bdmarc\s*=\s*fail\b", _header(mail, "authentication-results"), re.I))
