"""Mails that came back: which address cannot be reached for good, read from a bounce that answers a mail of ours. Pure.

Providers word bounces in a hundred ways; ``flufl.bounce`` (GNU Mailman's) knows them. What it does not know, and what
only says "later", marks nobody. A bounce is believed only where it quotes the Message-ID of a mail that we sent to
that address (the caller looks it up): anybody can write one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email.message import EmailMessage, Message

from flufl.bounce import all_failures

from listener.alerts.wording import one_line
from listener.text.mask import mask

__all__ = ["Bounce", "read"]

_ID = re.compile(r"<[^<>\s]{3,300}>")
_DIAGNOSTIC = re.compile(r"^Diagnostic-Code:\s*(.+(?:\n[ \t].+)*)", re.I | re.M)
_STATUS = re.compile(r"\b5\d\d[ -][^\n]{3,200}")
_LONGEST = 200_000


@dataclass(frozen=True, slots=True)
class Bounce:
    """The addresses that a bounce gives up, the Message-IDs it quotes, and what the server said (masked)."""

    addresses: tuple[str, ...]
    message_ids: tuple[str, ...]
    reason: str


def read(mail: EmailMessage) -> Bounce | None:
    """What a bounce says; None where the mail is none, or says that it will be tried again."""
    _, permanent = all_failures(mail)
    addresses = tuple(sorted({_text(one).strip("<> ").lower() for one in permanent} - {""}))
    if not addresses:
        return None
    whole = mail.as_bytes()[:_LONGEST].decode("utf-8", "replace")
    return Bounce(addresses, tuple(_quoted_ids(mail, whole)), _reason(whole))


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value


def _quoted_ids(mail: EmailMessage, whole: str) -> list[str]:
    """Every Message-ID that the bounce quotes, its own left out."""
    own = str(mail.get("message-id", "")).strip()
    named = _ID.findall(f"{mail.get('in-reply-to', '')} {mail.get('references', '')}")
    inner = [str(part.get("message-id", "")).strip() for part in mail.walk() if _is_original(part)]
    lines = [found for line in re.findall(r"^Message-ID:\s*(.+)$", whole, re.I | re.M) for found in _ID.findall(line)]
    return [one for one in dict.fromkeys([*named, *inner, *lines]) if one and one != own]


def _is_original(part: Message) -> bool:
    return part.get_content_type() in ("message/rfc822", "text/rfc822-headers") or "message-id" in part


def _reason(whole: str) -> str:
    found = _DIAGNOSTIC.search(whole)
    said = found.group(1) if found else next(iter(_STATUS.findall(whole)), "")
    return one_line(mask(said), 300)
