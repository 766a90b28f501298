"""Whether somebody speaks of themselves beyond an opinion or an aside. Pure."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["EARLIER", "tells_of_oneself"]

EARLIER: Final = "之前|以前|遇到|碰到|也(?:遇到|碰到|是)|当时|上次"
"""What begins an experience that is told as advice: 我之前…, 我也遇到过…."""

_OPINION = "知道|觉得|感觉|看|说|认为|想|猜|听|建议|推荐|劝|赞成|支持"
_OTHERS = "小区|单位|公司|同事|邻居|隔壁|楼|村"


_TOLD = re.compile(f"(?:我|俺|咱|本人|自己)(?!们?(?:{_OPINION}|{_OTHERS}))")
_NOW = re.compile(f"(?:我|俺|咱|本人)(?!们?(?:{_OPINION}|{_OTHERS}|{EARLIER}))")
"""Without 自己, which advice is full of: 自己换个电池."""


def tells_of_oneself(text: str, *, now: bool = False) -> bool:
    """True where a word of oneself stands before more than an opinion (我觉得) or others (我们小区).

    With ``now``, an experience of earlier times (我之前也遇到过) is none either: who gives advice tells such.
    """
    return (_NOW if now else _TOLD).search(text) is not None
