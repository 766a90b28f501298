"""The words by which an answered mail orders something: commands, reasons, results, fields, and how they stand."""

from __future__ import annotations

import re
from collections.abc import Mapping

from listener.cases.moves import Action
from listener.model import Satisfaction

__all__ = ["FIELDS", "FIELD_NAMES", "HANDED", "MOST_OF_A_RANGE", "ORDER", "RANGE", "REASONS", "SATISFACTION", "WORDS"]

_SAID = ("满意", "基本满意", "不满意")
SATISFACTION = {
    "满意": Satisfaction.SATISFIED,
    "基本满意": Satisfaction.MOSTLY,
    "不满意": Satisfaction.UNSATISFIED,
    "未接通": Satisfaction.UNREACHED,
    "没接通": Satisfaction.UNREACHED,
    "无人接听": Satisfaction.UNREACHED,
    "satisfied": Satisfaction.SATISFIED,
    "mostly satisfied": Satisfaction.MOSTLY,
    "not satisfied": Satisfaction.UNSATISFIED,
    "not reached": Satisfaction.UNREACHED,
}
REASONS = {
    "误判": "misjudged",
    "误报": "misjudged",
    "false alarm": "misjudged",
    "广告": "advert",
    "advertising": "advert",
    "无关": "not_ours",
    "与我司无关": "not_ours",
    "not about us": "not_ours",
}
WORDS: Mapping[str, tuple[Action, Mapping[str, object]]] = {
    "认领": (Action.CLAIM, {}),
    "claim": (Action.CLAIM, {}),
    "核实": (Action.VERIFY, {}),
    "verify": (Action.VERIFY, {}),
    "转派": (Action.ASSIGN, {}),
    "转给": (Action.ASSIGN, {}),
    "assign": (Action.ASSIGN, {}),
    **dict.fromkeys(("已联系", "已联系客户", "已联系车主"), (Action.CONTACT, {})),
    "contacted": (Action.CONTACT, {}),
    **dict.fromkeys(("已答复", "已回复", "已答复客户", "已回复客户"), (Action.REPLY, {})),
    "answered": (Action.REPLY, {}),
    "方案": (Action.PLAN, {}),
    "处理方案": (Action.PLAN, {}),
    "plan": (Action.PLAN, {}),
    "待补充": (Action.WAIT, {}),
    "待客户补充": (Action.WAIT, {}),
    "waiting": (Action.WAIT, {}),
    "继续处理": (Action.RESUME, {}),
    "resume": (Action.RESUME, {}),
    "非投诉": (Action.FALSE_ALARM, {"reason": "misjudged"}),
    "不是投诉": (Action.FALSE_ALARM, {"reason": "misjudged"}),
    "not a complaint": (Action.FALSE_ALARM, {"reason": "misjudged"}),
    **{word: (Action.FALSE_ALARM, {"reason": reason}) for word, reason in REASONS.items()},
    "不是此客户": (Action.UNLINK, {}),
    "不是该客户": (Action.UNLINK, {}),
    "not this customer": (Action.UNLINK, {}),
    "催办": (Action.URGE, {}),
    "urge": (Action.URGE, {}),
    "督办": (Action.SUPERVISE, {}),
    "supervise": (Action.SUPERVISE, {}),
    "退回": (Action.RETURN, {}),
    "return": (Action.RETURN, {}),
    "重办": (Action.REOPEN, {}),
    "reopen": (Action.REOPEN, {}),
    "办结": (Action.CLOSE, {}),
    "close": (Action.CLOSE, {}),
    "备注": (Action.NOTE, {}),
    "note": (Action.NOTE, {}),
    **{word: (Action.FOLLOW_UP, {"satisfaction": result}) for word, result in SATISFACTION.items()},
    **{f"客户{word}": (Action.FOLLOW_UP, {"satisfaction": SATISFACTION[word]}) for word in _SAID},
}
"""What a line may begin with; the longest word counts."""

_LONGEST_FIRST = sorted(WORDS, key=len, reverse=True)
ORDER = re.compile(
    r"(?:(?:好的?|收到|嗯|ok)[\s,，。!！、]+)?(?:我来|我)?"
    rf"(?P<word>{'|'.join(map(re.escape, _LONGEST_FIRST))})(?:(?![一-鿿a-z])|(?=工单\s*#?\d))"
    r"(?P<numbers>(?:[\s,，、;；和]*(?:工单)?\s*#?\d{1,9}(?![\d:：.\-年月日点元天次台个]))*)"
    r"[\s:：,，。.!！、]*(?P<rest>.*)$",
    re.I | re.S,
)
HANDED = re.compile(r"(?P<word>转派给?|转给)(?P<who>[一-鿿]{2,4})[。.!！]?$")
"""转给李雷, without the blank that nobody writes in Chinese; a longer line is no name but a sentence."""
RANGE = re.compile(r"\s*#?(\d{1,9})\s*[-~～—–至到]\s*#?(\d{1,9})(?!\d)")
MOST_OF_A_RANGE = 50
FIELDS = re.compile(r"(原因|改进措施|措施|补救|满意度|cause|countermeasure|remedy|satisfaction)\s*[:：]\s*", re.I)
FIELD_NAMES = {
    "原因": "cause",
    "措施": "countermeasure",
    "改进措施": "countermeasure",
    "补救": "remedy",
    "满意度": "satisfaction",
}
