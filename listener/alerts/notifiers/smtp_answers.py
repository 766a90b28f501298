"""What an SMTP answer means: try this message later, try everything later, never, or a person is needed.

RFC 5321 calls 4xx passing and 5xx final; mail providers in China use both otherwise, so their own phrases come first:
QQ and Tencent Exmail (service.mail.qq.com, "退信" help pages), NetEase (163, 126, yeah and 企业邮: "退信代码说明").
"""

from __future__ import annotations

import re
from typing import NamedTuple

from listener.alerts.notifiers.base import NotifierDown
from listener.alerts.wording import one_line
from listener.errors import ListenerError, NeedsOperator, Permanent, Retry
from listener.language import say
from listener.text.mask import mask

__all__ = ["classify"]


class _Phrase(NamedTuple):
    """``wording`` in an answer: ``down`` (all mail of this sender waits), ``later``, ``operator`` or ``never``."""

    wording: str
    meaning: str
    after_seconds: float | None = None


_PHRASES = (
    # NetEase: this address or this sender sends too much, or looked wrong; lifted after minutes
    _Phrase(r"\bHL:(?:REP|ICC|IFC|MEP|IFQ)\b|\bMI:SFQ\b|\bRP:(?:QRC|TRC|CEL|CCL)\b|\bMI:(?:CEL|CCL)\b", "down", 900),
    _Phrase(r"\b(?:MI:DMC|RP:DRC)\b", "down", 5),  # too many in one connection: go on in a new one
    _Phrase(r"\bDT:SPM\b.*try again|^451.*\bDT:SPM\b", "later", 120),  # "keep it queued, again after two minutes"
    _Phrase(r"too much fail authentication", "operator"),
    # QQ, Exmail: 550, and yet it passes
    _Phrase(r"(?:domain|sender|connection|ip) frequency limit|frequency limited|发信频率|发送频率", "down", 600),
    _Phrase(r"mailbox unavailable or access denied", "later", 1800),  # the receiver gets too much just now
    _Phrase(
        r"daily (?:sending )?quota|sending quota exceeded|too many (?:messages|emails|mails|connections)", "down", 3600
    ),
    # a sender that must be the user who logged in, or SMTP that is not switched on
    _Phrase(
        r"must (?:be (?:the )?same as|equal) auth|user has no permission|not open smtp|smtp.*(?:disabled|not enabled)",
        "operator",
    ),
    # the receiver's box is full, or is greylisting
    _Phrase(
        r"\b[45]\.2\.2\b|over ?quota|quota exceeded|mailbox (?:is )?full|insufficient (?:disk )?space|空间不足",
        "later",
        3600,
    ),
    _Phrase(r"grey-?list", "later", 300),
)
_RULES = tuple((re.compile(phrase.wording, re.IGNORECASE), phrase) for phrase in _PHRASES)
_AUTH = frozenset({530, 534, 535, 538})
"""RFC 4954: authentication required, mechanism too weak, credentials invalid, encryption required."""


def classify(code: int, answer: bytes | str, stage: str) -> ListenerError:
    """The error for an answer that was not a success at ``stage`` (connect, auth, mail, rcpt, data)."""
    text = one_line(mask(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer), 300)
    line = f"SMTP {stage}: {code} {text}"
    for pattern, phrase in _RULES:
        if pattern.search(f"{code} {text}"):
            return _error(phrase.meaning, line, phrase.after_seconds)
    return _error(_plain_meaning(code, stage), line, None)


def _plain_meaning(code: int, stage: str) -> str:
    if code in _AUTH or (stage == "auth" and code >= 500):
        return "operator"
    if code == 421 or stage in ("connect", "auth"):
        return "down"
    if 400 <= code < 500:
        return "later"
    if code == 503:  # bad sequence: this connection is confused, the message is not at fault
        return "later"
    if 500 <= code < 600:
        # who may not send at all needs a person; a receiver or a content that is refused stays refused
        return "operator" if stage == "mail" else "never"
    return "later"


def _error(meaning: str, line: str, after_seconds: float | None) -> ListenerError:
    if meaning == "operator":
        mend = say(
            "请检查 listener.toml 的 [mail]（user、sender）和授权码 LISTENER_MAIL_PASSWORD",
            "check [mail] user and sender in listener.toml and LISTENER_MAIL_PASSWORD",
        )
        return NeedsOperator(f"{line} → {mend}")
    if meaning == "never":
        return Permanent(line)
    return (NotifierDown if meaning == "down" else Retry)(line, after_seconds)
