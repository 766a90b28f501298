"""Why it happened: the cause code that closing a case needs, with what was found in one's own words. Pure.

A cause is kept as ``code`` or ``code：words``; the codes are the taxonomy's ``[[cause]]`` tables, so that reports can
count them.
"""

from __future__ import annotations

from collections.abc import Sequence

from listener.errors import BadInput, Mistake
from listener.language import say

__all__ = ["cause_words", "read_cause"]

_MARK = "："


def read_cause(text: str, causes: Sequence[tuple[str, str, str]]) -> str:
    """``text`` as it is kept: ``manufacture``, 制造缺陷, 「制造缺陷：油管老化」; ``BadInput`` where it names no cause.

    ``causes`` are (code, Chinese name, English name). A name may stand anywhere in the text, the longest one counts.
    """
    said = text.strip()
    head, _, rest = said.replace(":", _MARK).partition(_MARK)
    for code, *names in causes:
        if head.strip().casefold() in (code.casefold(), *(name.casefold() for name in names)):
            return f"{code}{_MARK}{rest.strip()}" if rest.strip() else code
    within = [(len(name), code) for code, name, _ in causes if name and name in said]
    if within:
        return f"{max(within)[1]}{_MARK}{said}"
    known = "、".join(f"{name}（{code}）" for code, name, _ in causes)
    mend = say(f"写作「原因代码：说明」，代码有：{known}", f"write CODE: what was found; codes: {known}")
    raise BadInput(Mistake(say("原因", "cause"), say(f"「{said}」中没有原因代码", f"no cause code in: {said}"), mend))


def cause_words(kept: str, causes: Sequence[tuple[str, str]]) -> str:
    """A kept cause in words: 制造缺陷：油管老化; a code that is no longer known is shown as it is.

    ``causes`` are (code, name).
    """
    code, mark, rest = kept.partition(_MARK)
    return f"{dict(causes).get(code, code)}{mark}{rest}"
