"""Quick looks: what a text has to have somewhere for an entity of a kind to be looked for at all.

Most texts have none of it. The words are found with all turns of speech in one pass (``wording``).
"""

from __future__ import annotations

__all__ = ["COUNT", "DATE", "LOOKS", "TITLE", "WRITTEN"]

WRITTEN, DATE, COUNT, TITLE = "written", "date", "count", "title"
_TITLES = r"女士|先生|小姐|太太|师傅|经理|主管|某"
# Digits of other scripts stand wherever a pattern says ``\d``; Unicode has none beyond those planes.
_SEEN = [point for point in range(0x80, 0x20000, 5) if chr(point).isdecimal()]  # ten of them stand in a row
_AROUND = sorted({near for point in _SEEN for near in range(point - 5, point + 6)})
_OTHER_DIGITS = "".join(char for char in map(chr, _AROUND) if char.isdecimal())

LOOKS: list[tuple[str, str]] = [
    (
        r"[0-9¥￥@]|[一二两三四五六七八九十百千万壹贰叁肆伍陆柒捌玖拾佰仟亿](?:[多余来]?[元块]|[百千万亿]|[毛角]钱)"
        r"|[一幺][三四五六七八九][一二三四五六七八九〇零幺]{9}",
        WRITTEN,
    ),
    (
        r"[0-9一二三四五六七八九十][年月]|(?:19|20)[0-9][0-9][\-/.]|[昨前今当]天|[去今前]年|上(?:周|月|星期|个周|个月|个星期)"
        r"|双(?:十[一二]|1[12])|(?:国庆|春节|元旦|五一|端午|中秋|清明)(?:节|假|期间|当天|前|后)",
        DATE,
    ),
    (r"[0-9一二两三四五六七八九十](?:[次回趟遍人口名位]|个人)", COUNT),
    (_TITLES, TITLE),
    (f"[{_OTHER_DIGITS}]", DATE),
    (f"[{_OTHER_DIGITS}]", COUNT),
]
"""(pattern, name)."""
