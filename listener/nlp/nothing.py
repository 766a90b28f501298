"""What sounds like a complaint and is none: a defect denied, an engine switched off, a complaint never filed."""

from __future__ import annotations

import re
from typing import Final

from listener.nlp.category import denied

__all__ = ["is_nothing"]


def _operated(text: str, start: int) -> bool:
    """Whether the engine that stops at ``start`` (熄火) was switched off: 挂到P档再熄火, 熄火后锁车, 自动启停."""
    return text.startswith("熄火", start) and bool(_SWITCHED_OFF.search(text[max(0, start - 6) : start + 6]))


def is_nothing(family: str, text: str, start: int) -> bool:
    """Whether what begins at ``start`` is no complaint after all: 没有漏油, 客服没有推诿, 从来没投诉过."""
    if family == "broken":
        return denied(text, start) or _operated(text, start)
    if family in _ACCUSING:
        return denied(text, start) and not _SAID.search(text, max(0, start - _LOOK_BACK), start)
    return family == "filing" and bool(_NEVER_FILED.search(text, max(0, start - _LOOK_BACK), start + 2))


_ACCUSING: Final = frozenset({"deceived", "shirking", "treated"})
_LOOK_BACK: Final = 10
# They say that they did not: that is no word of the customer's.
_SAID: Final = re.compile(r"[说称讲]|表示|认为|坚持")
_NEVER_FILED: Final = re.compile(r"(?:没有?|从未|未曾?|零|不用|无需|不必|不需要)投诉")
_SWITCHED_OFF: Final = re.compile(
    r"(?:[再先]|档(?:位)?(?:后|再|直接)?|停车(?:后)?|手动|启停[^。！？!?]{0,4}|正常)熄火|熄火(?:后|之后|以后)?(?:再|锁车|拔|下车|停车|关门)"
)
